/*
 * trouble.c: answers that the bridge gives itself.
 */
#include "trouble.h"

#include "fail.h"
#include "json.h"
#include "token.h"

#define MORE_MAX 300
#define ERROR_MAX 8192

static const struct {
	enum fail_code code;
	const char *reason;
	const char *text;
} troubles[TROUBLE__MAX] = {
#define TROUBLE(name, code, reason, text)                                      \
	[TROUBLE_##name] = {FAIL_##code, (reason), (text)},
#include "trouble.def"
#undef TROUBLE
};

const char *
trouble_reason(enum trouble t)
{
	return troubles[t].reason;
}

void
trouble_put(struct out *out, const json_t *id, enum trouble t, struct str more)
{
	struct buf b, sentence;

	buf_init(&b, ERROR_MAX + PEEK_ID_MAX + IN_LINE_MAX);
	buf_init(&sentence, ERROR_MAX);
	buf_puts(&sentence, troubles[t].text);
	more = str_utf8_cut(str_trim(more), MORE_MAX);
	if (more.n > 0)
		buf_printf(&sentence, " (%.*s)", STR_FMT(more));
	buf_puts(&b, "{\"jsonrpc\":\"2.0\",");
	if (id != NULL) {
		buf_puts(&b, "\"id\":");
		json_append(&b, id);
		buf_putc(&b, ',');
	}
	buf_printf(&b,
	    "\"error\":{\"code\":%d,\"message\":", fail_rpc(troubles[t].code));
	buf_json(&b, buf_str(&sentence));
	buf_printf(&b, ",\"data\":{\"reason\":\"%s\"}}}", troubles[t].reason);
	out_put(out, buf_str(&b));
	buf_free(&sentence);
	buf_free(&b);
}

/* --- from curl
 * ------------------------------------------------------------------ */

static const struct {
	CURLcode code;
	enum trouble trouble;
} codes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, TROUBLE_UNREACHABLE},
    {CURLE_COULDNT_RESOLVE_PROXY, TROUBLE_UNREACHABLE},
    {CURLE_COULDNT_CONNECT, TROUBLE_UNREACHABLE},
    {CURLE_SSL_CONNECT_ERROR, TROUBLE_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TROUBLE_TLS},
    {CURLE_SSL_CACERT_BADFILE, TROUBLE_TLS},
    {CURLE_SSL_CERTPROBLEM, TROUBLE_TLS},
    {CURLE_SSL_CIPHER, TROUBLE_TLS},
    {CURLE_SSL_ISSUER_ERROR, TROUBLE_TLS},
};

enum trouble
trouble_of_end(const struct flight *f)
{
	if (f->end == FLIGHT_END_TOO_LARGE)
		return TROUBLE_TOO_LARGE;
	if (f->end == FLIGHT_END_IDLE || f->end == FLIGHT_END_TOTAL)
		return TROUBLE_SLOW;
	for (size_t i = 0; i < NELEM(codes); i++) {
		if (codes[i].code == f->code)
			return codes[i].trouble;
	}
	/* Only the time to connect is curl's to watch. */
	if (f->code == CURLE_OPERATION_TIMEDOUT && f->sent == 0)
		return TROUBLE_UNREACHABLE;
	return TROUBLE_BROKEN;
}

/* --- from the server
 * ------------------------------------------------------------- */

/* The first row that fits counts. */
static const struct {
	long from, to;
	enum trouble trouble;
} statuses[] = {
    {200, 299, TROUBLE_UNREADABLE},
    {300, 399, TROUBLE_REDIRECT},
    {403, 403, TROUBLE_FORBIDDEN},
    {404, 405, TROUBLE_NO_ENDPOINT},
    {429, 429, TROUBLE_RATE},
    {400, 499, TROUBLE_REFUSED},
    {502, 504, TROUBLE_UNAVAILABLE},
    {500, 599, TROUBLE_SERVER},
};

enum trouble
trouble_of_status(const struct flight *f)
{
	if (f->status == 401)
		return token_now(f->b->token).n > 0 ? TROUBLE_OLD_TOKEN
						    : TROUBLE_TOKEN;
	for (size_t i = 0; i < NELEM(statuses); i++) {
		if (f->status >= statuses[i].from &&
		    f->status <= statuses[i].to)
			return statuses[i].trouble;
	}
	return TROUBLE_UNREADABLE;
}
