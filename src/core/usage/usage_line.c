/*
 * By spans, without a tree: files have millions of lines. Members that are not asked for here may
 * be anything.
 */
#include "usage/usage_line.h"

#include <errno.h>

#include "http/http_date.h"
#include "json/jsonspan.h"
#include "text/count.h"

/* In about the order in which they are written, so that the search ends early. */
enum member { TIME, PROVIDER, MODEL, CLIENT, FALLBACK, PROMPT, COMPLETION, CACHED, TTFT };

static const struct jsonspan_wanted members[] = {
    [TIME] = {"time", {0}},
    [PROVIDER] = {"provider", {0}},
    [MODEL] = {"model", {0}},
    [CLIENT] = {"client", {0}},
    [FALLBACK] = {"fallback", {0}},
    [PROMPT] = {"prompt_tokens", {0}},
    [COMPLETION] = {"completion_tokens", {0}},
    [CACHED] = {"cached_tokens", {0}},
    [TTFT] = {"ttft_ms", {0}},
};

struct reading {
    struct jsonspan_wanted at[COUNT(members)];
    struct buf *scratch;
    struct error *reterr;
    int r; /* the first error */
};

static void wrong(struct reading *reading, enum member member, const char *what)
{
    if (reading->r == 0)
        error_set(reading->reterr, "%s is not %s", members[member].name, what);
    reading->r = reading->r ? reading->r : -EINVAL;
}

static bool is_told(struct text value)
{
    return value.at && jsonspan_type(value) != JSONSPAN_NULL;
}

/* Without its quotes; only one with escapes costs a copy. */
static struct text read_name(struct reading *reading, enum member member)
{
    struct text value = reading->at[member].value;
    if (!is_told(value))
        return (struct text){"", 0};
    if (jsonspan_type(value) != JSONSPAN_STRING) {
        wrong(reading, member, "a string");
        return (struct text){"", 0};
    }
    if (!memchr(value.at, '\\', value.len))
        return text_make(value.at + 1, value.len - 2);
    size_t from = reading->scratch->len;
    int r = jsonspan_decode(value, reading->scratch);
    reading->r = reading->r ? reading->r : r;
    return r < 0 ? (struct text){"", 0} : text_skip(buf_text(reading->scratch), from);
}

static int64_t read_number(struct reading *reading, enum member member, int64_t unknown)
{
    struct text value = reading->at[member].value;
    int64_t number = unknown;
    if (is_told(value) && (!jsonspan_whole(value, &number) || number < 0))
        wrong(reading, member, "a whole number");
    return number > JSONSPAN_COUNT_MAX ? unknown : number;
}

static int64_t read_time(struct reading *reading)
{
    struct text value = reading->at[TIME].value;
    int64_t time_s = -1;
    if (!value.at)
        wrong(reading, TIME, "there");
    else if (jsonspan_type(value) != JSONSPAN_STRING ||
             !http_date_parse_rfc3339(text_make(value.at + 1, value.len - 2), &time_s) ||
             time_s < 0)
        wrong(reading, TIME, "a time such as 2026-11-29T12:00:00Z");
    return time_s;
}

int usage_line_read(struct text line, struct buf *scratch, struct usage_line *ret,
                    struct error *reterr)
{
    struct reading reading = {.scratch = scratch, .reterr = reterr};
    if (jsonspan_check(line, reterr) < 0)
        return -EINVAL;
    if (jsonspan_type(line) != JSONSPAN_OBJECT) {
        error_set(reterr, "it is no JSON object");
        return -EINVAL;
    }
    /* Room for all names at once, which are no longer without their escapes: none moves. */
    buf_reset(scratch);
    if (memchr(line.at, '\\', line.len))
        reading.r = buf_append_text(scratch, line);
    buf_reset(scratch);
    memcpy(reading.at, members, sizeof(members));
    jsonspan_pick(line, reading.at, COUNT(members));
    if (!reading.at[TIME].value.at)
        (void)jsonspan_get(line, "ts", &reading.at[TIME].value);
    ret->time_s = read_time(&reading);
    ret->key[USAGE_DAY] = (struct text){"", 0};
    ret->key[USAGE_PROVIDER] = read_name(&reading, PROVIDER);
    ret->key[USAGE_MODEL] = read_name(&reading, MODEL);
    ret->key[USAGE_CLIENT] = read_name(&reading, CLIENT);
    ret->ttft_ms = read_number(&reading, TTFT, -1);
    struct text fallback = reading.at[FALLBACK].value;
    bool fell_back = fallback.len > 2 && jsonspan_type(fallback) == JSONSPAN_STRING;
    const int64_t adds[] = {
        [USAGE_REQUESTS] = 1,
        [USAGE_FALLBACKS] = fell_back,
        [USAGE_PROMPT_TOKENS] = read_number(&reading, PROMPT, 0),
        [USAGE_COMPLETION_TOKENS] = read_number(&reading, COMPLETION, 0),
        [USAGE_CACHED_TOKENS] = read_number(&reading, CACHED, 0),
    };
    memcpy(ret->adds, adds, sizeof(adds));
    return reading.r;
}
