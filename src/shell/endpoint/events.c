/*
 * A timer looks a few times a second: what has happened since is written once, and copied to each
 * reader. So a burst of exchanges costs the readers no more than a few events a second would.
 */
#include "endpoint/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/owner.h"
#include "endpoint/endpoints.h"
#include "endpoint/status.h"
#include "ledger/recent.h"
#include "record/metrics.h"
#include "serve/inbound.h"
#include "serve/server.h"

#define LOOK_MS     250
#define HURRY_MS    50 /* at the drain */
#define STATE_MS    1000
#define BEAT_MS     15000
#define READERS_MAX 256
/* In one look; of more than that the latest are told. */
#define TOLD_MAX 50
/* What waits for one reader. Who does not take so much gets no more until it has. */
#define WAITING_MAX (512u << 10)
#define PIECE_MAX   ((TOLD_MAX + 1) * EXCHANGE_RECORD_JSON_MAX)
/* At the drain, one that does not read has so long to begin. */
#define LAST_MS 1000

struct reader {
    LIST_LINK(struct reader) among;
    struct events *events;
    struct inbound *inbound;
    struct buf waiting; /* what it has not taken */
    uint64_t lost;
    bool state_lost;
    bool ends; /* it is to come again: by then it may need another token */
};

struct events {
    struct endpoints *at;
    struct loop_timer look;
    struct reader *readers;
    size_t count;
    uint64_t next;    /* number of the first exchange that was not told */
    struct buf state; /* as it was told last */
    int64_t state_at_ms, told_at_ms;
    const struct shared_config *settings; /* in effect at the last look; only compared */
    bool over;                            /* we drain */
    int64_t over_at_ms;
};

/* ---- one reader */

static enum reply_more look_at_events(void *arg, struct text *ret_bytes)
{
    const struct reader *reader = arg;
    *ret_bytes = buf_text(&reader->waiting);
    if (ret_bytes->len > 0)
        return REPLY_BYTES;
    return reader->events->over || reader->ends ? REPLY_END : REPLY_WAIT;
}

static void take_of_events(void *arg, size_t n)
{
    struct reader *reader = arg;
    buf_consume(&reader->waiting, n);
}

static void on_closed(void *arg, bool client_gone)
{
    struct reader *reader = arg;
    struct events *events = reader->events;
    (void)client_gone;
    LIST_TAKE(reader, among);
    if (--events->count == 0)
        loop_timer_cancel(events->at->loop, &events->look);
    buf_done(&reader->waiting);
    free(reader);
}

static bool has_room(const struct reader *reader, size_t len)
{
    return reader->waiting.len == 0 || reader->waiting.len + len <= WAITING_MAX;
}

static void give(struct reader *reader, struct text piece)
{
    if (piece.len == 0)
        return;
    alloc_must(buf_append_text(&reader->waiting, piece));
    inbound_wake(reader->inbound);
}

/* ---- what is told */

static int write_exchange(const struct exchange_record *record, struct buf *out)
{
    int r = buf_printf(out, "id: %s\nevent: exchange\ndata: ", record->id);
    struct jsonwrite w = jsonwrite_to(out);
    if (r == 0)
        exchange_record_write(record, &w, NULL);
    r = r < 0 ? r : w.r;
    return r < 0 ? r : buf_append_string(out, "\n\n");
}

static void write_state(struct buf *out, const struct buf *state)
{
    alloc_must(buf_append_string(out, "event: state\ndata: "));
    alloc_must(buf_append_text(out, buf_text(state)));
    alloc_must(buf_append_string(out, "\n\n"));
}

/* True: it is another one than before. */
static bool look_at_state(struct events *events)
{
    struct buf state;
    buf_init(&state, PIECE_MAX);
    alloc_must(status_write(events->at, NULL, STATUS_EVENT, &state));
    bool same = text_same(buf_text(&state), buf_text(&events->state));
    buf_done(&events->state);
    events->state = state;
    events->state_at_ms = loop_now_ms(events->at->loop);
    return !same;
}

/* What has happened since the last look. */
struct news {
    struct buf exchanges, state; /* empty: none, not another one */
    uint64_t ended;              /* exchanges, */
    uint64_t lost;               /* of which so many are not told to anybody */
};

static void tell_reader(struct reader *reader, const struct news *news)
{
    char lost[64] = "";
    uint64_t count = reader->lost + news->lost;
    if (count > 0)
        (void)snprintf(lost, sizeof(lost), "event: lost\ndata: {\"count\":%" PRIu64 "}\n\n", count);
    if (!has_room(reader, sizeof(lost) + news->exchanges.len + news->state.len)) {
        reader->lost += news->ended;
        reader->state_lost |= news->state.len > 0;
        return;
    }
    reader->lost = 0;
    give(reader, text_of(lost));
    give(reader, buf_text(&news->exchanges));
    give(reader, buf_text(&news->state));
    if (reader->state_lost && news->state.len == 0) {
        struct buf state;
        buf_init(&state, PIECE_MAX);
        write_state(&state, &reader->events->state);
        give(reader, buf_text(&state));
        buf_done(&state);
    }
    reader->state_lost = false;
}

static void tell(struct events *events)
{
    int64_t now_ms = loop_now_ms(events->at->loop);
    uint64_t count = recent_count();
    struct news news = {.ended = count - events->next};
    buf_init(&news.exchanges, PIECE_MAX);
    buf_init(&news.state, PIECE_MAX);
    news.lost = recent_write(events->next, count, TOLD_MAX, write_exchange, &news.exchanges);
    events->next = count;
    if (now_ms >= events->state_at_ms + STATE_MS && look_at_state(events))
        write_state(&news.state, &events->state);
    bool beats = now_ms >= events->told_at_ms + BEAT_MS;
    if (news.ended > 0 || news.state.len > 0 || beats) {
        events->told_at_ms = now_ms;
        for (struct reader *reader = events->readers; reader; reader = reader->among.next) {
            tell_reader(reader, &news);
            if (beats && reader->waiting.len == 0)
                give(reader, text_of(": still here\n\n"));
        }
    }
    buf_done(&news.exchanges);
    buf_done(&news.state);
}

/* Who does not read is not told that it is over: it is let go. */
static void end(struct events *events)
{
    int64_t now_ms = loop_now_ms(events->at->loop);
    if (!events->over)
        events->over_at_ms = now_ms;
    events->over = true;
    for (struct reader *reader = events->readers, *next; reader; reader = next) {
        next = reader->among.next;
        if (reader->waiting.len > 0 && now_ms >= events->over_at_ms + LAST_MS)
            inbound_gone(reader->inbound);
        else
            inbound_wake(reader->inbound);
    }
}

/* Other settings may have other tokens. */
static void note_settings(struct events *events)
{
    if (events->settings == *events->at->shared)
        return;
    events->settings = *events->at->shared;
    for (struct reader *reader = events->readers; reader; reader = reader->among.next) {
        reader->ends = true;
        inbound_wake(reader->inbound);
    }
}

/* What is under way at the drain is told, too, of whichever worker: an exchange counts as under way
 * until after it is among those that have ended. */
static void on_look(struct loop_timer *timer)
{
    struct events *events = OWNER(timer, struct events, look);
    bool drains = server_draining(events->at->server);
    bool last = drains && metrics_value(METRIC_INFLIGHT, NULL) <= 0 &&
                server_busy(events->at->server) <= events->count;
    loop_timer_set(events->at->loop, timer,
                   loop_now_ms(events->at->loop) + (drains ? HURRY_MS : LOOK_MS));
    note_settings(events);
    tell(events);
    if (last || events->over)
        end(events);
}

/* ---- who reads */

static const struct inbound_job job = {.closed = on_closed};
static const struct reply_source source = {.look = look_at_events, .take = take_of_events};

/* A HEAD tells no length, as there is none. */
static enum reply_more look_at_nothing(void *arg, struct text *ret_bytes)
{
    (void)arg, (void)ret_bytes;
    return REPLY_END;
}

static const struct reply_source of_head = {.look = look_at_nothing};

/* What it has missed; then it gets what all get. */
static void welcome(struct events *events, struct reader *reader)
{
    struct text id;
    buf_init(&reader->waiting, 2 * PIECE_MAX);
    alloc_must(buf_append_string(&reader->waiting, "retry: 2000\n\n"));
    if (events->count == 0) { /* nobody has looked meanwhile */
        events->next = recent_count();
        events->told_at_ms = loop_now_ms(events->at->loop);
        events->settings = *events->at->shared;
        (void)look_at_state(events);
    }
    write_state(&reader->waiting, &events->state);
    if (!inbound_header(reader->inbound, "last-event-id", &id))
        return;
    reader->lost =
        recent_write(recent_behind(id), events->next, TOLD_MAX, write_exchange, &reader->waiting);
}

void events_show(struct endpoints *at, struct inbound *inbound)
{
    struct events *events = at->events;
    struct reply reply;
    if (events->count >= READERS_MAX) {
        reply_overloaded(&reply, NULL, "too_many_pages",
                         "too many pages are open at /status already; close some");
        inbound_reply_take(inbound, &reply);
        return;
    }
    reply_own(&reply, 200, "text/event-stream");
    reply_header(&reply, "Cache-Control", "no-store");
    reply_header(&reply, "X-Accel-Buffering", "no"); /* nginx would hold them back */
    if (strcmp(inbound->method, "HEAD") == 0) {
        reply.source = &of_head;
        inbound_reply_take(inbound, &reply);
        return;
    }
    struct reader *reader = xcalloc(1, sizeof(*reader));
    reader->events = events;
    reader->inbound = inbound;
    welcome(events, reader);
    LIST_ADD(&events->readers, reader, among);
    if (events->count++ == 0)
        loop_timer_set(at->loop, &events->look, loop_now_ms(at->loop) + LOOK_MS);
    reply.source = &source;
    reply.arg = reader;
    inbound_set_job(inbound, &job, reader);
    inbound_reply_take(inbound, &reply);
}

struct events *events_new(struct endpoints *at)
{
    struct events *events = xcalloc(1, sizeof(*events));
    events->at = at;
    events->look.due = on_look;
    buf_init(&events->state, PIECE_MAX);
    return events;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    loop_timer_cancel(events->at->loop, &events->look);
    buf_done(&events->state);
    free(events);
}
