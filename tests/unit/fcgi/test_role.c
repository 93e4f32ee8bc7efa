/* Unit tests of fcgi/noun/role.c. */
#include "noun/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool
may(const char *role, enum perm perm)
{
	return (role_perms(role) & (unsigned)perm) != 0;
}

static void
test_matrix(void **state)
{
	static const struct {
		enum perm perm;
		bool viewer, operator_, reviewer, admin;
	} matrix[] = {
	    {PERM_ANYONE, true, true, true, true},
	    {PERM_SELF, true, true, true, true},
	    {PERM_READ, true, true, true, true},
	    {PERM_EDIT, false, true, false, true},
	    {PERM_RUN, false, true, true, true},
	    {PERM_CALL, false, true, false, true},
	    {PERM_DECIDE, false, false, true, true},
	    {PERM_ADMIN, false, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(matrix); i++) {
		enum perm p = matrix[i].perm;

		assert_int_equal(may("viewer", p), matrix[i].viewer);
		assert_int_equal(may("operator", p), matrix[i].operator_);
		assert_int_equal(may("reviewer", p), matrix[i].reviewer);
		assert_int_equal(may("admin", p), matrix[i].admin);
	}
}

static void
test_unknown_roles_may_nothing(void **state)
{
	(void)state;
	assert_int_equal(role_perms(NULL), PERM_ANYONE);
	assert_int_equal(role_perms(""), PERM_ANYONE);
	assert_int_equal(role_perms("Admin"), PERM_ANYONE);
	assert_int_equal(role_perms("admin "), PERM_ANYONE);
	assert_int_equal(role_perms("root"), PERM_ANYONE);
}

static void
test_a_client_never_decides(void **state)
{
	unsigned held = role_client_perms(role_perms("admin"));

	(void)state;
	assert_int_equal(held & (PERM_DECIDE | PERM_ADMIN | PERM_SELF), 0);
	assert_int_equal(held, role_local_perms());
	assert_int_equal(
	    role_client_perms(role_perms("viewer")), PERM_ANYONE | PERM_READ);
	assert_int_equal(role_client_perms(role_perms("reviewer")),
	    PERM_ANYONE | PERM_READ | PERM_RUN);
}

static unsigned
scopes(const char *a, const char *b)
{
	struct str v[2] = {str_from(a), str_from(b)};
	struct strs list = {.n = b != NULL ? 2 : 1, .v = v};

	return role_scope_perms(&list);
}

static void
test_scopes(void **state)
{
	(void)state;
	assert_int_equal(scopes("reader", NULL), PERM_ANYONE | PERM_READ);
	assert_int_equal(scopes("caller", NULL), PERM_ANYONE | PERM_CALL);
	assert_int_equal(scopes("author", NULL),
	    PERM_ANYONE | PERM_READ | PERM_EDIT | PERM_RUN);
	assert_int_equal(scopes("author", "caller"), role_local_perms());
	assert_int_equal(scopes("admin", "Reader"), PERM_ANYONE);
	assert_int_equal(role_scope_perms(&(struct strs){.n = 0}), PERM_ANYONE);
}

/* A token never reaches its owner's own affairs, whatever its role. */
static void
test_tokens(void **state)
{
	(void)state;
	assert_int_equal(role_token_perms("admin"),
	    role_perms("admin") & ~(unsigned)PERM_SELF);
	assert_int_equal(role_token_perms("viewer"), PERM_ANYONE | PERM_READ);
	assert_int_equal(role_token_perms(NULL), PERM_ANYONE);
	assert_int_equal(role_enrol_perms(), PERM_ANYONE | PERM_SELF);
}

static void
test_names(void **state)
{
	struct arena *a = arena_new(1 << 16);
	struct strs viewer = role_perm_names(a, role_perms("viewer"));
	struct strs admin = role_perm_names(a, role_perms("admin"));
	struct strs nobody = role_perm_names(a, PERM_ANYONE);

	(void)state;
	assert_int_equal(nobody.n, 0);
	assert_int_equal(viewer.n, 1);
	assert_true(str_eq_c(viewer.v[0], "read"));
	assert_int_equal(admin.n, 6);
	assert_true(str_eq_c(admin.v[3], "decide"));
	arena_free(a);
}

/* Every word of ROLE_CHOICES is a role: the database knows no other. */
static void
test_choices(void **state)
{
	struct str rest = STR_LIT(ROLE_CHOICES);
	char name[16];

	(void)state;
	while (rest.p != NULL) {
		struct str word = str_split(&rest, '|');

		assert_true(word.n < sizeof(name));
		memcpy(name, word.p, word.n);
		name[word.n] = '\0';
		assert_true(may(name, PERM_READ));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_matrix),
	    cmocka_unit_test(test_unknown_roles_may_nothing),
	    cmocka_unit_test(test_a_client_never_decides),
	    cmocka_unit_test(test_scopes),
	    cmocka_unit_test(test_tokens),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
