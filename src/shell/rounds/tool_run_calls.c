/* The calls of one answer that are ours: so many at a time, the others wait their turn. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "json/jsonspan.h"
#include "record/metrics.h"
#include "rounds/tool_run.h"

static int64_t now_of(const struct tool_run *run)
{
    return loop_now_ms(tool_run_loop(run));
}

/* What is told of it: how it ended, in one word; never what was asked or answered. */
static void note(struct tool_run_call *call, enum tool_end end)
{
    struct tool_run *run = call->run;
    int64_t ms = now_of(run) - call->begun_at_ms;
    struct tool_note note = {.name = call->tool->offered,
                             .start_ms = call->begun_at_ms - run->past.begun_at_ms,
                             .ms = ms,
                             .end = end};
    const char *labels[] = {call->tool->offered, tool_end_word(end)};
    if (run->past.trace.on)
        clock_random_hex(note.span, (SPAN_ID_SIZE - 1) / 2);
    alloc_must(tool_notes_add(&run->past.notes, &note));
    metrics_add(METRIC_TOOL_CALLS, labels, 1);
    if (end != TOOL_CANCELLED)
        metrics_observe_ms(METRIC_TOOL_DURATION, ms);
}

static void begin_more(struct tool_run *run);

static void on_ended(void *arg, enum tool_end end, struct text text)
{
    struct tool_run_call *call = arg;
    call->job = NULL;
    call->ended = true;
    call->failed = end != TOOL_OK;
    if (buf_append_text(&call->text, text) < 0) {
        buf_reset(&call->text);
        call->failed = true;
        (void)!buf_append_string(&call->text, "[tool error] no memory is left for its result");
    }
    note(call, end);
    begin_more(call->run);
    tool_run_wake(call->run);
}

static void refuse(struct tool_run_call *call, const struct error *why)
{
    const char *labels[] = {"other", "refused"};
    call->ended = call->failed = true;
    (void)!buf_append_string(&call->text, why->text);
    metrics_add(METRIC_TOOL_CALLS, labels, 1);
}

/* i: which one of the answer's. */
static void begin(struct tool_run_call *call, size_t i)
{
    struct tool_run *run = call->run;
    const struct inquiry *inquiry = run->exchange->inquiry;
    struct error why = ERROR_NONE;
    int64_t left_ms = inquiry->begun_at_ms + inquiry->deadline_ms - now_of(run);
    int64_t may_take_ms =
        call->tool ? tool_turn_call_ms(call->tool->tool->timeout_ms, left_ms, inquiry->deadline_ms)
                   : 0;
    call->begun = true;
    call->begun_at_ms = now_of(run);
    if (tool_turn_refuses(i, call->tool != NULL, call->asked->arguments, may_take_ms, &why)) {
        refuse(call, &why);
        return;
    }
    assert(call->tool); /* else it is refused */
    const struct tool_job_request request = {.tool = call->tool->tool,
                                             .shared = run->past.shared,
                                             .own_name = text_of(call->tool->own),
                                             .arguments = call->asked->arguments,
                                             .timeout_ms = may_take_ms,
                                             .max_result =
                                                 run->past.shared->config->tools.max_result_bytes,
                                             .ended = on_ended,
                                             .arg = call};
    call->job = tool_job_start(run->all->servers, &request);
}

static void begin_more(struct tool_run *run)
{
    size_t running = 0;
    for (size_t i = 0; i < run->calls.count; i++)
        running += run->calls.at[i].job != NULL;
    for (size_t i = 0; i < run->calls.count && running < TOOL_TURN_AT_A_TIME; i++) {
        if (run->calls.at[i].begun)
            continue;
        begin(&run->calls.at[i], i);
        running += run->calls.at[i].job != NULL;
    }
}

int tool_run_calls_read(struct tool_run *run, struct text answer)
{
    tool_calls_init(&run->calls.named);
    if (jsonspan_check(answer, NULL) < 0)
        return -EPROTO;
    return run->request.dialect->tools->calls_read(answer, &run->calls.named);
}

void tool_run_call(struct tool_run *run, struct buf *answer)
{
    struct tool_run_calls *calls = &run->calls;
    calls->answer = *answer; /* moved */
    buf_init(answer, 0);
    calls->at = xcalloc(calls->named.count, sizeof(*calls->at));
    for (size_t i = 0; i < calls->named.count; i++) {
        const struct tool_call *asked = &calls->named.at[i];
        if (!tool_kit_is_ours(&run->kit, asked->name))
            continue;
        struct tool_run_call *call = &calls->at[calls->count++];
        call->run = run;
        call->asked = asked;
        call->tool = tool_kit_find(&run->kit, asked->name);
        buf_init(&call->text, run->past.shared->config->tools.max_result_bytes + 1024);
    }
    begin_more(run);
}

bool tool_run_calls_are_over(const struct tool_run *run)
{
    for (size_t i = 0; i < run->calls.count; i++)
        if (!run->calls.at[i].ended)
            return false;
    return true;
}

static int keep_answer(struct tool_run *run)
{
    int r = buf_append_string(&run->earlier, run->earlier.len > 0 ? "," : "[");
    return r < 0 ? r : buf_append_text(&run->earlier, buf_text(&run->calls.answer));
}

int tool_run_keep_turn(struct tool_run *run)
{
    struct tool_run_calls *calls = &run->calls;
    struct tool_result *results = xcalloc(calls->count, sizeof(*results));
    for (size_t i = 0; i < calls->count; i++) {
        const struct tool_call *call = calls->at[i].asked;
        results[i] = (struct tool_result){.id = call->id,
                                          .name = call->name,
                                          .text = buf_text(&calls->at[i].text),
                                          .failed = calls->at[i].failed};
    }
    int r = run->turns.len > 0 ? buf_append(&run->turns, ",", 1) : 0;
    if (r == 0)
        r = run->request.dialect->tools->turn_write(buf_text(&calls->answer), results, calls->count,
                                                    &run->turns);
    if (r == 0 && !run->stream.weaver)
        r = keep_answer(run);
    free(results);
    return r;
}

void tool_run_calls_done(struct tool_run *run)
{
    struct tool_run_calls *calls = &run->calls;
    for (size_t i = 0; i < calls->count; i++) {
        if (calls->at[i].job) { /* it may do its work all the same */
            tool_job_cancel(calls->at[i].job);
            note(&calls->at[i], TOOL_CANCELLED);
        }
        buf_done(&calls->at[i].text);
    }
    free(calls->at);
    tool_calls_done(&calls->named);
    buf_done(&calls->answer);
    *calls = (struct tool_run_calls){0};
}
