/*
 * options.h: what the root zygote makes once for all its descendants.
 */
#ifndef MCPBOX_SANDBOXD_RUN_OPTIONS_H
#define MCPBOX_SANDBOXD_RUN_OPTIONS_H

#include <stdint.h>

#include "option.h"
#include "pages.h"

struct filter;

struct heritage {
	struct options options;
	const struct filter *narrow;
	const struct filter *zygote;
	uint64_t size;      /* bytes of address space before any call */
	struct pages pages; /* that any call writes */
};

#endif
