/*
 * Text for people about one thing that went wrong. The first error wins: a later error_set on the
 * same struct changes nothing, so the innermost cause is what is shown.
 */
#ifndef UNDERSTUDY_ERROR_H
#define UNDERSTUDY_ERROR_H

#include <stdbool.h>

/* Longer messages are cut; nothing that a peer sends may make one grow. */
#define ERROR_TEXT_MAX 512

struct error {
    char text[ERROR_TEXT_MAX];
};

/* An empty error. */
#define ERROR_NONE ((struct error){{0}})

/* Sets the message unless one is set already. reterr may be NULL. */
void error_set(struct error *reterr, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool error_is_set(const struct error *error);

#endif
