/*
 * config.h: the settings of mcpbox-sandboxd (conf.def).
 */
#ifndef MCPBOX_SANDBOXD_CONFIG_H
#define MCPBOX_SANDBOXD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attr.h"
#include "conf.h"

struct config {
#define STRING(name, member, def, doc) char *member;
#define CHOICE(name, member, def, words, doc) char *member;
#define INT(name, member, def, min, max, doc) int64_t member;
#define BOOL(name, member, def, doc) bool member;
#include "conf.def"
#undef STRING
#undef CHOICE
#undef INT
#undef BOOL
};

extern const struct conf_def config_defs[];

/*
 * Reads the environment and `file` (NULL: etc/mcpbox.conf in MCPBOX_HOME, if
 * there), completes the paths.  Mistakes go to `err`; false then.
 */
bool config_load(struct config *c, const char *file, char *const *env,
    FILE *err) ATTR_NODISCARD;
void config_free(struct config *c);

/* malloc'ed "<home>/<rest>". */
char *config_path(const struct config *c, const char *rest);

/* The policy is enforced. */
bool config_enforce(const struct config *c);

#endif
