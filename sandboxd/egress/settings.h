/*
 * settings.h: the settings of mcpbox-egress (conf.def).
 */
#ifndef MCPBOX_EGRESS_SETTINGS_H
#define MCPBOX_EGRESS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attr.h"
#include "conf.h"
#include "secret.h"

struct settings {
#define STRING(name, member, def, doc) char *member;
#define SECRET(name, member, doc) struct secret *member;
#define CHOICE(name, member, def, words, doc) char *member;
#define INT(name, member, def, min, max, doc) int64_t member;
#include "egress/conf.def"
#undef STRING
#undef SECRET
#undef CHOICE
#undef INT
};

extern const struct conf_def settings_defs[];

/*
 * Reads the environment and `file` (NULL: etc/mcpbox.conf in MCPBOX_HOME, if
 * there).  Mistakes go to `err`; false then.
 */
bool settings_load(struct settings *s, const char *file, char *const *env,
    FILE *err) ATTR_NODISCARD;
void settings_free(struct settings *s);

#endif
