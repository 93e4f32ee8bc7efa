/*
 * role.c: the table of roles.
 */
#include "noun/role.h"

#include <string.h>

#define VIEW (PERM_ANYONE | PERM_SELF | PERM_READ)
#define AUTHOR (PERM_EDIT | PERM_RUN | PERM_CALL)

/* A reviewer can't write what he approves: that is two people's work. */
/* clang-format off */
static const struct {
	const char *name;
	unsigned perms;
} roles[] = {
	{"viewer",   VIEW},
	{"operator", VIEW | AUTHOR},
	{"reviewer", VIEW | PERM_RUN | PERM_DECIDE},
	{"admin",    VIEW | AUTHOR | PERM_DECIDE | PERM_ADMIN},
};

/* A caller that may only call sees no management tool; an author reads what it
 * changes. */
static const struct {
	const char *name;
	unsigned perms;
} scope_table[] = {
	{"reader", PERM_READ},
	{"caller", PERM_CALL},
	{"author", PERM_READ | PERM_EDIT | PERM_RUN},
};

static const struct {
	enum perm perm;
	const char *name;
} names[] = {
	{PERM_READ,   "read"},
	{PERM_EDIT,   "edit"},
	{PERM_RUN,    "run"},
	{PERM_DECIDE, "decide"},
	{PERM_ADMIN,  "admin"},
	{PERM_CALL,   "call"},
};
/* clang-format on */

unsigned
role_perms(const char *role)
{
	for (size_t i = 0; role != NULL && i < NELEM(roles); i++)
		if (strcmp(role, roles[i].name) == 0)
			return roles[i].perms;
	return PERM_ANYONE;
}

unsigned
role_enrol_perms(void)
{
	return PERM_ANYONE | PERM_SELF;
}

unsigned
role_scope_perms(const struct strs *scopes)
{
	unsigned perms = PERM_ANYONE;

	for (size_t i = 0; i < scopes->n; i++)
		for (size_t j = 0; j < NELEM(scope_table); j++)
			if (str_eq_c(scopes->v[i], scope_table[j].name))
				perms |= scope_table[j].perms;
	return perms;
}

unsigned
role_token_perms(const char *role)
{
	return role_perms(role) & ~(unsigned)PERM_SELF;
}

unsigned
role_client_perms(unsigned perms)
{
	return perms & ~(unsigned)(PERM_SELF | PERM_DECIDE | PERM_ADMIN);
}

unsigned
role_local_perms(void)
{
	return PERM_ANYONE | PERM_READ | AUTHOR;
}

struct strs
role_perm_names(struct arena *a, unsigned perms)
{
	struct strs out = {.given = true};

	out.v = arena_zalloc(a, NELEM(names), sizeof(*out.v));
	for (size_t i = 0; i < NELEM(names); i++)
		if (perms & (unsigned)names[i].perm)
			out.v[out.n++] = str_from(names[i].name);
	return out;
}
