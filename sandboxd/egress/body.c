/*
 * body.c: the way of an answer to the peer.
 *
 * One piece of at most a few KiB waits here when the peer is slow; the rest
 * waits in libcurl, in the kernel, and at the server.
 */
#include <string.h>

#include "egress/job_impl.h"
#include "log.h"

#define STEP ((size_t)16 * 1024) /* bytes handed on at once */

void
body_begin(struct job *j)
{
	struct answer *a = &j->answer;
	struct fetch_pair list[FETCH_HEADERS_MAX];
	struct fetch_head head = {
	    .status = a->status,
	    .version = str_from(a->version),
	    .headers = list,
	    .nheaders = a->n,
	};
	struct buf b;

	for (size_t i = 0; i < a->n; i++)
		list[i] = answer_pair(a, i);
	buf_init(&b, SIZE_MAX);
	fetch_head_encode(&b, &head);
	j->user->frame(j->arg, WIRE_T_FETCH_HEAD, j->id, buf_str(&b));
	buf_free(&b);
	j->decode = decode_new(answer_get(a, "content-encoding"));
}

/* Decoded bytes: counted, then passed on. */
static bool
pass(struct job *j, struct str bytes)
{
	uint64_t max = (uint64_t)j->engine->settings->max_response;
	size_t room = RECORD_PREVIEW_BYTES - j->preview.n;

	j->received += bytes.n;
	if (j->received > max)
		return outcome(&j->outcome, FETCH_END_PROTOCOL,
		    "The answer is larger than %llu bytes, the most that is "
		    "passed on.",
		    (unsigned long long)max);
	if (!run_spend(j->run, bytes.n))
		return outcome(&j->outcome, FETCH_END_LIMIT,
		    "This call has used up the bytes that it may send and "
		    "receive.");
	if (j->run->debug && room > 0)
		buf_putstr(&j->preview, str_sub(bytes, 0, room));
	j->user->frame(j->arg, WIRE_T_FETCH_DATA, j->id, bytes);
	return true;
}

/* Takes from the front of *in what the peer has room for. */
static bool
move(struct job *j, struct str *in)
{
	char room[STEP];

	while (in->n > 0 || (j->decode != NULL && decode_more(j->decode))) {
		struct str out = str_sub(*in, 0, STEP);

		if (j->user->full(j->arg))
			return true;
		if (j->decode == NULL) {
			*in = str_sub(*in, out.n, in->n);
		} else {
			size_t n;

			if (!decode_step(j->decode, in, room, STEP, &n))
				return outcome(&j->outcome, FETCH_END_PROTOCOL,
				    "The answer's body is not what its "
				    "Content-Encoding says.");
			out = (struct str){room, n};
		}
		if (out.n > 0 && !pass(j, out))
			return false;
	}
	return true;
}

bool
body_left(const struct job *j)
{
	return j->stash.n > 0 || (j->decode != NULL && decode_more(j->decode));
}

bool
body_piece(struct job *j, struct str piece, bool *taken_out)
{
	*taken_out = false;
	if (body_left(j) || j->user->full(j->arg))
		return true;
	*taken_out = true;
	if (!move(j, &piece))
		return false;
	buf_putstr(&j->stash, piece);
	return true;
}

bool
body_move(struct job *j)
{
	struct str in = buf_str(&j->stash);

	if (!move(j, &in))
		return false;
	buf_consume(&j->stash, j->stash.n - in.n);
	return true;
}

void
body_close(struct job *j)
{
	if (j->decode != NULL && !decode_whole(j->decode))
		(void)outcome(&j->outcome, FETCH_END_PROTOCOL,
		    "The answer's body broke off.");
}
