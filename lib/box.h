/*
 * box.h: the messages between a worker and sandboxd, both sides.
 *
 * One connection per run.  The worker sends one RUN; sandboxd answers with
 * any number of OUTPUT, PROGRESS, LOG, CHANGED and REQUEST, at most one RESULT,
 * ERROR or last ASK, and one EXIT, then closes.  Closing the connection (or
 * CANCEL) kills the run.  Or: the worker sends HEALTH (or KILL), sandboxd
 * answers REPORT (KILLED) and closes.
 *
 * Or: it sends LEASE and is given the socket of a ready child, which takes its
 * RUN from there (lease.h).
 *
 * A child may ASK what only the client knows; struct box_run says what becomes
 * of that.
 *
 * What the child claims (RESULT, ERROR) counts only when EXIT says
 * BOX_OUTCOME_RESULT or _ERROR: the outcome comes from the kernel's facts.
 */
#ifndef MCPBOX_BOX_H
#define MCPBOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

enum box_kind {
	BOX_KIND_CALL = 1, /* run main(**arguments) */
	BOX_KIND_TRIAL =
	    2, /* the same for a draft: never secrets, never network */
	BOX_KIND_CHECK = 3, /* do not run: parse, lint, derive the schema */
	BOX_KIND_TEST =
	    4 /* a person runs any version, with the server's powers; refused
	       * from the user of the pool that models reach */
};

/*
 * What the code is: which function runs, and what its result looks like.
 *
 *	TOOL		main(**arguments); any JSON value
 *	RESOURCE	main(); {"contents": [{text | blob, uri?, mimeType?}]}
 *	TEMPLATE	main(**variables); the same
 *	PROMPT		main(**arguments); {"messages": [...], "description"?}
 *	COMPLETE	complete(argument, value, context) of the latter two;
 *			{"values": [...], "total"?, "hasMore"?}
 *
 * A check looks at the code as that; its args are {} or {"given": true}, which
 * is a tool whose author gives the input schema.
 */
enum box_entry {
	BOX_ENTRY_TOOL = 0,
	BOX_ENTRY_RESOURCE = 1,
	BOX_ENTRY_TEMPLATE = 2,
	BOX_ENTRY_PROMPT = 3,
	BOX_ENTRY_COMPLETE = 4
};

enum box_outcome {
	BOX_OUTCOME_RESULT = 0,  /* a RESULT frame came, exit was clean */
	BOX_OUTCOME_ERROR = 1,   /* an ERROR frame came: the tool raised */
	BOX_OUTCOME_TIMEOUT = 2, /* killed at the wall-clock deadline */
	BOX_OUTCOME_CPU = 3,     /* killed by the CPU limit */
	BOX_OUTCOME_MEMORY = 4,  /* MemoryError or out-of-memory kill */
	BOX_OUTCOME_FORBIDDEN =
	    5, /* killed by seccomp: a forbidden system call */
	BOX_OUTCOME_OUTPUT =
	    6, /* result or output over its limit, or bad frames */
	BOX_OUTCOME_CRASHED = 7,   /* SIGSEGV and the like */
	BOX_OUTCOME_EXITED = 8,    /* ended without an answer */
	BOX_OUTCOME_CANCELLED = 9, /* killed on request */
	BOX_OUTCOME_BUSY = 10,     /* refused: no free slot */
	BOX_OUTCOME_FAILED = 11,   /* sandboxd could not start it; retryable */
	BOX_OUTCOME_RATE = 12,     /* refused: the server's rate limit */
	BOX_OUTCOME_INPUT = 13     /* it asked something, and ended with that */
};
#define BOX_OUTCOME__MAX 14

/* "result", "tool_error", "timeout", "cpu_limit", "memory_limit",
 * "forbidden_syscall", "output_limit", "crashed", "exited", "cancelled",
 * "busy", "sandbox_failed", "rate_limited", "input_required": stable, shown to
 * clients and stored in logs. */
const char *box_outcome_name(enum box_outcome o);
/* One sentence for the model or the person. */
const char *box_outcome_text(enum box_outcome o);

/*
 * Flag of a RESULT frame: its JSON is no value that main returned but content
 * that the tool made with mcp.text(), mcp.image() and the like, an object
 *
 *	{"content": [...], "structuredContent": ..., "isError": true}
 *
 * of MCP's content blocks; the other two members only where they are meant.
 * A plain value that looks the same does not have the flag.
 */
#define BOX_RESULT_CONTENT 4u

/*
 * What becomes of a child's ASK, which is about the client's user, model or
 * roots:
 *
 *	NONE	it is a breach: the child knows that there is nobody to ask
 *	END	it is the run's last frame, as RESULT would be: EXIT says
 *		BOX_OUTCOME_INPUT.  A new run begins with the answers (`talk`)
 *	WAIT	the worker sends ANSWER with the same id.  Until then the
 *		run's clock stands still, for at most patience_ms in all, and
 *		it is not counted among its server's runs.  One at a time
 *
 * An ASK has an id other than 0 in the third case.  In the second its id is
 * what that of a RESULT is: bytes of output that the child itself dropped.
 */
enum box_ask { BOX_ASK_NONE = 0, BOX_ASK_END = 1, BOX_ASK_WAIT = 2 };
#define BOX_PATIENCE_MS_MAX 3600000

struct box_limits {        /* 0 is refused unless it says what it means */
	uint32_t wall_ms;  /* 1 .. 300000 */
	uint32_t cpu_ms;   /* rounded up to seconds by the kernel limit */
	uint64_t memory;   /* bytes of address space beyond the interpreter's */
	uint32_t result;   /* bytes of RESULT */
	uint32_t output;   /* bytes of OUTPUT in all; more is cut, not fatal */
	uint32_t threads;  /* 1 = none besides the main thread; .. 64 */
	uint32_t requests; /* outbound requests; 0 = none */
	uint64_t transfer; /* bytes of their bodies, both ways; 0 = none */
	uint32_t concurrency; /* runs of this env at once; 0 = as many as fit */
	uint32_t rate; /* runs of this env begun in a minute; 0 = no limit */
};

struct box_pair {
	struct str name;
	struct str value;
};

#define BOX_LIST_MAX                                                           \
	256 /* entries of each list below; encode aborts over it               \
	     */

/* Views: encode copies, decode points into the frame. */
struct box_run {
	enum box_kind kind;
	enum box_entry entry;
	struct str env;    /* whose zygote: the server's id (UUID text); the
			    * nil UUID for checks, which belong to no server */
	struct str tool;   /* full name, for messages */
	struct str digest; /* hex SHA-256 of the approved content, or empty */
	struct str trace;  /* request id, for logs */
	struct str code;   /* Python source, <= BOX_CODE_MAX */
	struct str args;   /* JSON object text */
	struct box_limits limits;
	struct str *modules; /* granted beyond the policy's own list */
	size_t nmodules;
	struct str *hosts; /* grants, as fetch.h spells them */
	size_t nhosts;
	struct box_pair *secrets; /* only the granted names, decrypted */
	size_t nsecrets;
	bool
	    debug; /* REQUEST frames also tell headers (masked) and a preview */
	enum box_ask ask;
	uint32_t patience_ms; /* with BOX_ASK_WAIT: 1 .. BOX_PATIENCE_MS_MAX */
	/*
	 * What the child knows about its caller, a JSON object, or empty:
	 * {"capabilities": {...}, "answers": {key: ...}, "state": ...}.
	 */
	struct str talk; /* <= BOX_TALK_MAX */
};
#define BOX_TALK_MAX (1024 * 1024)
#define BOX_CODE_MAX (256 * 1024)
#define BOX_ARGS_MAX (1024 * 1024)

struct box_exit {
	enum box_outcome outcome;
	uint32_t signal;    /* that ended the child, 0 = none */
	uint32_t status;    /* exit status when signal is 0 */
	uint64_t wall_us;   /* dispatch to answer */
	uint64_t cpu_us;    /* user + system of the child */
	uint64_t rss_kib;   /* peak resident set */
	uint32_t cut;       /* bytes of OUTPUT dropped */
	uint32_t requests;  /* outbound requests that were begun or refused */
	uint32_t retry_ms;  /* for BUSY and RATE: not before; else 0 */
	struct str message; /* for FAILED, BUSY, RATE, CANCELLED: why; may be
			     * empty */
};

/* Which runs KILL ends. */
enum box_kill_what {
	BOX_KILL_TRACE = 1, /* the one with this trace id */
	BOX_KILL_TOOL = 2,  /* all of the tool with this full name */
	BOX_KILL_ENV = 3    /* all of this server */
};

struct box_kill {
	enum box_kill_what what;
	struct str value; /* <= 256 bytes */
	struct str why;   /* goes into EXIT's message; <= 256 bytes */
};

/* A ready process of this server, to be given its run directly. */
struct box_lease {
	struct str env;       /* as in struct box_run */
	uint32_t concurrency; /* as in struct box_limits */
};

struct box_leased {
	uint32_t hold_ms; /* how long it may wait for its run */
	uint32_t pid;     /* its process, in sandboxd's namespace */
};

/* What the worker made of the child's frames. */
struct box_done {
	enum box_outcome outcome; /* RESULT, ERROR, MEMORY, OUTPUT or INPUT */
	uint32_t cut;             /* bytes of OUTPUT dropped */
	uint64_t wall_us;         /* from RUN to the answer */
};

/* The rest of a leased run goes through sandboxd. */
struct box_handover {
	uint32_t output;   /* bytes of OUTPUT that may still pass */
	uint32_t cut;      /* dropped so far */
	uint32_t messages; /* PROGRESS and LOG frames so far */
	uint64_t bytes;    /* theirs */
	struct str rest;   /* read from the child, and not used */
};

/* Payload of a RUN frame, appended to b. */
void box_run_encode(struct buf *b, const struct box_run *run);
/* Lists are malloc'ed: box_run_free.  False on anything odd. */
bool box_run_decode(struct str payload, struct box_run *run_out) ATTR_NODISCARD;
void box_run_free(struct box_run *run);

void box_exit_encode(struct buf *b, const struct box_exit *e);
bool box_exit_decode(struct str payload, struct box_exit *out) ATTR_NODISCARD;

/*
 * Payload of BEGIN: the same run without what only the child needs.  Decoding
 * is box_run_decode.
 */
void box_begin_encode(struct buf *b, const struct box_run *run);

void box_lease_encode(struct buf *b, const struct box_lease *l);
bool box_lease_decode(struct str payload, struct box_lease *out) ATTR_NODISCARD;
void box_leased_encode(struct buf *b, const struct box_leased *l);
bool box_leased_decode(
    struct str payload, struct box_leased *out) ATTR_NODISCARD;
void box_done_encode(struct buf *b, const struct box_done *d);
bool box_done_decode(struct str payload, struct box_done *out) ATTR_NODISCARD;
void box_handover_encode(struct buf *b, const struct box_handover *h);
/* `rest` is a view into the payload. */
bool box_handover_decode(
    struct str payload, struct box_handover *out) ATTR_NODISCARD;

void box_kill_encode(struct buf *b, const struct box_kill *k);
/* Views into the payload. */
bool box_kill_decode(struct str payload, struct box_kill *out) ATTR_NODISCARD;

#endif
