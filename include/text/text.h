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
    size_t len = strlen(nul_terminated);
    return a.len == len && (len == 0 || memcmp(a.at, nul_terminated, len) == 0);
}

/* ASCII letters only, whatever the locale: protocol words are ASCII. */
static inline char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Does a begin with lower_case, in any case of its own letters? */
static inline bool text_starts_nocase(struct text a, const char *lower_case)
{
    size_t i = 0;
    while (lower_case[i] && i < a.len && text_lower(a.at[i]) == lower_case[i])
        i++;
    return lower_case[i] == '\0';
}

static inline bool text_equals_nocase(struct text a, const char *lower_case)
{
    return a.len == strlen(lower_case) && text_starts_nocase(a, lower_case);
}

/* a from byte n on; empty when it is shorter. */
static inline struct text text_skip(struct text a, size_t n)
{
    return n < a.len ? (struct text){a.at + n, a.len - n} : (struct text){a.at, 0};
}

/* a without blanks and TABs at both ends (OWS of RFC 9110, 5.6.3). */
static inline struct text text_trim(struct text a)
{
    while (a.len && (a.at[0] == ' ' || a.at[0] == '\t'))
        a = text_skip(a, 1);
    while (a.len && (a.at[a.len - 1] == ' ' || a.at[a.len - 1] == '\t'))
        a.len--;
    return a;
}

/* For "%.*s": TEXT_ARG(t) stands for the two arguments. Longer texts are cut at INT_MAX. */
#define TEXT_ARG(t) ((t).len > 0x7fffffff ? 0x7fffffff : (int)(t).len), ((t).at ? (t).at : "")

#endif
