/*
 * rnd.c: randomness from the kernel.
 */
#include "rnd.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "fail.h"
#include "str.h"

void
rnd_bytes(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			fail_abort("rnd: getrandom failed");
		p += got;
		n -= (size_t)got;
	}
}

void
rnd_uuid(char out[RND_UUID_MAX])
{
	static const size_t groups[] = {4, 2, 2, 2, 6};
	unsigned char b[16];
	const unsigned char *p = b;

	rnd_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* variant */
	for (size_t i = 0; i < NELEM(groups); i++) {
		str_hex(p, groups[i], out);
		p += groups[i];
		out += 2 * groups[i];
		*out++ = i + 1 < NELEM(groups) ? '-' : '\0';
	}
}

void
rnd_token(char out[RND_TOKEN_MAX])
{
	unsigned char b[32];

	rnd_bytes(b, sizeof(b));
	(void)str_b64u(b, sizeof(b), out);
	explicit_bzero(b, sizeof(b));
}
