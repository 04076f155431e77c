/*
 * Who says it how, as generally known in 2026-11: OpenAI and Groq ("Please try again in 7.66s"),
 * Azure ("Please retry after 6 seconds"), Moonshot ("please try again after 1 seconds"), Gemini
 * ("Please retry in 34.07s"), GitHub Models ("Please wait 43 seconds").
 */
#include "failure/wait_words.h"

#include "http/retry_after.h"
#include "text/count.h"

static const struct unit {
    const char *word;
    double ms;
} units[] = {
    {"ms", 1},        {"millisecond", 1}, {"milliseconds", 1}, {"s", 1e3},    {"sec", 1e3},
    {"secs", 1e3},    {"second", 1e3},    {"seconds", 1e3},    {"m", 6e4},    {"min", 6e4},
    {"mins", 6e4},    {"minute", 6e4},    {"minutes", 6e4},    {"h", 3.6e6},  {"hr", 3.6e6},
    {"hrs", 3.6e6},   {"hour", 3.6e6},    {"hours", 3.6e6},    {"d", 8.64e7}, {"day", 8.64e7},
    {"days", 8.64e7},
};

/* A duration stands behind it. */
static const char *const phrases[] = {
    "try again in ", "try again after ", "retry in ",  "retry after ",
    "please wait ",  "reset after ",     "resets in ",
};

int64_t wait_words_round_up(double ms)
{
    if (ms >= (double)RETRY_AFTER_MAX_MS)
        return RETRY_AFTER_MAX_MS;
    int64_t whole = (int64_t)ms;
    return whole + (ms > (double)whole + 1e-6 ? 1 : 0);
}

/* Digits with a point among them or not, off the front. */
bool wait_words_take_number(struct text *text, double *ret)
{
    int64_t whole;
    size_t n = text_digits(*text, &whole);
    if (n == 0)
        return false;
    *ret = whole < 0 ? (double)RETRY_AFTER_MAX_MS : (double)whole;
    *text = text_skip(*text, n);
    if (text->len < 2 || text->at[0] != '.' || !text_is_digit(text->at[1]))
        return true;
    double scale = 0.1;
    *text = text_skip(*text, 1);
    while (text->len > 0 && text_is_digit(text->at[0])) {
        *ret += (text->at[0] - '0') * scale;
        scale /= 10;
        *text = text_skip(*text, 1);
    }
    return true;
}

static const struct unit *take_unit(struct text *text)
{
    size_t len = 0;
    while (len < text->len && text_is_letter(text->at[len]))
        len++;
    for (size_t i = 0; i < COUNT(units); i++) {
        if (!text_equals_nocase(text_cut(*text, len), units[i].word))
            continue;
        *text = text_skip(*text, len);
        return &units[i];
    }
    return NULL;
}

/* What people write between two parts of one duration, off the front: "5 minutes, and 30 seconds".
 */
static struct text skip_joiner(struct text text)
{
    text = text_trim(text);
    if (text_starts(text, ","))
        text = text_trim(text_skip(text, 1));
    return text_starts_nocase(text, "and ") ? text_trim(text_skip(text, 4)) : text;
}

/* A part counts only where its unit is smaller than that of the one before: what follows may be
 * another duration. */
int64_t wait_words_duration(struct text text)
{
    double number, ms = 0, smallest = 0;
    const struct unit *unit;
    for (struct text rest = text; wait_words_take_number(&rest, &number);
         rest = skip_joiner(rest)) {
        rest = text_trim(rest);
        unit = take_unit(&rest);
        if (!unit || (smallest > 0 && unit->ms >= smallest))
            break;
        ms += number * unit->ms;
        smallest = unit->ms;
    }
    return smallest > 0 ? wait_words_round_up(ms) : -1;
}

int64_t wait_words_read(struct text words)
{
    for (; words.len > 0; words = text_skip(words, 1)) {
        for (size_t i = 0; i < COUNT(phrases); i++) {
            if (!text_starts_nocase(words, phrases[i]))
                continue;
            int64_t ms = wait_words_duration(text_skip(words, strlen(phrases[i])));
            if (ms > 0)
                return ms;
        }
    }
    return 0;
}
