/*
 * Two pages of one table: a column of words beside one of texts for terminals, and sections for the
 * docs. Whether the docs' page is the manual's is up to tools/manual.
 */
#include "cli/cli_help.h"

#include <stdio.h>

#include "cli/cli.h"
#include "settings/option.h"
#include "text/page.h"

#define LEFT_WIDTH  26 /* of the words */
#define RIGHT_WIDTH 64 /* of the texts */
#define WORD_MAX    64

/* The word on the left, the text in lines beside it, or below where the word is too long. */
static void put_row(struct page *page, const char *word, const char *said)
{
    struct text text = text_of(said);
    bool below = strlen(word) + 2 > LEFT_WIDTH;
    PAGE_PUT(page, "%-*s%s", below ? 0 : LEFT_WIDTH, word, below ? "\n" : "");
    for (bool first = !below; text.len > 0; first = false) {
        struct text line = page_take_line(&text, RIGHT_WIDTH, RIGHT_WIDTH + 1);
        PAGE_PUT(page, "%*s%.*s\n", first ? 0 : LEFT_WIDTH, "", TEXT_ARG(line));
    }
}

/* "-c FILE", "--header 'NAME: VALUE'", "explain WHAT": what has no letter is written out. */
static const char *form_of_option(const struct cli_option *option, const char *indent,
                                  char ret[WORD_MAX])
{
    (void)snprintf(ret, WORD_MAX, "%s%s%s%s%s%s", indent, option->letter ? option->letter : "",
                   option->letter ? ", " : "", option->word, option->value ? " " : "",
                   option->value ? option->value : "");
    return ret;
}

static const char *form_of_command(const struct cli_command_row *row, char ret[WORD_MAX])
{
    (void)snprintf(ret, WORD_MAX, "%s%s%s", row->word, row->operand ? " " : "",
                   row->operand ? row->operand : "");
    return ret;
}

int cli_help_print(struct buf *out)
{
    struct page page = {.out = out};
    char word[WORD_MAX], indented[WORD_MAX + 2];
    PAGE_PUT(&page,
             "usage: understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND] [-h] [-V]\n"
             "\n"
             "Keeps chat applications answering: passes their requests, in OpenAI's, Anthropic's "
             "or\n"
             "Ollama's words, to a cloud provider, with retries, and has a local Ollama answer "
             "when the\n"
             "cloud does not.\n\n");
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command_row *row = cli_command_row((enum cli_command)i);
        if (row->unlisted)
            continue;
        (void)snprintf(indented, sizeof(indented), "  %s", form_of_command(row, word));
        put_row(&page, indented, row->text);
        for (size_t j = 0; cli_option_at(j); j++)
            if (cli_option_at(j)->command == i && !cli_option_at(j)->unlisted)
                put_row(&page, form_of_option(cli_option_at(j), "    ", word),
                        cli_option_at(j)->text);
    }
    PAGE_PUT(&page, "\n");
    for (size_t j = 0; cli_option_at(j); j++)
        if (cli_option_at(j)->command == CLI_ANY)
            put_row(&page, form_of_option(cli_option_at(j), "  ", word), cli_option_at(j)->text);
    PAGE_PUT(&page, "\nexit status:\n");
    for (unsigned i = 0; i < CLI_EXIT_COUNT; i++) {
        (void)snprintf(word, sizeof(word), "  %u", i);
        put_row(&page, word, cli_exit_text((enum cli_exit)i));
    }
    return page.r;
}

/* One of a list: the form, then the text, which begins small in the help. */
static void put_entry(struct page *page, const char *form, const char *said)
{
    char first = said[0] >= 'a' && said[0] <= 'z' ? (char)(said[0] - 'a' + 'A') : said[0];
    PAGE_PUT(page, "- `%s`\n  %c%s.\n", form, first, said + 1);
}

static void put_commands(struct page *page)
{
    char word[WORD_MAX];
    PAGE_PUT(page, "\n## Commands\n");
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command_row *row = cli_command_row((enum cli_command)i);
        PAGE_PUT(page, "\n### `%s`\n\n%c%s.\n", form_of_command(row, word),
                 row->text[0] - 'a' + 'A', row->text + 1);
        bool any = false;
        for (size_t j = 0; cli_option_at(j); j++) {
            const struct cli_option *option = cli_option_at(j);
            if (option->command != i || option->unlisted)
                continue;
            PAGE_PUT(page, "%s", any ? "" : "\n");
            any = true;
            put_entry(page, form_of_option(option, "", word), option->text);
        }
    }
}

/* The names that other programs use, too, with the setting that each is. */
static void put_plain_names(struct page *page)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        bool named = option_section_named(option->section);
        if (option->plain && !named)
            PAGE_PUT(page, "- `%s`\n  [%s] %s.\n", option->plain,
                     option_section_word(option->section), option->key);
        for (size_t j = 0; named && j < preset_count(); j++)
            if (option_plain(option, preset_at(j)))
                PAGE_PUT(page, "- `%s`\n  [provider %s] %s.\n", option_plain(option, preset_at(j)),
                         preset_at(j)->name, option->key);
    }
}

int cli_help_markdown(struct buf *out)
{
    struct page page = {.out = out};
    char word[WORD_MAX];
    PAGE_PUT(
        &page,
        "# The command line\n\n"
        "`understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND] [-h] [-V]`\n\n"
        "understudy is a local HTTP daemon that keeps chat applications answering. It passes their "
        "requests, in OpenAI's, Anthropic's or Ollama's words, to a cloud provider, with retries, "
        "and has a local Ollama answer when the cloud does not. An application uses "
        "`http://127.0.0.1:11411/v1` as its OpenAI base URL, and changes nothing else.\n\n"
        "This page is made from the table of the command line (`src/core/cli/cli.c`), as are "
        "`understudy -h` and what the shells complete.\n");
    put_commands(&page);
    PAGE_PUT(
        &page,
        "\n## Options\n\nThey may stand before the command or behind it (behind `ask`, `-s` is its "
        "own). `-cFILE` and "
        "`--config=FILE` are taken, too; behind `--` nothing is an option.\n\n");
    for (size_t j = 0; cli_option_at(j); j++)
        if (cli_option_at(j)->command == CLI_ANY)
            put_entry(&page, form_of_option(cli_option_at(j), "", word), cli_option_at(j)->text);
    PAGE_PUT(&page, "\n## Exit status\n\n");
    for (unsigned i = 0; i < CLI_EXIT_COUNT; i++) {
        (void)snprintf(word, sizeof(word), "%u", i);
        put_entry(&page, word, cli_exit_text((enum cli_exit)i));
    }
    PAGE_PUT(&page, "\n## Environment\n\n");
    for (size_t i = 0; cli_variable_at(i); i++)
        PAGE_PUT(&page, "- `%s`\n  %s\n", cli_variable_at(i)->name, cli_variable_at(i)->text);
    put_plain_names(&page);
    PAGE_PUT(&page, "\n## Files\n\n"
                    "- `~/.config/understudy/understudy.ini`\n"
                    "  The user's own settings (below $XDG_CONFIG_HOME, where that is set).\n"
                    "- `/etc/understudy/understudy.ini`\n"
                    "  The settings of the machine, read where the user has none.\n");
    PAGE_PUT(&page, "\n## Examples\n\n"
                    "```sh\n"
                    "OPENAI_API_KEY=sk-... understudy\n"
                    "understudy check\n"
                    "understudy ask 'What is a breaker?'\n"
                    "git diff | understudy ask -m gpt-4o -s 'Be brief.' 'What may break?'\n"
                    "understudy -s retry.attempts=5 config --changed\n"
                    "understudy explain 429 --header 'retry-after: 20'\n"
                    "mkdir -p ~/.config/understudy\n"
                    "understudy config --defaults > ~/.config/understudy/understudy.ini\n"
                    "```\n");
    return page.r;
}
