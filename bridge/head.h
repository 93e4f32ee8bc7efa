/*
 * head.h: the HTTP headers of a flight.
 */
#ifndef MCPBOX_BRIDGE_HEAD_H
#define MCPBOX_BRIDGE_HEAD_H

#include <curl/curl.h>

#include "flight.h"

/* A new list; curl_slist_free_all() it when the request is over. */
struct curl_slist *head_make(
    const struct flight *f, bool get) ATTR_RETURNS_NONNULL;

#endif
