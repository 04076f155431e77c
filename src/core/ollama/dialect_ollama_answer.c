/*
 * Reads Ollama's answers. A line of a stream and a whole answer have the same members, so one
 * reader serves both, and that of /api/generate, too, whose text stands on top:
 *
 *     {"message": {"content", "thinking", "tool_calls"} or "response" and "thinking", "logprobs",
 *      "done", "done_reason", "prompt_eval_count", "eval_count"}
 *
 * Without a tree: arguments and logprobs keep their bytes, and with them numbers that no double
 * holds. Each object is walked once.
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

/* A count: a whole number that is not negative, 0 for anything else. */
static int64_t read_count(struct text value)
{
    int64_t count = 0;
    (void)jsonspan_count(value, &count);
    return count;
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
static int read_arguments(struct text value, struct buf *strings, struct text *ret,
                          struct error *reterr)
{
    size_t start = strings->len;
    *ret = text_of("{}");
    if (!value.at || jsonspan_type(value) == JSONSPAN_NULL)
        return 0;
    if (jsonspan_type(value) == JSONSPAN_STRING)
        return read_string(value, strings, ret);
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
    struct jsonspan_wanted outer[] = {{.name = "id"}, {.name = "function"}};
    struct jsonspan_wanted inner[] = {{.name = "name"}, {.name = "arguments"}};
    struct chat_call call = {0};
    jsonspan_pick(json, outer, COUNT(outer));
    jsonspan_pick(outer[1].value, inner, COUNT(inner));
    int r = read_string(outer[0].value, &delta->strings, &call.id);
    if (r == 0)
        r = read_string(inner[0].value, &delta->strings, &call.name);
    if (r == 0)
        r = read_arguments(inner[1].value, &delta->strings, &call.arguments, reterr);
    if (r < 0)
        return r;
    if (call.name.len)
        return chat_say_call(delta, &call);
    error_set(reterr, "a tool call without the name of a function");
    return -EPROTO;
}

/* What is said: by a message, or on top. */
enum { CONTENT, THINKING, CALLS, SAID };
#define SAID_AS(content)                                                                           \
    {                                                                                              \
        {.name = (content)}, {.name = "thinking"},                                                 \
        {                                                                                          \
            .name = "tool_calls"                                                                   \
        }                                                                                          \
    }

static int read_said(const struct jsonspan_wanted said[static SAID], struct chat_delta *delta,
                     struct error *reterr)
{
    struct text content = {0}, thinking = {0}, call;
    size_t position = 0;
    int r = read_string(said[CONTENT].value, &delta->strings, &content);
    if (r == 0)
        r = read_string(said[THINKING].value, &delta->strings, &thinking);
    if (r == 0)
        r = chat_say(delta, CHAT_PIECE_REASONING, thinking);
    if (r == 0)
        r = chat_say(delta, CHAT_PIECE_TEXT, content);
    while (r == 0 && jsonspan_next(said[CALLS].value, &position, &call))
        r = read_call(call, delta, reterr);
    return r;
}

/* What else a line has; the value is at NULL where it is absent. */
enum { ERROR, MESSAGE, RESPONSE, LOGPROBS, DONE, REASON, PROMPT_TOKENS, TOKENS, PARTS };
#define PARTS_WANTED                                                                               \
    {                                                                                              \
        [ERROR] = {.name = "error"}, [MESSAGE] = {.name = "message"},                              \
        [RESPONSE] = {.name = "response"}, [LOGPROBS] = {.name = "logprobs"},                      \
        [DONE] = {.name = "done"}, [REASON] = {.name = "done_reason"},                             \
        [PROMPT_TOKENS] = {.name = "prompt_eval_count"}, [TOKENS] = {                              \
            .name = "eval_count"                                                                   \
        }                                                                                          \
    }

static void read_logprobs(struct text value, struct chat_delta *delta)
{
    struct text first;
    size_t position = 0;
    if (jsonspan_type(value) == JSONSPAN_ARRAY && jsonspan_next(value, &position, &first))
        delta->logprobs = value;
}

/* The last line. load and unload answer a request without messages: nothing was generated. */
static int read_end(const struct jsonspan_wanted parts[static PARTS], struct chat_delta *delta,
                    struct error *reterr)
{
    struct text reason = text_make("", 0);
    int r = read_string(parts[REASON].value, &delta->strings, &reason);
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
    delta->usage.prompt = read_count(parts[PROMPT_TOKENS].value);
    delta->usage.completion = read_count(parts[TOKENS].value);
    delta->done = true;
    return 0;
}

static int read_line(struct text line, const struct jsonspan_wanted parts[static PARTS],
                     struct chat_delta *delta, struct error *reterr)
{
    bool done = jsonspan_type(parts[DONE].value) == JSONSPAN_TRUE;
    bool has_message = jsonspan_type(parts[MESSAGE].value) == JSONSPAN_OBJECT;
    bool generated = !has_message && parts[RESPONSE].value.at;
    struct jsonspan_wanted said[SAID] = SAID_AS(has_message ? "content" : "response");
    if (!has_message && !generated && !done) {
        error_set(reterr, "Ollama sent JSON that is no answer");
        return -EPROTO;
    }
    int r = make_room(line, delta);
    if (has_message || generated)
        jsonspan_pick(has_message ? parts[MESSAGE].value : line, said, SAID);
    if (r == 0)
        r = read_said(said, delta, reterr);
    if (r == 0)
        read_logprobs(parts[LOGPROBS].value, delta);
    if (r == 0 && done)
        r = read_end(parts, delta, reterr);
    return r;
}

/* An error, {"error": "text"}, comes with status 200 once the stream has begun. */
static void read_answer(struct text json, struct chat_delta *delta, struct answer_facts *facts)
{
    struct jsonspan_wanted parts[PARTS] = PARTS_WANTED;
    struct error why = ERROR_NONE;
    chat_delta_reset(delta);
    if (jsonspan_read(json, parts, PARTS, NULL) < 0)
        answer_fail(facts, FAILURE_PROTOCOL, "Ollama sent something that is not JSON");
    else if (parts[ERROR].value.at && jsonspan_type(parts[ERROR].value) != JSONSPAN_NULL)
        answer_fail_told(facts, SPEAKER_OLLAMA, json);
    else if (read_line(json, parts, delta, &why) < 0)
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
    if (jsonspan_type(jsonspan_value(line, "done")) != JSONSPAN_TRUE)
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
