/*
 * keyring.c: the keys that what is at rest is sealed with.
 */
#include "keyring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypt.h"
#include "log.h"
#include "rnd.h"

#define PURPOSES_MAX 8
#define HEX_LEN (2 * (size_t)CRYPT_KEY_LEN)

struct key {
	uint8_t id;
	struct secret *key;
	struct secret *sub[PURPOSES_MAX];
};

struct keyring {
	struct key v[KEYRING_MAX];
	size_t n;
	const char *purposes[PURPOSES_MAX];
	size_t npurposes;
	pthread_mutex_t lock;
};

static struct keyring *
empty(void)
{
	struct keyring *k = calloc(1, sizeof(*k));

	if (k == NULL || pthread_mutex_init(&k->lock, NULL) != 0)
		log_panic("out of memory", "keyring");
	return k;
}

void
keyring_free(struct keyring *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n; i++) {
		secret_free(k->v[i].key);
		for (size_t p = 0; p < PURPOSES_MAX; p++)
			secret_free(k->v[i].sub[p]);
	}
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

static void
add(struct keyring *k, uint8_t id, const void *raw)
{
	k->v[k->n++] = (struct key){
	    .id = id, .key = secret_new(raw, CRYPT_KEY_LEN)};
}

/* --- as text -------------------------------------------------------------- */

static const char *
read_one(struct keyring *k, struct str text)
{
	size_t colon = str_index(text, ':');
	unsigned char raw[CRYPT_KEY_LEN];
	int64_t id = 1;

	if (colon < text.n &&
	    (!str_to_i64(str_sub(text, 0, colon), &id) || id < 1 ||
		id > UINT8_MAX))
		return "a key's number is not from 1 to 255";
	if (colon < text.n)
		text = str_sub(text, colon + 1, text.n);
	if (text.n != HEX_LEN || !str_unhex(text, raw, sizeof(raw)))
		return "a key is not 64 hexadecimal digits";
	if (k->n == KEYRING_MAX)
		return "there are more than two keys";
	for (size_t i = 0; i < k->n; i++) {
		if (k->v[i].id == id)
			return "two keys have the same number";
	}
	add(k, (uint8_t)id, raw);
	secret_wipe(raw, sizeof(raw));
	return NULL;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct keyring *
keyring_read(struct str text, const char **why_out)
{
	struct keyring *k = empty();
	size_t at = 0, from;

	*why_out = NULL;
	while (*why_out == NULL && at < text.n) {
		for (from = at; at < text.n && !is_space(text.p[at]);)
			at++;
		if (at > from)
			*why_out = read_one(k, str_sub(text, from, at - from));
		at++;
	}
	if (*why_out == NULL && k->n == 0)
		*why_out = "there is no key";
	if (*why_out == NULL)
		return k;
	keyring_free(k);
	return NULL;
}

void
keyring_text(const struct keyring *k, struct buf *out)
{
	for (size_t i = 0; i < k->n; i++) {
		char hex[HEX_LEN + 1];

		str_hex(secret_view(k->v[i].key).p, CRYPT_KEY_LEN, hex);
		buf_printf(out, "%u:%s\n", k->v[i].id, hex);
		secret_wipe(hex, sizeof(hex));
	}
}

/* --- parts ---------------------------------------------------------------- */

struct keyring *
keyring_random(uint8_t id)
{
	struct keyring *k = empty();
	unsigned char raw[CRYPT_KEY_LEN];

	rnd_bytes(raw, sizeof(raw));
	add(k, id, raw);
	secret_wipe(raw, sizeof(raw));
	return k;
}

size_t
keyring_count(const struct keyring *k)
{
	return k->n;
}

uint8_t
keyring_id(const struct keyring *k, size_t i)
{
	return k->v[i].id;
}

const struct secret *
keyring_key(const struct keyring *k, size_t i)
{
	return k->v[i].key;
}

struct keyring *
keyring_pair(
    const struct keyring *a, size_t at, const struct keyring *b, size_t bt)
{
	struct keyring *k = empty();

	add(k, a->v[at].id, secret_view(a->v[at].key).p);
	if (b != NULL)
		add(k, b->v[bt].id, secret_view(b->v[bt].key).p);
	return k;
}

/* --- in use --------------------------------------------------------------- */

/* Under the lock. */
static size_t
purpose_at(struct keyring *k, const char *purpose)
{
	for (size_t p = 0; p < k->npurposes; p++) {
		if (strcmp(k->purposes[p], purpose) == 0)
			return p;
	}
	if (k->npurposes == PURPOSES_MAX)
		log_panic("too many purposes", "keyring");
	k->purposes[k->npurposes] = purpose;
	return k->npurposes++;
}

const struct secret *
keyring_subkey(struct keyring *k, size_t i, const char *purpose)
{
	struct secret **sub;

	pthread_mutex_lock(&k->lock);
	sub = &k->v[i].sub[purpose_at(k, purpose)];
	if (*sub == NULL)
		*sub = crypt_subkey(k->v[i].key, purpose);
	pthread_mutex_unlock(&k->lock);
	return *sub;
}

void
keyring_seal(struct keyring *k, const char *purpose, struct str aad,
    struct str plain, struct buf *out)
{
	crypt_seal(keyring_subkey(k, 0, purpose), k->v[0].id, aad, plain, out);
}

bool
keyring_open(struct keyring *k, const char *purpose, struct str aad,
    struct str sealed, struct secret **out)
{
	*out = NULL;
	for (size_t i = 0; i < k->n; i++) {
		if (sealed.n > 1 && (uint8_t)sealed.p[1] == k->v[i].id)
			return crypt_open(keyring_subkey(k, i, purpose),
			    k->v[i].id, aad, sealed, out);
	}
	return false;
}
