/*
 * Streams of several rounds, of chat completions or of Ollama's /api/chat, made one. What goes out
 * has no call of ours in it, so weaving it once more finds none; nothing that was JSON is none
 * afterwards; a single round of which nothing is ours goes out as it came. The answer of each round
 * can be read, sent back and joined.
 *
 *     bits: Ollama, nothing is ours | a stream, 0xff, another ...
 */
#include <errno.h>

#include "answer/frames.h"
#include "dialect/tools.h"
#include "fuzz.h"
#include "openai/openai_rounds.h"
#include "openai/openai_weave.h"

#define BYTES_MAX ((size_t)64 << 20)

struct run {
    const struct dialect *dialect;
    struct tool_weaver *weaver;
    struct buf came, out;
    struct buf earlier; /* answers of the rounds before: an array that is not closed */
    bool nobodys;       /* no tool is ours */
    bool odd;           /* something has come that does not keep its place */
    size_t broken;      /* events that are no JSON */
};

/* Those with a name of one letter. */
static bool is_ours(const void *arg, struct text name)
{
    const struct run *run = arg;
    return !run->nobodys && name.len == 1;
}

/* Errors and other choices do not wait for what is held, a call without a name never comes out. */
static bool is_odd(const struct run *run, const struct dialect_event *event)
{
    const struct openai_weaver *weaver = (const void *)run->weaver;
    struct text choice, choices = jsonspan_value(event->data, "choices");
    if (run->dialect == &dialect_ollama)
        return is_object(event->data) && jsonspan_value(event->data, "error").at;
    for (size_t at = 0; jsonspan_next(choices, &at, &choice);)
        if (!openai_rounds_is_first(choice))
            return true;
    for (size_t i = 0; i < weaver->call_count; i++)
        if (!weaver->calls[i].named)
            return true;
    return weaver->facts.failure != FAILURE_NONE;
}

static bool is_broken(const struct dialect_event *event)
{
    return event->data.at && !text_equals(text_trim(event->data), "[DONE]") &&
           jsonspan_check(event->data, NULL) < 0;
}

/* A stream into a weaver; what it has besides is noted. */
static int feed(struct run *run, struct text stream)
{
    struct answer_facts facts = answer_facts_none();
    struct frames frames;
    struct frame frame;
    int r = 0;
    frames_init(&frames, run->dialect->framing, BYTES_MAX);
    while (r == 0 && stream.len) {
        require(frames_push(&frames, &stream, &facts));
        while (r == 0 && frames_next(&frames, &frame)) {
            require(buf_append_text(&run->came, frame.raw) == 0);
            run->broken += is_broken(&frame.event);
            r = run->dialect->tools->weave(run->weaver, &frame.event, frame.raw, &run->out);
            run->odd = run->odd || is_odd(run, &frame.event);
        }
    }
    frames_done(&frames);
    return r;
}

static void begin(struct run *run)
{
    run->weaver = tool_weaver_new(run->dialect->tools, is_ours, run);
    require(run->weaver != NULL);
    buf_init(&run->came, BYTES_MAX);
    buf_init(&run->out, BYTES_MAX);
    buf_init(&run->earlier, BYTES_MAX);
    require(buf_append(&run->earlier, "[", 1) == 0);
}

static void end(struct run *run)
{
    tool_weaver_free(run->dialect->tools, run->weaver);
    buf_done(&run->came);
    buf_done(&run->out);
    buf_done(&run->earlier);
}

/* The answer is read and sent back. False: the events make none. */
static bool use_answer(const struct run *run, struct buf *answer)
{
    const struct dialect_tools *tools = run->dialect->tools;
    struct tool_result result = {.text = text_of("x")};
    struct tool_calls calls;
    struct buf turn;
    int r = tools->weave_answer(run->weaver, answer);
    require(r == 0 || r == -EPROTO);
    if (r < 0)
        return false;
    require(is_object(buf_text(answer)));
    tool_calls_init(&calls);
    buf_init(&turn, BYTES_MAX);
    require(tools->calls_read(buf_text(answer), &calls) == 0);
    if (calls.count)
        result = (struct tool_result){calls.at[0].id, calls.at[0].name, text_of("x"), true};
    require(buf_append(&turn, "[", 1) == 0);
    require(tools->turn_write(buf_text(answer), &result, 1, &turn) == 0);
    require(buf_append(&turn, "]", 1) == 0);
    require(jsonspan_check(buf_text(&turn), NULL) == 0);
    buf_done(&turn);
    tool_calls_done(&calls);
    return true;
}

static void require_joined(struct run *run, struct text last)
{
    const struct dialect_tools *tools = run->dialect->tools;
    struct tool_calls calls;
    struct buf joined;
    tool_calls_init(&calls);
    buf_init(&joined, BYTES_MAX);
    require(buf_append(&run->earlier, "]", 1) == 0);
    require(tools->answers_join(buf_text(&run->earlier), last, is_ours, run, &joined) == 0);
    require(is_object(buf_text(&joined)));
    require(tools->calls_read(buf_text(&joined), &calls) == 0);
    for (size_t i = 0; i < calls.count; i++)
        require(!is_ours(run, calls.at[i].name));
    tool_calls_done(&calls);
    buf_done(&joined);
}

/* The next line that says something: others of an event that was held are left out, as every reader
 * leaves them out (whatwg html, 9.2.6). False: there is none. */
static bool next_line(struct text *rest, struct text *ret_line)
{
    while (rest->len > 0) {
        struct text line = take_until(rest, '\n');
        *ret_line = line;
        bool comment = line.len == 0 || line.at[0] == ':' || line.at[0] == '\r';
        if (comment || line.at[0] == '{' || text_starts(line, "data") || text_starts(line, "event"))
            return true;
    }
    return false;
}

static bool same_lines(struct text out, struct text came)
{
    struct text a = {0}, b = {0};
    for (;;) {
        bool more = next_line(&out, &a);
        if (next_line(&came, &b) != more || !more)
            return !more && out.len == 0 && came.len == 0;
        if (!same(a, b))
            return false;
    }
}

/* Woven once more, as one round. */
static void require_out(const struct run *run, size_t rounds)
{
    struct run again = {.dialect = run->dialect, .nobodys = run->nobodys};
    if (run->nobodys && rounds == 1 && !run->odd)
        require(same_lines(buf_text(&run->out), buf_text(&run->came)));
    begin(&again);
    require(feed(&again, buf_text(&run->out)) == 0);
    require(again.weaver->ours == 0);
    require(again.broken <= run->broken);
    end(&again);
}

static void weave_all(struct run *run, struct text input)
{
    const struct dialect_tools *tools = run->dialect->tools;
    struct buf answer;
    size_t rounds = 0;
    bool told = true;
    int r = 0;
    buf_init(&answer, BYTES_MAX);
    while (r == 0 && input.len) {
        require(rounds == 0 || tools->weave_next(run->weaver) == 0);
        if (rounds && told) {
            require(run->earlier.len == 1 || buf_append(&run->earlier, ",", 1) == 0);
            require(buf_append_text(&run->earlier, buf_text(&answer)) == 0);
        }
        rounds++;
        r = feed(run, take_until(&input, (char)0xff));
        require(r == 0 || r == -EMSGSIZE);
        buf_reset(&answer);
        told = use_answer(run, &answer);
    }
    require(tools->weave_end(run->weaver, text_of(""), &run->out) == 0);
    if (r == 0)
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
        .dialect = bits & 1u ? &dialect_ollama : &dialect_openai,
        .nobodys = bits & 2u,
    };
    if (size < 2)
        return 0;
    begin(&run);
    weave_all(&run, input);
    end(&run);
    return 0;
}
