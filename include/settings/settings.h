/*
 * From an INI text, the environment and the command line to the settings in effect, by the option
 * table (option.h); and what is shown of them.
 */
#ifndef UNDERSTUDY_SETTINGS_H
#define UNDERSTUDY_SETTINGS_H

#include <stdbool.h>

#include "config/config.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/string_list.h"
#include "text/text.h"

/* Several errors (or warnings), each one line, in the order in which they were found. */
struct config_errors {
    struct strings errors;
    struct strings warnings;
};

/* What people beside us can do with a file, by its mode and that of its folder. */
struct file_access {
    bool read;    /* read it */
    bool write;   /* write to it */
    bool replace; /* put another in its place, as they can write to its folder */
};

/* Where settings come from. Everything is borrowed for the call. */
struct config_source {
    const char *file_name;       /* for messages; NULL = no file */
    struct text file;            /* its content */
    const char *const *environ_; /* "NAME=value" strings, NULL at the end */
    const char *const *flags; /* -s arguments "SECTION.KEY=VALUE", NULL at the end; may be NULL */
    /*
     * Reads a secret's file (file:PATH, credential:NAME with the path already joined). 0 or -errno
     * and *reterr. NULL: such secrets are an error. The core opens no file itself.
     */
    int (*read_file)(void *arg, const char *path, struct buf *out, struct error *reterr);
    void *read_file_arg;
    /* Of a file that is there; for any other, and where this is NULL, nothing. */
    struct file_access (*others_access)(const char *path);
};

/*
 * Makes the settings. 0 and *ret_config (freed with config_free), or -EINVAL with every error
 * listed. *ret_errors is always filled (warnings also on success) and freed by config_errors_done.
 */
int config_load(const struct config_source *source, struct config **ret_config,
                struct config_errors *ret_errors) __attribute__((warn_unused_result));

/* Frees it and wipes its secrets. NULL is fine. */
void config_free(struct config *config);

void config_errors_done(struct config_errors *errors);

struct config_form {
    bool json;    /* an object of sections ("provider openai") of keys of {value, origin} */
    bool changed; /* without what is by default */
};

/*
 * `understudy config`: every setting in effect and where it came from, secrets as ****. The
 * source must be the one that config_load took. 0, -EINVAL (errors listed), -ENOMEM or -EMSGSIZE.
 */
int config_print(const struct config_source *source, const struct config_form *form,
                 struct buf *out, struct config_errors *ret_errors)
    __attribute__((warn_unused_result));

/* The commented file of all defaults (conf/understudy.ini). */
int config_print_defaults(struct buf *out) __attribute__((warn_unused_result));

/* The sections of docs/configuration.md; what stands above them there is written by hand. */
int config_print_markdown(struct buf *out) __attribute__((warn_unused_result));

#endif
