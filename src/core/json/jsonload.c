/*
 * jansson reads the text as it is. Only where it refuses, the text is copied with what it cannot
 * hold made holdable, and read again: the usual request pays nothing.
 *
 *     in a string    \uD83D without its other half        -> \uFFFD
 *     elsewhere      -18446744073709551615                -> -18446744073709551615.0
 *                    1e400                                -> 1.7976931348623157e308
 *
 * The walk knows strings and numbers only; whether the whole is JSON, jansson says.
 */
#include "json/jsonload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/buf.h"

/* The copy grows at most by ".0" a number or by a long number for a short one. */
#define GROWTH_MAX 8

/* Room for the first of them. */
#define ROOM_MIN 64

static const char *const largest = "1.7976931348623157e308";

static bool is_hex(char c)
{
    return text_is_digit(c) || (text_lower(c) >= 'a' && text_lower(c) <= 'f');
}

/* The code unit of the \uXXXX at the front of text, -1 when there is none. */
static long escape_unit(struct text text)
{
    char digits[5] = {0};
    if (text.len < 6 || text.at[0] != '\\' || text.at[1] != 'u')
        return -1;
    for (size_t i = 0; i < 4; i++) {
        if (!is_hex(text.at[2 + i]))
            return -1;
        digits[i] = text.at[2 + i];
    }
    return strtol(digits, NULL, 16);
}

static bool is_high(long unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(long unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Copies the escape sequence at the front of text; its length. */
static size_t copy_escape(struct text text, struct buf *out, int *r)
{
    long unit = escape_unit(text);
    size_t len = unit >= 0 ? 6 : text.len < 2 ? text.len : 2;
    if (is_high(unit) && is_low(escape_unit(text_skip(text, 6))))
        len = 12;
    else if (is_high(unit) || is_low(unit)) {
        *r = buf_append_string(out, "\\ufffd");
        return len;
    }
    *r = buf_append(out, text.at, len);
    return len;
}

/* Copies from the opening quote to the closing one. */
static size_t copy_string(struct text text, struct buf *out, int *r)
{
    size_t at = 1;
    *r = buf_append(out, "\"", 1);
    while (*r == 0 && at < text.len && text.at[at] != '"') {
        size_t plain = at;
        while (plain < text.len && text.at[plain] != '"' && text.at[plain] != '\\')
            plain++;
        *r = buf_append(out, text.at + at, plain - at);
        at = plain;
        if (*r == 0 && at < text.len && text.at[at] == '\\')
            at += copy_escape(text_skip(text, at), out, r);
    }
    if (*r == 0 && at < text.len)
        *r = buf_append(out, "\"", 1);
    return at < text.len ? at + 1 : at;
}

static bool is_number_byte(char c)
{
    return text_is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Is the number too large for a double? */
static bool overflows(const char *digits)
{
    errno = 0;
    double value = strtod(digits, NULL);
    return errno == ERANGE && (value > 1 || value < -1);
}

/* A whole number too large for 64 bits; with a fraction it is read as a double. */
static bool needs_fraction(const char *digits)
{
    errno = 0;
    (void)strtoll(digits, NULL, 10);
    return errno == ERANGE && !strpbrk(digits, ".eE");
}

/* Copies the number first: what strtod and strtoll read must end in NUL, and out does. */
static size_t copy_number(struct text text, struct buf *out, int *r)
{
    size_t len = 0, start = out->len;
    while (len < text.len && is_number_byte(text.at[len]))
        len++;
    *r = buf_append(out, text.at, len);
    if (*r < 0)
        return len;
    const char *digits = out->data + start;
    if (overflows(digits)) {
        out->len = start;
        *r = buf_printf(out, "%s%s", text.at[0] == '-' ? "-" : "", largest);
    } else if (needs_fraction(digits)) {
        *r = buf_append_string(out, ".0");
    }
    return len;
}

static int copy_holdable(struct text text, struct buf *out)
{
    int r = 0;
    for (size_t at = 0; r == 0 && at < text.len;) {
        struct text rest = text_skip(text, at);
        if (rest.at[0] == '"')
            at += copy_string(rest, out, &r);
        else if (rest.at[0] == '-' || text_is_digit(rest.at[0]))
            at += copy_number(rest, out, &r);
        else {
            r = buf_append(out, rest.at, 1);
            at++;
        }
    }
    return r;
}

static json_t *load(struct text json, json_error_t *error)
{
    return json_loadb(json.at, json.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, error);
}

static json_t *load_anyhow(struct text json, json_error_t *error)
{
    struct buf holdable;
    json_t *tree = load(json, error);
    if (tree || json.len >= SIZE_MAX / GROWTH_MAX)
        return tree;
    buf_init(&holdable, json.len * GROWTH_MAX + ROOM_MIN);
    if (copy_holdable(json, &holdable) == 0)
        tree = load(buf_text(&holdable), error);
    buf_done(&holdable);
    return tree;
}

json_t *jsonload(struct text json, struct error *reterr)
{
    json_error_t error;
    json_t *tree = load_anyhow(json, &error);
    if (!tree) /* not error.text: it quotes the user's own words, and errors are logged */
        error_set(reterr, "%s",
                  json_error_code(&error) == json_error_null_byte_in_key
                      ? "the JSON has a NUL in the name of a member"
                      : "the JSON cannot be read");
    return tree;
}

int jsonload_checked(struct text json, json_t **ret)
{
    json_error_t error;
    json_t *tree = load_anyhow(json, &error);
    if (!tree)
        return json_error_code(&error) == json_error_null_byte_in_key ? -EINVAL : -ENOMEM;
    *ret = tree;
    return 0;
}

json_t *jsonload_string(const char *text)
{
    json_t *string = json_string(text);
    char *plain = string ? NULL : strdup(text);
    if (!plain)
        return string;
    for (char *c = plain; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    string = json_string(plain);
    free(plain);
    return string;
}
