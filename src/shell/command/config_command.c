/* See config_command.h. A page is the same whatever the settings are, so it takes no other option.
 */
#include "command/config_command.h"

#include <errno.h>

#include "base/alloc.h"
#include "command/command.h"
#include "command/command_print.h"
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
    /* for docs/ */
    {"--markdown", config_print_markdown},
    {"--presets-markdown", preset_page_markdown},
};

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

int config_command(const struct loader *loader, const struct cli_call *call)
{
    const struct config_form form = {.json = cli_has(call, "--json"),
                                     .changed = cli_has(call, "--changed")};
    int (*page)(struct buf * out) = NULL;
    struct buf out;
    for (size_t i = 0; i < COUNT(pages); i++)
        if (cli_has(call, pages[i].option))
            page = pages[i].print;
    buf_init(&out, LISTING_MAX);
    int r = page ? page(&out) : print_listing(loader, &form, &out);
    int status = r == 0 ? command_print(&out) : CLI_EXIT_WRONG;
    buf_done(&out);
    return status;
}
