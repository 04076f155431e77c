/* See command.h. */
#include "daemon/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/settings.h"
#include "text/suggest.h"

int command_wrong_usage(const char *what, const char *argument)
{
    (void)fprintf(stderr, "understudy: %s%s%s (see understudy -h)\n", what, argument ? ": " : "",
                  argument ? argument : "");
    return COMMAND_WRONG;
}

int command_unknown(const char *what, const char *word, const char *const *known)
{
    /* "--json=1" is a matter of "--json". */
    struct suggest suggest = suggest_for(text_make(word, strcspn(word, "=")));
    while (*known)
        suggest_offer(&suggest, *known++);
    (void)fprintf(stderr, "understudy: %s: %s%s (see understudy -h)\n", what, word,
                  SUGGEST_HINT(suggest.best));
    return COMMAND_WRONG;
}

void command_tell(const struct config_errors *errors)
{
    for (size_t i = 0; i < errors->warnings.count; i++)
        (void)fprintf(stderr, "understudy: warning: %s\n", errors->warnings.at[i]);
    for (size_t i = 0; i < errors->errors.count; i++)
        (void)fprintf(stderr, "understudy: %s\n", errors->errors.at[i]);
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

int command_print(const struct buf *out)
{
    bool whole = out->len == 0 || fwrite(out->data, 1, out->len, stdout) == out->len;
    return whole && fflush(stdout) == 0 ? 0 : -EIO;
}

bool command_option(const char *const *words, size_t *at, const char *option,
                    const char **ret_value)
{
    size_t len = strlen(option);
    const char *word = words[*at];
    if (strncmp(word, option, len) != 0 || (word[len] != '\0' && word[len] != '='))
        return false;
    if (word[len] == '=')
        *ret_value = word + len + 1;
    else if ((*ret_value = words[*at + 1]))
        (*at)++;
    return true;
}
