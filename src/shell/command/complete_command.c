/*
 * Providers are those of the settings that the words name, presets behind them. Settings that are
 * wrong are no reason to say anything here: what is typed may be their cure.
 */
#include "command/complete_command.h"

#include <errno.h>

#include "base/alloc.h"
#include "cli/cli_complete.h"
#include "command/command.h"
#include "command/command_print.h"
#include "kind/preset.h"

#define LINES_MAX (1u << 20)

static void add(struct strings *list, const char *name)
{
    if (!string_list_has(list, text_of(name)) && string_list_add(list, text_of(name)) < 0)
        alloc_failed();
}

static void add_configured(struct strings *list, const char *file)
{
    static const char *const no_flags[] = {NULL};
    const struct loader loader = {.file = file, .flags = no_flags};
    struct config *config = NULL;
    struct config_errors errors;
    int r = loader_load(&loader, &config, &errors);
    config_errors_done(&errors);
    if (r == -ENOMEM)
        alloc_failed();
    for (size_t i = 0; r == 0 && i < config->provider_count; i++)
        if (!config->providers[i].idle)
            add(list, config->providers[i].name);
    config_free(config);
}

int complete_command(const struct loader *loader, const struct cli_call *call)
{
    struct strings providers = {0};
    struct cli_words words = {.at = call->operands, .count = call->operand_count};
    struct buf out;
    const char *file = cli_complete_file(&words);
    add_configured(&providers, file ? file : loader->file);
    for (size_t i = 0; i < preset_count(); i++)
        add(&providers, preset_at(i)->name);
    words.providers = &providers;
    buf_init(&out, LINES_MAX);
    int r = cli_complete(&words, &out);
    int status = r == 0 ? command_print(&out) : CLI_EXIT_FAULT;
    buf_done(&out);
    string_list_done(&providers);
    return status;
}
