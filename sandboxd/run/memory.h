/*
 * memory.h: where the program and the interpreter's objects lie.
 *
 * Every child is a copy of the zygote's page tables, and every page that it
 * writes is a copied page.  So what is only read lies in huge pages, which are
 * copied by one entry, and what a call writes lies close together.  Nothing
 * here is needed for anything but speed: what cannot be had is left out.
 */
#ifndef MCPBOX_SANDBOXD_RUN_MEMORY_H
#define MCPBOX_SANDBOXD_RUN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"

/* Moves the program's text and constants into huge pages. */
void memory_text(void);

/* Before the interpreter starts: room for its heap, in whole huge pages. */
void memory_reserve(void);

/*
 * Gives what is left of the room back and makes huge pages of the rest: when
 * all is loaded, and before anything is forked.
 */
void memory_settle(void);

/* The interpreter's arenas: from the room, then from the kernel. */
void *memory_arena(size_t n);
void memory_arena_free(void *p, size_t n);

/* The number of arenas so far, and the address of the last one. */
unsigned memory_arenas(const char **last_out);

#endif
