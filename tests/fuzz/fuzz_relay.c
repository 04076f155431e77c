/*
 * A provider's answer on its way to the app, streamed in each of the ways of relay.h, or whole. In
 * one piece and in small ones the same comes out and is known. Where the provider speaks the app's
 * dialect it is the provider's own bytes that come out; where not, well-formed events.
 *
 *     variant, options, size of pieces, transport | answer
 *     of a stream that is gone on with: what the app already has, 0xff, the answer
 */
#include "answer/relay.h"
#include "answer/resume.h"
#include "dialect/dialect.h"
#include "fuzz.h"

enum variant {
    PASS,
    TRANSLATE,
    COMPLETIONS,
    RESPONSES,
    RESUME_PASS,
    RESUME_TRANSLATE,
    WHOLE,
    MESSAGES_PASS,
    MESSAGES_TRANSLATE,
    VARIANTS
};

struct play {
    enum variant variant;
    struct relay_options options;
    enum transport transport;
    bool drained; /* the app takes what is there after each piece */
};

struct seen {
    struct buf out;
    size_t before_end; /* so much of it came before the answer ended */
    struct answer_facts facts;
};

static void drain(struct relay *relay, struct seen *seen)
{
    require(buf_append_text(&seen->out, buf_text(relay_out(relay))) == 0);
    buf_consume(relay_out(relay), relay_out(relay)->len);
}

static void feed(struct relay *relay, struct text input, size_t step, const struct play *play,
                 struct seen *seen)
{
    while (input.len > 0) {
        size_t n = step < input.len ? step : input.len;
        size_t held = relay_out(relay)->len;
        bool failed = relay_facts(relay)->failure != FAILURE_NONE;
        relay_feed(relay, text_make(input.at, n));
        require(!failed || relay_out(relay)->len == held);
        input = text_skip(input, n);
        if (play->drained)
            drain(relay, seen);
    }
    drain(relay, seen);
}

static void run(const struct play *play, struct text input, size_t step, struct seen *seen)
{
    struct relay *relay = relay_new(&play->options);
    require(relay != NULL);
    buf_init(&seen->out, SIZE_MAX);
    feed(relay, input, step, play, seen);
    seen->before_end = seen->out.len;
    relay_end(relay, play->transport);
    drain(relay, seen);
    seen->facts = *relay_facts(relay);
    if (seen->facts.failure != FAILURE_NONE) {
        relay_break(relay);
        drain(relay, seen);
        relay_break(relay);
        require(relay_out(relay)->len == 0);
    }
    relay_free(relay);
}

/*
 * No stream of events but a whole body, which is read as soon as it is one, and told in events or
 * refused: with junk behind that in the same piece it is none.
 */
static bool is_whole_body(const struct play *play, struct text input)
{
    while (input.len && strchr(" \t\r\n", input.at[0]) && input.at[0])
        input = text_skip(input, 1);
    return play->options.from->judge && play->options.from->judge->from_whole && input.len &&
           (input.at[0] == '{' || input.at[0] == '[');
}

/* An LF that comes by itself behind its CR waits for the next event, which may never come. */
static bool same_but_line_ends(struct text a, struct text b)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        while (i < a.len && (a.at[i] == '\r' || a.at[i] == '\n'))
            i++;
        while (j < b.len && (b.at[j] == '\r' || b.at[j] == '\n'))
            j++;
        if (i == a.len || j == b.len)
            return i == a.len && j == b.len;
        if (a.at[i] != b.at[j])
            return false;
    }
}

static void check_same(const struct seen *a, const struct seen *b)
{
    require(same_but_line_ends(buf_text(&a->out), buf_text(&b->out)));
    require(same_but_line_ends(text_make(buf_text(&a->out).at, a->before_end),
                               text_make(buf_text(&b->out).at, b->before_end)));
    require(a->facts.content == b->facts.content && a->facts.finished == b->facts.finished);
    require(a->facts.done == b->facts.done && a->facts.policy == b->facts.policy);
    require(a->facts.prompt_tokens == b->facts.prompt_tokens);
    require(a->facts.completion_tokens == b->facts.completion_tokens);
    require(a->facts.failure == b->facts.failure);
    require(strcmp(a->facts.error.message, b->facts.error.message) == 0);
    require(strcmp(a->facts.error.code, b->facts.error.code) == 0);
}

/* All that we write ourselves is events of valid JSON, a [DONE], or a comment. */
static void check_events(struct text out)
{
    bool done = false;
    while (out.len > 0) {
        const char *end = memmem(out.at, out.len, "\n", 1);
        require(end != NULL);
        struct text line = text_make(out.at, (size_t)(end - out.at));
        out = text_skip(out, line.len + 1);
        if (line.len == 0 || line.at[0] == ':')
            continue;
        require(!done && text_starts_nocase(line, "data: "));
        line = text_skip(line, 6);
        done = text_equals(line, "[DONE]");
        require(done || is_object(line));
    }
}

/* What ends a stream that broke may be the provider's own error event, as it came. */
static bool is_own_error(struct text end, struct text input)
{
    const char *line_end = end.len ? memchr(end.at, '\n', end.len) : NULL;
    struct text line = text_make(end.at, line_end ? (size_t)(line_end - end.at) : end.len);
    return text_starts_nocase(line, "event: error") &&
           memmem(input.at, input.len, line.at, line.len);
}

static void check_end(const struct play *play, struct text input, const struct seen *seen)
{
    struct text out = buf_text(&seen->out), end = text_skip(out, seen->before_end);
    const struct answer_facts *facts = &seen->facts;
    require_plain(text_of(facts->error.message));
    bool messages = play->variant == MESSAGES_PASS;
    bool passed = play->variant == PASS || play->variant == RESPONSES || messages;
    if (passed && !facts->reshaped)
        require(begins_with(input, text_make(out.at, seen->before_end)));
    else
        check_events(is_own_error(end, input) ? text_cut(out, seen->before_end) : out);
    if (messages)
        require(facts->failure != FAILURE_NONE
                    ? !holds(end, "event: message_stop") || holds(input, "message_stop")
                    : facts->content && facts->done);
    else if (facts->failure != FAILURE_NONE)
        require(!holds(end, "data: [DONE]") || holds(input, "[DONE]"));
    else if (play->variant != RESPONSES)
        require((facts->finished || facts->done) && holds(out, "[DONE]"));
}

static void stream(const struct play *play, struct text input, size_t step)
{
    struct seen whole, pieces;
    run(play, input, input.len + 1, &whole);
    run(play, input, step, &pieces);
    if (!is_whole_body(play, input))
        check_same(&whole, &pieces);
    check_end(play, input, &whole);
    buf_done(&whole.out);
    buf_done(&pieces.out);
}

static void fill(struct resume *resume, struct text out, size_t step)
{
    resume_init(resume, &dialect_openai);
    while (out.len > 0) {
        size_t n = step < out.len ? step : out.len;
        resume_feed(resume, text_make(out.at, n));
        out = text_skip(out, n);
    }
}

/* What the app has is read alike in any pieces; then another provider goes on behind it. */
static void go_on(const struct play *play, struct text input, size_t step)
{
    struct resume whole, pieces;
    struct text had = take_until(&input, '\xff');
    fill(&whole, had, had.len + 1);
    fill(&pieces, had, step);
    require(resume_possible(&whole) == resume_possible(&pieces));
    require(same(buf_text(&whole.text), buf_text(&pieces.text)));
    require(same(buf_text(&whole.id), buf_text(&pieces.id)) && whole.created == pieces.created);
    if (resume_possible(&whole)) {
        struct play behind = *play;
        behind.options.resume = &whole;
        behind.options.seam = "ollama";
        stream(&behind, input, step);
    }
    resume_done(&whole);
    resume_done(&pieces);
}

/* Read at once, or as it comes. */
static void whole_by(const struct play *play, struct text input, struct relay_reading *reading,
                     struct buf *out, struct answer_facts *facts)
{
    static const char *const types[] = {NULL, "application/json", "text/html", "text/event-stream"};
    const char *type = types[play->transport % 4];
    buf_init(out, 1u << 20);
    require(buf_append_text(out, input) == 0);
    relay_whole(&play->options, reading, type ? text_of(type) : text_make(NULL, 0), out, facts);
    require_plain(text_of(facts->error.message));
    if (facts->failure != FAILURE_NONE)
        return;
    require(facts->content && is_object(buf_text(out)));
    if (play->options.from == play->options.app && !facts->reshaped)
        require(same(buf_text(out), input));
}

static void whole(const struct play *play, struct text input, size_t step)
{
    struct answer_facts facts, in_pieces;
    struct buf out, same_out;
    whole_by(play, input, NULL, &out, &facts);
    struct relay_reading *reading = relay_reading_new(&play->options);
    if (reading) {
        for (size_t len = 0; len < input.len; len += step)
            relay_reading_more(reading, text_cut(input, len));
        whole_by(play, input, reading, &same_out, &in_pieces);
        require(same(buf_text(&out), buf_text(&same_out)));
        require(facts.failure == in_pieces.failure && facts.tool_calls == in_pieces.tool_calls);
        require(facts.prompt_tokens == in_pieces.prompt_tokens);
        require(strcmp(facts.error.message, in_pieces.error.message) == 0);
        buf_done(&same_out);
    }
    relay_reading_free(reading);
    buf_done(&out);
}

/* Who speaks what. from: NULL = as the app does. */
static const struct {
    const struct dialect *app, *from;
    bool completions; /* or the app asks for those */
} ways[VARIANTS] = {
    [PASS] = {&dialect_openai, NULL, true},
    [TRANSLATE] = {&dialect_openai, &dialect_ollama, true},
    [COMPLETIONS] = {&dialect_completions, &dialect_ollama, false},
    [RESPONSES] = {&dialect_responses, NULL, false},
    [RESUME_PASS] = {&dialect_openai, NULL, false},
    [RESUME_TRANSLATE] = {&dialect_openai, &dialect_ollama, false},
    [WHOLE] = {&dialect_openai, NULL, true},
    [MESSAGES_PASS] = {&dialect_anthropic, NULL, false},
    [MESSAGES_TRANSLATE] = {&dialect_openai, &dialect_anthropic, false},
};

static void choose_dialects(struct play *play, uint8_t flags)
{
    enum variant variant = play->variant;
    const struct dialect *app = ways[variant].app, *from = ways[variant].from;
    if (ways[variant].completions && flags & 32)
        app = &dialect_completions;
    if (variant == WHOLE && flags & 64)
        from = &dialect_ollama;
    play->options.app = app;
    play->options.from = from ? from : app;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = text_make((const char *)data, size);
    if (size < 4)
        return 0;
    enum variant variant = (enum variant)(take_byte(&input) % VARIANTS);
    uint8_t flags = take_byte(&input);
    size_t step = take_byte(&input) % 16u + 1u;
    struct play play = {
        .variant = variant,
        .transport = (enum transport)(take_byte(&input) % TRANSPORT_COUNT),
        .drained = flags & 1,
        .options = {.identity = {"chatcmpl-X", "m:1", 1764000000},
                    .include_usage = flags & 2,
                    .one_tool_call = flags & 4,
                    .legacy_call = flags & 8,
                    .prefilled = flags & 16,
                    .echo = variant == COMPLETIONS && flags & 32 ? text_of("\"Once \\u00e9\"")
                                                                 : text_make(NULL, 0)},
    };
    choose_dialects(&play, flags);
    if (variant == RESUME_PASS || variant == RESUME_TRANSLATE)
        go_on(&play, input, step);
    else if (variant == WHOLE)
        whole(&play, input, step);
    else
        stream(&play, input, step);
    return 0;
}
