/*
 * network_host.c: one spelling for each host that somebody may ask for.
 */
#include "noun/network_host.h"

#include <idn2.h>
#include <string.h>

#include "addr.h"
#include "addr_name.h"
#include "log.h"

#define LABEL_MAX 63
/* Longer than any name in any script that has an A-form of 253. */
#define TEXT_MAX 1024

#define NEVER "never reachable from a tool, whatever is granted"

/* How an address is judged; NULL: it can be granted. */
static const struct {
	const char *never;
	bool private;
} classes[] = {
    [ADDR_PUBLIC] = {NULL, false},
    [ADDR_PRIVATE] = {NULL, true},
    [ADDR_SPECIAL] = {NULL, true},
    [ADDR_LOOPBACK] = {"is a loopback address: " NEVER, false},
    [ADDR_LINKLOCAL] = {"is a link-local address: " NEVER, false},
    [ADDR_METADATA] = {"is a cloud's metadata service: " NEVER, false},
    [ADDR_MULTICAST] = {"is a multicast or broadcast address: " NEVER, false},
    [ADDR_UNSPECIFIED] = {"is the unspecified address: " NEVER, false},
    [ADDR_EMBEDDED] = {"is an IPv4 address in an IPv6 disguise: " NEVER, false},
    [ADDR_UNKNOWN] = {"is no IP address", false},
};

#define THIS_MACHINE "is this machine itself: " NEVER

/* RFC 6762 (and its appendix G), RFC 8375, ICANN's .internal. */
static const char *const private_suffixes[] = {".local", ".lan", ".home",
    ".internal", ".home.arpa", ".localdomain", ".corp", ".intranet",
    ".private"};

/* What people paste that is more than a host. */
static const struct {
	const char *text;
	const char *why;
} parts[] = {
    {"://", "has a scheme: give the name alone, such as api.example.com"},
    {"/", "has a path: give the name alone, such as api.example.com"},
    {"\\", "has a backslash: give the name alone"},
    {"?", "has a query: give the name alone"},
    {"#", "has a fragment: give the name alone"},
    {"@", "has a user name before it: give the name alone"},
    {"*", "has a wildcard: each host is asked for by its name"},
    {"%",
	"has a percent sign: give the name itself, without escapes or "
	"zone"},
    {",", "has a comma: ask for one host at a time"},
    {" ", "has a space in it"},
};

static bool
refuse(const char **why_out, const char *why)
{
	*why_out = why;
	return false;
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	}
	return true;
}

static bool
holds(struct str s, const char *text)
{
	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

/* --- addresses ------------------------------------------------------------ */

static bool
take_address(struct arena *a, const struct addr *addr, struct network_host *out,
    const char **why_out)
{
	enum addr_class c = addr_class(addr);
	char text[ADDR_TEXT_MAX];

	if (classes[c].never != NULL)
		return refuse(why_out, classes[c].never);
	addr_text(addr, text);
	*out = (struct network_host){
	    .name = arena_strdup(a, text),
	    .literal = true,
	    .private = classes[c].private,
	};
	return true;
}

/* Would a resolver take a name that ends in this label for a number? */
static bool
looks_numeric(struct str label)
{
	bool hex = label.n >= 2 && label.p[0] == '0' && label.p[1] == 'x';

	if (label.n == 0)
		return false;
	for (size_t i = hex ? 2 : 0; i < label.n; i++) {
		char c = label.p[i];

		if ((c < '0' || c > '9') && !(hex && c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

static struct str
last_label(struct str s)
{
	struct str label = s;

	while (s.p != NULL)
		label = str_split(&s, '.');
	return label;
}

/* --- names ---------------------------------------------------------------- */

static bool
is_label(struct str s)
{
	if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' &&
		    c != '_')
			return false;
	}
	return true;
}

/* A-labels of a name in any script, or NULL. */
static const char *
to_ascii(struct arena *a, const char *text)
{
	uint8_t *out = NULL;
	const char *copy = NULL;
	int rc = idn2_lookup_u8(
	    (const uint8_t *)text, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (rc == IDN2_MALLOC)
		log_panic("out of memory", "idn2");
	if (rc == IDN2_OK)
		copy = arena_strdup(a, (const char *)out);
	idn2_free(out);
	return copy;
}

/* An A-label that is there already must stand for something. */
static bool
is_sound(struct arena *a, struct str label)
{
	const char *again;

	if (!str_starts(label, "xn--"))
		return true;
	again = to_ascii(a, arena_str(a, label).p);
	return again != NULL && str_eq_c(label, again);
}

static bool
check_name(struct arena *a, struct str name, const char **why_out)
{
	struct str rest = name;
	enum addr_class c = addr_name_class(name);

	if (name.n > NETWORK_HOST_MAX)
		return refuse(why_out, "is longer than 253 characters");
	while (rest.p != NULL) {
		struct str label = str_split(&rest, '.');

		if (!is_label(label) || !is_sound(a, label))
			return refuse(why_out, "is not a DNS name");
	}
	if (c != ADDR_PUBLIC)
		return refuse(why_out,
		    c == ADDR_LOOPBACK ? THIS_MACHINE : classes[c].never);
	return true;
}

static bool
looks_private(struct str name)
{
	for (size_t i = 0; i < NELEM(private_suffixes); i++) {
		if (str_ends(name, private_suffixes[i]))
			return true;
	}
	return str_index(name, '.') == name.n;
}

static struct str
lower(struct arena *a, struct str s)
{
	char *p = arena_strndup(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++) {
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	}
	return (struct str){p, s.n};
}

/* Anything without a colon. */
static bool
read_name(struct arena *a, struct str text, struct network_host *out,
    const char **why_out)
{
	bool ascii = is_ascii(text);
	struct str name = lower(a, text);
	struct addr addr;

	if (!ascii)
		name = str_from(to_ascii(a, name.p));
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name = str_sub(name, 0, name.n - 1);
	if (name.n == 0)
		return refuse(why_out, "is not a DNS name");
	if (looks_numeric(last_label(name))) {
		if (!ascii || !addr_parse(name, &addr))
			return refuse(why_out,
			    "ends in a number but is no IPv4 address of four "
			    "decimal numbers");
		return take_address(a, &addr, out, why_out);
	}
	if (!check_name(a, name, why_out))
		return false;
	*out = (struct network_host){
	    .name = arena_str(a, name).p,
	    .private = looks_private(name),
	};
	return true;
}

/* --- both ----------------------------------------------------------------- */

static bool
read_ipv6(struct arena *a, struct str text, struct network_host *out,
    const char **why_out)
{
	struct addr addr;

	if (addr_parse(text, &addr) && addr.family == AF_INET6)
		return take_address(a, &addr, out, why_out);
	return refuse(why_out,
	    "has a colon and is no IPv6 address: give the port apart from it");
}

bool
network_host_read(struct arena *a, struct str text, struct network_host *out,
    const char **why_out)
{
	text = str_trim(text);
	if (text.n == 0)
		return refuse(why_out, "is empty");
	if (text.n > TEXT_MAX)
		return refuse(why_out, "is longer than 253 characters");
	if (!str_utf8_valid(text) || str_has_control(text, ""))
		return refuse(why_out, "has control characters in it");
	for (size_t i = 0; i < NELEM(parts); i++) {
		if (holds(text, parts[i].text))
			return refuse(why_out, parts[i].why);
	}
	if (text.p[0] == '[' || str_index(text, ':') < text.n)
		return read_ipv6(a, text, out, why_out);
	return read_name(a, text, out, why_out);
}
