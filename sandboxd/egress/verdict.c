/*
 * verdict.c: what libcurl's codes mean to a tool's author.
 */
#include <errno.h>
#include <string.h>

#include "egress/job_impl.h"
#include "fail.h"

static const struct {
	CURLcode code;
	enum fetch_end end;
	const char *text; /* follows "HOST ", or NULL: libcurl's own */
} codes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, FETCH_END_DNS, "cannot be looked up"},
    {CURLE_COULDNT_RESOLVE_PROXY, FETCH_END_CONNECT,
	"is reached by a proxy, which cannot be looked up"},
    {CURLE_COULDNT_CONNECT, FETCH_END_CONNECT, "cannot be reached"},
    {CURLE_PROXY, FETCH_END_CONNECT, "is reached by a proxy, which refuses"},
    {CURLE_OPERATION_TIMEDOUT, FETCH_END_CONNECT_TIMEOUT,
	"did not take the connection in time"},
    {CURLE_SSL_CONNECT_ERROR, FETCH_END_TLS, "does not agree on TLS"},
    {CURLE_SSL_CIPHER, FETCH_END_TLS, "does not agree on TLS"},
    {CURLE_SSL_SHUTDOWN_FAILED, FETCH_END_TLS, "broke off TLS"},
    {CURLE_SSL_ISSUER_ERROR, FETCH_END_TLS, "has a bad certificate"},
    {CURLE_SSL_CACERT_BADFILE, FETCH_END_TLS,
	"cannot be checked: the certificates of MCPBOX_EGRESS_CA_BUNDLE "
	"cannot be read"},
    {CURLE_FILESIZE_EXCEEDED, FETCH_END_PROTOCOL,
	"announces a larger answer than is passed on"},
    {CURLE_GOT_NOTHING, FETCH_END_PROTOCOL,
	"closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, FETCH_END_PROTOCOL, "broke off its answer"},
    {CURLE_RECV_ERROR, FETCH_END_PROTOCOL, "broke off the connection"},
    {CURLE_SEND_ERROR, FETCH_END_PROTOCOL, "broke off the connection"},
    {CURLE_UNSUPPORTED_PROTOCOL, FETCH_END_PROTOCOL, "does not speak HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, FETCH_END_PROTOCOL, "does not speak HTTP"},
    {CURLE_HTTP2, FETCH_END_PROTOCOL, "broke off its answer"},
    {CURLE_HTTP2_STREAM, FETCH_END_PROTOCOL, "broke off its answer"},
};

/* X509_V_ERR_* of OpenSSL, which is libcurl's business; numbers are stable. */
static const struct {
	long number;
	const char *text;
} certificates[] = {
    {0, "is for another name"},
    {1, "is for another name"}, /* libcurl looked before OpenSSL did */
    {62, "is for another name"},
    {64, "is for another name"},
    {9, "is not valid yet"},
    {10, "has expired"},
    {18, "is signed by nobody but itself"},
    {19, "comes from an authority that is not trusted here"},
    {20, "comes from an authority that is not trusted here"},
    {21, "comes from an authority that is not trusted here"},
    {23, "was revoked"},
    {26, "is not one for servers"},
};

static void
certificate(struct job *j)
{
	long number = 0;

	(void)curl_easy_getinfo(
	    j->transfer.easy, CURLINFO_SSL_VERIFYRESULT, &number);
	for (size_t i = 0; i < NELEM(certificates); i++) {
		if (certificates[i].number != number)
			continue;
		(void)outcome(&j->outcome, FETCH_END_TLS,
		    "The certificate of %s %s.", j->url.host.name,
		    certificates[i].text);
		return;
	}
	(void)outcome(&j->outcome, FETCH_END_TLS,
	    "The certificate of %s is not valid.", j->url.host.name);
}

/* What the kernel or OpenSSL said, where that helps. */
static const char *
reason(const struct job *j, CURLcode code)
{
	long number = 0;

	if (code == CURLE_SSL_CONNECT_ERROR)
		return j->error;
	if (code != CURLE_COULDNT_CONNECT)
		return "";

	(void)curl_easy_getinfo(j->transfer.easy, CURLINFO_OS_ERRNO, &number);
	switch (number) {
	case ECONNREFUSED:
		return "the connection was refused";
	case ENETUNREACH:
	case EHOSTUNREACH:
		return "there is no route to it";
	case ETIMEDOUT:
		return "it does not answer";
	default:
		return "";
	}
}

void
transfer_outcome(struct job *j, CURLcode code)
{
	const char *host = j->url.host.name, *why;

	if (j->outcome.end != FETCH_END_OK || code == CURLE_OK)
		return;
	if (code == CURLE_OUT_OF_MEMORY)
		fail_abort("libcurl: out of memory");
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		certificate(j);
		return;
	}
	why = reason(j, code);
	for (size_t i = 0; i < NELEM(codes); i++) {
		if (codes[i].code != code)
			continue;
		(void)outcome(&j->outcome, codes[i].end, "%s:%u %s%s%s.", host,
		    j->url.port, codes[i].text, why[0] != '\0' ? ": " : "",
		    why);
		return;
	}
	(void)outcome(&j->outcome, FETCH_END_PROTOCOL,
	    "The exchange with %s:%u failed: %s.", host, j->url.port,
	    curl_easy_strerror(code));
}
