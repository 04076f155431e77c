/* See config_command.h. A page is the same whatever the settings are, so it takes no other option.
 */
#include "daemon/config_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/command.h"
#include "settings/settings.h"
#include "tell/preset_page.h"
#include "text/count.h"

#define LISTING_MAX (16u << 20)

static const struct {
    const char *option;
    int (*print)(struct buf *out);
} pages[] = {
    {"--defaults", config_print_defaults},
    {"--presets", preset_page_print},
    /* for docs/ and man/ */
    {"--markdown", config_print_markdown},
    {"--presets-markdown", preset_page_markdown},
    {"--presets-man", preset_page_man},
};

/* -1: the listing was asked for, as in *ret; else the exit status. */
static int read_words(const char *const *words, struct config_form *ret)
{
    static const char *const known[] = {"--defaults", "--presets", "--json", "--changed", NULL};
    *ret = (struct config_form){0};
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(words[i], "--json") == 0)
            ret->json = true;
        else if (strcmp(words[i], "--changed") == 0)
            ret->changed = true;
        else if (words[i][0] == '-' || !words[1])
            return command_unknown("unknown option of config", words[i], known);
        else
            return command_wrong_usage("one argument too many", words[i > 0 ? i : 1]);
    }
    return -1;
}

static int print_listing(const struct loader *loader, const struct config_form *form,
                         struct buf *out)
{
    struct config_errors errors;
    int r = loader_print(loader, form, out, &errors);
    if (r == -ENOMEM)
        alloc_failed();
    command_tell(&errors);
    config_errors_done(&errors);
    return r;
}

int config_command(const struct loader *loader, const char *const *words)
{
    int (*page)(struct buf * out) = NULL;
    struct config_form form;
    struct buf out;
    for (size_t i = 0; words[0] && i < COUNT(pages); i++)
        if (strcmp(words[0], pages[i].option) == 0)
            page = pages[i].print;
    if (page && words[1])
        return command_wrong_usage("one argument too many", words[1]);
    int status = page ? -1 : read_words(words, &form);
    if (status >= 0)
        return status;
    buf_init(&out, LISTING_MAX);
    int r = page ? page(&out) : print_listing(loader, &form, &out);
    if (r == 0)
        r = command_print(&out);
    buf_done(&out);
    return r == 0 ? EXIT_SUCCESS : COMMAND_WRONG;
}
