/*
 * dispatch.h: the life of a request.
 *
 * single headers -> Host -> route -> caller -> CSRF -> limit -> permission ->
 * body -> bind -> operation (-> park -> resume) -> view.  Any step may end it
 * with a failure, which becomes a problem document.  "/mcp" and what is
 * under it leave for mcp/ after the first step.
 */
#ifndef MCPBOX_DISPATCH_H
#define MCPBOX_DISPATCH_H

#include "web/exchange.h"

/* Once, before any thread or fork: the documents that never change. */
void dispatch_init(void);
void dispatch_end(void);

/* First step of every exchange: x->ctx and x->req are filled. */
enum step dispatch_request(struct exchange *x);
/* The answer for x->ctx.fail instead, when there is no request to serve. */
enum step dispatch_failure(struct exchange *x);

#endif
