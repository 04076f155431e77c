/* The words are read leniently: what is wrong with them is told when they are run. */
#include "cli/cli_complete.h"

#include "control/control_word.h"
#include "tell/explain_what.h"
#include "text/count.h"
#include "usage/usage_query.h"

/* What has been said before the last word. */
struct said {
    enum cli_command command;
    bool named;
    size_t operands;
    const struct cli_option *open; /* it wants a value, which the next word is */
    const char *file;
};

static enum cli_command command_of(const struct said *said)
{
    return said->named ? said->command : CLI_ANY;
}

static void hear(struct said *said, const char *word)
{
    size_t len;
    const struct cli_option *open = said->open;
    said->open = NULL;
    if (open && open->kind == CLI_FILE)
        said->file = word;
    if (open)
        return;
    if (word[0] == '-') {
        const struct cli_option *option = cli_option_in(command_of(said), word, &len);
        bool takes = option && option->value;
        if (takes && word[len] == '\0')
            said->open = option;
        else if (takes && option->kind == CLI_FILE)
            said->file = word + len + (word[len] == '=');
    } else if (!said->named) {
        said->named = cli_command_find(text_of(word), &said->command);
    } else {
        said->operands++;
    }
}

static struct said hear_all(const struct cli_words *words)
{
    struct said said = {.command = CLI_serve};
    for (size_t i = 0; i + 1 < words->count; i++)
        hear(&said, words->at[i]);
    return said;
}

const char *cli_complete_file(const struct cli_words *words)
{
    return hear_all(words).file;
}

static void offer_commands(struct cli_candidates *candidates)
{
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command_row *row = cli_command_row((enum cli_command)i);
        if (!row->unlisted)
            cli_offer(candidates, row->text, "%s", row->word);
    }
}

/* The command's own first. */
static void offer_options(struct cli_candidates *candidates, const struct said *said)
{
    const enum cli_command commands[] = {command_of(said), CLI_ANY};
    for (size_t of = said->named ? 0 : 1; of < COUNT(commands); of++) {
        for (size_t i = 0; cli_option_at(i); i++) {
            const struct cli_option *option = cli_option_at(i);
            if (option->unlisted || option->command != commands[of])
                continue;
            cli_offer(candidates, option->text, "%s", option->word);
            if (option->letter &&
                cli_option_find(command_of(said), text_of(option->letter)) == option)
                cli_offer(candidates, option->text, "%s", option->letter);
        }
    }
}

static void offer_failures(struct cli_candidates *candidates)
{
    char word[64];
    const char *meaning;
    for (size_t i = 0; explain_what_word(i, word, sizeof(word), &meaning); i++)
        cli_offer(candidates, meaning, "%s", word);
}

static void offer_kind(struct cli_candidates *candidates, const struct cli_words *words,
                       enum cli_kind kind)
{
    switch (kind) {
    case CLI_FILE:
        cli_offer_files(candidates);
        break;
    case CLI_SETTING:
        cli_offer_settings(candidates, words->providers);
        break;
    case CLI_FAILURE:
        offer_failures(candidates);
        break;
    case CLI_COMMAND:
        offer_commands(candidates);
        break;
    case CLI_SWITCH:
        for (unsigned id = 0; id < CONTROL_WORD_COUNT; id++)
            cli_offer(candidates, control_word_meaning((enum control_word)id), "%s",
                      control_word((enum control_word)id));
        break;
    case CLI_USAGE_KEY:
        for (unsigned i = 0; i < USAGE_KEY_COUNT; i++)
            cli_offer_element(candidates, usage_key_text((enum usage_key)i),
                              usage_key_word((enum usage_key)i));
        break;
    case CLI_NOTHING:
    case CLI_TEXT:
        break;
    }
}

int cli_complete(const struct cli_words *words, struct buf *out)
{
    const char *word = words->count > 0 ? words->at[words->count - 1] : "";
    struct said said = hear_all(words);
    struct cli_candidates candidates = {.out = out, .word = text_of(word)};
    const struct cli_command_row *row = cli_command_row(said.command);
    size_t len = 0;
    const struct cli_option *option =
        word[0] == '-' ? cli_option_in(command_of(&said), word, &len) : NULL;
    if (said.open) {
        offer_kind(&candidates, words, said.open->kind);
    } else if (option && option->value && word[len] != '\0') {
        candidates.before = text_make(word, len + (word[len] == '='));
        candidates.word = text_skip(candidates.word, candidates.before.len);
        offer_kind(&candidates, words, option->kind);
    } else if (word[0] == '-') {
        offer_options(&candidates, &said);
    } else if (!said.named) {
        offer_commands(&candidates);
    } else if (row->many || said.operands == 0) {
        offer_kind(&candidates, words, row->kind);
    }
    return candidates.r;
}
