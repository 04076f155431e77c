/* Numbers are kept as integers in thousandths of their unit; a part that does not fit is rounded
 * up. */
#include "http/retry_after.h"

#include "http/http_date.h"

#define FRACTION_DIGITS 3

static int64_t saturate(int64_t value)
{
    return value < RETRY_AFTER_MAX_MS ? value : RETRY_AFTER_MAX_MS;
}

static size_t read_whole(struct text *text, int64_t *value)
{
    size_t n = text_digits(*text, value);
    if (*value < 0)
        *value = RETRY_AFTER_MAX_MS;
    *text = text_skip(*text, n);
    return n;
}

/* Thousandths, rounded up: 0 to 1000. */
static size_t read_fraction(struct text *text, int64_t *thousandths)
{
    size_t n = 0;
    bool more = false;
    int64_t scale = 100;
    for (; n < text->len && text_is_digit(text->at[n]); n++, scale /= 10) {
        *thousandths += (text->at[n] - '0') * scale;
        more = more || (n >= FRACTION_DIGITS && text->at[n] != '0');
    }
    *thousandths += more ? 1 : 0;
    *text = text_skip(*text, n);
    return n;
}

/* Digits with a point among them or not; nothing else: no sign, no exponent, no list. */
static bool read_thousandths(struct text text, int64_t *ret)
{
    int64_t whole = 0, part = 0;
    text = text_trim(text);
    size_t count = read_whole(&text, &whole);
    if (text.len > 0 && text.at[0] == '.') {
        text = text_skip(text, 1);
        count += read_fraction(&text, &part);
    }
    if (count == 0 || text.len > 0)
        return false;
    if (__builtin_mul_overflow(whole, 1000, ret) || __builtin_add_overflow(*ret, part, ret))
        *ret = INT64_MAX;
    return true;
}

/* A date that is over names no wait. */
static int64_t until(struct text date, int64_t wall_s)
{
    int64_t at_s, ms;
    if (!http_date_parse(date, wall_s, &at_s) || at_s < wall_s)
        return -1;
    return __builtin_mul_overflow(at_s - wall_s, 1000, &ms) ? RETRY_AFTER_MAX_MS : saturate(ms);
}

int64_t retry_after_parse(struct text retry_after_ms, struct text retry_after, int64_t wall_s)
{
    int64_t value;
    if (retry_after_ms.at && read_thousandths(retry_after_ms, &value))
        return saturate(value / 1000 + (value % 1000 ? 1 : 0));
    if (!retry_after.at)
        return -1;
    if (read_thousandths(retry_after, &value))
        return saturate(value);
    return until(retry_after, wall_s);
}
