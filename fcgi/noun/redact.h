/*
 * redact.h: a run's secrets, hidden in all that it says.
 *
 * Every value of at least REDACT_MIN bytes is looked for in every text that a
 * run produced, before the text is stored or sent, and replaced by
 * "[secret NAME]".  It is found
 *
 *   as it is, in upper or lower case (ASCII);
 *   in hex and in base64, standard or URL-safe, padded or not, alone or as
 *   part of a longer encoded text, with or without line breaks;
 *   percent-encoded in part or in whole, with "+" for a space or not;
 *   behind the backslashes of JSON and of Python's repr, once or twice;
 *   and in hex or base64 behind these last two.
 *
 * White space at the ends of a value does not count.  Where occurrences
 * overlap, the whole of them becomes one mark, which names the longest.
 *
 * This catches accidents.  It is no wall: a tool that wants to tell a secret
 * can spell it in a hundred other ways, and only the review keeps it from
 * that.
 *
 * One automaton holds all values of a run; each text is gone through a fixed
 * number of times (7, and 7 more for each way of undoing escapes that occur in
 * it), whatever the number and the length of the secrets.
 */
#ifndef MCPBOX_REDACT_H
#define MCPBOX_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "attr.h"
#include "box.h"
#include "str.h"

#define REDACT_MIN 4 /* bytes; a shorter value is not looked for */

struct redact;

/*
 * For these names and values; copies them into memory that is wiped with the
 * arena.  NULL when there is nothing to look for: all functions below take
 * that and change nothing.
 */
struct redact *redact_new(
    struct arena *a, const struct box_pair *secrets, size_t n);

/* Is a secret with this value looked for, as programs will use it: without
 * white space at its ends? */
bool redact_looks_for(struct str value) ATTR_NODISCARD;

/*
 * s without the secrets; s itself when there is none in it, else in the arena.
 * `cut`: a text of so many bytes or more was perhaps cut short (0: none was).
 * The beginning of a value at its end, REDACT_MIN bytes or more, is then
 * hidden, too.
 */
struct str redact_text(
    struct arena *a, const struct redact *r, struct str s, size_t cut);

/*
 * The same for JSON text, which must be valid and stays so: strings (`cut` is
 * about each), keys, numbers and the three words are looked at one by one; a
 * number or word that is a secret becomes a string.  (A number is also looked
 * at in the digits that others would write for it.)  Keys that become equal are
 * numbered.  A secret that reaches over more than one of these (a whole
 * document, say) makes the text as a whole one string.  All else stays byte for
 * byte.
 */
struct str redact_json(
    struct arena *a, const struct redact *r, struct str json, size_t cut);

#endif
