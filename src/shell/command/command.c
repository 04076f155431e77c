/* See command.h. */
#include "command/command.h"

#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "record/log.h"
#include "settings/settings.h"

void command_tell(const struct config_errors *errors)
{
    for (size_t i = 0; i < errors->warnings.count; i++)
        (void)fprintf(stderr, "%sunderstudy: warning: %s\n", log_priority(LOG_LEVEL_WARNING),
                      errors->warnings.at[i]);
    for (size_t i = 0; i < errors->errors.count; i++)
        (void)fprintf(stderr, "%sunderstudy: %s\n", log_priority(LOG_LEVEL_ERROR),
                      errors->errors.at[i]);
}

struct config *command_load(const struct loader *loader)
{
    struct config *config = NULL;
    struct config_errors errors;
    int r = loader_load(loader, &config, &errors);
    if (r == -ENOMEM)
        alloc_failed();
    command_tell(&errors);
    config_errors_done(&errors);
    return r < 0 ? NULL : config;
}
