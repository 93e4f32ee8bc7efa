/*
 * pin.c: pages that a fork copies at once.
 */
#include "pin.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int
pin_pages(const struct pages *p)
{
	static struct iovec v[PAGES_RANGES_MAX];
	struct io_uring_params params = {0};
	int fd, saved;

	if (p->n == 0) {
		errno = ENOENT;
		return -1;
	}
	/* Its own small pages first: a huge one would be copied whole. */
	pages_populate(p);
	for (size_t i = 0; i < p->n; i++)
		v[i] = pages_bytes(&p->v[i]);
	fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	if (fd < 0)
		return -1;
	if (syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, v,
		p->n) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}
