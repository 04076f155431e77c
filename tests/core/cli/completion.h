/* What the last of these words may become: candidates joined by blanks, in order. */
#ifndef UNDERSTUDY_TEST_COMPLETION_H
#define UNDERSTUDY_TEST_COMPLETION_H

#include "cli/cli_complete.h"
#include "unit.h"

#define COMPLETION_WORDS_MAX 6

static inline int completion_of(const char *const *words, struct buf *out)
{
    static char names[][8] = {"openai", "ollama", "box"};
    static char *list[] = {names[0], names[1], names[2], NULL};
    static const struct strings providers = {list, 3};
    struct cli_words asked = {.at = words, .providers = &providers};
    while (asked.count < COMPLETION_WORDS_MAX && words[asked.count])
        asked.count++;
    return cli_complete(&asked, out);
}

/* The candidates without their texts; "TAB files" is <files>. */
static inline void completion_candidates(const struct buf *lines, struct buf *ret)
{
    for (const char *line = lines->data; line && *line; line += strcspn(line, "\n") + 1) {
        size_t len = strcspn(line, "\t");
        if (len == 0)
            ck_assert_int_eq(strncmp(line, "\tfiles\n", 7), 0);
        ck_assert_int_eq(buf_printf(ret, "%s%.*s", ret->len ? " " : "", len ? (int)len : 7,
                                    len ? line : "<files>"),
                         0);
    }
}

#endif
