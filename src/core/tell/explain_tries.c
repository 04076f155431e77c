/*
 * Asks the functions that decide in the same order as an exchange does: breaker, attempt, budget,
 * retry_decide. Chance is asked at both its ends, and the longest wait passes.
 */
#include <stdarg.h>
#include <stdio.h>

#include "rules/keyring.h"
#include "rules/latency.h"
#include "rules/not_running.h"
#include "tell/explain_settings.h"
#include "tell/explain_story.h"

#define SAID_MAX 1000

void explain_say(struct explain_story *story, const char *format, ...)
{
    char line[SAID_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (story->r == 0)
        story->r = buf_append_string(story->out, line);
}

static int name_width(const struct explain_story *story)
{
    size_t width = 0;
    for (size_t i = 0; i < story->route.count; i++) {
        size_t len = strlen(story->route.step[i].provider->name);
        width = len > width ? len : width;
    }
    return (int)width;
}

void explain_say_name(struct explain_story *story, const char *name)
{
    explain_say(story, "  %-*s  ", name_width(story), name);
}

size_t explain_usable(const struct explain_story *story, size_t step)
{
    while (step < story->route.count && story->route.step[step].skip != ROUTE_SKIP_NONE)
        step++;
    return step;
}

static int usable_after(const struct explain_story *story, size_t step)
{
    int count = 0;
    for (size_t i = step + 1; i < story->route.count; i++)
        count += story->route.step[i].skip == ROUTE_SKIP_NONE ? 1 : 0;
    return count;
}

static int64_t share_end_ms(const struct explain_story *story, size_t step)
{
    return retry_share_end_ms(0, story->config->route.deadline_ms, usable_after(story, step));
}

/* How long an attempt that ends in this way takes, were there no deadline. */
static int64_t limit_of(enum transport transport, const struct config_provider *provider,
                        bool stream)
{
    switch (transport) {
    case TRANSPORT_CONNECT_TIMEOUT:
        return provider->connect_timeout_ms;
    case TRANSPORT_FIRST_BYTE_TIMEOUT:
        return stream ? provider->first_byte_timeout_stream_ms
                      : provider->first_byte_timeout_whole_ms;
    case TRANSPORT_IDLE_TIMEOUT:
        return provider->idle_timeout_ms;
    case TRANSPORT_DEADLINE:
        return INT64_MAX;
    case TRANSPORT_OK:
    case TRANSPORT_DNS:
    case TRANSPORT_CONNECT:
    case TRANSPORT_PROXY:
    case TRANSPORT_PROXY_AUTH:
    case TRANSPORT_TLS:
    case TRANSPORT_CERTIFICATE:
    case TRANSPORT_SEND:
    case TRANSPORT_RESET:
    case TRANSPORT_MALFORMED:
    case TRANSPORT_TRUNCATED:
    case TRANSPORT_TOO_LARGE:
    case TRANSPORT_INTERNAL:
    case TRANSPORT_NO_DESCRIPTOR:
        break;
    }
    return 0;
}

/* The attempt, and the time that it takes. */
static struct attempt_result try_once(struct explain_story *story,
                                      const struct config_provider *provider, int64_t end_ms,
                                      int64_t *ret_took_ms)
{
    struct attempt_result result = story->what.result;
    int64_t left_ms = end_ms - story->now_ms;
    *ret_took_ms = limit_of(result.transport, provider, story->stream);
    if (*ret_took_ms >= left_ms) {
        *ret_took_ms = left_ms;
        result.transport = TRANSPORT_DEADLINE;
        result.failure = transport_failure(TRANSPORT_DEADLINE);
        result.processed = transport_processed(TRANSPORT_DEADLINE);
    }
    struct error why = ERROR_NONE;
    result.not_running =
        not_running(provider, result.transport, &why) && config_provider_is_own(provider);
    story->now_ms += *ret_took_ms;
    struct breaker_pass pass = breaker_allow(&story->breaker, story->now_ms);
    breaker_ended(&story->breaker, pass, result.failure, story->now_ms);
    return result;
}

/* Once: from then on it is under way. */
static void tell_hedge(struct explain_story *story, size_t step, int64_t took_ms)
{
    const struct latency_hedge hedge = {.setting_ms =
                                            latency_hedge_setting(story->config, (struct text){0}),
                                        .stream = story->stream};
    int64_t after_ms = latency_hedge_ms(&hedge);
    char after[EXPLAIN_DURATION_MAX];
    bool told = (story->decides & EXPLAIN_BIT(HEDGE_AFTER)) != 0;
    if (told || after_ms < 0 || after_ms >= took_ms || usable_after(story, step) == 0)
        return;
    size_t next = explain_usable(story, step + 1);
    story->decides |= EXPLAIN_BIT(HEDGE_AFTER);
    explain_say_name(story, "");
    explain_say(
        story, "meanwhile, after %s without content, %s starts too; the first with content wins\n",
        explain_duration(after_ms, after, sizeof(after)), story->route.step[next].provider->name);
}

static void tell_wait(struct explain_story *story, int64_t shortest_ms, int64_t longest_ms)
{
    char shortest[EXPLAIN_DURATION_MAX], longest[EXPLAIN_DURATION_MAX];
    explain_duration(shortest_ms, shortest, sizeof(shortest));
    explain_duration(longest_ms, longest, sizeof(longest));
    if (shortest_ms == longest_ms)
        explain_say(story, "waits %s", longest);
    else
        explain_say(story, "waits %s to %s", shortest, longest);
}

static void tell_try(struct explain_story *story, int number, const struct attempt_result *result,
                     int64_t took_ms)
{
    char took[EXPLAIN_DURATION_MAX];
    explain_duration(took_ms, took, sizeof(took));
    explain_say(story, "try %d ", number);
    if (result->transport == TRANSPORT_DEADLINE)
        explain_say(story, "is given up after %s, its share of the deadline: ", took);
    else if (took_ms > 0)
        explain_say(story, "fails after %s: ", took);
    else
        explain_say(story, "fails: ");
}

static struct retry_situation situation_of(const struct explain_story *story, size_t step,
                                           int tries)
{
    const struct config_provider *provider = story->route.step[step].provider;
    return (struct retry_situation){
        .tries = tries,
        .now_ms = story->now_ms,
        .provider_end_ms = share_end_ms(story, step),
        .has_next = step + 1 < story->route.count,
        .alone = usable_after(story, step) == 0,
        .breaker_open = breaker_state(&story->breaker, story->now_ms) == BREAKER_OPEN,
        .budget_empty =
            !budget_retry_allowed(&story->budget, provider->retry.budget, story->now_ms),
    };
}

/* For how long that refusal sets a key aside: "for 10m", "until a reload". */
static const char *aside(const struct attempt_result *result, char *ret, size_t size)
{
    char duration[EXPLAIN_DURATION_MAX];
    int64_t aside_ms = keyring_aside_ms(result->failure, result->retry_after_ms);
    if (aside_ms == KEYRING_RELOAD)
        return "until a reload";
    (void)snprintf(ret, size, "for %s", explain_duration(aside_ms, duration, sizeof(duration)));
    return ret;
}

/* All keys but the last are refused one after the other. */
static void tell_keys(struct explain_story *story, const struct config_provider *provider)
{
    char text[EXPLAIN_DURATION_MAX + 8];
    const struct attempt_result *result = &story->what.result;
    size_t count = keyring_refuses(result) ? provider->api_keys.count : 0;
    for (size_t i = 1; i < count; i++) {
        explain_say_name(story, i == 1 ? provider->name : "");
        explain_say(story, "key %zu is set aside %s, key %zu is asked with at once\n", i,
                    aside(result, text, sizeof(text)), i + 1);
    }
}

/* The last one is waited for as if it were alone, and then set aside, too. */
static void tell_last_key(struct explain_story *story, const struct config_provider *provider)
{
    char text[EXPLAIN_DURATION_MAX + 8];
    size_t count = keyring_refuses(&story->what.result) ? provider->api_keys.count : 0;
    if (count < 2)
        return;
    explain_say_name(story, "");
    explain_say(story, "key %zu is set aside %s: until one is back it is skipped (%s)\n", count,
                aside(&story->what.result, text, sizeof(text)), route_skip_word(ROUTE_SKIP_KEYS));
}

enum retry_verdict explain_tries(struct explain_story *story, size_t step)
{
    const struct config_provider *provider = story->route.step[step].provider;
    bool several = provider->api_keys.count > 1 && keyring_refuses(&story->what.result);
    tell_keys(story, provider);
    const failure_set fallback_on = story->config->route.fallback_on;
    for (int tries = 1;; tries++) {
        int64_t took_ms;
        struct attempt_result result =
            try_once(story, provider, share_end_ms(story, step), &took_ms);
        struct retry_situation situation = situation_of(story, step, tries);
        struct retry_decision longest =
            retry_decide(&provider->retry, fallback_on, &result, &situation);
        situation.random = 1;
        struct retry_decision shortest =
            retry_decide(&provider->retry, fallback_on, &result, &situation);
        explain_say_name(story, tries == 1 && !several ? provider->name : "");
        tell_try(story, tries, &result, took_ms);
        if (longest.verdict != RETRY_AGAIN) {
            explain_say(story, "%s\n", retry_reason_sentence(longest.reason));
            tell_hedge(story, step, took_ms);
            tell_last_key(story, provider);
            return longest.verdict;
        }
        tell_wait(story, shortest.wait_ms, longest.wait_ms);
        explain_say(story, " (%s)\n", retry_reason_sentence(longest.reason));
        tell_hedge(story, step, took_ms);
        budget_retry(&story->budget, story->now_ms);
        story->now_ms += longest.wait_ms;
    }
}
