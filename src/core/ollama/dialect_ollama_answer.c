/*
 * Reads Ollama's answers. A line of a stream and a whole answer have the same members, so one
 * reader serves both, and that of /api/generate, too, whose text stands on top:
 *
 *     {"message": {"content", "thinking", "tool_calls"} or "response" and "thinking", "logprobs",
 *      "done", "done_reason", "prompt_eval_count", "eval_count"}
 *
 * Without a tree: arguments and logprobs keep their bytes, and with them numbers that no double
 * holds.
 */
#include <errno.h>
#include <string.h>

#include "json/jsonspan.h"
#include "ollama/dialect_ollama.h"
#include "text/count.h"

/*
 * Makes room for all that can be decoded out of json, which is never longer than json itself: no
 * text moves while the others are added.
 */
static int make_room(struct text json, struct chat_delta *delta)
{
    int r = buf_append_text(&delta->strings, json);
    buf_reset(&delta->strings);
    return r;
}

/* Decodes the member when it is a string; else *ret stays as it is. */
static int read_string(struct text object, const char *name, struct buf *strings, struct text *ret)
{
    struct text value;
    size_t start = strings->len;
    if (!jsonspan_get(object, name, &value) || jsonspan_type(value) != JSONSPAN_STRING)
        return 0;
    int r = jsonspan_decode(value, strings);
    if (r == 0 && strings->len > start)
        *ret = text_make(strings->data + start, strings->len - start);
    return r;
}

/* A count: a whole number that is not negative, 0 for anything else. */
static int64_t read_count(struct text object, const char *name)
{
    struct text value;
    int64_t count = 0;
    if (jsonspan_get(object, name, &value))
        (void)jsonspan_count(value, &count);
    return count;
}

static bool read_true(struct text object, const char *name)
{
    struct text value;
    return jsonspan_get(object, name, &value) && jsonspan_type(value) == JSONSPAN_TRUE;
}

/* The character that one of Go's escapes at at stands for, '\0' when it is another. */
static char go_escape(struct text at)
{
    static const struct {
        const char *escape;
        char c;
    } escapes[] = {{"\\u003c", '<'}, {"\\u003e", '>'}, {"\\u0026", '&'}};
    for (size_t i = 0; i < COUNT(escapes); i++)
        if (text_starts_nocase(at, escapes[i].escape))
            return escapes[i].c;
    return '\0';
}

/* Adds the front of rest, up to the next escape and with it, and takes it off. */
static int copy_piece(struct text *rest, struct buf *strings)
{
    const char *slash = memchr(rest->at, '\\', rest->len);
    size_t plain = slash ? (size_t)(slash - rest->at) : rest->len;
    char c = go_escape(text_skip(*rest, plain));
    size_t kept = slash && c == '\0' ? plain + 2 : plain;
    kept = kept < rest->len ? kept : rest->len;
    int r = buf_append(strings, rest->at, kept);
    if (r == 0 && c)
        r = buf_append(strings, &c, 1);
    *rest = text_skip(*rest, c ? plain + 6 : kept);
    return r;
}

/*
 * Adds JSON text to strings, with < > and & as themselves. Go escapes them for HTML's sake; no
 * model's arguments look so, and some apps show them before they parse them.
 */
static int copy_json(struct text json, struct buf *strings)
{
    int r = 0;
    while (r == 0 && json.len)
        r = copy_piece(&json, strings);
    return r;
}

/* An object, its text, or nothing. Anything else cannot be what the tool was asked. */
static int read_arguments(struct text function, struct buf *strings, struct text *ret,
                          struct error *reterr)
{
    struct text value;
    size_t start = strings->len;
    *ret = text_of("{}");
    if (!jsonspan_get(function, "arguments", &value) || jsonspan_type(value) == JSONSPAN_NULL)
        return 0;
    if (jsonspan_type(value) == JSONSPAN_STRING)
        return read_string(function, "arguments", strings, ret);
    if (jsonspan_type(value) != JSONSPAN_OBJECT) {
        error_set(reterr, "a tool call whose arguments are no JSON object");
        return -EPROTO;
    }
    int r = copy_json(value, strings);
    if (r == 0)
        *ret = text_make(strings->data + start, strings->len - start);
    return r;
}

static int read_call(struct text json, struct chat_delta *delta, struct error *reterr)
{
    struct text function = text_make("", 0);
    struct chat_call call = {0};
    (void)jsonspan_get(json, "function", &function);
    int r = read_string(json, "id", &delta->strings, &call.id);
    if (r == 0)
        r = read_string(function, "name", &delta->strings, &call.name);
    if (r == 0)
        r = read_arguments(function, &delta->strings, &call.arguments, reterr);
    if (r < 0)
        return r;
    if (call.name.len)
        return chat_say_call(delta, &call);
    error_set(reterr, "a tool call without the name of a function");
    return -EPROTO;
}

static int read_calls(struct text message, struct chat_delta *delta, struct error *reterr)
{
    struct text calls, call;
    size_t position = 0;
    int r = 0;
    if (!jsonspan_get(message, "tool_calls", &calls))
        return 0;
    while (r == 0 && jsonspan_next(calls, &position, &call))
        r = read_call(call, delta, reterr);
    return r;
}

static int read_message(struct text message, const char *name, struct chat_delta *delta,
                        struct error *reterr)
{
    struct text content = {0}, thinking = {0};
    int r = read_string(message, name, &delta->strings, &content);
    if (r == 0)
        r = read_string(message, "thinking", &delta->strings, &thinking);
    if (r == 0)
        r = chat_say(delta, CHAT_PIECE_REASONING, thinking);
    if (r == 0)
        r = chat_say(delta, CHAT_PIECE_TEXT, content);
    return r == 0 ? read_calls(message, delta, reterr) : r;
}

static void read_logprobs(struct text json, struct chat_delta *delta)
{
    struct text value, first;
    size_t position = 0;
    if (jsonspan_get(json, "logprobs", &value) && jsonspan_type(value) == JSONSPAN_ARRAY &&
        jsonspan_next(value, &position, &first))
        delta->logprobs = value;
}

/* The last line. load and unload answer a request without messages: nothing was generated. */
static int read_end(struct text json, struct chat_delta *delta, struct error *reterr)
{
    struct text reason = text_make("", 0);
    int r = read_string(json, "done_reason", &delta->strings, &reason);
    if (r < 0)
        return r;
    if (text_equals(reason, "load") || text_equals(reason, "unload")) {
        error_set(reterr, "Ollama has loaded or unloaded the model instead of answering");
        return -EPROTO;
    }
    delta->finish = CHAT_FINISH_STOP;
    if (text_equals(reason, "length"))
        delta->finish = CHAT_FINISH_LENGTH;
    else if (text_equals(reason, "content_filter")) /* Ollama knows none, but another of us does */
        delta->finish = CHAT_FINISH_FILTER;
    delta->usage.prompt = read_count(json, "prompt_eval_count");
    delta->usage.completion = read_count(json, "eval_count");
    delta->done = true;
    return 0;
}

/* {"error": "text"}, with status 200 once the stream has begun. */
static bool tells_error(struct text json, struct answer_facts *facts)
{
    struct text value;
    if (!jsonspan_get(json, "error", &value) || jsonspan_type(value) == JSONSPAN_NULL)
        return false;
    answer_fail_told(facts, SPEAKER_OLLAMA, json);
    return true;
}

static int read_line(struct text line, struct chat_delta *delta, struct error *reterr)
{
    struct text message, response;
    bool done = read_true(line, "done");
    bool has_message =
        jsonspan_get(line, "message", &message) && jsonspan_type(message) == JSONSPAN_OBJECT;
    bool generated = !has_message && jsonspan_get(line, "response", &response);
    if (!has_message && !generated && !done) {
        error_set(reterr, "Ollama sent JSON that is no answer");
        return -EPROTO;
    }
    int r = make_room(line, delta);
    if (r == 0 && has_message)
        r = read_message(message, "content", delta, reterr);
    else if (r == 0 && generated)
        r = read_message(line, "response", delta, reterr);
    if (r == 0)
        read_logprobs(line, delta);
    if (r == 0 && done)
        r = read_end(line, delta, reterr);
    return r;
}

static void read_answer(struct text json, struct chat_delta *delta, struct answer_facts *facts)
{
    struct error why = ERROR_NONE;
    chat_delta_reset(delta);
    if (jsonspan_check(json, NULL) < 0)
        answer_fail(facts, FAILURE_PROTOCOL, "Ollama sent something that is not JSON");
    else if (!tells_error(json, facts) && read_line(json, delta, &why) < 0)
        answer_fail_read(facts, &why);
}

void dialect_ollama_event_read(void *reader, const struct dialect_event *event,
                               struct chat_delta *delta, struct answer_facts *facts)
{
    (void)reader;
    read_answer(event->data, delta, facts);
}

/*
 * A runner that gave up, for instance at thirty equal tokens in a row, ends with done: false. What
 * there is, is not the answer.
 */
void dialect_ollama_answer_read(struct text body, struct chat_delta *delta,
                                struct answer_facts *facts)
{
    if (body.len == 0) {
        answer_fail(facts, FAILURE_PROTOCOL, "the answer is empty");
        return;
    }
    read_answer(body, delta, facts);
    if (facts->failure == FAILURE_NONE && !delta->done)
        answer_fail(facts, FAILURE_PROTOCOL, "Ollama stopped before its answer was finished");
}

/* ---- what went out */

static enum chat_finish finish_of(struct text line)
{
    struct text reason;
    if (!read_true(line, "done"))
        return CHAT_FINISH_NONE;
    if (!jsonspan_get(line, "done_reason", &reason))
        return CHAT_FINISH_STOP;
    return jsonspan_name_is(reason, "length")           ? CHAT_FINISH_LENGTH
           : jsonspan_name_is(reason, "content_filter") ? CHAT_FINISH_FILTER
                                                        : CHAT_FINISH_STOP;
}

/* Thoughts are over once content comes, and are not part of what is gone on with. */
int dialect_ollama_said_read(struct text data, struct buf *content, struct dialect_said *ret)
{
    struct text message = data, text, value, first;
    *ret = (struct dialect_said){0};
    if (jsonspan_check(data, NULL) < 0 || jsonspan_type(data) != JSONSPAN_OBJECT)
        return -EPROTO;
    bool chat = jsonspan_get(data, "message", &message);
    ret->finish = finish_of(data);
    ret->other = jsonspan_get(message, "tool_calls", &value) && jsonspan_item(value, 0, &first);
    ret->uncertain = jsonspan_get(data, "error", &value) ||
                     (jsonspan_get(data, "logprobs", &value) && jsonspan_item(value, 0, &first));
    if (!jsonspan_get(message, chat ? "content" : "response", &text))
        return 0;
    return jsonspan_decode(text, content);
}
