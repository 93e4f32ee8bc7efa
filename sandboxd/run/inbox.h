/*
 * inbox.h: frames that come to a child while its tool runs.
 *
 * They are the answers to its requests (fetch.h) and questions (box.h), and
 * nothing else.  A child
 * has read(2), write(2) and poll(2) for its one socket, so an event loop can
 * be woken by another thread only with a signal: inbox_hold blocks it in the
 * calling thread, inbox_wait lets it in, inbox_wake sends it.  One that comes
 * before the wait is not lost.
 */
#ifndef MCPBOX_SANDBOXD_RUN_INBOX_H
#define MCPBOX_SANDBOXD_RUN_INBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

/* A time that does not come. */
#define INBOX_FOREVER (-1)

/* A frame that has been read already.  False when there is none. */
bool inbox_next(struct wire_frame *frame_out) ATTR_NODISCARD;

/*
 * Waits until clock_mono_ms() is `until`, or forever, for bytes and reads
 * them; touches nothing of Python's.  False when the time is over, or when
 * `hold` and another thread said inbox_wake.  The process ends when the
 * supervisor is gone.
 */
bool inbox_wait(int64_t until, bool hold) ATTR_NODISCARD;

/* Makes the calling thread wakeable; its id, for inbox_wake. */
pid_t inbox_hold(void);
void inbox_wake(pid_t thread);

#endif
