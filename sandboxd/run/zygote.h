/*
 * zygote.h: the zygote of one server.
 */
#ifndef MCPBOX_SANDBOXD_RUN_ZYGOTE_H
#define MCPBOX_SANDBOXD_RUN_ZYGOTE_H

#include <stdbool.h>

#include "attr.h"
#include "ctl.h"
#include "options.h"

/* What its children need to know. */
struct zygote {
	const struct heritage *h;
	enum ctl_ids ids;
	uint32_t base;      /* first real uid, with CTL_IDS_REAL */
	int ruleset;        /* Landlock; -1 = the kernel has none */
	bool checking;      /* children read tools, they run none */
	bool pinned;        /* a fork copies the heritage's pages */
	struct pages pages; /* that children copy themselves */
};

/* In the fresh process, pid 1 of its namespace; `sock` leads to sandboxd.
 * Never returns. */
void zygote_run(
    const struct heritage *h, int sock, bool checking) ATTR_NORETURN;

#endif
