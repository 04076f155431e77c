/*
 * Streams of several rounds, of Messages or of responses, made one. Where no calls are ours, one
 * round goes out as it came. Else no call of ours goes out, and the answer of each round is JSON
 * that can be read, sent back and joined.
 *
 *     bits: responses, nothing is ours | a stream, 0xff, another ...
 */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "dialect/tools.h"
#include "dialect/weave.h"
#include "fuzz.h"
#include "http/sse.h"
#include "responses/dialect_responses.h"

#define BYTES_MAX ((size_t)64 << 20)

struct run {
    const struct dialect_tools *tools;
    struct tool_weaver *weaver;
    struct buf came, out;
    struct buf earlier; /* answers of the rounds before: an array that is not closed */
    bool nobodys;       /* no tool is ours */
    bool error;         /* an event of one has come, which does not wait for those before it */
};

/* Those with a name of one letter. */
static bool is_ours(const void *arg, struct text name)
{
    const struct run *run = arg;
    return !run->nobodys && name.len == 1;
}

static bool is_error(const struct dialect_event *event)
{
    struct text type = jsonspan_value(event->data, "type");
    return text_equals(event->name, "error") || jsonspan_name_is(type, "error") ||
           jsonspan_name_is(type, "response.failed") || jsonspan_value(event->data, "error").at;
}

static int feed(struct run *run, struct text stream)
{
    struct sse sse;
    struct sse_event event;
    int r = 0;
    sse_init(&sse, BYTES_MAX);
    require(sse_push(&sse, stream) == 0);
    while (r == 0 && sse_next(&sse, &event)) {
        struct dialect_event one = {.name = event.name, .data = event.data};
        if (!event.has_data)
            one.data.at = NULL;
        else if (!one.data.at)
            one.data = text_of("");
        run->error = run->error || is_error(&one);
        require(buf_append_text(&run->came, event.raw) == 0);
        r = run->tools->weave(run->weaver, &one, event.raw, &run->out);
    }
    sse_done(&sse);
    return r;
}

/* What is put together may be nested deeper than a text may be. */
static void require_json(struct text json)
{
    struct error why = ERROR_NONE;
    require(jsonspan_check(json, &why) == 0 || strstr(why.text, "nested too deeply"));
}

/* The answer is read and sent back. False: the events make none. */
static bool use_answer(const struct run *run, struct buf *answer)
{
    struct tool_calls calls;
    struct buf turn;
    int r = run->tools->weave_answer(run->weaver, answer);
    require(r == 0 || r == -EPROTO);
    if (r < 0)
        return false;
    require(is_object(buf_text(answer)));
    tool_calls_init(&calls);
    buf_init(&turn, BYTES_MAX);
    require(run->tools->calls_read(buf_text(answer), &calls) == 0);
    struct tool_result result = {.text = text_of("x")};
    if (calls.count)
        result = (struct tool_result){calls.at[0].id, calls.at[0].name, text_of("x"), true};
    require(buf_append(&turn, "[", 1) == 0);
    require(run->tools->turn_write(buf_text(answer), &result, 1, &turn) == 0);
    require(buf_append(&turn, "]", 1) == 0);
    require_json(buf_text(&turn));
    buf_done(&turn);
    tool_calls_done(&calls);
    return true;
}

static void require_joined(struct run *run, struct text last)
{
    struct buf joined;
    buf_init(&joined, BYTES_MAX);
    require(buf_append(&run->earlier, "]", 1) == 0);
    if (jsonspan_check(buf_text(&run->earlier), NULL) == 0) {
        require(run->tools->answers_join(buf_text(&run->earlier), last, is_ours, run, &joined) ==
                0);
        require_json(buf_text(&joined));
    }
    buf_done(&joined);
}

/* The block, or the item, of an event that begins one, or tells it whole. */
static bool is_our_call(const struct run *run, struct text data)
{
    bool responses = run->tools == &dialect_responses_rounds;
    struct text part = jsonspan_value(data, responses ? "item" : "content_block");
    struct text kind = jsonspan_value(data, "type");
    bool told = responses ? jsonspan_name_is(kind, "response.output_item.added") ||
                                jsonspan_name_is(kind, "response.output_item.done")
                          : jsonspan_name_is(kind, "content_block_start");
    struct text type = jsonspan_value(part, "type"), space = jsonspan_value(part, "namespace");
    bool ours = false, call = jsonspan_name_is(type, responses ? "function_call" : "tool_use");
    bool grouped = responses && jsonspan_is_filled(space);
    require(tool_name_is_ours(is_ours, run, jsonspan_value(part, "name"), &ours) == 0);
    return told && call && !grouped && ours;
}

static void require_out(const struct run *run, size_t rounds)
{
    struct sse sse;
    struct sse_event event;
    if (run->nobodys && rounds == 1 && !run->error)
        require(same(buf_text(&run->out), buf_text(&run->came)));
    sse_init(&sse, BYTES_MAX);
    for (struct text out = buf_text(&run->out); out.len;) {
        struct text part = text_cut(out, SSE_PUSH_MAX);
        require(sse_push(&sse, part) == 0);
        out = text_skip(out, part.len);
        /* One that is named an error goes on as one, whatever it says. */
        while (sse_next(&sse, &event))
            if (event.data.at && !text_equals(event.name, "error") &&
                jsonspan_check(event.data, NULL) == 0)
                require(!is_our_call(run, event.data));
    }
    sse_done(&sse);
}

static void weave_all(struct run *run, struct text input)
{
    struct buf answer;
    buf_init(&answer, BYTES_MAX);
    bool told = true;
    int r = 0;
    size_t rounds = 0;
    while (r == 0 && input.len) {
        if (rounds && told)
            require(weave_element(buf_text(&answer), &run->earlier) == 0);
        require(rounds == 0 || run->tools->weave_next(run->weaver) == 0);
        rounds++;
        r = feed(run, take_until(&input, (char)0xff));
        require(r == 0 || (r == -EMSGSIZE && !run->nobodys));
        buf_reset(&answer);
        told = use_answer(run, &answer);
    }
    require(run->tools->weave_end(run->weaver, text_of(rounds > 1 ? ": ran\n" : ""), &run->out) ==
            0);
    require_out(run, rounds);
    if (told && rounds)
        require_joined(run, buf_text(&answer));
    buf_done(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    unsigned bits = take_byte(&input);
    struct run run = {
        .tools = bits & 1u ? &dialect_responses_rounds : &dialect_anthropic_rounds,
        .nobodys = bits & 2u,
    };
    if (size < 2 || size > SSE_PUSH_MAX)
        return 0;
    run.weaver = tool_weaver_new(run.tools, is_ours, &run);
    require(run.weaver != NULL);
    buf_init(&run.came, BYTES_MAX);
    buf_init(&run.out, BYTES_MAX);
    buf_init(&run.earlier, BYTES_MAX);
    require(buf_append(&run.earlier, "[", 1) == 0);
    weave_all(&run, input);
    tool_weaver_free(run.tools, run.weaver);
    buf_done(&run.came);
    buf_done(&run.out);
    buf_done(&run.earlier);
    return 0;
}
