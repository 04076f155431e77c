/*
 * A number by its digits, as it is written: 1e3, 1000.0 and 1000 are the same, and none of them
 * goes through floating point.
 */
#include "json/jsonspan.h"

/* Larger exponents make no difference to 64 bits. */
#define EXPONENT_MAX 100000

struct decimal {
    struct text digits; /* before and behind the point, which may be among them */
    int64_t exponent;   /* of ten, of the last digit */
};

static int64_t read_exponent(struct text text)
{
    bool negative = text.len && text.at[0] == '-';
    int64_t n = 0;
    if (text.len && (text.at[0] == '-' || text.at[0] == '+'))
        text = text_skip(text, 1);
    for (size_t i = 0; i < text.len && text_is_digit(text.at[i]); i++)
        n = n < EXPONENT_MAX ? n * 10 + (text.at[i] - '0') : n;
    return negative ? -n : n;
}

/* text: without its sign. */
static struct decimal read_decimal(struct text text)
{
    struct decimal decimal = {.digits = {text.at, 0}};
    size_t point = text.len, i = 0;
    for (; i < text.len && (text_is_digit(text.at[i]) || text.at[i] == '.'); i++)
        point = text.at[i] == '.' ? i : point;
    decimal.digits.len = i;
    if (point < i)
        decimal.exponent = -(int64_t)(i - point - 1);
    if (i < text.len && text_lower(text.at[i]) == 'e')
        decimal.exponent += read_exponent(text_skip(text, i + 1));
    return decimal;
}

/* Zeros at the end say the same in the exponent. */
static void strip_zeros(struct decimal *decimal)
{
    struct text *digits = &decimal->digits;
    while (digits->len &&
           (digits->at[digits->len - 1] == '0' || digits->at[digits->len - 1] == '.')) {
        decimal->exponent += digits->at[digits->len - 1] == '0';
        digits->len--;
    }
}

/* The digits, then as many zeros as the exponent says; stays at what 64 bits hold. */
static int64_t value_of(const struct decimal *decimal, bool negative)
{
    int64_t n = 0;
    int64_t limit = negative ? INT64_MIN : INT64_MAX;
    for (size_t i = 0; i < decimal->digits.len; i++) {
        int digit = decimal->digits.at[i] - '0';
        if (decimal->digits.at[i] != '.' &&
            (__builtin_mul_overflow(n, 10, &n) ||
             __builtin_add_overflow(n, negative ? -digit : digit, &n)))
            return limit;
    }
    for (int64_t i = 0; n != 0 && i < decimal->exponent; i++)
        if (__builtin_mul_overflow(n, 10, &n))
            return limit;
    return n;
}

bool jsonspan_whole(struct text value, int64_t *ret)
{
    value = text_trim(value);
    if (jsonspan_type(value) != JSONSPAN_NUMBER)
        return false;
    bool negative = value.at[0] == '-';
    struct decimal decimal = read_decimal(negative ? text_skip(value, 1) : value);
    strip_zeros(&decimal);
    if (decimal.digits.len && decimal.exponent < 0)
        return false;
    *ret = value_of(&decimal, negative);
    return true;
}

bool jsonspan_count(struct text value, int64_t *ret)
{
    int64_t count;
    if (!jsonspan_whole(value, &count) || count < 0 || count > JSONSPAN_COUNT_MAX)
        return false;
    *ret = count;
    return true;
}
