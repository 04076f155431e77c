/* Settings from where a user keeps them: file, environment, command line. */
#ifndef UNDERSTUDY_LOADER_H
#define UNDERSTUDY_LOADER_H

#include "config/config.h"
#include "settings/settings.h"
#include "text/buf.h"
#include "text/error.h"

struct loader {
    const char *file;         /* -c; NULL = look for it */
    const char *const *flags; /* -s, NULL at the end */
};

/*
 * Loads them. 0 and *ret_config; -EINVAL with the errors in *ret_errors, to be freed by
 * config_errors_done in any case.
 */
int loader_load(const struct loader *loader, struct config **ret_config,
                struct config_errors *ret_errors) __attribute__((warn_unused_result));

/* `understudy config`: the listing in out, errors as loader_load. */
int loader_print(const struct loader *loader, const struct config_form *form, struct buf *out,
                 struct config_errors *ret_errors) __attribute__((warn_unused_result));

#endif
