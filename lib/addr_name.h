/*
 * addr_name.h: host names that have one meaning, whatever a resolver says.
 *
 * The one list for who refuses to grant them (fcgi/noun/network_host) and who
 * refuses to reach them (sandboxd/egress/judge).
 */
#ifndef MCPBOX_ADDR_NAME_H
#define MCPBOX_ADDR_NAME_H

#include "addr.h"
#include "str.h"

/*
 * ADDR_LOOPBACK for names of this machine itself, ADDR_METADATA for those of
 * a cloud's metadata service, ADDR_PUBLIC for all others.  The name is in
 * lower case, without a dot at its end.
 */
enum addr_class addr_name_class(struct str name);

#endif
