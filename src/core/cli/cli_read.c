/* One pass; what is wrong is told with the word that is, and what may have been meant. */
#include "cli/cli_read.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "text/suggest.h"

struct reading {
    struct cli_call *call;
    int argc;
    const char *const *argv;
    int at;
    bool named; /* the command */
    bool ended; /* by "--", or by a command that takes all as operands */
    struct error *reterr;
};

/* "WHAT: WORD; did you mean ...?": the word may have a value in it. */
static int refuse(struct reading *reading, const char *what, const char *word, const char *meant)
{
    error_set(reading->reterr, "%s: %s%s (see understudy -h)", what, word, SUGGEST_HINT(meant));
    return -EINVAL;
}

static int wrong_command(struct reading *reading, const char *word)
{
    struct suggest suggest = suggest_for(text_of(word));
    const char *meant = cli_known_elsewhere(text_of(word));
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++)
        if (!cli_command_row((enum cli_command)i)->unlisted)
            suggest_offer(&suggest, cli_command_row((enum cli_command)i)->word);
    return refuse(reading, "unknown command", word, meant ? meant : suggest.best);
}

/* Whose options may stand here. */
static enum cli_command command_of(const struct reading *reading)
{
    return reading->named ? reading->call->command : CLI_ANY;
}

/* The nearest of the options that could stand here. */
static const char *nearest_option(const struct reading *reading, struct text word)
{
    struct suggest suggest = suggest_for(word);
    for (size_t i = 0; cli_option_at(i); i++)
        if (cli_option_concerns(cli_option_at(i), command_of(reading)) &&
            !cli_option_at(i)->unlisted)
            suggest_offer(&suggest, cli_option_at(i)->word);
    return suggest.best;
}

static int wrong_option(struct reading *reading, const char *word)
{
    struct text name = text_make(word, strcspn(word, "="));
    const char *meant = cli_known_elsewhere(name);
    char what[64];
    (void)snprintf(what, sizeof(what), "unknown option%s%s", reading->named ? " of " : "",
                   reading->named ? cli_command_row(reading->call->command)->word : "");
    return refuse(reading, what, word, meant ? meant : nearest_option(reading, name));
}

static int read_operand(struct reading *reading, const char *word)
{
    struct cli_call *call = reading->call;
    const struct cli_command_row *row = cli_command_row(call->command);
    if (!row->operand || (!row->many && call->operand_count > 0))
        return refuse(reading, "one argument too many", word,
                      nearest_option(reading, text_of(word)));
    call->operands[call->operand_count++] = word;
    return 0;
}

static int read_command(struct reading *reading, const char *word)
{
    if (!cli_command_find(text_of(word), &reading->call->command))
        return wrong_command(reading, word);
    reading->named = true;
    reading->ended = cli_command_row(reading->call->command)->raw;
    return 0;
}

/* "--NAME=VALUE" and "-cVALUE" hold both; "--NAME" and "-c" have it in the next word. */
static const struct cli_option *find_option(const struct reading *reading, const char *word,
                                            const char **ret_value)
{
    size_t len;
    bool is_long = word[1] == '-';
    const struct cli_option *option = cli_option_in(command_of(reading), word, &len);
    *ret_value = NULL;
    if (option && word[len] != '\0') {
        *ret_value = word + len + is_long;
        return option->value ? option : NULL;
    }
    return option;
}

/* Two pages at once, or a page in a form, are not to be had. */
static int check_alone(struct reading *reading, const struct cli_given *given)
{
    const struct cli_call *call = reading->call;
    bool alone = call->given_count > 0 && (given->option->alone || call->given[0].option->alone);
    return alone ? refuse(reading, "one argument too many", given->option->word, NULL) : 0;
}

/* Those of any command. -h and -V are commands, and the last word. */
static int take_common(struct reading *reading, const struct cli_given *given)
{
    struct cli_call *call = reading->call;
    if (given->option->kind == CLI_FILE) {
        call->file = given->value;
    } else if (given->option->kind == CLI_SETTING) {
        call->flags[call->flag_count++] = given->value;
    } else {
        call->command = strcmp(given->option->word, "--help") == 0 ? CLI_help : CLI_version;
        call->given_count = call->operand_count = 0;
        call->operands[0] = NULL;
        reading->at = reading->argc;
    }
    return 0;
}

static int read_option(struct reading *reading, const char *word)
{
    struct cli_call *call = reading->call;
    struct cli_given given;
    given.option = find_option(reading, word, &given.value);
    if (!given.option)
        return wrong_option(reading, word);
    if (given.option->value && !given.value) {
        if (reading->at == reading->argc) {
            error_set(reading->reterr, "a value is missing behind: %s (see understudy -h)", word);
            return -EINVAL;
        }
        given.value = reading->argv[reading->at++];
    }
    if (given.option->command == CLI_ANY)
        return take_common(reading, &given);
    if (check_alone(reading, &given) < 0)
        return -EINVAL;
    call->given[call->given_count++] = given;
    return 0;
}

int cli_read(struct cli_call *ret, int argc, const char *const *argv, struct error *reterr)
{
    size_t room = (size_t)(argc > 0 ? argc : 0) + 1;
    struct reading reading = {.call = ret, .argc = argc, .argv = argv, .at = 1, .reterr = reterr};
    *ret = (struct cli_call){.flags = calloc(room, sizeof(*ret->flags)),
                             .operands = calloc(room, sizeof(*ret->operands)),
                             .given = calloc(room, sizeof(*ret->given))};
    if (!ret->flags || !ret->operands || !ret->given)
        return -ENOMEM;
    int r = 0;
    while (r == 0 && reading.at < argc) {
        const char *word = argv[reading.at++];
        bool plain = reading.ended || word[0] != '-' || word[1] == '\0';
        if (!plain && strcmp(word, "--") == 0)
            reading.ended = true;
        else if (!plain)
            r = read_option(&reading, word);
        else
            r = reading.named ? read_operand(&reading, word) : read_command(&reading, word);
    }
    return r;
}

void cli_call_done(struct cli_call *call)
{
    free(call->flags);
    free(call->operands);
    free(call->given);
    *call = (struct cli_call){0};
}

const char *cli_value(const struct cli_call *call, const char *word, size_t n)
{
    for (size_t i = 0; i < call->given_count; i++)
        if (strcmp(call->given[i].option->word, word) == 0 && n-- == 0)
            return call->given[i].value;
    return NULL;
}

bool cli_has(const struct cli_call *call, const char *word)
{
    assert(cli_option_find(call->command, text_of(word)));
    for (size_t i = 0; i < call->given_count; i++)
        if (strcmp(call->given[i].option->word, word) == 0)
            return true;
    return false;
}
