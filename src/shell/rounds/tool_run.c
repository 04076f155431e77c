/* Events: servers have told what they offer, a round has answered or has more, calls have ended.
 * Each only wakes the step, which is taken at the turn's end. */
#include "rounds/tool_run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/owner.h"
#include "record/log.h"
#include "tools/tool_request.h"

/* In bytes, of what all rounds of a run have said and were told, as JSON; and of the body of one:
 * that, and the app's own, which max_body bounds. */
#define ROUNDS_MAX ((size_t)256 << 20)
#define BODY_MAX   ((size_t)1 << 30)

#define T(id) (1u << TOOL_RUN_##id)
static const struct {
    const char *word;
    unsigned next;
} states[] = {
#define X(id, meaning, next) [TOOL_RUN_##id] = {#id, (next) | T(OVER)},
    TOOL_RUN_STATES(X)
#undef X
};

static void run_goto(struct tool_run *run, enum tool_run_state state)
{
    assert(states[run->state].next & (1u << state));
    log_debug("tool_run", LOG_STR("id", run->past.id), LOG_STR("from", states[run->state].word),
              LOG_STR("to", states[state].word));
    run->state = state;
}

static const struct dialect_tools *tools_of(const struct tool_run *run)
{
    return run->request.dialect->tools;
}

/* ---- a round */

/* Of a stream only the first head is of use. */
static void on_head(void *arg, struct reply *reply)
{
    struct tool_run *run = arg;
    run->stream.source = reply->source;
    run->stream.source_arg = reply->arg;
    if (reply->source && run->stream.headed) {
        reply_done(reply);
    } else {
        run->reply = *reply; /* moved */
        run->has_reply = true;
    }
    tool_run_wake(run);
}

static void on_more(void *arg)
{
    tool_run_wake(arg);
}

/* Whoever was refused is told so by the exchange, whatever its body is. */
static void begin_round(struct tool_run *run)
{
    const struct tool_run_request *from = &run->request;
    const struct client client = {.head = on_head, .more = on_more, .arg = run};
    struct client_request request = {.method = from->method,
                                     .path = text_of(from->path),
                                     .query = text_of(from->query),
                                     .app = from->app,
                                     .client = from->client,
                                     .dialect = from->dialect,
                                     .unpacked = true,
                                     .past = &run->past};
    buf_init(&request.body, BODY_MAX);
    run->offered += run->offers;
    if (!error_is_set(&run->past.refusal))
        tool_run_write_body(run, &request.body, &request.hold);
    if (error_is_set(&run->past.refusal))
        buf_reset(&request.body);
    run_goto(run, TOOL_RUN_ASKING);
    run->exchange = exchange_start(run->all->exchanges, &client, &request);
}

/* ---- before the first */

static void begin(struct tool_run *run)
{
    struct error why = ERROR_NONE;
    const struct tool_request request = {.dialect = tools_of(run), .kit = &run->kit};
    tool_run_lists_take(run);
    int r = tool_request_check(buf_text(&run->request.body), &request, &why);
    alloc_must(r == -ENOMEM ? r : 0);
    if (r < 0)
        tool_run_refuse(run, 400, "invalid_tools", &why);
    run->offers = true;
    begin_round(run);
}

/* It ends before any round. Exchanges are what reports: so there is one that asks nobody. */
static void begin_none(struct tool_run *run, int status, const char *code, const char *message)
{
    struct error why = ERROR_NONE;
    error_set(&why, "%s", message);
    tool_run_lists_leave(run);
    tool_run_refuse(run, status, code, &why);
    begin_round(run);
}

/* ---- a round has answered */

/* The daemon stops: nothing more is begun for it. */
static void end_for_good(struct tool_run *run)
{
    run->past.last = true;
    run_goto(run, TOOL_RUN_ANSWERED);
    if (run->stream.headed) {
        tool_run_stream_fail(run, text_of(REPLY_STOPPING));
        run->client.more(run->client.arg);
        return;
    }
    struct reply reply;
    if (run->has_reply)
        reply_done(&run->reply);
    run->has_reply = false;
    reply_stopping(&reply, run->request.dialect, run->past.id);
    run->past.status = reply.status;
    run->client.head(run->client.arg, &reply);
}

/* The app gets it; the exchange that made it is the one that reports. */
static void hand_over(struct tool_run *run)
{
    struct reply reply = run->reply;
    run->has_reply = false;
    run->past.last = true;
    run_goto(run, TOOL_RUN_ANSWERED);
    run->client.head(run->client.arg, &reply);
}

/* The round's answer, whole: are calls to be made before the app gets one? Then they are read. */
static bool calls_for_us(struct tool_run *run, struct text answer)
{
    const struct tool_calls *calls = &run->calls.named;
    struct tool_turn turn = {.rounds = run->offered,
                             .max_iterations = run->past.shared->config->tools.max_iterations,
                             .offered = run->offers};
    int r = tool_run_calls_read(run, answer);
    for (size_t i = 0; i < calls->count; i++) {
        bool ours = tool_kit_is_ours(&run->kit, calls->at[i].name);
        turn.ours += ours;
        turn.theirs += !ours;
    }
    if (r == 0 && tool_turn_decide(&turn) == TOOL_VERDICT_CALL)
        return true;
    tool_run_calls_done(run);
    return false;
}

static void call(struct tool_run *run, struct buf *answer)
{
    int64_t beat_ms = run->past.shared->config->server.heartbeat_ms;
    if (run->all->stopping) {
        buf_done(answer);
        end_for_good(run);
        return;
    }
    run_goto(run, TOOL_RUN_CALLING);
    tool_run_call(run, answer);
    tool_run_wake(run);
    if (beat_ms > 0)
        loop_timer_set(tool_run_loop(run), &run->stream.beat,
                       loop_now_ms(tool_run_loop(run)) + beat_ms);
}

/* What all rounds said, as one answer: as it came where the first was the only one. */
static void join(struct tool_run *run)
{
    struct buf joined;
    struct text earlier = text_of("[]");
    buf_init(&joined, 2 * TOOL_ANSWER_MAX);
    if (run->earlier.len > 0) {
        alloc_must(buf_append(&run->earlier, "]", 1));
        earlier = buf_text(&run->earlier);
    }
    int r = tools_of(run)->answers_join(earlier, buf_text(&run->reply.body), tool_kit_is_ours,
                                        &run->kit, &joined);
    if (r == 0) {
        buf_done(&run->reply.body);
        run->reply.body = joined;
        return;
    }
    buf_done(&joined);
    reply_done(&run->reply);
    reply_unmade(&run->reply, run->request.dialect);
}

static void take_whole(struct tool_run *run)
{
    struct text body = buf_text(&run->reply.body);
    bool answer = run->reply.status / 100 == 2;
    if (run->stream.headed) {
        const struct leg *leg = run->exchange->leg;
        const char *why = leg && leg->attempt ? attempt_message(leg->attempt) : "";
        run->past.last = true;
        run_goto(run, TOOL_RUN_ANSWERED);
        tool_run_stream_fail(run, text_of(why[0] ? why : "no provider could go on with it"));
        reply_done(&run->reply);
        run->has_reply = false;
        run->client.more(run->client.arg);
    } else if (answer && calls_for_us(run, body)) {
        struct buf whole = run->reply.body;
        buf_init(&run->reply.body, 0);
        reply_done(&run->reply);
        run->has_reply = false;
        call(run, &whole);
    } else {
        if (answer && (run->earlier.len > 0 || run->kit.asked_count > 0))
            join(run);
        hand_over(run);
    }
}

/* The head of the first round that has something to show; those before it were silent. */
static void show(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    if (stream->headed) {
        run->client.more(run->client.arg);
        return;
    }
    struct reply reply = run->reply;
    run->has_reply = false;
    reply.source = &tool_run_stream_source;
    reply.arg = run;
    stream->headed = true;
    run->past.status = reply.status;
    run->client.head(run->client.arg, &reply);
}

static void show_if_any(struct tool_run *run)
{
    if (run->stream.headed || run->stream.content || run->stream.beats)
        show(run);
}

static void end_stream(struct tool_run *run)
{
    run->past.last = true;
    run_goto(run, TOOL_RUN_ANSWERED);
    if (!run->stream.broken)
        tool_run_stream_end(run);
    if (run->stream.broken && !run->stream.failed)
        tool_run_stream_fail(run, text_of("the answer cannot be put together: it is too long, or "
                                          "calls too many tools"));
    show(run);
}

static void end_round(struct tool_run *run)
{
    if (run->has_reply && !run->stream.headed) {
        reply_done(&run->reply);
        run->has_reply = false;
    }
    exchange_leave_past(run->exchange);
    exchange_client_end(run->exchange);
    run->exchange = NULL;
    tool_run_stream_next(run);
}

/* To its exchange a call of ours was content, which cannot be taken back; the app has none of it.
 * False: there is nobody left to ask. */
static bool ask_again(struct tool_run *run)
{
    const struct route *route = &run->exchange->inquiry->route;
    const struct leg *leg = run->exchange->leg;
    size_t i = 0;
    while (i < route->count && (!leg || route->step[i].provider != leg->provider))
        i++;
    enum tool_again again = tool_turn_again(run->again, i < route->count ? route->count - i : 0);
    if (!leg || again == TOOL_AGAIN_NONE)
        return false;
    const struct config_provider *from = leg->provider;
    const char *why = failure_word(attempt_class(leg->attempt));
    bool moves = again == TOOL_AGAIN_NEXT;
    const struct config_provider *to = moves ? route->step[i + 1].provider : from;
    run->again++;
    run->offered -= run->offers;
    tool_run_stream_forget(run);
    end_round(run);
    run->past.provider = to;
    if (moves) {
        run->past.moved_from = from;
        run->past.moved_by = why;
    }
    begin_round(run);
    return true;
}

static void take_stream(struct tool_run *run)
{
    struct tool_run_stream *stream = &run->stream;
    struct buf answer;
    tool_run_stream_take(run);
    if (stream->content && run->past.first_at_ms == 0)
        run->past.first_at_ms = loop_now_ms(tool_run_loop(run));
    if (tool_run_stream_is_untold(run) && run->all->stopping) {
        end_for_good(run);
        return;
    }
    if (tool_run_stream_is_untold(run) && ask_again(run))
        return;
    if (stream->broken || (stream->round_over && stream->failed)) {
        end_stream(run);
    } else if (!stream->round_over) {
        show_if_any(run);
    } else if (tool_run_stream_answer(run, &answer) && calls_for_us(run, buf_text(&answer))) {
        show_if_any(run);
        call(run, &answer);
    } else {
        buf_done(&answer);
        end_stream(run);
    }
}

/* ---- calls have ended */

/* The exchange of the round was kept until here: so there was one that could report. */
static void next_round(struct tool_run *run)
{
    struct error why = ERROR_NONE;
    struct tool_turn turn = {.rounds = run->offered,
                             .max_iterations = run->past.shared->config->tools.max_iterations};
    int r = tool_run_keep_turn(run);
    tool_run_calls_done(run);
    loop_timer_cancel(tool_run_loop(run), &run->stream.beat);
    end_round(run);
    run->offers = tool_turn_offers(&turn);
    run->again = 0;
    if (r < 0) {
        error_set(&why, "no memory is left for what the tools answered");
        tool_run_refuse(run, 503, "out_of_memory", &why);
    }
    begin_round(run);
}

static void on_step(struct loop_task *task)
{
    struct tool_run *run = OWNER(task, struct tool_run, step);
    if (run->state == TOOL_RUN_LISTING && tool_run_lists_are_told(run))
        begin(run);
    else if (run->state == TOOL_RUN_ASKING && run->has_reply && !run->reply.source)
        take_whole(run);
    else if (run->state == TOOL_RUN_ASKING && run->stream.source)
        take_stream(run);
    else if (run->state == TOOL_RUN_CALLING && tool_run_calls_are_over(run))
        next_round(run);
}

/* While calls are made nobody else breaks the silence. */
static void on_beat(struct loop_timer *timer)
{
    struct tool_run *run = OWNER(timer, struct tool_run, stream.beat);
    int64_t every_ms = run->past.shared->config->server.heartbeat_ms;
    loop_timer_set(tool_run_loop(run), timer, loop_now_ms(tool_run_loop(run)) + every_ms);
    if (run->state == TOOL_RUN_CALLING && tool_run_stream_beat(run))
        show(run);
}

/* ---- the end */

static void on_reap(struct loop_task *task)
{
    struct tool_run *run = OWNER(task, struct tool_run, reap);
    tool_run_stream_done(run);
    tool_wish_done(&run->wish);
    tool_kit_done(&run->kit);
    buf_done(&run->turns);
    buf_done(&run->earlier);
    shared_config_unref(run->past.shared);
    round_past_done(&run->past);
    buf_done(&run->request.body);
    hold_end(&run->request.hold);
    free(run->request.fields);
    free(run->request.method);
    free(run->request.path);
    free(run->request.query);
    free(run->request.client);
    free(run);
}

static void close_run(struct tool_run *run, bool client_gone)
{
    const struct tool_run_stream *stream = &run->stream;
    if (run->state == TOOL_RUN_LISTING)
        begin_none(run, 499, "cancelled", "the app has hung up");
    tool_run_calls_done(run);
    loop_timer_cancel(tool_run_loop(run), &run->stream.beat);
    loop_undefer(tool_run_loop(run), &run->step);
    if (run->has_reply)
        reply_done(&run->reply);
    run->past.last = true;
    run->past.untold = client_gone && !(stream->whole && stream->out.len == 0);
    if (client_gone)
        exchange_client_gone(run->exchange);
    else
        exchange_client_end(run->exchange);
    run->exchange = NULL;
    run_goto(run, TOOL_RUN_OVER);
    LIST_TAKE(run, under_way);
    loop_defer(tool_run_loop(run), &run->reap);
}

void tool_run_client_end(struct tool_run *run)
{
    close_run(run, false);
}

void tool_run_client_gone(struct tool_run *run)
{
    close_run(run, true);
}

void tool_runs_end_all(struct tool_runs *all)
{
    struct tool_run *next;
    all->stopping = true;
    for (struct tool_run *run = all->first; run; run = next) {
        next = run->under_way.next;
        if (run->state != TOOL_RUN_CALLING && run->state != TOOL_RUN_LISTING)
            continue;
        if (run->state == TOOL_RUN_LISTING)
            begin_none(run, 503, "shutting_down", REPLY_STOPPING);
        tool_run_calls_done(run);
        end_for_good(run);
    }
}

/* ---- the beginning */

struct tool_run *tool_run_start(struct tool_runs *all, const struct client *client,
                                struct client_request *request)
{
    struct shared_config *shared = *all->exchanges->shared;
    struct tool_wish wish = {0};
    struct error why = ERROR_NONE;
    if (!tool_run_asks(shared->config, request, &wish, &why)) {
        tool_wish_done(&wish);
        return NULL;
    }
    struct tool_run *run = xcalloc(1, sizeof(*run));
    run->all = all;
    run->client = *client;
    run->wish = wish; /* moved */
    run->step.run = on_step;
    run->reap.run = on_reap;
    run->stream.beat.due = on_beat;
    round_past_init(&run->past, shared_config_ref(shared), loop_now_ms(tool_run_loop(run)));
    tool_run_keep_request(run, request);
    buf_init(&run->turns, ROUNDS_MAX);
    buf_init(&run->earlier, ROUNDS_MAX);
    tool_run_stream_init(run);
    LIST_ADD(&all->first, run, under_way);
    if (error_is_set(&why)) {
        tool_run_refuse(run, 400, "invalid_tools", &why);
        begin_round(run);
    } else {
        tool_run_lists_wait(run);
        tool_run_wake(run);
    }
    return run;
}
