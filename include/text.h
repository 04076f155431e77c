/*
 * A borrowed range of bytes. It owns nothing and need not end in NUL; whoever made the bytes keeps
 * them alive for as long as the text is looked at.
 */
#ifndef UNDERSTUDY_TEXT_H
#define UNDERSTUDY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
    const char *at;
    size_t len;
};

static inline struct text text_of(const char *nul_terminated)
{
    return (struct text){nul_terminated, nul_terminated ? strlen(nul_terminated) : 0};
}

static inline struct text text_make(const char *at, size_t len)
{
    return (struct text){at, len};
}

static inline bool text_equals(struct text a, const char *nul_terminated)
{
    return a.len == strlen(nul_terminated) && memcmp(a.at, nul_terminated, a.len) == 0;
}

/* For "%.*s": TEXT_ARG(t) stands for the two arguments. Longer texts are cut at INT_MAX. */
#define TEXT_ARG(t) ((t).len > 0x7fffffff ? 0x7fffffff : (int)(t).len), ((t).at ? (t).at : "")

#endif
