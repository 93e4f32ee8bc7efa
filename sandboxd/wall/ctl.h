/*
 * ctl.h: messages between the supervisor and the zygotes.
 *
 * One SEQPACKET socket a zygote; one message a packet: a fixed head of
 * CTL_HEAD bytes, little-endian, then text (only BOOTED and PAGES have any).
 * Descriptors travel as SCM_RIGHTS.  Who may send what is in ctl.def; a message
 * from the wrong side or of the wrong size is refused.
 *
 * A child's data socket begins with a HELLO of 8 bytes, before any frame.
 */
#ifndef MCPBOX_SANDBOXD_WALL_CTL_H
#define MCPBOX_SANDBOXD_WALL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "str.h"

#define CTL_HEAD 32
#define CTL_TEXT_MAX (48 * 1024)
#define CTL_PACKET_MAX (CTL_HEAD + CTL_TEXT_MAX)

enum ctl_type {
#define CTL(name, number, from, nfds) CTL_##name = (number),
#include "ctl.def"
#undef CTL
};
enum ctl_side { CTL_FROM_SUPERVISOR, CTL_FROM_ROOT, CTL_FROM_ZYGOTE };

/* How user ids are kept apart inside (GO). */
enum ctl_ids {
	CTL_IDS_MAPPED = 1, /* user namespace, 1000 ids: child is 1 + slot */
	CTL_IDS_SINGLE = 2, /* user namespace, one id for everybody */
	CTL_IDS_REAL = 3    /* no user namespace: child is base + 1 + slot */
};
#define CTL_IDS_RANGE 1000 /* ids of one zygote */

#define CTL_FLAG_CHECK 1u  /* START: a zygote that reads tools, runs none */
#define CTL_FLAG_PINNED 1u /* READY: forks copy the pages of a call */

struct ctl {
	enum ctl_type type;
	uint32_t slot;   /* child's slot, or zygote's index */
	uint32_t arg;    /* GO: enum ctl_ids; FAILED: step; START, READY: flags
			  */
	int32_t status;  /* FAILED: errno; EXITED, GONE: wait status */
	uint32_t base;   /* GO: first real uid */
	uint32_t rss;    /* EXITED: peak resident set, KiB */
	uint64_t cpu_us; /* EXITED: user + system time */
	struct str text; /* BOOTED: JSON; PAGES: a set */
};

/*
 * Sends one message with `nfds` descriptors.  0, or -1 with errno (EAGAIN:
 * the queue is full).
 */
int ctl_send(
    int sock, const struct ctl *m, const int *fds, size_t nfds) ATTR_NODISCARD;

/*
 * Receives one message that side `from` may send.  `text` points into `room`
 * (CTL_PACKET_MAX bytes).  The number of descriptors is what ctl.def says;
 * they belong to the caller.  1 = got one; 0 = end of file; -1 with errno
 * (EPROTO: not a message, its descriptors are closed).
 */
int ctl_recv(int sock, enum ctl_side from, char *room, struct ctl *m_out,
    int *fds_out) ATTR_NODISCARD;

const char *ctl_name(enum ctl_type t);

/* The first bytes of a child's data socket: where the lockdown ended. */
#define CTL_HELLO 8
void ctl_hello_encode(uint32_t step, int err, unsigned char out[CTL_HELLO]);
void ctl_hello_decode(
    const unsigned char in[CTL_HELLO], uint32_t *step_out, int *err_out);

#endif
