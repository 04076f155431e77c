/* The header.NAME of a section, and the pairs that they are kept as. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http/headers.h"
#include "settings/secret.h"
#include "settings/setting.h"

int config_pair_add(struct config_pairs *pairs, struct config_header pair)
{
    struct config_header *grown = realloc(pairs->at, (pairs->count + 1) * sizeof(*grown));
    if (grown)
        pairs->at = grown;
    if (!grown || !pair.name || !pair.value) {
        free(pair.name);
        string_wipe(pair.value);
        return -ENOMEM;
    }
    grown[pairs->count++] = pair;
    return 0;
}

void config_pairs_done(struct config_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->at[i].name);
        string_wipe(pairs->at[i].value);
    }
    free(pairs->at);
    *pairs = (struct config_pairs){0};
}

static char *header_value(const struct setting_set *set, const struct config_source *source,
                          const struct setting *setting)
{
    struct text value = text_of(setting->value);
    struct error why = ERROR_NONE;
    char *resolved = NULL;
    if (!header_is_secret(text_of(setting_header_name(setting))) || !secret_is_reference(value))
        return strdup(setting->value);
    int r = secret_resolve(value, SECRET_HEADER, source, &resolved, &why);
    if (r == 0)
        return resolved;
    config_tell_secret(set, setting, r, &why);
    return strdup("");
}

int config_headers_fill(const struct setting_set *set, const struct config_source *source,
                        const struct place *place, struct config_pairs *pairs)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < set->count; i++) {
        const struct setting *setting = &set->at[i];
        if (setting->option->type != OPTION_HEADER || setting->section != place->section ||
            !text_equals(place->name, setting->name) || !setting_wins(set, setting))
            continue;
        r = config_pair_add(pairs, (struct config_header){strdup(setting_header_name(setting)),
                                                          header_value(set, source, setting)});
    }
    return r;
}
