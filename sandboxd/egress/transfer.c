/*
 * transfer.c: one request, told to libcurl.
 *
 * Everything that libcurl could decide by itself is decided here: no
 * redirect, no proxy of the environment, no password file, no name looked up,
 * no address that was not judged, no other protocol.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "egress/header.h"
#include "egress/job_impl.h"
#include "log.h"

#define AGENT "mcpbox/" MCPBOX_VERSION
#define CODINGS "gzip, deflate"
#define KEPT_S 60L /* longest rest of a connection that is used again */

#define SET(j, option, value)                                                  \
	must(curl_easy_setopt((j)->transfer.easy, option, value), #option)

/* A libcurl that does not know an option is not one to go on with. */
static void
must(CURLcode code, const char *option)
{
	if (code != CURLE_OK)
		log_panic("libcurl refuses an option", option);
}

/* --- what libcurl asks
 * ---------------------------------------------------------- */

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	const char *why;

	switch (answer_line(&j->answer, (struct str){p, size * n}, &why)) {
	case ANSWER_MORE:
		break;
	case ANSWER_HEAD:
		job_enter(j, JOB_RECEIVING);
		body_begin(j);
		break;
	case ANSWER_BAD:
		(void)outcome(&j->outcome, FETCH_END_PROTOCOL,
		    "The answer of %s %s.", j->url.host.name, why);
		return size * n + 1;
	}
	return size * n;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	bool taken;

	phase_moved(j);
	if (!body_piece(j, (struct str){p, size * n}, &taken))
		return size * n + 1;
	if (taken)
		return size * n;
	j->paused = true;
	return CURL_WRITEFUNC_PAUSE;
}

static bool
is_proxy(const struct job *j, const struct addr *a)
{
	for (size_t i = 0; i < j->proxy.n; i++) {
		if (addr_equal(&j->proxy.list[i], a))
			return true;
	}
	return false;
}

/* The very address that connect(2) is about to get. */
static bool
may_connect(struct job *j, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct proxy *proxy = j->engine->proxy;
	uint16_t port = proxy != NULL ? proxy->port : j->url.port;
	struct addr a;
	in_port_t got = 0;

	if (purpose != CURLSOCKTYPE_IPCXN || to->socktype != SOCK_STREAM ||
	    !addr_from_sockaddr(&to->addr, (socklen_t)to->addrlen, &a))
		return outcome(&j->outcome, FETCH_END_ADDRESS,
		    "Only TCP connections are made.");
	/* The port lies at the same place in both families. */
	memcpy(
	    &got, (const char *)&to->addr + sizeof(sa_family_t), sizeof(got));
	addr_text(&a, j->address);
	if (ntohs(got) != port || (proxy != NULL && !is_proxy(j, &a)))
		return outcome(&j->outcome, FETCH_END_ADDRESS,
		    "The connection would lead elsewhere.");
	return proxy != NULL || job_judge_one(j, &a);
}

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct job *j = arg;
	int fd;

	if (!may_connect(j, purpose, to)) {
		job_end_soon(j);
		return CURL_SOCKET_BAD;
	}
	fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    to->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	pool_opened(j->run->pool, fd);
	return fd;
}

static int
on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	struct job *j = arg;

	(void)down_all;
	(void)down;
	(void)up_all;
	if (j->state == JOB_ASKING)
		phase_sent(j, (uint64_t)up);
	return 0;
}

/* Before the request goes out, also on a connection that was there. */
static int
on_ready(void *arg, char *peer, char *own, int peer_port, int own_port)
{
	struct job *j = arg;
	bool direct = j->engine->proxy == NULL;
	struct addr a, b;

	(void)own_port;
	/* One of the addresses was refused, and libcurl took the next. */
	if (j->outcome.end != FETCH_END_OK)
		return CURL_PREREQFUNC_ABORT;
	if (!addr_parse(str_from(peer), &a)) {
		(void)outcome(
		    &j->outcome, FETCH_END_ADDRESS, "The peer has no address.");
		return CURL_PREREQFUNC_ABORT;
	}
	addr_text(&a, j->address);
	if (direct && (peer_port != j->url.port || !job_judge_one(j, &a)))
		return CURL_PREREQFUNC_ABORT;
	/* Addresses that are this machine's by its routes alone. */
	if (direct && addr_parse(str_from(own), &b) && addr_equal(&a, &b)) {
		(void)outcome(&j->outcome, FETCH_END_ADDRESS,
		    "%s leads to this machine itself, which is never "
		    "reachable from a tool.",
		    j->url.host.name);
		return CURL_PREREQFUNC_ABORT;
	}
	j->sends++;
	j->uploaded = 0;
	job_enter(j, JOB_ASKING);
	if (j->sends > 1 && !header_idempotent(j->request.method)) {
		(void)outcome(&j->outcome, FETCH_END_PROTOCOL,
		    "%s closed the connection without an answer; the request "
		    "may have arrived and was not sent again.",
		    j->url.host.name);
		return CURL_PREREQFUNC_ABORT;
	}
	return CURL_PREREQFUNC_OK;
}

/* --- what libcurl is told
 * ---------------------------------------------------------- */

static void
append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		log_panic("out of memory", "transfer");
	*list = longer;
}

static void
add_header(struct job *j, struct str name, struct str value)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_putstr(&line, name);
	value = str_trim(value);
	/* libcurl's way to say a header without a value. */
	buf_puts(&line, value.n > 0 ? ": " : ";");
	buf_putstr(&line, value);
	append(&j->headers, line.p);
	buf_free(&line);
	j->sent_headers[j->nsent_headers++] = (struct fetch_pair){name, value};
}

static void
set_headers(struct job *j)
{
	const struct fetch_request *r = &j->request;

	for (size_t i = 0; i < r->nheaders; i++)
		add_header(j, r->headers[i].name, r->headers[i].value);
	if (!header_has(r->headers, r->nheaders, "user-agent"))
		add_header(j, STR_LIT("User-Agent"), STR_LIT(AGENT));
	if (!header_has(r->headers, r->nheaders, "accept"))
		add_header(j, STR_LIT("Accept"), STR_LIT("*/*"));
	if (!header_has(r->headers, r->nheaders, "accept-encoding"))
		add_header(j, STR_LIT("Accept-Encoding"), STR_LIT(CODINGS));
	/* libcurl's own ideas. */
	append(&j->headers, "Expect:");
	if (!header_has(r->headers, r->nheaders, "content-type"))
		append(&j->headers, "Content-Type:");
	SET(j, CURLOPT_HTTPHEADER, j->headers);
}

static void
set_method(struct job *j, const char *method)
{
	const struct fetch_request *r = &j->request;

	if (str_eq_c(r->method, "HEAD")) {
		SET(j, CURLOPT_NOBODY, 1L);
	} else if (r->has_body || header_wants_body(r->method)) {
		SET(j, CURLOPT_POST, 1L);
		SET(j, CURLOPT_POSTFIELDS, r->body.n > 0 ? r->body.p : "");
		SET(j, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
	} else {
		SET(j, CURLOPT_HTTPGET, 1L);
	}
	SET(j, CURLOPT_CUSTOMREQUEST, method);
}

static const char *
ca_file(const struct job *j)
{
	return j->engine->ca_folder ? NULL : j->engine->settings->ca_bundle;
}

static const char *
ca_folder(const struct job *j)
{
	return j->engine->ca_folder ? j->engine->settings->ca_bundle : NULL;
}

static void
set_safety(struct job *j)
{
	SET(j, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(j, CURLOPT_FOLLOWLOCATION, 0L);
	SET(j, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(j, CURLOPT_NOSIGNAL, 1L);
	SET(j, CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(j, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(j, CURLOPT_HTTP09_ALLOWED, 0L);
	SET(j, CURLOPT_PATH_AS_IS, 1L);
	SET(j, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(j, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(j, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(j, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(j, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(j, CURLOPT_CAINFO, ca_file(j));
	SET(j, CURLOPT_CAPATH, ca_folder(j));
	SET(j, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)j->engine->settings->max_response);
	SET(j, CURLOPT_MAXAGE_CONN, KEPT_S);
}

static void
set_callbacks(struct job *j)
{
	SET(j, CURLOPT_ERRORBUFFER, j->error);
	SET(j, CURLOPT_HEADERFUNCTION, on_header);
	SET(j, CURLOPT_HEADERDATA, j);
	SET(j, CURLOPT_WRITEFUNCTION, on_body);
	SET(j, CURLOPT_WRITEDATA, j);
	SET(j, CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(j, CURLOPT_OPENSOCKETDATA, j);
	SET(j, CURLOPT_PREREQFUNCTION, on_ready);
	SET(j, CURLOPT_PREREQDATA, j);
	if (j->request.body.n > 0) {
		SET(j, CURLOPT_NOPROGRESS, 0L);
		SET(j, CURLOPT_XFERINFOFUNCTION, on_progress);
		SET(j, CURLOPT_XFERINFODATA, j);
	}
}

static void
add_addresses(struct buf *line, const struct dns_answer *where, int family)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < where->n; i++) {
		bool v6 = where->list[i].family == AF_INET6;

		if (where->list[i].family != family)
			continue;
		addr_text(&where->list[i], text);
		buf_printf(line, "%s%s%s%s",
		    line->p[line->n - 1] != ':' ? "," : "", v6 ? "[" : "", text,
		    v6 ? "]" : "");
	}
}

/*
 * HOST:PORT:ADDRESS,ADDRESS: nothing is left for libcurl to look up.  It
 * begins with the family of the first one: IPv6 (RFC 8305).
 */
static void
set_addresses(struct job *j, const struct host *host, uint16_t port,
    const struct dns_answer *where)
{
	struct buf line;

	if (host->literal)
		return;
	buf_init(&line, SIZE_MAX);
	buf_printf(&line, "+%s:%u:", host->name, port);
	add_addresses(&line, where, AF_INET6);
	add_addresses(&line, where, AF_INET);
	append(&j->resolve, line.p);
	buf_free(&line);
	SET(j, CURLOPT_RESOLVE, j->resolve);
}

/* The proxy gets the address that was judged, not a name to look up again. */
static void
set_proxy(struct job *j, const struct proxy *p)
{
	char text[ADDR_TEXT_MAX], *line;
	const struct addr *a = &j->where.list[0];
	bool v6;

	SET(j, CURLOPT_PROXY, p->url);
	SET(j, CURLOPT_NOPROXY, "");
	SET(j, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	SET(j, CURLOPT_PROXYUSERNAME, p->user);
	SET(j, CURLOPT_PROXYPASSWORD, p->password);
	SET(j, CURLOPT_PROXY_CAINFO, ca_file(j));
	SET(j, CURLOPT_PROXY_CAPATH, ca_folder(j));
	SET(j, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(j, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	set_addresses(j, &p->host, p->port, &j->proxy);
	if (j->url.host.literal || j->where.n == 0)
		return;
	v6 = a->family == AF_INET6;
	addr_text(a, text);
	if (asprintf(&line, "::%s%s%s:%u", v6 ? "[" : "", text, v6 ? "]" : "",
		j->url.port) < 0)
		log_panic("out of memory", "transfer");
	append(&j->connect_to, line);
	free(line);
	SET(j, CURLOPT_CONNECT_TO, j->connect_to);
}

static void
on_over(struct pool_transfer *t, CURLcode code)
{
	struct job *j = LOOP_OWNER(struct job, transfer, t);

	transfer_outcome(j, code);
	job_over(j);
}

void
transfer_start(struct job *j)
{
	int64_t left = j->connect_by_ms - clock_mono_ms();
	char method[64];

	j->transfer.easy = curl_easy_init();
	if (j->transfer.easy == NULL)
		log_panic("out of memory", "transfer");
	(void)snprintf(
	    method, sizeof(method), "%.*s", STR_FMT(j->request.method));
	set_safety(j);
	set_callbacks(j);
	set_headers(j);
	set_method(j, method);
	SET(j, CURLOPT_CURLU, j->url.handle);
	SET(j, CURLOPT_CONNECTTIMEOUT_MS, (long)(left > 0 ? left : 1));
	if (j->engine->proxy != NULL) {
		set_proxy(j, j->engine->proxy);
	} else {
		SET(j, CURLOPT_PROXY, "");
		SET(j, CURLOPT_NOPROXY, "*");
		set_addresses(j, &j->url.host, j->url.port, &j->where);
	}
	j->transfer.fn = on_over;
	job_enter(j, JOB_CONNECTING);
	pool_add(j->run->pool, &j->transfer);
}

bool
transfer_resume(struct job *j)
{
	CURLcode code;

	if (!j->paused)
		return true;
	j->paused = false;
	code = curl_easy_pause(j->transfer.easy, CURLPAUSE_CONT);
	transfer_outcome(j, code);
	return j->outcome.end == FETCH_END_OK;
}

void
transfer_free(struct job *j)
{
	pool_remove(&j->transfer);
	curl_easy_cleanup(j->transfer.easy);
	j->transfer.easy = NULL;
	curl_slist_free_all(j->headers);
	curl_slist_free_all(j->resolve);
	curl_slist_free_all(j->connect_to);
	j->headers = j->resolve = j->connect_to = NULL;
}
