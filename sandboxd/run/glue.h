/*
 * glue.h: the module _mcpbox, through which the Python half sends frames and
 * receives those that answer its requests (fetch.h).
 */
#ifndef MCPBOX_SANDBOXD_RUN_GLUE_H
#define MCPBOX_SANDBOXD_RUN_GLUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "str.h"
#include "wire.h"

#define GLUE_FD 3 /* a child's data socket */

/*
 * Flags.  Of an ERROR frame: what kind of end the child claims.  Of a RESULT
 * frame: BOX_RESULT_CONTENT, box.h.
 */
#define GLUE_FLAG_MEMORY 1u
#define GLUE_FLAG_OUTPUT 2u

/* Before Py_Initialize. */
void glue_register(void);

/* While on, frames are built and go nowhere (rehearsal). */
void glue_dry(bool on);

/* To the supervisor, all of it; the process ends when it is gone. */
void glue_write(const void *p, size_t n);

/* One frame to the supervisor. */
void glue_send(
    enum wire_type type, uint32_t id, uint32_t flags, struct str payload);

#endif
