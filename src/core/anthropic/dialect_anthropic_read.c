/*
 * Reads Anthropic's answers. Events:
 *
 *     message_start  |  blocks ...  |  message_delta  |  message_stop     ping, error at any place
 *     a block:  content_block_start  |  content_block_delta ...  |  content_block_stop
 *
 * One block is told at a time. Blocks that say nothing to others (what the server's own tools were
 * asked and gave, thoughts that are sealed) are left out, and so are events that we do not know:
 * new ones may come (platform.claude.com/docs/en/build-with-claude/streaming, read 2026-11).
 *
 * Without a tree: the input of a tool keeps its bytes.
 */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "json/jsonspan.h"
#include "text/count.h"

static const char not_json[] = "Anthropic sent something that is not JSON";

/* ---- numbers */

/* Whatever is no count leaves *ret as it is. */
static void note_count(struct text value, int64_t *ret)
{
    int64_t count;
    if (jsonspan_count(value, &count))
        *ret = count + 1;
}

void dialect_anthropic_note_tokens(struct dialect_anthropic_tokens *tokens, struct text usage)
{
    struct jsonspan_wanted wanted[] = {{.name = "input_tokens"},
                                       {.name = "cache_creation_input_tokens"},
                                       {.name = "cache_read_input_tokens"},
                                       {.name = "output_tokens"}};
    if (jsonspan_type(usage) != JSONSPAN_OBJECT)
        return;
    jsonspan_pick(usage, wanted, COUNT(wanted));
    note_count(wanted[0].value, &tokens->input);
    note_count(wanted[1].value, &tokens->written);
    note_count(wanted[2].value, &tokens->read);
    note_count(wanted[3].value, &tokens->output);
}

int64_t dialect_anthropic_prompt_tokens(const struct dialect_anthropic_tokens *tokens)
{
    int64_t sum = 0;
    const int64_t parts[] = {tokens->input, tokens->written, tokens->read};
    if (tokens->input == 0)
        return -1;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (parts[i] && __builtin_add_overflow(sum, parts[i] - 1, &sum))
            return -1;
    return sum;
}

static void tell_usage(const struct dialect_anthropic_tokens *tokens, struct chat_delta *delta)
{
    delta->usage.prompt = dialect_anthropic_prompt_tokens(tokens);
    delta->usage.completion = tokens->output - 1;
    delta->usage.cached = tokens->read - 1;
    delta->usage.cache_written = tokens->written - 1;
}

/* ---- parts of both */

/* Makes room for all that can be decoded out of json, which is never longer than json itself: no
 * text moves while the others are added. */
static int make_room(struct text json, struct chat_delta *delta)
{
    int r = buf_append_text(&delta->strings, json);
    buf_reset(&delta->strings);
    return r;
}

/* Decodes the value when it is a string; else *ret stays as it is. */
static int read_string(struct text value, struct buf *strings, struct text *ret)
{
    size_t start = strings->len;
    if (jsonspan_type(value) != JSONSPAN_STRING)
        return 0;
    int r = jsonspan_decode(value, strings);
    if (r == 0 && strings->len > start)
        *ret = text_make(strings->data + start, strings->len - start);
    return r;
}

static int read_member(struct text object, const char *name, struct buf *strings, struct text *ret)
{
    struct text value;
    *ret = text_make("", 0);
    return jsonspan_get(object, name, &value) ? read_string(value, strings, ret) : 0;
}

static enum dialect_anthropic_block block_of(struct text type)
{
    static const struct {
        const char *name;
        enum dialect_anthropic_block block;
    } blocks[] = {{"text", DIALECT_ANTHROPIC_TEXT},
                  {"thinking", DIALECT_ANTHROPIC_THINKING},
                  {"tool_use", DIALECT_ANTHROPIC_TOOL_USE}};
    for (size_t i = 0; i < COUNT(blocks); i++)
        if (jsonspan_name_is(type, blocks[i].name))
            return blocks[i].block;
    return DIALECT_ANTHROPIC_NONE;
}

/* How it ended; a reason that is still to come is an end like others. */
static enum chat_finish finish_of(struct text reason)
{
    static const struct {
        const char *word;
        enum chat_finish finish;
    } reasons[] = {{"max_tokens", CHAT_FINISH_LENGTH},
                   {"model_context_window_exceeded", CHAT_FINISH_LENGTH},
                   {"stop_sequence", CHAT_FINISH_STOP_SEQUENCE},
                   {"tool_use", CHAT_FINISH_TOOL_CALLS},
                   {"refusal", CHAT_FINISH_FILTER}};
    if (jsonspan_type(reason) != JSONSPAN_STRING)
        return CHAT_FINISH_NONE;
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (jsonspan_name_is(reason, reasons[i].word))
            return reasons[i].finish;
    return CHAT_FINISH_STOP;
}

/* stop_reason and stop_sequence, of an answer or of a delta. */
static int read_stop(struct text object, struct chat_delta *delta)
{
    struct jsonspan_wanted wanted[] = {{.name = "stop_reason"}, {.name = "stop_sequence"}};
    jsonspan_pick(object, wanted, COUNT(wanted));
    delta->finish = finish_of(wanted[0].value);
    return read_string(wanted[1].value, &delta->strings, &delta->stop_sequence);
}

static bool holds_members(struct text object)
{
    struct text name, value;
    size_t position = 0;
    return jsonspan_type(object) == JSONSPAN_OBJECT &&
           jsonspan_member(object, &position, &name, &value);
}

static int say_more(struct chat_delta *delta, struct text text)
{
    struct chat_piece *piece = chat_add_piece(delta, CHAT_PIECE_CALL_MORE);
    if (!piece)
        return -ENOMEM;
    piece->call = delta->calls;
    piece->text = text;
    return 0;
}

/* An object, its text, or nothing. Anything else cannot be what the tool was asked. */
static int read_whole_input(struct text block, struct buf *strings, struct text *ret,
                            struct error *reterr)
{
    struct text value = text_make("", 0);
    bool told = jsonspan_get(block, "input", &value) && jsonspan_type(value) != JSONSPAN_NULL;
    *ret = text_make("", 0);
    if (jsonspan_type(value) == JSONSPAN_STRING)
        return read_string(value, strings, ret);
    if (told && jsonspan_type(value) != JSONSPAN_OBJECT) {
        error_set(reterr, "a tool call whose input is no JSON object");
        return -EPROTO;
    }
    if (holds_members(value))
        *ret = value;
    return 0;
}

/* The beginning of a call, with its input where that is there already. 1: it was. */
static int begin_call(struct text block, struct chat_delta *delta, struct error *reterr)
{
    struct text none = text_make("", 0), input = none, id = none, name = none;
    int r = read_member(block, "id", &delta->strings, &id);
    if (r == 0)
        r = read_member(block, "name", &delta->strings, &name);
    if (r == 0)
        r = read_whole_input(block, &delta->strings, &input, reterr);
    if (r < 0)
        return r;
    if (name.len == 0) {
        error_set(reterr, "a tool call without the name of a tool");
        return -EPROTO;
    }
    struct chat_piece *piece = chat_add_piece(delta, CHAT_PIECE_CALL_BEGIN);
    if (!piece)
        return -ENOMEM;
    piece->call = delta->calls;
    piece->id = id;
    piece->name = name;
    if (input.len == 0)
        return 0;
    r = say_more(delta, input);
    return r < 0 ? r : 1;
}

static int end_call(struct chat_delta *delta, bool has_input)
{
    int r = has_input ? 0 : say_more(delta, text_of("{}"));
    struct chat_piece *piece = r == 0 ? chat_add_piece(delta, CHAT_PIECE_CALL_END) : NULL;
    if (!piece)
        return -ENOMEM;
    piece->call = delta->calls++;
    return 0;
}

/* ---- events */

/* What an event is read by; the value is at NULL where it is absent. */
enum { TYPE, FAULT, INDEX, BLOCK, DELTA, MESSAGE, USAGE, PARTS };
#define PARTS_WANTED                                                                               \
    {                                                                                              \
        [TYPE] = {.name = "type"}, [FAULT] = {.name = "error"}, [INDEX] = {.name = "index"},       \
        [BLOCK] = {.name = "content_block"}, [DELTA] = {.name = "delta"},                          \
        [MESSAGE] = {.name = "message"}, [USAGE] = {                                               \
            .name = "usage"                                                                        \
        }                                                                                          \
    }

static int end_block(struct dialect_anthropic_reader *reader, struct chat_delta *delta)
{
    bool call = reader->open == DIALECT_ANTHROPIC_TOOL_USE;
    reader->open = DIALECT_ANTHROPIC_NONE;
    reader->begun = false;
    return call ? end_call(delta, reader->has_input) : 0;
}

static int64_t index_of(struct text value)
{
    int64_t index;
    return jsonspan_whole(value, &index) ? index : -1;
}

static int read_block_text(struct text block, enum chat_piece_kind kind, const char *member,
                           struct chat_delta *delta)
{
    struct text text;
    int r = read_member(block, member, &delta->strings, &text);
    return r < 0 ? r : chat_say(delta, kind, text);
}

/* The beginning of a text or thought has nothing in it, as a rule. */
static int start_block(struct dialect_anthropic_reader *reader,
                       const struct jsonspan_wanted event[static PARTS], struct chat_delta *delta,
                       struct error *reterr)
{
    const struct text block = event[BLOCK].value;
    int r = end_block(reader, delta);
    reader->begun = true;
    reader->open = block_of(jsonspan_value(block, "type"));
    reader->index = index_of(event[INDEX].value);
    reader->has_input = reader->whole_input = false;
    if (r < 0)
        return r;
    switch (reader->open) {
    case DIALECT_ANTHROPIC_NONE:
        return 0;
    case DIALECT_ANTHROPIC_TEXT:
        return read_block_text(block, CHAT_PIECE_TEXT, "text", delta);
    case DIALECT_ANTHROPIC_THINKING:
        return read_block_text(block, CHAT_PIECE_REASONING, "thinking", delta);
    case DIALECT_ANTHROPIC_TOOL_USE:
        r = begin_call(block, delta, reterr);
        reader->has_input = reader->whole_input = r > 0;
        return r < 0 ? r : 0;
    }
    return 0;
}

/* Some servers that speak so tell the whole input with the beginning, and once more in pieces. */
static int read_input(struct dialect_anthropic_reader *reader, struct text text,
                      struct chat_delta *delta)
{
    if (text.len == 0 || reader->whole_input)
        return 0;
    reader->has_input = true;
    return say_more(delta, text);
}

/* A delta of another kind than its block (a signature, a citation) has nothing to say. */
static int read_delta(struct dialect_anthropic_reader *reader,
                      const struct jsonspan_wanted event[static PARTS], struct chat_delta *delta,
                      struct error *reterr)
{
    const struct text of = event[DELTA].value;
    struct text text;
    if (!reader->begun || index_of(event[INDEX].value) != reader->index) {
        error_set(reterr, "Anthropic sent a piece of a block that is not open");
        return -EPROTO;
    }
    switch (reader->open) {
    case DIALECT_ANTHROPIC_NONE:
        return 0;
    case DIALECT_ANTHROPIC_TEXT:
        return read_block_text(of, CHAT_PIECE_TEXT, "text", delta);
    case DIALECT_ANTHROPIC_THINKING:
        return read_block_text(of, CHAT_PIECE_REASONING, "thinking", delta);
    case DIALECT_ANTHROPIC_TOOL_USE:
        break;
    }
    int r = read_member(of, "partial_json", &delta->strings, &text);
    return r < 0 ? r : read_input(reader, text, delta);
}

static void read_usage(struct dialect_anthropic_reader *reader, struct text usage,
                       struct chat_delta *delta)
{
    dialect_anthropic_note_tokens(&reader->tokens, usage);
    tell_usage(&reader->tokens, delta);
}

static int read_message_delta(struct dialect_anthropic_reader *reader,
                              const struct jsonspan_wanted event[static PARTS],
                              struct chat_delta *delta)
{
    int r = end_block(reader, delta);
    read_usage(reader, event[USAGE].value, delta);
    return r < 0 ? r : read_stop(event[DELTA].value, delta);
}

enum event { STARTS, BLOCK_STARTS, BLOCK_GOES_ON, BLOCK_STOPS, STOPS, IS_OVER, OTHER };

static enum event event_of(struct text type)
{
    static const char *const names[] = {
        [STARTS] = "message_start",
        [BLOCK_STARTS] = "content_block_start",
        [BLOCK_GOES_ON] = "content_block_delta",
        [BLOCK_STOPS] = "content_block_stop",
        [STOPS] = "message_delta",
        [IS_OVER] = "message_stop",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (jsonspan_name_is(type, names[i]))
            return (enum event)i;
    return OTHER;
}

static int read_event(struct dialect_anthropic_reader *reader,
                      const struct jsonspan_wanted event[static PARTS], struct chat_delta *delta,
                      struct error *reterr)
{
    switch (event_of(event[TYPE].value)) {
    case STARTS:
        read_usage(reader, jsonspan_value(event[MESSAGE].value, "usage"), delta);
        return 0;
    case BLOCK_STARTS:
        return start_block(reader, event, delta, reterr);
    case BLOCK_GOES_ON:
        return read_delta(reader, event, delta, reterr);
    case BLOCK_STOPS:
        return end_block(reader, delta);
    case STOPS:
        return read_message_delta(reader, event, delta);
    case IS_OVER:
        delta->done = true;
        return end_block(reader, delta);
    case OTHER:
        return 0;
    }
    return 0;
}

bool dialect_anthropic_is_error(struct text type, struct text error)
{
    return (type.at && jsonspan_name_is(type, "error")) ||
           (error.at && jsonspan_type(error) == JSONSPAN_OBJECT);
}

void dialect_anthropic_event_read(void *state, const struct dialect_event *event,
                                  struct chat_delta *delta, struct answer_facts *facts)
{
    struct dialect_anthropic_reader *reader = state;
    struct jsonspan_wanted parts[PARTS] = PARTS_WANTED;
    struct error why = ERROR_NONE;
    chat_delta_reset(delta);
    if (jsonspan_read(event->data, parts, PARTS, NULL) < 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", not_json);
        return;
    }
    if (dialect_anthropic_is_error(parts[TYPE].value, parts[FAULT].value)) {
        answer_fail_told(facts, SPEAKER_OPENAI, event->data);
        return;
    }
    int r = make_room(event->data, delta);
    if (r == 0)
        r = read_event(reader, parts, delta, &why);
    if (r < 0)
        answer_fail_read(facts, &why);
}

/* ---- a whole answer */

static int read_block(struct text block, struct chat_delta *delta, struct error *reterr)
{
    struct text type = text_make("", 0);
    int r = 0;
    (void)jsonspan_get(block, "type", &type);
    switch (block_of(type)) {
    case DIALECT_ANTHROPIC_NONE:
        return 0;
    case DIALECT_ANTHROPIC_TEXT:
        return read_block_text(block, CHAT_PIECE_TEXT, "text", delta);
    case DIALECT_ANTHROPIC_THINKING:
        return read_block_text(block, CHAT_PIECE_REASONING, "thinking", delta);
    case DIALECT_ANTHROPIC_TOOL_USE:
        r = begin_call(block, delta, reterr);
        return r < 0 ? r : end_call(delta, r > 0);
    }
    return 0;
}

static int read_message(struct text body, struct chat_delta *delta, struct error *reterr)
{
    struct jsonspan_wanted wanted[] = {{.name = "content"}, {.name = "usage"}};
    struct dialect_anthropic_tokens tokens = {0};
    struct text block;
    size_t position = 0;
    int r = make_room(body, delta);
    jsonspan_pick(body, wanted, COUNT(wanted));
    if (jsonspan_type(wanted[0].value) != JSONSPAN_ARRAY) {
        error_set(reterr, "Anthropic sent JSON that is no answer");
        return -EPROTO;
    }
    while (r == 0 && jsonspan_next(wanted[0].value, &position, &block))
        r = read_block(block, delta, reterr);
    if (r == 0)
        r = read_stop(body, delta);
    dialect_anthropic_note_tokens(&tokens, wanted[1].value);
    tell_usage(&tokens, delta);
    delta->done = true;
    return r;
}

void dialect_anthropic_answer_read(struct text body, struct chat_delta *delta,
                                   struct answer_facts *facts)
{
    struct jsonspan_wanted wanted[] = {{.name = "type"}, {.name = "error"}};
    struct error why = ERROR_NONE;
    chat_delta_reset(delta);
    if (body.len == 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "the answer is empty");
        return;
    }
    if (jsonspan_check(body, NULL) < 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "%s", not_json);
        return;
    }
    jsonspan_pick(body, wanted, COUNT(wanted));
    if (dialect_anthropic_is_error(wanted[0].value, wanted[1].value))
        answer_fail_told(facts, SPEAKER_OPENAI, body);
    else if (read_message(body, delta, &why) < 0)
        answer_fail_read(facts, &why);
}
