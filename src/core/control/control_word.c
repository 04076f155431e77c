/* See control_word.h. */
#include "control/control_word.h"

static const struct {
    const char *word, *meaning;
} words[] = {
#define X(id, word, meaning) [CONTROL_##id] = {word, meaning},
    CONTROL_WORDS(X)
#undef X
};

const char *control_word(enum control_word id)
{
    return words[id].word;
}

const char *control_word_meaning(enum control_word id)
{
    return words[id].meaning;
}

enum control_word control_word_find(struct text word)
{
    unsigned id = 0;
    while (id < CONTROL_WORD_COUNT && !text_equals(word, words[id].word))
        id++;
    return (enum control_word)id;
}
