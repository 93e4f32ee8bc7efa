/*
 * bridge.h: the whole of it: one client on standard input and output, one
 * endpoint over HTTP, one thread.
 */
#ifndef MCPBOX_BRIDGE_BRIDGE_H
#define MCPBOX_BRIDGE_BRIDGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "annot.h"
#include "in.h"
#include "msg.h"
#include "options.h"
#include "out.h"
#include "session.h"
#include "token.h"

/* Requests under way at the same time; more are refused. */
#define BRIDGE_FLIGHTS_MAX 1024
/* Bytes of messages under way from which no more is read. */
#define BRIDGE_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct flight;

struct bridge {
	const struct options *options;
	struct token *token;
	CURLM *multi;
	int signals; /* a signalfd, or -1 */
	struct in in;
	struct out out;
	struct annot *annot;
	struct session session;           /* of the legacy era */
	char modern[MSG_VERSION_MAX + 1]; /* last modern revision seen */
	struct flight *flights;
	size_t nflights;
	size_t bytes; /* of their messages */
	bool ending;  /* nothing more is read */
	bool said_goodbye;
	int64_t end_ms;
};

/* `signals` is a signalfd of the signals that end it, or -1. */
void bridge_init(struct bridge *b, const struct options *o, struct token *token,
    int in, int out, int signals);
void bridge_free(struct bridge *b);
/* Until the input ends or a signal comes, and all is said. */
void bridge_run(struct bridge *b);

/* Sends a message on its way, or answers it; takes it over. */
void bridge_send(struct bridge *b, struct msg *m);

#endif
