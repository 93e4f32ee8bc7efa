/*
 * auth_host.c: which names this instance goes by.
 *
 * A page of another site whose name was pointed at our address (DNS
 * rebinding) sends its own name in Host and Origin.  So both must be ours:
 * a loopback name, a listener's address, the public URL's host, or one of
 * MCPBOX_ALLOWED_HOSTS; without a port, with a listener's, or with the port
 * that the setting names.
 */
#include "web/auth.h"

#include <string.h>

#include "settings.h"

/* "[::1]:8080" as name "[::1]" and port "8080"; no port: p == NULL. */
struct authority {
	struct str name;
	struct str port;
};

static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]"};

/* Addresses to listen on, which nobody is reached by. */
static const char *const wildcards[] = {"0.0.0.0", "[::]", "*"};

static bool
is_port(struct str s)
{
	int64_t n;

	return s.n > 0 && s.p[0] >= '1' && s.p[0] <= '9' && str_to_i64(s, &n) &&
	    n <= 65535;
}

/* False on anything but name[:port]; the name may be "[...]". */
static bool
split_authority(struct str s, struct authority *out)
{
	static const char other[] = "/\\@?#% \t,\"'<>";
	size_t end = 0;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
		    memchr(other, s.p[i], sizeof(other) - 1) != NULL)
			return false;
	if (s.n > 0 && s.p[0] == '[')
		end = str_index(s, ']') + 1;
	else
		end = str_index(s, ':');
	if (end == 0 || end > s.n)
		return false;
	out->name = str_sub(s, 0, end);
	out->port = STR_NONE;
	if (end == s.n)
		return true;
	if (s.p[end] != ':')
		return false;
	out->port = str_sub(s, end + 1, s.n);
	return is_port(out->port);
}

static bool
same_name(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		int c = (unsigned char)a.p[i], d = (unsigned char)b.p[i];

		c = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
		d = d >= 'A' && d <= 'Z' ? d - 'A' + 'a' : d;
		if (c != d)
			return false;
	}
	return true;
}

static bool
in_list(const char *const *list, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (same_name(name, str_from(list[i])))
			return true;
	return false;
}

static bool
port_is(struct str port, const char *listen)
{
	struct authority a;

	return listen != NULL && split_authority(str_from(listen), &a) &&
	    a.port.p != NULL && str_eq(port, a.port);
}

/* One name of ours, as a setting spells it. */
static bool
matches(
    const struct settings *s, const struct authority *given, struct str setting)
{
	struct authority ours;

	if (!split_authority(setting, &ours) ||
	    in_list(wildcards, NELEM(wildcards), ours.name) ||
	    !same_name(given->name, ours.name))
		return false;
	return given->port.p == NULL || str_eq(given->port, ours.port) ||
	    port_is(given->port, s->listen) ||
	    port_is(given->port, s->gateway_listen) ||
	    port_is(given->port, s->metrics_listen);
}

/* "https://box.example.org/x" as "box.example.org". */
static struct str
url_authority(struct str url)
{
	if (str_starts(url, "http://"))
		url = str_sub(url, 7, url.n);
	else if (str_starts(url, "https://"))
		url = str_sub(url, 8, url.n);
	return str_sub(url, 0, str_index(url, '/'));
}

static bool
authority_ok(const struct settings *s, struct str text)
{
	struct str rest = str_from(s->allowed_hosts);
	struct authority given;

	if (!split_authority(text, &given))
		return false;
	for (size_t i = 0; i < NELEM(loopback); i++)
		if (matches(s, &given, str_from(loopback[i])))
			return true;
	while (rest.p != NULL)
		if (matches(s, &given, str_trim(str_split(&rest, ','))))
			return true;
	return matches(s, &given, str_from(s->listen)) ||
	    matches(s, &given, str_from(s->gateway_listen)) ||
	    matches(s, &given, url_authority(str_from(s->public_url)));
}

bool
auth_host_ok(const struct settings *s, struct str host)
{
	return authority_ok(s, host);
}

bool
auth_origin_ok(const struct settings *s, struct str origin)
{
	if (str_starts(origin, "http://"))
		return authority_ok(s, str_sub(origin, 7, origin.n));
	if (str_starts(origin, "https://"))
		return authority_ok(s, str_sub(origin, 8, origin.n));
	return false;
}
