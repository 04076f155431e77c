/* What the commands of the command line share. */
#ifndef UNDERSTUDY_COMMAND_H
#define UNDERSTUDY_COMMAND_H

#include "config/config.h"
#include "daemon/loader.h"
#include "settings/settings.h"
#include "text/buf.h"

/* Exit status for wrong settings and wrong usage. */
#define COMMAND_WRONG 2

/* Says on stderr what is wrong with the command line; argument may be NULL. COMMAND_WRONG. */
int command_wrong_usage(const char *what, const char *argument);

/* The same of a word that is none of those known (NULL at the end), with the nearest of them. */
int command_unknown(const char *what, const char *word, const char *const *known);

/* Says on stderr what is wrong with the settings. */
void command_tell(const struct config_errors *errors);

/* The settings, or NULL after their errors were told. Freed with config_free. */
struct config *command_load(const struct loader *loader);

/* Puts it on stdout. 0, or -EIO when that cannot take it. */
int command_print(const struct buf *out) __attribute__((warn_unused_result));

/*
 * One word of a command's own: "--NAME VALUE" or "--NAME=VALUE". When words[*at] is that option,
 * true and *ret_value, NULL when the value is missing; *at is moved onto the value.
 */
bool command_option(const char *const *words, size_t *at, const char *option,
                    const char **ret_value);

#endif
