/*
 * Who says it where, as generally known in 2026-11: Retry-After: OpenAI, Groq, Anthropic, Azure. In
 * the body: wait_words.c and Google's RetryInfo, both read by provider_error.c. By its limits
 * alone: Cerebras, OpenRouter.
 */
#include "failure/named_wait.h"

#include "failure/wait_words.h"
#include "http/retry_after.h"
#include "text/count.h"

/* Limits that are told with every answer: what is left, and when all of it is there again. */
static const struct limit {
    const char *left, *anew;
} limits[] = {
    {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
    {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
    {"x-ratelimit-remaining-requests-minute", "x-ratelimit-reset-requests-minute"},
    {"x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute"},
    {"x-ratelimit-remaining-requests-hour", "x-ratelimit-reset-requests-hour"},
    {"x-ratelimit-remaining-tokens-hour", "x-ratelimit-reset-tokens-hour"},
    {"x-ratelimit-remaining-requests-day", "x-ratelimit-reset-requests-day"},
    {"x-ratelimit-remaining-tokens-day", "x-ratelimit-reset-tokens-day"},
    {"x-ratelimit-remaining", "x-ratelimit-reset"},
};

/* Numbers from here on are instants since 1970, in seconds and in ms. */
#define EPOCH_S  1e9
#define EPOCH_MS 1e12

static bool is_nothing(struct text value)
{
    int64_t number;
    value = text_trim(value);
    if (text_starts(value, "-"))
        return true;
    return value.len > 0 && text_digits(value, &number) == value.len && number == 0;
}

/* A duration, a number of seconds, or an instant; -1 where it is none of them, or over. */
static int64_t until_anew(struct text value, int64_t wall_s)
{
    struct text rest = text_trim(value);
    double number;
    int64_t ms = wait_words_duration(rest);
    if (ms >= 0)
        return ms;
    if (!wait_words_take_number(&rest, &number) || rest.len > 0)
        return -1;
    if (number >= EPOCH_S)
        number = (number >= EPOCH_MS ? number / 1e3 : number) - (double)wall_s;
    return number >= 0 ? wait_words_round_up(number * 1e3) : -1;
}

static int64_t by_limits(named_wait_field *field, const void *answer, int64_t wall_s)
{
    int64_t latest = -1;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct text left = field(answer, limits[i].left);
        struct text anew = field(answer, limits[i].anew);
        int64_t ms = left.at && anew.at && is_nothing(left) ? until_anew(anew, wall_s) : -1;
        latest = ms > latest ? ms : latest;
    }
    return latest;
}

int64_t named_wait(enum failure failure, const struct provider_error *error,
                   named_wait_field *field, const void *answer, int64_t wall_s)
{
    int64_t ms =
        retry_after_parse(field(answer, "retry-after-ms"), field(answer, "retry-after"), wall_s);
    if (ms >= 0)
        return ms;
    bool limited = failure == FAILURE_RATE_LIMIT;
    if (error->wait_ms > 0 && (limited || failure == FAILURE_SERVER))
        return error->wait_ms;
    return limited ? by_limits(field, answer, wall_s) : -1;
}
