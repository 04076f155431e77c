/*
 * A borrowed range of bytes. It owns nothing and need not end in NUL; whoever made the bytes keeps
 * them alive for as long as the text is looked at.
 */
#ifndef UNDERSTUDY_TEXT_H
#define UNDERSTUDY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

static inline bool text_same(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool text_starts(struct text a, const char *beginning)
{
    size_t len = strlen(beginning);
    return a.len >= len && (len == 0 || memcmp(a.at, beginning, len) == 0);
}

static inline bool text_ends(struct text a, const char *end)
{
    size_t len = strlen(end);
    return a.len >= len && (len == 0 || memcmp(a.at + a.len - len, end, len) == 0);
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

static inline bool text_is_letter(char c)
{
    return text_lower(c) >= 'a' && text_lower(c) <= 'z';
}

/* Of a hexadecimal digit in either case; -1 for any other byte. */
static inline int text_hex_value(char c)
{
    char lower = text_lower(c);
    if (text_is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Letters, digits and _: what names are made of. */
static inline bool text_is_word_byte(char c)
{
    return text_is_digit(c) || text_is_letter(c) || c == '_';
}

/*
 * How many digits a begins with, and the number that they are: -1 where it is beyond INT64_MAX, 0
 * without any.
 */
static inline size_t text_digits(struct text a, int64_t *ret)
{
    size_t n = 0;
    int64_t value = 0;
    for (; n < a.len && text_is_digit(a.at[n]); n++)
        if (value < 0 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, a.at[n] - '0', &value))
            value = -1;
    *ret = value;
    return n;
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

/* At most n bytes of a, for messages. */
static inline struct text text_cut(struct text a, size_t n)
{
    return (struct text){a.at, a.len < n ? a.len : n};
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

/* a without blanks, line ends and other control bytes in front. */
static inline struct text text_skip_blank(struct text a)
{
    while (a.len && (unsigned char)a.at[0] <= ' ')
        a = text_skip(a, 1);
    return a;
}

/* For "%.*s": TEXT_ARG(t) stands for the two arguments. Longer texts are cut at INT_MAX. */
#define TEXT_ARG(t) ((t).len > 0x7fffffff ? 0x7fffffff : (int)(t).len), ((t).at ? (t).at : "")

#endif
