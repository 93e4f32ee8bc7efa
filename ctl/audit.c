/*
 * audit.c: the audit trail, verified and written out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "command.h"
#include "json.h"
#include "pg.h"

#define LINE_MAX_ ((size_t)64 * 1024 * 1024)

/* What was asked for. */
struct verify {
	const char *file; /* an export; NULL: the database */
	int64_t seq;      /* of a head that was written down; 0: none */
	const char *hash;
	bool seen; /* the row of that head, with its hash */
	struct chain chain;
};

typedef void row_fn(void *user, const struct chain_row *row);

static struct chain_row
row_of(const PGresult *res, int i)
{
	struct chain_row row = {
	    .at = pg_text(res, i, "at"),
	    .db_role = pg_text(res, i, "db_role"),
	    .actor = pg_text(res, i, "actor"),
	    .ip = pg_text(res, i, "ip"),
	    .request_id = pg_text(res, i, "request_id"),
	    .operation = pg_text(res, i, "operation"),
	    .target_kind = pg_text(res, i, "target_kind"),
	    .target_id = pg_text(res, i, "target_id"),
	    .before = pg_text(res, i, "before"),
	    .after = pg_text(res, i, "after"),
	    .prev = pg_text(res, i, "prev"),
	    .hash = pg_text(res, i, "hash"),
	};

	(void)!str_to_i64(str_from(pg_text(res, i, "seq")), &row.seq);
	return row;
}

/* Every row of the database behind `seq`, in order, a thousand at a time. */
static void
each_row(int64_t seq, row_fn *fn, void *user)
{
	char from[24];
	PGresult *res;
	int n;

	do {
		(void)snprintf(from, sizeof(from), "%" PRId64, seq);
		res = pg_query(Q_audit_rows, (const char *const[]){from});
		n = PQntuples(res);
		for (int i = 0; i < n; i++) {
			struct chain_row row = row_of(res, i);

			seq = row.seq;
			fn(user, &row);
		}
		PQclear(res);
	} while (n > 0);
}

/* --- export ----------------------------------------------------------------
 */

static void
put(json_t *o, const char *key, const char *v)
{
	json_put(o, key, v != NULL ? json_string(v) : NULL);
}

/* before and after as text: a reader recomputes the hash from their bytes. */
static void
print_row(void *user, const struct chain_row *row)
{
	json_t *o = json_obj();

	(void)user;
	json_put_int(o, "seq", row->seq);
	put(o, "at", row->at);
	put(o, "db_role", row->db_role);
	put(o, "actor", row->actor);
	put(o, "ip", row->ip);
	put(o, "request_id", row->request_id);
	put(o, "operation", row->operation);
	put(o, "target_kind", row->target_kind);
	put(o, "target_id", row->target_id);
	put(o, "before", row->before);
	put(o, "after", row->after);
	put(o, "prev", row->prev);
	put(o, "hash", row->hash);
	(void)json_dumpf(o, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(o);
}

int
audit_export(const struct config *c, int argc, char **argv)
{
	int64_t after = 0;

	(void)c;
	if (argc == 2 && strcmp(argv[0], "--after") == 0) {
		if (!str_to_i64(str_from(argv[1]), &after) || after < 0)
			return command_usage("audit export");
	} else if (argc != 0) {
		return command_usage("audit export");
	}
	(void)pg_run(Q_begin_look, NULL);
	each_row(after, print_row, NULL);
	(void)pg_run(Q_commit, NULL);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	(void)fprintf(stderr, "mcpboxctl: not everything could be written\n");
	return 1;
}

/* --- verify ----------------------------------------------------------------
 */

static void
check_row(void *user, const struct chain_row *row)
{
	struct verify *v = user;

	v->seen |= v->seq > 0 && chain_is(row, v->seq, v->hash);
	chain_next(&v->chain, row);
}

static void
verify_database(struct verify *v)
{
	PGresult *head;
	int64_t seq;

	(void)pg_run(Q_begin_look, NULL);
	each_row(0, check_row, v);
	head = pg_query(Q_audit_head, NULL);
	(void)!str_to_i64(str_from(pg_text(head, 0, "seq")), &seq);
	chain_end(&v->chain, seq, pg_text(head, 0, "hash"));
	PQclear(head);
	(void)pg_run(Q_commit, NULL);
}

/* A line of an export; false when it is none. */
static bool
parse_row(json_t *o, struct chain_row *row)
{
	*row = (struct chain_row){
	    .seq = json_get_int(o, "seq", -1),
	    .at = json_get_str(o, "at"),
	    .db_role = json_get_str(o, "db_role"),
	    .actor = json_get_str(o, "actor"),
	    .ip = json_get_str(o, "ip"),
	    .request_id = json_get_str(o, "request_id"),
	    .operation = json_get_str(o, "operation"),
	    .target_kind = json_get_str(o, "target_kind"),
	    .target_id = json_get_str(o, "target_id"),
	    .before = json_get_str(o, "before"),
	    .after = json_get_str(o, "after"),
	    .prev = json_get_str(o, "prev"),
	    .hash = json_get_str(o, "hash"),
	};
	return row->seq > 0 && row->prev != NULL && row->hash != NULL;
}

/* The first line of an export may be any row: it stands for what is before. */
static void
check_line(struct verify *v, struct str text, int64_t number)
{
	struct chain_row row;
	json_t *o = NULL;

	if (json_parse(NULL, text, LINE_MAX_, &o, NULL) != FAIL_NONE ||
	    !parse_row(o, &row)) {
		v->chain.faults++;
		(void)fprintf(v->chain.out,
		    "line %" PRId64 " is no row of an audit trail\n", number);
	} else {
		if (number == 1 && row.seq > 1) {
			v->chain.seq = row.seq - 1;
			(void)snprintf(v->chain.hash, sizeof(v->chain.hash),
			    "%s", row.prev);
		}
		check_row(v, &row);
	}
	json_decref(o);
}

static bool
verify_file(struct verify *v)
{
	FILE *f = strcmp(v->file, "-") == 0 ? stdin : fopen(v->file, "re");
	char *line = NULL;
	size_t size = 0;
	int64_t number = 0;
	ssize_t n;

	if (f == NULL) {
		(void)fprintf(
		    stderr, "mcpboxctl: %s: %s\n", v->file, strerror(errno));
		return false;
	}
	while ((n = getline(&line, &size, f)) > 0)
		check_line(
		    v, str_trim((struct str){line, (size_t)n}), ++number);
	free(line);
	if (f != stdin)
		(void)fclose(f);
	return true;
}

/* "1234:9f…": what an earlier verify printed. */
static bool
parse_head(struct verify *v, const char *text)
{
	struct str rest = str_from(text);
	struct str seq = str_split(&rest, ':');

	v->hash = rest.p;
	return str_to_i64(seq, &v->seq) && v->seq > 0 &&
	    rest.n == CRYPT_SHA256_HEX_MAX - 1;
}

static bool
parse_args(struct verify *v, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--head") == 0 && i + 1 < argc) {
			if (!parse_head(v, argv[++i]))
				return false;
		} else if (strcmp(argv[i], "--file") == 0 && i + 1 < argc) {
			v->file = argv[++i];
		} else {
			return false;
		}
	}
	return true;
}

int
audit_verify(const struct config *c, int argc, char **argv)
{
	struct verify v = {.file = NULL};

	if (!parse_args(&v, argc, argv))
		return command_usage("audit verify");
	chain_begin(&v.chain, stdout);
	if (v.file == NULL) {
		pg_open(c);
		verify_database(&v);
	} else if (!verify_file(&v)) {
		return 1;
	}
	if (v.seq > 0 && !v.seen) {
		v.chain.faults++;
		(void)printf("row %" PRId64 " is not the one that was written "
			     "down: the trail was written anew\n",
		    v.seq);
	}
	if (v.chain.faults > 0) {
		(void)printf("%" PRId64 " rows, %" PRId64 " faults\n",
		    v.chain.rows, v.chain.faults);
		return 1;
	}
	(void)printf("%" PRId64 " rows, unbroken; head %" PRId64 ":%s\n",
	    v.chain.rows, v.chain.seq, v.chain.hash);
	return 0;
}
