/*
 * The validator: one pass, no recursion, no memory but one byte for each open bracket. Runs over
 * every request body (up to 64 MB) and every streamed event, so plain text inside of strings, which
 * is most of both, is passed over eight bytes at a time.
 *
 *     value --> after_value --> (',' value)* --> closing bracket = a value again --> ... --> end
 */
#include <errno.h>
#include <stdint.h>

#include "json/jsonspan.h"
#include "text/utf8.h"

struct scan {
    const char *begin;
    const char *at;
    const char *end;
    const char *wrong; /* what is wrong at `at`; NULL so far */
    size_t depth;
    char open[JSONSPAN_DEPTH_MAX]; /* '{' or '[' of each open container */
};

static bool fail(struct scan *s, const char *wrong)
{
    s->wrong = wrong;
    return false;
}

/* The next byte, '\0' at the end: a NUL byte is valid nowhere in JSON, so the two need no telling
 * apart. */
static char peek(const struct scan *s)
{
    return s->at < s->end ? *s->at : '\0';
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static void skip_blanks(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

/* 0x80 in each byte of x that is zero; exact up to the lowest such byte, which is all we ask. */
static uint64_t zero_bytes(uint64_t x)
{
    return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

/* Are the eight bytes at p all ASCII, printable, and neither quote nor backslash? */
static bool plain_word(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof(x));
    uint64_t control = (x - UINT64_C(0x2020202020202020)) & ~x;
    uint64_t quote = zero_bytes(x ^ UINT64_C(0x2222222222222222));
    uint64_t backslash = zero_bytes(x ^ UINT64_C(0x5c5c5c5c5c5c5c5c));
    return ((x | control | quote | backslash) & UINT64_C(0x8080808080808080)) == 0;
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static void skip_plain(struct scan *s)
{
    const char *at = s->at;
    while (s->end - at >= 8 && plain_word(at))
        at += 8;
    while (at < s->end && is_plain(*at))
        at++;
    s->at = at;
}

static bool is_hex(char c)
{
    char lower = text_lower(c);
    return text_is_digit(c) || (lower >= 'a' && lower <= 'f');
}

static bool scan_escape(struct scan *s)
{
    s->at++;
    if (s->at < s->end && *s->at != 'u') {
        if (!memchr("\"\\/bfnrt", *s->at, 8))
            return fail(s, "an unknown escape in a string");
        s->at++;
        return true;
    }
    s->at += s->at < s->end;
    for (int i = 0; i < 4; i++, s->at++)
        if (s->at == s->end || !is_hex(*s->at))
            return fail(s, "\\u needs four hexadecimal digits");
    return true;
}

static bool scan_utf8(struct scan *s)
{
    while (s->at < s->end && (unsigned char)*s->at >= 0x80) {
        size_t n = utf8_length(s->at, (size_t)(s->end - s->at));
        if (n == 0)
            return fail(s, "invalid UTF-8 in a string");
        s->at += n;
    }
    return true;
}

/* At the opening quote. */
static bool scan_string(struct scan *s)
{
    for (s->at++;;) {
        skip_plain(s);
        if (s->at == s->end)
            return fail(s, "a string is not closed");
        if (take(s, '"'))
            return true;
        if (*s->at == '\\' ? !scan_escape(s) : !scan_utf8(s))
            return false;
        if (s->at < s->end && (unsigned char)*s->at < 0x20)
            return fail(s, "a control byte in a string (it must be escaped)");
    }
}

static size_t skip_digits(struct scan *s)
{
    const char *begin = s->at;
    while (s->at < s->end && text_is_digit(*s->at))
        s->at++;
    return (size_t)(s->at - begin);
}

static bool scan_number(struct scan *s)
{
    take(s, '-');
    if (!take(s, '0') && skip_digits(s) == 0)
        return fail(s, "a number needs a digit");
    if (text_is_digit(peek(s)))
        return fail(s, "a number does not begin with 0");
    if (take(s, '.') && skip_digits(s) == 0)
        return fail(s, "a digit is missing behind the decimal point");
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            take(s, '-');
        if (skip_digits(s) == 0)
            return fail(s, "a digit is missing in the exponent");
    }
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return fail(s, "a value is expected");
    s->at += len;
    return true;
}

static bool scan_scalar(struct scan *s)
{
    switch (peek(s)) {
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    case '-':
        return scan_number(s);
    default:
        return text_is_digit(peek(s)) ? scan_number(s) : fail(s, "a value is expected");
    }
}

/* A member's name and colon. */
static bool scan_name(struct scan *s)
{
    skip_blanks(s);
    if (peek(s) != '"')
        return fail(s, "a member's name in quotes is expected");
    if (!scan_string(s))
        return false;
    skip_blanks(s);
    return take(s, ':') || fail(s, "':' is expected");
}

/*
 * Goes into containers down to a scalar or an empty container, which it passes. Blanks, then one
 * bracket or scalar for each turn.
 */
static bool scan_value(struct scan *s)
{
    for (;;) {
        skip_blanks(s);
        char bracket = peek(s);
        if (bracket != '{' && bracket != '[')
            return scan_scalar(s);
        if (s->depth == JSONSPAN_DEPTH_MAX)
            return fail(s, "nested too deeply");
        s->at++;
        skip_blanks(s);
        if (take(s, bracket == '{' ? '}' : ']'))
            return true;
        s->open[s->depth++] = bracket;
        if (bracket == '{' && !scan_name(s))
            return false;
    }
}

/* Behind a value: closes what is closed here. True with a comma taken, or with depth 0. */
static bool scan_after_value(struct scan *s)
{
    while (s->depth > 0) {
        bool object = s->open[s->depth - 1] == '{';
        skip_blanks(s);
        if (take(s, ','))
            return !object || scan_name(s);
        if (!take(s, object ? '}' : ']'))
            return fail(s, object ? "',' or '}' is expected" : "',' or ']' is expected");
        s->depth--;
    }
    return true;
}

static bool scan_text(struct scan *s)
{
    do {
        if (!scan_value(s) || !scan_after_value(s))
            return false;
    } while (s->depth > 0);
    skip_blanks(s);
    return s->at == s->end || fail(s, "something follows the end of the value");
}

int jsonspan_check(struct text json, struct error *reterr)
{
    struct scan s;
    s.begin = s.at = json.len ? json.at : "";
    s.end = s.begin + json.len;
    s.wrong = NULL;
    s.depth = 0;
    if (scan_text(&s))
        return 0;
    error_set(reterr, "%s at byte %zu%s", s.wrong, (size_t)(s.at - s.begin),
              s.at == s.end ? ", where the text ends" : "");
    return -EINVAL;
}
