/*
 * Reads answers of chat/completions, whole and in chunks, for apps that speak otherwise. Servers of
 * this dialect differ: what was thought has three names, content may be a list of parts, a call may
 * come in pieces by its index or whole without one, calls one after the other or side by side,
 * usage with the finish_reason or behind it. What is an error the judge says, as for answers that
 * are passed on.
 */
#include <errno.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "openai/judge.h"
#include "text/count.h"

/* Texts must not move while others are added: nothing decoded is longer than its JSON. */
static int make_room(struct text json, struct chat_delta *delta)
{
    int r = buf_append_text(&delta->strings, json);
    buf_reset(&delta->strings);
    return r;
}

/* Empty for what is no string. */
static int decode(struct text value, struct chat_delta *delta, struct text *ret)
{
    size_t start = delta->strings.len;
    *ret = text_make("", 0);
    if (jsonspan_type(value) != JSONSPAN_STRING)
        return 0;
    int r = jsonspan_decode(value, &delta->strings);
    if (r == 0)
        *ret = text_make(delta->strings.data + start, delta->strings.len - start);
    return r;
}

static int say(struct text value, enum chat_piece_kind kind, struct chat_delta *delta)
{
    struct text text;
    int r = decode(value, delta, &text);
    return r == 0 ? chat_say(delta, kind, text) : r;
}

/* ---- text */

/* {"type": "text", "text"}, {"type": "thinking", "thinking": text or such parts} (Mistral). */
static int say_part(struct text part, enum chat_piece_kind kind, struct chat_delta *delta)
{
    struct jsonspan_wanted wanted[] = {{.name = "text"}, {.name = "thinking"}};
    struct text inner, value;
    size_t position = 0;
    int r = 0;
    jsonspan_pick(part, wanted, COUNT(wanted));
    if (wanted[0].value.at)
        r = say(wanted[0].value, kind, delta);
    if (r < 0 || !wanted[1].value.at)
        return r;
    if (jsonspan_type(wanted[1].value) != JSONSPAN_ARRAY)
        return say(wanted[1].value, CHAT_PIECE_REASONING, delta);
    while (r == 0 && jsonspan_next(wanted[1].value, &position, &inner))
        if (jsonspan_get(inner, "text", &value))
            r = say(value, CHAT_PIECE_REASONING, delta);
    return r;
}

static int say_content(struct text content, struct chat_delta *delta)
{
    struct text part;
    size_t position = 0;
    int r = 0;
    if (jsonspan_type(content) != JSONSPAN_ARRAY)
        return say(content, CHAT_PIECE_TEXT, delta);
    while (r == 0 && jsonspan_next(content, &position, &part))
        r = say_part(part, CHAT_PIECE_TEXT, delta);
    return r;
}

/* ---- calls */

/* A string that is not empty, or an object. */
static bool holds_something(struct text value)
{
    enum jsonspan_type type = jsonspan_type(value);
    return type == JSONSPAN_OBJECT || (type == JSONSPAN_STRING && value.len > 2);
}

static uint32_t hash(struct text value)
{
    uint32_t h = 2166136261u;
    if (jsonspan_type(value) != JSONSPAN_STRING || value.len <= 2)
        return 0;
    for (size_t i = 0; i < value.len; i++)
        h = (h ^ (unsigned char)value.at[i]) * 16777619u;
    return h ? h : 1;
}

static int end_call(struct dialect_openai_reader *reader, size_t number, struct chat_delta *delta)
{
    struct chat_piece *piece = chat_add_piece(delta, CHAT_PIECE_CALL_END);
    if (!piece)
        return -ENOMEM;
    piece->call = number;
    reader->calls[number].ended = true;
    return 0;
}

/* Those that are whole, or all. */
static int end_calls(struct dialect_openai_reader *reader, bool all, struct chat_delta *delta)
{
    int r = 0;
    for (size_t i = 0; i < reader->count && r == 0; i++)
        if (!reader->calls[i].ended && (all || reader->calls[i].whole))
            r = end_call(reader, i, delta);
    return r;
}

/* Goes on with what is known of the call's arguments. */
static void follow(struct dialect_openai_begun *call, struct text arguments)
{
    for (size_t i = 0; i < arguments.len; i++) {
        char c = arguments.at[i];
        if (call->in_string) {
            call->in_string = c != '"' || call->escaped;
            call->escaped = c == '\\' && !call->escaped;
        } else if (c == '"') {
            call->in_string = true;
        } else if (c == '{' || c == '[') {
            call->depth++;
        } else if ((c == '}' || c == ']') && call->depth) {
            call->whole = --call->depth == 0;
        }
    }
}

/* What a piece of a call tells of it. */
struct told {
    int64_t index; /* or where it stands in its list, for those that have none */
    bool indexed;
    bool named;
    uint32_t id; /* a hash; 0 = it has none */
};

/* The call that a piece goes on with, the latest first. False: it begins another one. Some servers
 * give all calls the same index, or none: there a name begins one. */
static bool find_call(const struct dialect_openai_reader *reader, const struct told *told,
                      size_t *ret)
{
    for (size_t i = reader->count; i-- > 0;) {
        const struct dialect_openai_begun *call = &reader->calls[i];
        bool ids = told->id && call->id;
        bool other = told->named && (ids ? call->id != told->id : !told->indexed);
        if (call->index == told->index && !other) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static int begin_call(struct dialect_openai_reader *reader, int64_t index, struct text id,
                      struct text name, struct chat_delta *delta)
{
    struct chat_piece *piece = chat_add_piece(delta, CHAT_PIECE_CALL_BEGIN);
    if (!piece)
        return -ENOMEM;
    size_t number = reader->count++;
    reader->calls[number] = (struct dialect_openai_begun){.index = index, .id = hash(id)};
    struct text given = {0}, called = {0};
    int r = decode(id, delta, &given);
    if (r == 0)
        r = decode(name, delta, &called);
    piece->call = number;
    piece->id = given;
    piece->name = called;
    delta->calls = reader->count;
    return r;
}

/* Some send the object itself. */
static int say_arguments(struct dialect_openai_reader *reader, struct text arguments, size_t number,
                         struct chat_delta *delta)
{
    struct text text = arguments;
    int r = 0;
    if (jsonspan_type(arguments) != JSONSPAN_OBJECT)
        r = decode(arguments, delta, &text);
    if (r < 0 || text.len == 0)
        return r;
    struct chat_piece *piece = chat_add_piece(delta, CHAT_PIECE_CALL_MORE);
    if (!piece)
        return -ENOMEM;
    piece->call = number;
    piece->text = text;
    follow(&reader->calls[number], text);
    return 0;
}

/* function: {"name", "arguments"}. A piece of a call that has ended has no place any more, and
 * without it the call would be another one. So would the answer without a call, or one without a
 * name; where nothing else is told of it either, it has not begun. */
static int take_function(struct dialect_openai_reader *reader, struct told *told, struct text id,
                         struct text function, struct chat_delta *delta)
{
    struct jsonspan_wanted inner[] = {{.name = "name"}, {.name = "arguments"}};
    size_t number = 0;
    int r = 0;
    jsonspan_pick(function, inner, COUNT(inner));
    bool argued = holds_something(inner[1].value);
    told->named = hash(inner[0].value) != 0;
    told->id = hash(id);
    if (!find_call(reader, told, &number)) {
        if (!told->named && !argued)
            return 0;
        if (!told->named || reader->count == DIALECT_OPENAI_CALLS_MAX)
            return -EPROTO;
        r = end_calls(reader, false, delta);
        if (r == 0)
            r = begin_call(reader, told->index, id, inner[0].value, delta);
        number = reader->count - 1;
    }
    if (r < 0 || !argued)
        return r;
    return reader->calls[number].ended ? -EPROTO
                                       : say_arguments(reader, inner[1].value, number, delta);
}

static int take_call(struct dialect_openai_reader *reader, struct text json, int64_t at,
                     struct chat_delta *delta)
{
    struct jsonspan_wanted outer[] = {{.name = "index"}, {.name = "id"}, {.name = "function"}};
    struct told told = {.index = at};
    jsonspan_pick(json, outer, COUNT(outer));
    if (outer[0].value.at)
        told.indexed = jsonspan_whole(outer[0].value, &told.index);
    return take_function(reader, &told, outer[1].value,
                         outer[2].value.at ? outer[2].value : text_of("{}"), delta);
}

static int take_calls(struct dialect_openai_reader *reader, struct text calls,
                      struct chat_delta *delta)
{
    struct text call;
    size_t position = 0;
    int64_t at = 0;
    int r = 0;
    while (r == 0 && jsonspan_next(calls, &position, &call))
        r = take_call(reader, call, at++, delta);
    return r;
}

/* ---- choices */

/* A delta, or the message of a whole answer. */
static int take_message(struct dialect_openai_reader *reader, struct text message,
                        struct chat_delta *delta)
{
    struct jsonspan_wanted wanted[] = {{.name = "reasoning_content"}, {.name = "reasoning"},
                                       {.name = "content"},           {.name = "refusal"},
                                       {.name = "tool_calls"},        {.name = "function_call"}};
    struct told only = {.indexed = true}; /* the older form has one call at most */
    int r = 0;
    jsonspan_pick(message, wanted, COUNT(wanted));
    struct text thought = holds_something(wanted[0].value) ? wanted[0].value : wanted[1].value;
    if (thought.at)
        r = say(thought, CHAT_PIECE_REASONING, delta);
    if (r == 0 && wanted[2].value.at)
        r = say_content(wanted[2].value, delta);
    if (r == 0 && holds_something(wanted[3].value)) {
        reader->refused = true;
        r = say(wanted[3].value, CHAT_PIECE_TEXT, delta);
    }
    if (r == 0 && wanted[4].value.at)
        r = take_calls(reader, wanted[4].value, delta);
    if (r == 0 && jsonspan_type(wanted[5].value) == JSONSPAN_OBJECT)
        r = take_function(reader, &only, (struct text){0}, wanted[5].value, delta);
    return r;
}

static enum chat_finish finish_of(const struct dialect_openai_reader *reader, struct text reason)
{
    static const struct {
        const char *word;
        enum chat_finish finish;
    } words[] = {{"length", CHAT_FINISH_LENGTH},
                 {"tool_calls", CHAT_FINISH_TOOL_CALLS},
                 {"function_call", CHAT_FINISH_TOOL_CALLS},
                 {"content_filter", CHAT_FINISH_FILTER},
                 {"sensitive", CHAT_FINISH_FILTER}};
    for (size_t i = 0; i < COUNT(words); i++)
        if (jsonspan_name_is(reason, words[i].word))
            return words[i].finish;
    if (reader->refused)
        return CHAT_FINISH_FILTER;
    return reader->count ? CHAT_FINISH_TOOL_CALLS : CHAT_FINISH_STOP;
}

/* Half of a call stays one where the limit cut it. */
static int take_finish(struct dialect_openai_reader *reader, struct text reason,
                       struct chat_delta *delta)
{
    if (jsonspan_type(reason) != JSONSPAN_STRING || reason.len <= 2)
        return 0;
    delta->finish = finish_of(reader, reason);
    reader->finished = true;
    return delta->finish == CHAT_FINISH_LENGTH ? 0 : end_calls(reader, true, delta);
}

static void take_logprobs(struct text logprobs, struct chat_delta *delta)
{
    struct text content, first;
    if (jsonspan_get(logprobs, "content", &content) && jsonspan_item(content, 0, &first))
        delta->logprobs = content;
}

enum { INDEX, DELTA, MESSAGE, FINISH, LOGPROBS, CHOICE_PARTS };

static int take_choice(struct dialect_openai_reader *reader,
                       const struct jsonspan_wanted choice[static CHOICE_PARTS],
                       struct chat_delta *delta)
{
    int r = 0;
    struct text message =
        holds_something(choice[DELTA].value) ? choice[DELTA].value : choice[MESSAGE].value;
    if (choice[LOGPROBS].value.at)
        take_logprobs(choice[LOGPROBS].value, delta);
    if (message.at)
        r = take_message(reader, message, delta);
    return r == 0 && choice[FINISH].value.at ? take_finish(reader, choice[FINISH].value, delta) : r;
}

/* The first of index 0, or without one. One was asked for: others that come beside it, or between
 * its pieces, are another answer. */
static bool find_choice(struct text choices, struct jsonspan_wanted ret[static CHOICE_PARTS])
{
    struct text choice;
    int64_t number;
    size_t position = 0;
    while (jsonspan_next_pick(choices, &position, ret, CHOICE_PARTS, &choice))
        if (!jsonspan_whole(ret[INDEX].value, &number) || number == 0)
            return true;
    return false;
}

/* json: all of the event or the body. */
static int take_choices(struct dialect_openai_reader *reader, struct text json,
                        const struct judge_read *read, struct chat_delta *delta)
{
    struct jsonspan_wanted choice[CHOICE_PARTS] = {[INDEX] = {.name = "index"},
                                                   [DELTA] = {.name = "delta"},
                                                   [MESSAGE] = {.name = "message"},
                                                   [FINISH] = {.name = "finish_reason"},
                                                   [LOGPROBS] = {.name = "logprobs"}};
    int r = make_room(json, delta);
    if (read->usage.at)
        dialect_openai_read_usage(read->usage, &delta->usage);
    if (r < 0 || !find_choice(read->choices, choice))
        return r;
    reader->begun = true;
    return take_choice(reader, choice, delta);
}

static void keep_failure(const struct answer_facts *from, struct answer_facts *facts)
{
    if (from->failure == FAILURE_NONE)
        return;
    answer_fail_error(facts, from->failure, &from->error);
    facts->repeats = from->repeats;
}

static void fail_read(struct answer_facts *facts, int r)
{
    if (r == -EPROTO)
        answer_fail(facts, FAILURE_PROTOCOL, "the provider sent tool calls that do not fit");
    else if (r < 0)
        answer_fail_errno(facts, r);
}

/* [DONE] ends it, also where no choice has had its finish_reason. */
static int take_done(struct dialect_openai_reader *reader, struct chat_delta *delta,
                     struct answer_facts *facts)
{
    if (!reader->begun)
        answer_fail(facts, FAILURE_PROTOCOL, ANSWER_EMPTY);
    delta->done = true;
    if (reader->finished || !reader->begun)
        return 0;
    delta->finish = finish_of(reader, (struct text){0});
    return end_calls(reader, true, delta);
}

/* A chunk that is broken may have said something that nobody would miss. One that never was JSON
 * says nothing. */
void dialect_openai_event_read(void *reader, const struct dialect_event *event,
                               struct chat_delta *delta, struct answer_facts *facts)
{
    struct answer_facts judged = answer_facts_none();
    struct judge judge = {0};
    chat_delta_reset(delta);
    if (!event->data.at && !text_equals(event->name, "error"))
        return;
    const struct judge_read read = judge_read_event(&judge, event->name, event->data, &judged);
    keep_failure(&judged, facts);
    if (judged.failure != FAILURE_NONE)
        return;
    int r = 0;
    if (judged.done)
        r = take_done(reader, delta, facts);
    else if (read.json)
        r = take_choices(reader, event->data, &read, delta);
    else if (text_starts(text_trim(event->data), "{"))
        answer_fail(facts, FAILURE_PROTOCOL, "the provider sent a chunk that is broken");
    fail_read(facts, r);
}

void dialect_openai_answer_read(struct text body, struct chat_delta *delta,
                                struct answer_facts *facts)
{
    struct answer_facts judged = answer_facts_none();
    struct dialect_openai_reader reader = {.count = 0};
    struct jsonspan_wanted wanted[] = {{.name = "choices"}, {.name = "usage"}};
    chat_delta_reset(delta);
    judge_whole((struct text){0}, body, &judged);
    keep_failure(&judged, facts);
    if (judged.failure != FAILURE_NONE)
        return;
    jsonspan_pick(body, wanted, COUNT(wanted));
    const struct judge_read read = {.choices = wanted[0].value, .usage = wanted[1].value};
    int r = take_choices(&reader, body, &read, delta);
    if (r == 0 && !reader.finished) {
        delta->finish = finish_of(&reader, (struct text){0});
        r = end_calls(&reader, true, delta);
    }
    delta->done = true;
    fail_read(facts, r);
}
