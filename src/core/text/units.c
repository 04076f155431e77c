/*
 * One number reader for all units: whole part and fraction (in billionths) are kept as integers,
 * so nothing depends on floating point or on the locale's decimal point.
 */
#include "text/units.h"

#include <errno.h>
#include <stddef.h>

#include "text/count.h"

#define BILLION 1000000000u

struct number {
    uint64_t whole;
    uint64_t billionths; /* rounded up */
    bool fraction;       /* there was a decimal point */
    bool overflow;       /* whole is too large to be told */
};

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
};

static const struct unit size_units[] = {
    {"", 1},           {"b", 1},         {"k", 1u << 10},   {"kb", 1u << 10},
    {"kib", 1u << 10}, {"m", 1u << 20},  {"mb", 1u << 20},  {"mib", 1u << 20},
    {"g", 1u << 30},   {"gb", 1u << 30}, {"gib", 1u << 30},
};

static size_t read_digits(struct text *text, struct number *number)
{
    size_t n = 0;
    for (; n < text->len && text_is_digit(text->at[n]); n++) {
        uint64_t digit = (uint64_t)(text->at[n] - '0');
        if (__builtin_mul_overflow(number->whole, 10u, &number->whole) ||
            __builtin_add_overflow(number->whole, digit, &number->whole))
            number->overflow = true;
    }
    *text = text_skip(*text, n);
    return n;
}

static size_t read_fraction(struct text *text, struct number *number)
{
    size_t n = 0;
    uint64_t scale = BILLION;
    bool more = false;
    for (; n < text->len && text_is_digit(text->at[n]); n++) {
        uint64_t digit = (uint64_t)(text->at[n] - '0');
        scale /= 10;
        number->billionths += digit * scale;
        more = more || (scale == 0 && digit != 0);
    }
    number->billionths += more ? 1 : 0;
    *text = text_skip(*text, n);
    return n;
}

/* Reads the number in front of *text and leaves the unit there. False when there is none. */
static bool read_number(struct text *text, struct number *ret)
{
    *ret = (struct number){0};
    *text = text_trim(*text);
    size_t digits = read_digits(text, ret);
    if (text->len && text->at[0] == '.') {
        ret->fraction = true;
        *text = text_skip(*text, 1);
        digits += read_fraction(text, ret);
    }
    *text = text_trim(*text);
    return digits > 0;
}

static const struct unit *find_unit(struct text name, const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equals_nocase(name, units[i].name))
            return &units[i];
    return NULL;
}

int units_duration(struct text text, int64_t *ret_ms)
{
    struct number number;
    uint64_t ms;
    if (!read_number(&text, &number))
        return -EINVAL;
    const struct unit *unit = find_unit(text, duration_units, COUNT(duration_units));
    if (!unit)
        return -EINVAL;
    uint64_t part = (number.billionths * unit->factor + BILLION - 1) / BILLION;
    if (number.overflow || __builtin_mul_overflow(number.whole, unit->factor, &ms) ||
        __builtin_add_overflow(ms, part, &ms) || ms > INT64_MAX)
        return -ERANGE;
    *ret_ms = (int64_t)ms;
    return 0;
}

int units_size(struct text text, uint64_t *ret_bytes)
{
    struct number number;
    uint64_t bytes;
    if (!read_number(&text, &number) || number.fraction)
        return -EINVAL;
    const struct unit *unit = find_unit(text, size_units, COUNT(size_units));
    if (!unit)
        return -EINVAL;
    if (number.overflow || __builtin_mul_overflow(number.whole, unit->factor, &bytes))
        return -ERANGE;
    *ret_bytes = bytes;
    return 0;
}

int units_bool(struct text text, bool *ret)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"yes", true}, {"no", false},  {"true", true}, {"false", false},
        {"on", true},  {"off", false}, {"1", true},    {"0", false},
    };
    text = text_trim(text);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equals_nocase(text, words[i].word)) {
            *ret = words[i].value;
            return 0;
        }
    }
    return -EINVAL;
}

int units_rate(struct text text, struct rate *ret)
{
    struct number number;
    if (!read_number(&text, &number) || number.fraction || text.len == 0 || text.at[0] != '/')
        return -EINVAL;
    struct text name = text_trim(text_skip(text, 1));
    const struct unit *unit = find_unit(name, duration_units, COUNT(duration_units));
    if (!unit || name.len != 1) /* ms is no time for a limit, and "" none at all */
        return -EINVAL;
    if (number.overflow || number.whole < 1 || number.whole > RATE_COUNT_MAX)
        return -ERANGE;
    *ret = (struct rate){(int64_t)number.whole, (int64_t)unit->factor};
    return 0;
}
