/* The words behind `explain`, made into a question (explain.h). */
#include "daemon/explain_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "daemon/command.h"
#include "settings/settings.h"
#include "tell/carried.h"
#include "tell/explain.h"
#include "tell/explain_what.h"

#define STORY_MAX (256u << 10)
#define PAGE_MAX  (1u << 20)

struct question {
    struct explain_query query;
    const char **headers;
    size_t header_count;
    bool markdown; /* for docs/, not for users: WHAT is the page */
};

/* 0, or the exit status. */
static int read_word(struct question *question, const char *const *words, size_t *at)
{
    static const char *const known[] = {"--header", "--body", "--stream", NULL};
    const char *value = NULL, *word = words[*at];
    if (command_option(words, at, "--header", &value)) {
        if (value)
            question->headers[question->header_count++] = value;
    } else if (command_option(words, at, "--body", &value)) {
        question->query.body = text_of(value);
    } else if (strcmp(word, "--stream") == 0) {
        question->query.stream = true;
        return 0;
    } else if (strcmp(word, "--markdown") == 0) {
        question->markdown = true;
        return 0;
    } else if (word[0] == '-') {
        return command_unknown("unknown option of explain", word, known);
    } else if (question->query.what.at) {
        return command_wrong_usage("one argument too many", word);
    } else {
        question->query.what = text_of(word);
        return 0;
    }
    return value ? 0 : command_wrong_usage("a value is missing behind", word);
}

static int wrong_without_what(void)
{
    char word[64];
    const char *meaning;
    (void)fputs("understudy: explain what? A status from 100 to 599, or one of these:\n", stderr);
    for (size_t i = 0; explain_what_word(i, word, sizeof(word), &meaning); i++)
        (void)fprintf(stderr, "  %-20s %s\n", word, meaning);
    return COMMAND_WRONG;
}

static int print_story(const struct loader *loader, const struct explain_query *query)
{
    struct error why = ERROR_NONE;
    struct buf out;
    struct config *config = command_load(loader);
    if (!config)
        return COMMAND_WRONG;
    buf_init(&out, STORY_MAX);
    int r = explain_print(config, query, &out, &why);
    if (r == 0)
        r = command_print(&out);
    else
        (void)fprintf(stderr, "understudy: %s\n", why.text[0] ? why.text : strerror(-r));
    buf_done(&out);
    config_free(config);
    return r == 0 ? EXIT_SUCCESS : COMMAND_WRONG;
}

/* docs/failures.md, or docs/dialects.md. */
static int print_page(struct text what)
{
    struct buf out;
    buf_init(&out, PAGE_MAX);
    int r = what.at && text_equals(what, "dialects") ? carried_print_markdown(&out)
                                                     : explain_print_markdown(&out);
    if (r == 0)
        r = command_print(&out);
    buf_done(&out);
    return r == 0 ? EXIT_SUCCESS : COMMAND_WRONG;
}

static size_t count(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

int explain_command(const struct loader *loader, const char *const *words)
{
    struct question question = {.query.wall_s = clock_wall_ms() / 1000};
    int status = 0;
    question.headers = xcalloc(count(words) + 1, sizeof(*question.headers));
    question.query.headers = question.headers;
    for (size_t i = 0; status == 0 && words[i]; i++)
        status = read_word(&question, words, &i);
    if (status == 0 && question.markdown)
        status = print_page(question.query.what);
    else if (status == 0 && !question.query.what.at)
        status = wrong_without_what();
    else if (status == 0)
        status = print_story(loader, &question.query);
    free(question.headers);
    return status;
}
