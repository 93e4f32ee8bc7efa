/*
 * password.c: a counting semaphore around Argon2id.
 */
#include "noun/password.h"

#include <pthread.h>
#include <time.h>

/*
 * Stands in for the account that does not exist: a hash of 32 random bytes
 * that nobody kept, with today's parameters (a unit test compares them).
 */
static const char nobody[] =
    "$argon2id$v=19$m=65536,t=3,p=4$lrbTXRhrcgeDastwT1jXnQ"
    "$5YnRZEXIOP4rSs1rVqJh06KuDeqJf4Dinkl5tGOAUfE";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static int busy, waiting;

/* With the lock held: waits for a free slot in the queue. */
static bool
wait_in_queue(void)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PASSWORD_WAIT_MS / 1000;
	waiting++;
	while (busy >= PASSWORD_SLOTS && rc == 0)
		rc = pthread_cond_clockwait(
		    &freed, &lock, CLOCK_MONOTONIC, &until);
	waiting--;
	return busy < PASSWORD_SLOTS;
}

enum fail_code
password_enter(struct ctx *ctx)
{
	bool entered;

	pthread_mutex_lock(&lock);
	entered = busy < PASSWORD_SLOTS ||
	    (waiting < PASSWORD_QUEUE && wait_in_queue());
	if (entered)
		busy++;
	pthread_mutex_unlock(&lock);
	if (entered)
		return FAIL_NONE;
	ctx->fail.retry_after = 1;
	return fail(&ctx->fail, FAIL_BUSY,
	    "Too many people are signing in right now. Try again in a moment.");
}

void
password_leave(void)
{
	pthread_mutex_lock(&lock);
	busy--;
	pthread_cond_signal(&freed);
	pthread_mutex_unlock(&lock);
}

bool
password_verify(const char *encoded, struct str password)
{
	bool match = crypt_password_verify(
	    encoded != NULL ? encoded : nobody, password);

	return match && encoded != NULL;
}

bool
password_dummy_stale(void)
{
	return crypt_password_stale(nobody);
}

enum fail_code
password_hash(
    struct ctx *ctx, struct str password, char out[CRYPT_PASSWORD_MAX])
{
	enum fail_code code = crypt_password_hash(password, out);

	if (code == FAIL_NONE)
		return FAIL_NONE;
	return fail(&ctx->fail, code, NULL);
}
