/*
 * op.c: paged lists.
 */
#include "op/op.h"

void
page_fill(struct page *p, int64_t page, int64_t page_size, int64_t total)
{
	p->total = total;
	p->page = page;
	p->page_size = page_size;
	p->pages = (total + page_size - 1) / page_size;
}

int64_t
page_offset(struct opt_int page, struct opt_int page_size)
{
	return (page.v - 1) * page_size.v;
}
