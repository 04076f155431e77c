/* The x-understudy-* request headers: one reader for each, in a table. */
#include <errno.h>

#include "http/headers.h"
#include "text/count.h"
#include "text/suggest.h"
#include "text/units.h"

#define ATTEMPTS_MAX    10
#define DEADLINE_MAX_MS (INT64_C(60) * 60 * 1000)

/* Each reader: false when the value is not allowed. */
static bool read_fallback(struct steering *steering, struct text value)
{
    bool fallback = true;
    if (units_bool(value, &fallback) < 0)
        return false;
    steering->no_fallback = !fallback;
    return true;
}

static bool read_attempts(struct steering *steering, struct text value)
{
    int64_t attempts;
    if (text_digits(value, &attempts) < value.len || attempts < 1 || attempts > ATTEMPTS_MAX)
        return false;
    steering->attempts = (int)attempts;
    return true;
}

static bool read_deadline(struct steering *steering, struct text value)
{
    return units_duration(value, &steering->deadline_ms) == 0 && steering->deadline_ms > 0 &&
           steering->deadline_ms <= DEADLINE_MAX_MS;
}

static bool is_provider_name(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char lower = text_lower(name.at[i]);
        if (!text_is_digit(lower) && (lower < 'a' || lower > 'z') && lower != '_' && lower != '-')
            return false;
    }
    return name.len > 0;
}

static bool read_route(struct steering *steering, struct text value)
{
    struct text left = value;
    for (;;) {
        const char *comma = left.len ? memchr(left.at, ',', left.len) : NULL;
        size_t len = comma ? (size_t)(comma - left.at) : left.len;
        if (!is_provider_name(text_trim(text_make(left.at, len))))
            return false;
        if (!comma)
            break;
        left = text_skip(left, len + 1);
    }
    steering->route = value;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct steering *steering, struct text value);
    const char *allowed;
} headers[] = {
    {"x-understudy-fallback", read_fallback, "yes or no"},
    {"x-understudy-attempts", read_attempts, "a number from 1 to 10"},
    {"x-understudy-deadline", read_deadline, UNITS_DURATION_FORM ", above 0 and at most 1h"},
    {"x-understudy-route", read_route, "a comma list of provider names"},
};

int steering_read(struct steering *steering, struct text name, struct text value,
                  struct error *reterr)
{
    for (size_t i = 0; i < COUNT(headers); i++) {
        if (!header_name_is(name, headers[i].name))
            continue;
        if (steering->seen & 1u << i) {
            error_set(reterr, "the header %s is in the request twice: send it once",
                      headers[i].name);
            return -EINVAL;
        }
        steering->seen |= 1u << i;
        if (headers[i].read(steering, text_trim(value)))
            return 0;
        error_set(reterr, "the header %s must be %s", headers[i].name, headers[i].allowed);
        return -EINVAL;
    }
    return 0;
}

/* Which tools a request asks for is read in the room of tools. */
bool steering_is_unknown(struct text name, const char **ret_nearest)
{
    static const char ours[] = "x-understudy-";
    if (!header_name_is(text_cut(name, strlen(ours)), ours) || header_name_is(name, HEADER_TOOLS))
        return false;
    struct suggest suggest = suggest_for(name);
    suggest_offer(&suggest, HEADER_TOOLS);
    for (size_t i = 0; i < COUNT(headers); i++) {
        if (header_name_is(name, headers[i].name))
            return false;
        suggest_offer(&suggest, headers[i].name);
    }
    *ret_nearest = suggest.best;
    return true;
}
