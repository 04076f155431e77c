/*
 * Two places: `waiting` takes the spans as they come, `sent` is the request under way, which is
 * kept until the collector has judged it. The collector's worst hour costs both, and no more.
 */
#include "trace/exporter.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/owner.h"
#include "base/shared_config.h"
#include "call/upstream.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/metrics.h"
#include "trace/collector.h"

/* A batch is sent so long after its first span, or with so many. */
#define BATCH_MS    1000
#define BATCH_SPANS 100

/* As the SDKs have it (OTEL_EXPORTER_OTLP_TIMEOUT); at the end there is less time. */
#define LIMIT_MS       10000
#define DRAIN_LIMIT_MS 2000
#define CONNECT_MS     5000

/* What a request has around its spans, and what is read of an answer. */
#define AROUND_MAX 4096
#define ANSWER_MAX (64u << 10)
#define URL_MAX    (1u << 20)

struct batch {
    struct buf text;
    size_t spans; /* 0 = there is none */
};

struct exporter {
    struct upstream *upstream;
    struct shared_config *const *now;
    struct batch waiting; /* spans, separated by commas */
    struct batch sent;    /* the whole body */
    struct upstream_call *call;
    struct buf url, headers, answer;
    struct loop_timer due;   /* to send, also once more */
    struct loop_timer limit; /* of the call */
    int failures;            /* one after the other */
    bool draining;
};

/* Of all workers: it was told that the collector takes none, and is not told again until it does.
 */
static atomic_bool trouble_told;

static struct loop *loop_of(const struct exporter *exporter)
{
    return upstream_loop(exporter->upstream);
}

static const char *collector_of(const struct exporter *exporter)
{
    return (*exporter->now)->config->log.otlp;
}

static void count_lost(size_t spans)
{
    if (spans > 0)
        metrics_add(METRIC_OTLP_DROPPED, NULL, spans);
}

static void batch_lose(struct batch *batch)
{
    count_lost(batch->spans);
    buf_reset(&batch->text);
    batch->spans = 0;
}

static void lose_all(struct exporter *exporter)
{
    batch_lose(&exporter->sent);
    batch_lose(&exporter->waiting);
}

/* It may have gone with the last settings. */
static bool may_send(const struct exporter *exporter)
{
    const char *otlp = collector_of(exporter);
    return otlp && (collector_is_local(otlp) || !local_switch_is_on());
}

/* ---- what is told */

static void tell_trouble(const struct exporter *exporter, int status, const char *detail)
{
    if (atomic_exchange(&trouble_told, true))
        return;
    const char *otlp = collector_of(exporter);
    log_warning("otlp",
                LOG_STR("message", "the collector takes no spans: they wait, and are lost when too "
                                   "many do or when it refuses them"),
                log_field_text("collector", collector_origin(otlp ? otlp : "")),
                LOG_KNOWN("status", status > 0 ? status : -1),
                LOG_STR("error", detail[0] ? detail : NULL));
}

static void tell_back(void)
{
    if (atomic_load(&trouble_told) && atomic_exchange(&trouble_told, false))
        log_info("otlp", LOG_STR("message", "the collector takes spans again"),
                 LOG_INT("dropped", metrics_value(METRIC_OTLP_DROPPED, NULL)));
}

/* ---- one request */

static void exporter_schedule(struct exporter *exporter)
{
    int64_t now_ms = loop_now_ms(loop_of(exporter));
    bool full = exporter->waiting.spans >= BATCH_SPANS || exporter->draining;
    if (exporter->call || exporter->sent.spans > 0 || exporter->waiting.spans == 0)
        return;
    if (full || !loop_timer_is_set(&exporter->due))
        loop_timer_set(loop_of(exporter), &exporter->due, full ? now_ms : now_ms + BATCH_MS);
}

static void on_head(void *arg)
{
    (void)arg;
}

static enum upstream_take on_body(void *arg, struct text bytes)
{
    struct exporter *exporter = arg;
    return buf_append_text(&exporter->answer, bytes) < 0 ? UPSTREAM_STOP : UPSTREAM_TAKEN;
}

static void put_down_call(struct exporter *exporter)
{
    upstream_stop(exporter->call);
    upstream_release(exporter->call);
    exporter->call = NULL;
    loop_timer_cancel(loop_of(exporter), &exporter->limit);
}

static void exporter_took(struct exporter *exporter, int64_t rejected)
{
    size_t sent = exporter->sent.spans;
    count_lost((size_t)rejected < sent ? (size_t)rejected : sent);
    exporter->sent.spans = 0;
    exporter->failures = 0;
    tell_back();
}

/* Where no answer came the first time, that is not told and it is sent again at once: a connection
 * that was kept may have been at its end, and the next call opens one. */
static void exporter_failed(struct exporter *exporter, const struct collector_answer *answer,
                            int status, const char *detail)
{
    bool refused = answer->verdict == COLLECTOR_REFUSED;
    exporter->failures++;
    if (status > 0 || exporter->failures > 1 || exporter->draining)
        tell_trouble(exporter, status, detail);
    if (refused || exporter->draining)
        batch_lose(&exporter->sent);
    if (exporter->draining)
        batch_lose(&exporter->waiting);
    if (exporter->sent.spans == 0)
        return;
    int64_t wait_ms =
        collector_backoff_ms(exporter->failures + (status > 0 ? 1 : 0), clock_random_unit());
    if (answer->wait_ms > wait_ms)
        wait_ms = answer->wait_ms;
    loop_timer_set(loop_of(exporter), &exporter->due, loop_now_ms(loop_of(exporter)) + wait_ms);
}

/* A head is an answer, however its body ended. */
static void exporter_judge(struct exporter *exporter, const char *detail)
{
    const struct upstream_head *head = upstream_call_head(exporter->call);
    struct text retry_after;
    if (!upstream_head_get(head, "retry-after", &retry_after))
        retry_after = (struct text){NULL, 0};
    const struct collector_answer answer = collector_judge(
        head->status, retry_after, buf_text(&exporter->answer), clock_wall_ms() / 1000);
    if (answer.verdict == COLLECTOR_TOOK)
        exporter_took(exporter, answer.rejected);
    else
        exporter_failed(exporter, &answer, head->status, detail);
    put_down_call(exporter);
    exporter_schedule(exporter);
}

static void on_end(void *arg, enum transport transport)
{
    struct exporter *exporter = arg;
    exporter_judge(exporter, transport == TRANSPORT_OK ? "" : upstream_call_detail(exporter->call));
}

static void on_limit(struct loop_timer *timer)
{
    struct exporter *exporter = OWNER(timer, struct exporter, limit);
    upstream_doubt(exporter->call);
    exporter_judge(exporter, "no answer in time");
}

static const struct upstream_events events = {.head = on_head, .body = on_body, .end = on_end};

/* What waits becomes the body of a request, where none is left to be sent once more. */
static void take_waiting(struct exporter *exporter)
{
    if (exporter->sent.spans > 0)
        return;
    buf_reset(&exporter->sent.text);
    if (spans_request(buf_text(&exporter->waiting.text), UNDERSTUDY_VERSION, &exporter->sent.text) <
        0) { /* no memory is left */
        batch_lose(&exporter->waiting);
        return;
    }
    exporter->sent.spans = exporter->waiting.spans;
    exporter->waiting.spans = 0;
    buf_reset(&exporter->waiting.text);
}

static void exporter_send(struct exporter *exporter)
{
    struct loop *loop = loop_of(exporter);
    if (!may_send(exporter)) {
        lose_all(exporter);
        return;
    }
    take_waiting(exporter);
    if (exporter->sent.spans == 0)
        return;
    buf_reset(&exporter->url);
    buf_reset(&exporter->answer);
    alloc_must(collector_url(collector_of(exporter), &exporter->url));
    const struct upstream_request request = {
        .method = "POST",
        .url = exporter->url.data,
        .body = buf_text(&exporter->sent.text),
        .own_connection = exporter->failures > 0,
        .headers = &exporter->headers,
        .way = {.connect_timeout_ms = CONNECT_MS},
        .events = &events,
        .arg = exporter,
    };
    exporter->call = upstream_start(exporter->upstream, &request);
    loop_timer_set(loop, &exporter->limit,
                   loop_now_ms(loop) + (exporter->draining ? DRAIN_LIMIT_MS : LIMIT_MS));
}

static void on_due(struct loop_timer *timer)
{
    struct exporter *exporter = OWNER(timer, struct exporter, due);
    if (!exporter->call)
        exporter_send(exporter);
}

/* ---- what its owner does */

void exporter_add(struct exporter *exporter, const struct spans_exchange *exchange)
{
    struct buf *text = &exporter->waiting.text;
    size_t spans = spans_count(exchange), before = text->len;
    bool fits = may_send(exporter) && exporter->waiting.spans + spans <= EXPORTER_SPANS_MAX;
    if (!fits || spans_write(exchange, text) < 0) {
        if (fits)
            buf_cut(text, before);
        count_lost(spans);
        return;
    }
    exporter->waiting.spans += spans;
    exporter_schedule(exporter);
}

void exporter_configure(struct exporter *exporter)
{
    if (!collector_of(exporter))
        atomic_store(&trouble_told, false);
    exporter->failures = 0;
    if (exporter->sent.spans > 0 && !exporter->call)
        loop_timer_set(loop_of(exporter), &exporter->due, loop_now_ms(loop_of(exporter)));
}

bool exporter_drain(struct exporter *exporter)
{
    struct loop *loop = loop_of(exporter);
    if (!exporter->draining) {
        exporter->draining = true;
        if (exporter->call)
            loop_timer_set(loop, &exporter->limit, loop_now_ms(loop) + DRAIN_LIMIT_MS);
        else
            exporter_send(exporter);
    }
    return !exporter->call && exporter->sent.spans == 0 && exporter->waiting.spans == 0;
}

struct exporter *exporter_new(struct upstream *upstream, struct shared_config *const *now)
{
    struct exporter *exporter = xcalloc(1, sizeof(*exporter));
    exporter->upstream = upstream;
    exporter->now = now;
    exporter->due.due = on_due;
    exporter->limit.due = on_limit;
    buf_init(&exporter->waiting.text, EXPORTER_BYTES_MAX);
    buf_init(&exporter->sent.text, EXPORTER_BYTES_MAX + AROUND_MAX);
    buf_init(&exporter->url, URL_MAX);
    buf_init(&exporter->headers, AROUND_MAX);
    buf_init(&exporter->answer, ANSWER_MAX);
    static const char fields[] = "Content-Type: application/json\0Accept: application/json";
    alloc_must(buf_append(&exporter->headers, fields, sizeof(fields)));
    return exporter;
}

void exporter_free(struct exporter *exporter)
{
    if (!exporter)
        return;
    size_t left = exporter->waiting.spans + exporter->sent.spans;
    if (left > 0)
        log_warning("otlp", LOG_STR("message", "spans were not sent"),
                    LOG_INT("lost", (int64_t)left));
    lose_all(exporter);
    if (exporter->call)
        put_down_call(exporter);
    loop_timer_cancel(loop_of(exporter), &exporter->due);
    buf_done(&exporter->waiting.text);
    buf_done(&exporter->sent.text);
    buf_done(&exporter->url);
    buf_done(&exporter->headers);
    buf_done(&exporter->answer);
    free(exporter);
}
