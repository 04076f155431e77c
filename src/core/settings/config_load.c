/*
 * File, flags and environment, in this order: the environment can only name providers and models
 * that the others brought. Which one wins does not depend on it.
 */
#include "settings/config_load.h"

#include <errno.h>

#include "settings/config_advice.h"
#include "settings/config_check.h"
#include "settings/config_fill.h"
#include "settings/setting_env.h"
#include "settings/setting_file.h"
#include "settings/setting_flag.h"

static int gather(struct setting_set *set, const struct config_source *source)
{
    int r = setting_add_file(set, source);
    if (r < 0)
        return r;
    for (size_t i = 0; source->flags && source->flags[i]; i++)
        setting_add_flag(set, source->flags[i]);
    setting_add_environment(set, source->environ_);
    return 0;
}

static size_t count_of_file(const struct setting_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += set->at[i].origin.kind == ORIGIN_FILE;
    return count;
}

int config_load_with_settings(const struct config_source *source, struct setting_set *ret_set,
                              struct config **ret_config, struct config_errors *ret_errors)
{
    *ret_config = NULL;
    *ret_errors = (struct config_errors){0};
    struct report report = {.to = ret_errors};
    int r = setting_set_init(ret_set, &report);
    if (r == 0)
        r = gather(ret_set, source);
    struct config *config = r == 0 ? config_fill(ret_set, source) : NULL;
    if (config && !report.out_of_memory) {
        config_check(config, ret_set);
        config_advise(config, ret_set, source);
        config->file_settings = count_of_file(ret_set);
    }
    ret_set->report = NULL;
    if (!config || report.out_of_memory)
        r = -ENOMEM;
    else if (report.errors > 0)
        r = -EINVAL;
    if (r < 0) {
        config_free(config);
        return r;
    }
    *ret_config = config;
    return 0;
}

int config_load(const struct config_source *source, struct config **ret_config,
                struct config_errors *ret_errors)
{
    struct setting_set set;
    int r = config_load_with_settings(source, &set, ret_config, ret_errors);
    setting_set_done(&set);
    return r;
}
