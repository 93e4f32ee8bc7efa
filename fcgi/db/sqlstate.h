/*
 * sqlstate.h: what PostgreSQL's error codes mean to a client.
 */
#ifndef MCPBOX_SQLSTATE_H
#define MCPBOX_SQLSTATE_H

#include <stdbool.h>

#include "fail.h"

/*
 * The code for a SQLSTATE (five characters; NULL: none was sent), see db.h.
 * `own` tells whether the message was written by us (class MB) and may be
 * shown.  `deleting`: the statement was a DELETE.
 */
enum fail_code sqlstate_fail(
    const char *sqlstate, bool deleting, bool *own_out);

#endif
