/*
 * refusal.c: the record of a request that never got to egress.
 */
#include "refusal.h"

/* As egress/record.c: JSON makes six bytes of one at worst. */
#define URL_MAX ((size_t)1024)
#define METHOD_MAX ((size_t)32)

static void
text(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value.p != NULL ? value : STR_LIT(""));
}

void
refusal_json(struct buf *b, uint32_t id, struct str payload, enum fetch_end end,
    const char *message)
{
	struct fetch_request r;
	bool read = fetch_request_decode(payload, &r);
	struct buf url;
	bool refused = end != FETCH_END_UNAVAILABLE;

	buf_init(&url, 2 * URL_MAX);
	if (read)
		fetch_url_show(&url, r.url, URL_MAX);
	buf_printf(b, "{\"id\":%u", id);
	text(b, "method", read ? str_utf8_cut(r.method, METHOD_MAX) : STR_NONE);
	text(b, "url", buf_str(&url));
	buf_puts(b, ",\"host\":null,\"port\":null,\"address\":null");
	text(b, "decision", refused ? STR_LIT("refused") : STR_LIT("allowed"));
	text(b, "reason", str_from(fetch_end_name(end)));
	text(b, "message", str_from(message));
	buf_puts(
	    b, ",\"status\":null,\"sent\":0,\"received\":0,\"duration_ms\":0}");
	buf_free(&url);
	if (read)
		fetch_request_free(&r);
}
