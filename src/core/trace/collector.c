/* See collector.h. */
#include "trace/collector.h"

#include <stdlib.h>

#include "http/host.h"
#include "http/retry_after.h"
#include "http/url.h"
#include "json/jsonspan.h"

#define PATH "/v1/traces"

#define FIRST_WAIT_MS 1000
#define LAST_WAIT_MS  30000

/* The setting was checked: what cannot be read has no parts. */
static struct url parts_of(const char *otlp)
{
    struct url url = {0};
    struct error why = ERROR_NONE;
    if (url_parse(text_of(otlp), &url, &why) < 0)
        url = (struct url){.origin = text_of(otlp)};
    return url;
}

int collector_url(const char *otlp, struct buf *out)
{
    const struct url url = parts_of(otlp);
    bool bare = url.path.len == 0 || text_equals(url.path, "/");
    if (!bare)
        return buf_append_string(out, otlp);
    int r = buf_printf(out, "%.*s" PATH, TEXT_ARG(url.origin));
    return r < 0 ? r : buf_append_text(out, url.query);
}

bool collector_is_local(const char *otlp)
{
    return host_is_local(parts_of(otlp).host);
}

struct text collector_origin(const char *otlp)
{
    return parts_of(otlp).origin;
}

/* {"partialSuccess":{"rejectedSpans":"3"}}: a string by the rule for 64 bits, a number from some.
 */
static int64_t rejected_of(struct text body)
{
    struct error why = ERROR_NONE;
    struct text partial, count;
    int64_t rejected = 0;
    if (jsonspan_check(body, &why) < 0 || !jsonspan_get(body, "partialSuccess", &partial) ||
        !jsonspan_get(partial, "rejectedSpans", &count))
        return 0;
    if (jsonspan_type(count) == JSONSPAN_STRING)
        count = text_make(count.at + 1, count.len - 2);
    return jsonspan_whole(count, &rejected) && rejected > 0 ? rejected : 0;
}

struct collector_answer collector_judge(int status, struct text retry_after, struct text body,
                                        int64_t wall_s)
{
    const struct text none = {NULL, 0};
    struct collector_answer answer = {.verdict = COLLECTOR_REFUSED, .wait_ms = -1};
    if (status >= 200 && status < 300) {
        answer.verdict = COLLECTOR_TOOK;
        answer.rejected = rejected_of(body);
    } else if (status == 0 || status == 429 || (status >= 502 && status <= 504)) {
        answer.verdict = COLLECTOR_AGAIN;
        answer.wait_ms = retry_after_parse(none, retry_after, wall_s);
        if (answer.wait_ms > COLLECTOR_WAIT_MAX_MS)
            answer.wait_ms = COLLECTOR_WAIT_MAX_MS;
    }
    return answer;
}

int64_t collector_backoff_ms(int failures, double random)
{
    int64_t wait_ms = FIRST_WAIT_MS;
    if (failures <= 1)
        return 0;
    for (int i = 2; i < failures && wait_ms < LAST_WAIT_MS; i++)
        wait_ms *= 2;
    if (wait_ms > LAST_WAIT_MS)
        wait_ms = LAST_WAIT_MS;
    return wait_ms - (int64_t)((double)wait_ms * random / 4);
}
