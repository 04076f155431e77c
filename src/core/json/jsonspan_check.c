/*
 * The validator: one pass, no recursion, no memory but one byte for each open bracket. Runs over
 * every request body (up to 64 MB) and every streamed event, so plain text inside of strings, which
 * is most of both, is passed over eight bytes at a time; and what is wanted of the outermost object
 * is noted on the way.
 *
 *     value --> after_value --> (',' value)* --> closing bracket = a value again --> ... --> end
 *
 * Each function takes the place where it begins and returns the one behind what it took, NULL where
 * something is wrong.
 */
#include <errno.h>
#include <stdint.h>

#include "json/jsonspan.h"
#include "text/utf8.h"
#include "text/word.h"

struct scan {
    const char *end;
    const char *wrong;            /* what is wrong */
    const char *wrong_at;         /* and where */
    struct jsonspan_picking pick; /* from the outermost object */
    struct text name;             /* of its member under way */
    const char *value;            /* where its value begins */
    size_t depth;
    char closing[JSONSPAN_DEPTH_MAX]; /* of each container that is open: '}' or ']' */
};

static const char *fail(struct scan *s, const char *at, const char *wrong)
{
    s->wrong = wrong;
    s->wrong_at = at;
    return NULL;
}

/* The byte there, '\0' at the end: a NUL byte is valid nowhere in JSON, so the two need no telling
 * apart. */
static char peek(const struct scan *s, const char *at)
{
    return at < s->end ? *at : '\0';
}

static const char *skip_more_blanks(const struct scan *s, const char *at)
{
    while (at < s->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Mostly there is none. */
static inline const char *skip_blanks(const struct scan *s, const char *at)
{
    return at < s->end && *at <= ' ' ? skip_more_blanks(s, at) : at;
}

/* To the first byte that word_odd tells, or near the end. */
static inline const char *skip_plain(const struct scan *s, const char *at)
{
    while (s->end - at >= WORD_SIZE) {
        uint64_t odd = word_odd(word_load(at));
        if (odd)
            return at + word_first(odd);
        at += WORD_SIZE;
    }
    return at;
}

/* At the backslash. */
static const char *scan_escape(struct scan *s, const char *at)
{
    at++;
    if (at < s->end && *at != 'u')
        return memchr("\"\\/bfnrt", *at, 8) ? at + 1 : fail(s, at, "an unknown escape in a string");
    at += at < s->end;
    for (int i = 0; i < 4; i++, at++)
        if (at == s->end || text_hex_value(*at) < 0)
            return fail(s, at, "\\u needs four hexadecimal digits");
    return at;
}

static const char *scan_utf8(struct scan *s, const char *at)
{
    while (at < s->end && (unsigned char)*at >= 0x80) {
        size_t n = utf8_length(at, (size_t)(s->end - at));
        if (n == 0)
            return fail(s, at, "invalid UTF-8 in a string");
        at += n;
    }
    return at;
}

/* In a string, at a byte that is odd or near the end. On its own, so that strings without any,
 * which are most, pay for nothing of it. */
__attribute__((noinline)) static const char *scan_rest(struct scan *s, const char *at)
{
    for (; at; at = at ? skip_plain(s, at) : NULL) {
        if (at == s->end)
            return fail(s, at, "a string is not closed");
        if (*at == '"')
            return at + 1;
        if ((unsigned char)*at < ' ')
            return fail(s, at, "a control byte in a string (it must be escaped)");
        if (*at == '\\')
            at = scan_escape(s, at);
        else
            at = (unsigned char)*at >= 0x80 ? scan_utf8(s, at) : at + 1;
    }
    return NULL;
}

/* At the opening quote. */
static const char *scan_string(struct scan *s, const char *at)
{
    at = skip_plain(s, at + 1);
    return at < s->end && *at == '"' ? at + 1 : scan_rest(s, at);
}

static const char *skip_digits(const struct scan *s, const char *at)
{
    while (at < s->end && text_is_digit(*at))
        at++;
    return at;
}

/* At its minus or first digit. */
static const char *scan_number(struct scan *s, const char *at)
{
    at += *at == '-';
    const char *digits = at;
    at = skip_digits(s, at);
    if (at == digits)
        return fail(s, at, "a number needs a digit");
    if (*digits == '0' && at > digits + 1)
        return fail(s, digits + 1, "a number does not begin with 0");
    if (peek(s, at) == '.') {
        digits = at + 1;
        at = skip_digits(s, digits);
        if (at == digits)
            return fail(s, at, "a digit is missing behind the decimal point");
    }
    if (text_lower(peek(s, at)) == 'e') {
        at++;
        at += peek(s, at) == '+' || peek(s, at) == '-';
        digits = at;
        at = skip_digits(s, at);
        if (at == digits)
            return fail(s, at, "a digit is missing in the exponent");
    }
    return at;
}

static const char *scan_word(struct scan *s, const char *at, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(s->end - at) < len || memcmp(at, word, len) != 0)
        return fail(s, at, "a value is expected");
    return at + len;
}

static const char *scan_scalar(struct scan *s, const char *at)
{
    char first = peek(s, at);
    if (first == '"')
        return scan_string(s, at);
    if (first == '-' || text_is_digit(first))
        return scan_number(s, at);
    if (first == 'n')
        return scan_word(s, at, "null");
    return first == 't' ? scan_word(s, at, "true") : scan_word(s, at, "false");
}

/* A member's name and colon, and the blanks behind it. */
static const char *scan_name(struct scan *s, const char *at)
{
    const char *name = skip_blanks(s, at);
    if (peek(s, name) != '"')
        return fail(s, name, "a member's name in quotes is expected");
    const char *name_end = scan_string(s, name);
    if (!name_end)
        return NULL;
    at = skip_blanks(s, name_end);
    if (peek(s, at) != ':')
        return fail(s, at, "':' is expected");
    at = skip_blanks(s, at + 1);
    if (s->depth == 1) {
        s->name = text_make(name, (size_t)(name_end - name));
        s->value = at;
    }
    return at;
}

/*
 * Goes into containers down to a scalar or an empty container, which it passes. Blanks, then one
 * bracket or scalar for each turn.
 */
static const char *scan_value(struct scan *s, const char *at)
{
    while (at) {
        at = skip_blanks(s, at);
        char bracket = peek(s, at);
        if (bracket != '{' && bracket != '[')
            return scan_scalar(s, at);
        if (s->depth == JSONSPAN_DEPTH_MAX)
            return fail(s, at, "nested too deeply");
        at = skip_blanks(s, at + 1);
        char closing = bracket == '{' ? '}' : ']';
        if (peek(s, at) == closing)
            return at + 1;
        s->closing[s->depth++] = closing;
        if (closing == '}')
            at = scan_name(s, at);
    }
    return NULL;
}

/* Behind a value: closes what is closed here. Ends behind a comma, or with depth 0. */
static const char *scan_after_value(struct scan *s, const char *at)
{
    while (s->depth > 0) {
        char closing = s->closing[s->depth - 1];
        bool object = closing == '}';
        if (s->depth == 1 && object)
            jsonspan_pick_member(&s->pick, s->name, text_make(s->value, (size_t)(at - s->value)));
        at = skip_blanks(s, at);
        char next = peek(s, at);
        if (next == ',')
            return object ? scan_name(s, at + 1) : at + 1;
        if (next != closing)
            return fail(s, at, object ? "',' or '}' is expected" : "',' or ']' is expected");
        at++;
        s->depth--;
    }
    return at;
}

static bool scan_text(struct scan *s, const char *at)
{
    do {
        at = scan_value(s, at);
        if (at)
            at = scan_after_value(s, at);
    } while (at && s->depth > 0);
    if (!at)
        return false;
    at = skip_blanks(s, at);
    return at == s->end || fail(s, at, "something follows the end of the value");
}

int jsonspan_read(struct text json, struct jsonspan_wanted *wanted, size_t count,
                  struct error *reterr)
{
    const char *begin = json.len ? json.at : "";
    struct scan s; /* not zeroed: closing is written before it is read */
    s.end = begin + json.len;
    s.depth = 0;
    jsonspan_pick_begin(&s.pick, wanted, count);
    if (scan_text(&s, begin))
        return 0;
    jsonspan_pick_begin(&s.pick, wanted, count);
    error_set(reterr, "%s at byte %zu%s", s.wrong, (size_t)(s.wrong_at - begin),
              s.wrong_at == s.end ? ", where the text ends" : "");
    return -EINVAL;
}

int jsonspan_check(struct text json, struct error *reterr)
{
    return jsonspan_read(json, NULL, 0, reterr);
}
