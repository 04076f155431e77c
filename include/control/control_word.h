/*
 * THE words of the switch `understudy local`: on the command line, in what shells complete, on the
 * control socket and in the log.
 */
#ifndef UNDERSTUDY_CONTROL_WORD_H
#define UNDERSTUDY_CONTROL_WORD_H

#include <stdbool.h>

#include "text/text.h"

/* id, word, what it means. The first is none of settings: it only asks. */
#define CONTROL_WORDS(X)                                                                           \
    X(STATUS, "status", "which of the two it is")                                                  \
    X(ON, "on", "nothing leaves the machine")                                                      \
    X(OFF, "off", "providers are asked as the settings say")

enum control_word {
#define X(id, word, meaning) CONTROL_##id,
    CONTROL_WORDS(X)
#undef X
        CONTROL_WORD_COUNT
};

const char *control_word(enum control_word id);
const char *control_word_meaning(enum control_word id);

/* CONTROL_WORD_COUNT: it is none. */
enum control_word control_word_find(struct text word);

static inline enum control_word control_word_of(bool on)
{
    return on ? CONTROL_ON : CONTROL_OFF;
}

#endif
