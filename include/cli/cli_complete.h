/*
 * What the last word of a command line may become, for the shells (completions/). A line each:
 *
 *     CANDIDATE TAB what it means
 *
 * A candidate is the whole word. One that ends in one of = . , : is not done: no blank belongs
 * behind it. The line "TAB files" stands for the names of files, behind the last = of the word.
 */
#ifndef UNDERSTUDY_CLI_COMPLETE_H
#define UNDERSTUDY_CLI_COMPLETE_H

#include <stddef.h>

#include "cli/cli.h"
#include "text/buf.h"
#include "text/string_list.h"

/* All borrowed. */
struct cli_words {
    const char *const
        *at; /* behind the program's name; the last one is being written, perhaps "" */
    size_t count;
    const struct strings *providers; /* that are known, in the order in which they are offered */
};

/* Errors of buf. What cannot be completed gives no line. */
int cli_complete(const struct cli_words *words, struct buf *out)
    __attribute__((warn_unused_result));

/* The settings file that the words name; NULL = none. */
const char *cli_complete_file(const struct cli_words *words);

/* ---- cli_complete_setting.c */

/* Where candidates go that begin as the word does. */
struct cli_candidates {
    struct buf *out;
    struct text word;   /* so far, without what is before it */
    struct text before; /* "--set=": put before each */
    int r;              /* the first that went wrong */
};

/* One, if it begins so; of text the first sentence is told. What is longer than CLI_WORD_MAX is
 * left out. */
#define CLI_WORD_MAX 512
void cli_offer(struct cli_candidates *candidates, const char *text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for an element of a comma list: what stands before it stays, and is not offered again.
 */
void cli_offer_element(struct cli_candidates *candidates, const char *text, const char *word);

/* The names of files are, too. */
void cli_offer_files(struct cli_candidates *candidates);

/* Of SECTION.KEY=VALUE: sections, keys, then values. */
void cli_offer_settings(struct cli_candidates *candidates, const struct strings *providers);

#endif
