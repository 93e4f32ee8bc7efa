/*
 * signkey.c: subkeys, derived on first use.
 */
#include "noun/signkey.h"

#include <pthread.h>

#include "attr.h"
#include "crypt.h"
#include "log.h"

static const char *const purposes[] = {
    [SIGNKEY_JWT] = "jwt",
    [SIGNKEY_CSRF] = "csrf",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct secret *keys[NELEM(purposes)];

struct str
signkey_get(const struct settings *s, enum signkey which)
{
	struct str key;

	pthread_mutex_lock(&lock);
	if (keys[which] == NULL) {
		if (s->master_key == NULL)
			log_panic("no master key in this process", NULL);
		keys[which] = crypt_subkey(s->master_key, purposes[which]);
	}
	key = secret_view(keys[which]);
	pthread_mutex_unlock(&lock);
	return key;
}
