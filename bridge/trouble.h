/*
 * trouble.h: answers that the bridge gives itself.
 */
#ifndef MCPBOX_BRIDGE_TROUBLE_H
#define MCPBOX_BRIDGE_TROUBLE_H

#include <jansson.h>

#include "flight.h"
#include "out.h"

enum trouble {
#define TROUBLE(name, code, reason, text) TROUBLE_##name,
#include "trouble.def"
#undef TROUBLE
	TROUBLE__MAX
};

/*
 * An error to the client: the sentence, and behind it `more` (may be empty),
 * which comes from elsewhere and is cut.  Without an id (NULL) it has none.
 */
void trouble_put(
    struct out *out, const json_t *id, enum trouble t, struct str more);
/* What is wrong with an exchange that ended in an error of curl's. */
enum trouble trouble_of_end(const struct flight *f);
/* What an HTTP status says that is no success. */
enum trouble trouble_of_status(const struct flight *f);
const char *trouble_reason(enum trouble t);

#endif
