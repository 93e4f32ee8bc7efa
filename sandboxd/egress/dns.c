/*
 * dns.c: where a name leads.
 */
#include "egress/dns.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "log.h"

#define TRY_MS 2000
#define TRIES 3

struct dns {
	struct loop *loop;
	char *servers; /* "" = the system's */
};

struct sock {
	struct sock *next;
	struct dns_lookup *q;
	struct watch watch;
};

struct dns_lookup {
	struct dns *d;
	ares_channel channel;
	struct sock *socks;
	struct timer timer;
	void (*fn)(void *, const struct dns_answer *);
	void *arg;
	struct dns_answer answer;
	bool answered;
	bool going; /* being cancelled: answers are not wanted */
};

static void on_socket(struct watch *w, uint32_t events);
static void on_time(struct timer *t);

/* --- sockets ---------------------------------------------------------------
 */

static struct sock **
find(struct dns_lookup *q, int fd)
{
	struct sock **at = &q->socks;

	while (*at != NULL && (*at)->watch.fd != fd)
		at = &(*at)->next;
	return at;
}

/* c-ares says which of its sockets it waits for; neither: it is closing. */
static void
on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns_lookup *q = arg;
	struct sock **at = find(q, fd);
	struct sock *s = *at;
	uint32_t events = (readable ? (uint32_t)EPOLLIN : 0) |
	    (writable ? (uint32_t)EPOLLOUT : 0);

	if (events == 0) {
		if (s == NULL)
			return;
		*at = s->next;
		loop_unwatch(q->d->loop, &s->watch);
		free(s);
		return;
	}
	if (s != NULL) {
		loop_events(q->d->loop, &s->watch, events);
		return;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		log_panic("out of memory", "dns");
	s->q = q;
	s->next = q->socks;
	q->socks = s;
	loop_watch(q->d->loop, &s->watch, fd, events, on_socket);
}

/* --- answers ---------------------------------------------------------------
 */

static enum dns_status
status_of(int code)
{
	switch (code) {
	case ARES_SUCCESS:
		return DNS_OK;
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return DNS_NO_NAME;
	case ARES_ENODATA:
		return DNS_NO_ADDRESS;
	case ARES_ETIMEOUT:
	case ARES_ECONNREFUSED:
		return DNS_TIMEOUT;
	default:
		return DNS_FAILED;
	}
}

static bool
known(const struct dns_answer *a, const struct addr *addr)
{
	for (size_t i = 0; i < a->n; i++) {
		if (addr_equal(&a->list[i], addr))
			return true;
	}
	return false;
}

static void
take(struct dns_answer *a, const struct ares_addrinfo_node *node)
{
	uint32_t ttl = node->ai_ttl > 0 ? (uint32_t)node->ai_ttl : 0;
	struct addr addr;

	if (!addr_from_sockaddr(
		node->ai_addr, (socklen_t)node->ai_addrlen, &addr) ||
	    known(a, &addr))
		return;
	if (ttl < a->ttl)
		a->ttl = ttl;
	if (a->n == DNS_ADDRS_MAX)
		a->status = DNS_TOO_MANY;
	else
		a->list[a->n++] = addr;
}

static void
on_answer(void *arg, int code, int timeouts, struct ares_addrinfo *info)
{
	struct dns_lookup *q = arg;
	struct dns_answer *a = &q->answer;

	(void)timeouts;
	a->status = status_of(code);
	a->ttl = UINT32_MAX;
	if (code == ARES_SUCCESS && info != NULL) {
		for (struct ares_addrinfo_node *n = info->nodes; n != NULL;
		     n = n->ai_next)
			take(a, n);
		if (a->n == 0)
			a->status = DNS_NO_ADDRESS;
	}
	if (info != NULL)
		ares_freeaddrinfo(info);
	q->answered = true;
	if (q->going)
		return;
	/* c-ares is still on the stack: to be told from the loop. */
	loop_timer(q->d->loop, &q->timer, clock_mono_ms(), on_time);
}

static void
finish(struct dns_lookup *q)
{
	struct dns_answer answer = q->answer;
	void (*fn)(void *, const struct dns_answer *) = q->fn;
	void *arg = q->arg;

	dns_cancel(q);
	fn(arg, &answer);
}

/* --- running ---------------------------------------------------------------
 */

static void
set_timer(struct dns_lookup *q)
{
	struct timeval tv, *next;

	if (q->answered)
		return;
	next = ares_timeout(q->channel, NULL, &tv);
	if (next == NULL)
		loop_timer_off(&q->timer);
	else
		loop_timer(q->d->loop, &q->timer,
		    clock_mono_ms() + (int64_t)next->tv_sec * 1000 +
			next->tv_usec / 1000 + 1,
		    on_time);
}

static void
on_socket(struct watch *w, uint32_t events)
{
	struct sock *s = LOOP_OWNER(struct sock, watch, w);
	struct dns_lookup *q = s->q;
	ares_socket_t fd = w->fd;
	bool in = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
	bool out = (events & EPOLLOUT) != 0;

	ares_process_fd(
	    q->channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
	set_timer(q);
}

static void
on_time(struct timer *t)
{
	struct dns_lookup *q = LOOP_OWNER(struct dns_lookup, timer, t);

	if (!q->answered) {
		ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		set_timer(q);
		return;
	}
	finish(q);
}

static int
open_channel(struct dns *d, struct dns_lookup *q)
{
	char lookups[] = "fb"; /* the hosts file, then the servers */
	struct ares_options o = {
	    .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
	    .timeout = TRY_MS,
	    .tries = TRIES,
	    .lookups = lookups,
	    .sock_state_cb = on_state,
	    .sock_state_cb_data = q,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_SOCK_STATE_CB;
	int code = ares_init_options(&q->channel, &o, mask);

	if (code == ARES_SUCCESS && d->servers[0] != '\0') {
		code = ares_set_servers_ports_csv(q->channel, d->servers);
		if (code != ARES_SUCCESS)
			ares_destroy(q->channel);
	}
	return code;
}

struct dns_lookup *
dns_start(struct dns *d, const char *name,
    void (*fn)(void *arg, const struct dns_answer *answer), void *arg)
{
	struct dns_lookup *q = calloc(1, sizeof(*q));
	struct ares_addrinfo_hints hints = {
	    .ai_flags = ARES_AI_NOSORT,
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	};
	int code;

	if (q == NULL)
		log_panic("out of memory", "dns");
	q->d = d;
	q->fn = fn;
	q->arg = arg;
	code = open_channel(d, q);
	if (code != ARES_SUCCESS) {
		log_error("cannot look names up",
		    LOG_STR("error", ares_strerror(code)));
		free(q);
		return NULL;
	}
	ares_getaddrinfo(q->channel, name, NULL, &hints, on_answer, q);
	set_timer(q);
	return q;
}

void
dns_cancel(struct dns_lookup *q)
{
	if (q == NULL)
		return;
	q->going = true;
	ares_destroy(q->channel);
	while (q->socks != NULL)
		on_state(q, q->socks->watch.fd, 0, 0);
	loop_timer_off(&q->timer);
	free(q);
}

/* ADDRESS:PORT, IPv6 in brackets. */
static bool
is_server(struct str s)
{
	struct addr a;
	size_t colon = s.n;
	int64_t port;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	return colon > 1 && str_to_i64(str_sub(s, colon, s.n), &port) &&
	    port >= 1 && port <= 65535 &&
	    addr_parse(str_sub(s, 0, colon - 1), &a) &&
	    (a.family == AF_INET6) == (s.p[0] == '[');
}

static bool
check_servers(const char *text, FILE *err)
{
	struct str rest = str_from(text);

	while (rest.n > 0) {
		struct str one = str_split(&rest, ',');

		if (is_server(one) && (rest.p == NULL || rest.n > 0))
			continue;
		(void)fprintf(err,
		    "MCPBOX_EGRESS_DNS: not an address and a port: %.*s\n",
		    STR_FMT(one));
		return false;
	}
	return true;
}

struct dns *
dns_new(struct loop *loop, const char *servers, FILE *err)
{
	struct dns *d = calloc(1, sizeof(*d));
	struct dns_lookup q = {.d = d};
	int code = ares_library_init(ARES_LIB_INIT_ALL);

	if (d == NULL || (d->servers = strdup(servers)) == NULL)
		log_panic("out of memory", "dns");
	d->loop = loop;
	if (!check_servers(servers, err)) {
		dns_free(d);
		return NULL;
	}
	if (code == ARES_SUCCESS)
		code = open_channel(d, &q);
	if (code != ARES_SUCCESS) {
		(void)fprintf(
		    err, "MCPBOX_EGRESS_DNS: %s\n", ares_strerror(code));
		dns_free(d);
		return NULL;
	}
	ares_destroy(q.channel);
	return d;
}

void
dns_free(struct dns *d)
{
	if (d == NULL)
		return;
	ares_library_cleanup();
	free(d->servers);
	free(d);
}
