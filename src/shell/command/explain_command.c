/* The words behind `explain`, made into a question (explain.h). */
#include "command/explain_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "command/command.h"
#include "command/command_print.h"
#include "settings/settings.h"
#include "tell/carried.h"
#include "tell/explain.h"
#include "tell/explain_tool.h"
#include "tell/explain_what.h"

#define STORY_MAX (256u << 10)
#define PAGE_MAX  (1u << 20)

static int wrong_without_what(void)
{
    char word[64];
    const char *meaning;
    (void)fputs("understudy: explain what? A status from 100 to 599, or one of these:\n", stderr);
    for (size_t i = 0; explain_what_word(i, word, sizeof(word), &meaning); i++)
        (void)fprintf(stderr, "  %-20s %s\n", word, meaning);
    return CLI_EXIT_WRONG;
}

static int print_story(const struct loader *loader, const struct explain_query *query)
{
    struct error why = ERROR_NONE;
    struct buf out;
    struct config *config = command_load(loader);
    if (!config)
        return CLI_EXIT_WRONG;
    buf_init(&out, STORY_MAX);
    int r = explain_print(config, query, &out, &why);
    int status = r == 0 ? command_print(&out) : CLI_EXIT_WRONG;
    if (r < 0)
        (void)fprintf(stderr, "understudy: %s\n", why.text[0] ? why.text : strerror(-r));
    buf_done(&out);
    config_free(config);
    return status;
}

/* docs/failures.md, docs/dialects.md, or the last part of docs/tools.md. */
static int print_page(struct text what)
{
    struct buf out;
    buf_init(&out, PAGE_MAX);
    int r = text_equals(what, "dialects") ? carried_print_markdown(&out)
            : text_equals(what, "tools")  ? explain_tool_print_markdown(&out)
                                          : explain_print_markdown(&out);
    int status = r == 0 ? command_print(&out) : CLI_EXIT_WRONG;
    buf_done(&out);
    return status;
}

int explain_command(const struct loader *loader, const struct cli_call *call)
{
    struct explain_query query = {.wall_s = clock_wall_ms() / 1000,
                                  .what = text_of(call->operands[0]),
                                  .body = text_of(cli_value(call, "--body", 0)),
                                  .stream = cli_has(call, "--stream")};
    if (cli_has(call, "--markdown"))
        return print_page(query.what);
    if (!query.what.at)
        return wrong_without_what();
    const char **headers = xcalloc(call->given_count + 1, sizeof(*headers));
    for (size_t i = 0; (headers[i] = cli_value(call, "--header", i)); i++)
        continue;
    query.headers = headers;
    int status = print_story(loader, &query);
    free(headers);
    return status;
}
