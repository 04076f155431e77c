/*
 * Writes answers as OpenAI does. A stream is
 *
 *     role  |  pieces ...  |  finish, with an empty delta  |  usage, if asked for  |  [DONE]
 *
 * where each is one chat.completion.chunk; id and created are the same in all of them.
 * Reasoning goes out under both names that clients read.
 */
#include <string.h>

#include "dialect/dialect_openai.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"

static const char chunk_object[] = "chat.completion.chunk";

static const char *const finish_words[] = {
    [CHAT_FINISH_NONE] = "stop",
    [CHAT_FINISH_STOP] = "stop",
    [CHAT_FINISH_LENGTH] = "length",
    [CHAT_FINISH_TOOL_CALLS] = "tool_calls",
    [CHAT_FINISH_FILTER] = "content_filter",
};

const char *dialect_openai_finish_word(enum chat_finish finish)
{
    return finish_words[finish];
}

/* Tool calls are the reason to stop, unless the answer was cut. */
static const char *finish_word(const struct dialect_writer *writer, const struct chat_delta *delta)
{
    if (writer->calls && delta->finish == CHAT_FINISH_STOP)
        return writer->legacy_call ? "function_call" : finish_words[CHAT_FINISH_TOOL_CALLS];
    return finish_words[delta->finish];
}

void dialect_openai_put_head(struct jsonwrite *json, const struct dialect_writer *writer,
                             const char *object)
{
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "id", text_of(writer->identity.id));
    jsonwrite_string(json, "object", text_of(object));
    jsonwrite_integer(json, "created", writer->identity.created);
    jsonwrite_string(json, "model", text_of(writer->identity.model));
    jsonwrite_null(json, "system_fingerprint");
}

void dialect_openai_put_raw(struct jsonwrite *json, struct text object, const char *name)
{
    struct text value;
    if (jsonspan_get(object, name, &value))
        jsonwrite_raw(json, name, value);
    else
        jsonwrite_null(json, name);
}

static void put_token(struct jsonwrite *json, struct text token)
{
    dialect_openai_put_raw(json, token, "token");
    dialect_openai_put_raw(json, token, "logprob");
    dialect_openai_put_raw(json, token, "bytes");
}

/* Clients with types want every member, also those that Ollama leaves out when they are empty. */
static void put_token_with_top(struct jsonwrite *json, struct text token)
{
    struct text list = text_make("", 0), top;
    size_t position = 0;
    jsonwrite_open(json, NULL, '{');
    put_token(json, token);
    jsonwrite_open(json, "top_logprobs", '[');
    (void)jsonspan_get(token, "top_logprobs", &list);
    while (jsonspan_next(list, &position, &top)) {
        jsonwrite_open(json, NULL, '{');
        put_token(json, top);
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
    jsonwrite_close(json, '}');
}

static void put_logprobs(struct jsonwrite *json, const struct chat_delta *delta)
{
    struct text token;
    size_t position = 0;
    if (delta->logprobs.len == 0) {
        jsonwrite_null(json, "logprobs");
        return;
    }
    jsonwrite_open(json, "logprobs", '{');
    jsonwrite_open(json, "content", '[');
    while (jsonspan_next(delta->logprobs, &position, &token))
        put_token_with_top(json, token);
    jsonwrite_close(json, ']');
    jsonwrite_null(json, "refusal");
    jsonwrite_close(json, '}');
}

static void put_reasoning(struct jsonwrite *json, const struct chat_delta *delta)
{
    if (delta->reasoning.len == 0)
        return;
    jsonwrite_string(json, "reasoning_content", delta->reasoning);
    jsonwrite_string(json, "reasoning", delta->reasoning);
}

/* A call without an id gets one made of the answer's own, which is unique, and its number. */
static void put_call_id(struct jsonwrite *json, const struct dialect_writer *writer, struct text id)
{
    static const char prefix[] = "chatcmpl-";
    struct text own = text_of(writer->identity.id);
    struct buf made;
    if (id.len) {
        jsonwrite_string(json, "id", id);
        return;
    }
    if (text_starts_nocase(own, prefix))
        own = text_skip(own, sizeof(prefix) - 1);
    buf_init(&made, own.len + 32);
    int r = buf_printf(&made, "call_%.*s_%zu", TEXT_ARG(own), writer->calls);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_string(json, "id", buf_text(&made));
    buf_done(&made);
}

static void put_function(struct jsonwrite *json, const char *name, const struct chat_call *call)
{
    jsonwrite_open(json, name, '{');
    jsonwrite_string(json, "name", call->name);
    jsonwrite_string(json, "arguments", call->arguments);
    jsonwrite_close(json, '}');
}

static void put_call(struct jsonwrite *json, const struct dialect_writer *writer,
                     const struct chat_call *call, bool indexed)
{
    jsonwrite_open(json, NULL, '{');
    if (indexed)
        jsonwrite_integer(json, "index", (int64_t)writer->calls);
    put_call_id(json, writer, call->id);
    jsonwrite_string(json, "type", text_of("function"));
    put_function(json, "function", call);
    jsonwrite_close(json, '}');
}

/* Calls that may still go out of this delta. */
static size_t calls_left(const struct dialect_writer *writer, const struct chat_delta *delta)
{
    bool one = writer->one_call || writer->legacy_call;
    if (!one || delta->call_count == 0)
        return delta->call_count;
    return writer->calls ? 0 : 1;
}

/* Counts the calls that went out; numbers are given in the order of the answer. */
static void put_calls(struct jsonwrite *json, struct dialect_writer *writer,
                      const struct chat_delta *delta, bool indexed)
{
    size_t count = calls_left(writer, delta);
    if (count == 0)
        return;
    if (writer->legacy_call) {
        put_function(json, "function_call", delta->calls);
        writer->calls++;
        return;
    }
    jsonwrite_open(json, "tool_calls", '[');
    for (size_t i = 0; i < count; i++) {
        put_call(json, writer, &delta->calls[i], indexed);
        writer->calls++;
    }
    jsonwrite_close(json, ']');
}

/* A chunk up to the inside of its only choice's delta. */
static struct jsonwrite open_chunk(const struct dialect_writer *writer, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append_string(out, "data: ");
    dialect_openai_put_head(&json, writer, chunk_object);
    jsonwrite_open(&json, "choices", '[');
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_integer(&json, "index", 0);
    jsonwrite_open(&json, "delta", '{');
    return json;
}

int dialect_openai_close_event(struct jsonwrite *json)
{
    jsonwrite_close(json, '}');
    return json->r == 0 ? buf_append_string(json->out, "\n\n") : json->r;
}

static const struct chat_delta nothing;

/* From the inside of the delta to the end of the event. finish: NULL = not yet. */
static int close_chunk(struct jsonwrite *json, const struct dialect_writer *writer,
                       const struct chat_delta *delta, const char *finish)
{
    jsonwrite_close(json, '}');
    put_logprobs(json, finish ? &nothing : delta);
    if (finish)
        jsonwrite_string(json, "finish_reason", text_of(finish));
    else
        jsonwrite_null(json, "finish_reason");
    jsonwrite_close(json, '}');
    jsonwrite_close(json, ']');
    if (writer->include_usage)
        jsonwrite_null(json, "usage");
    if (finish)
        dialect_openai_put_warning(json, writer, delta);
    return dialect_openai_close_event(json);
}

static int write_role(struct dialect_writer *writer, struct buf *out)
{
    if (writer->begun)
        return 0;
    writer->begun = true;
    struct jsonwrite json = open_chunk(writer, out);
    jsonwrite_string(&json, "role", text_of("assistant"));
    jsonwrite_string(&json, "content", text_of(""));
    jsonwrite_null(&json, "refusal");
    return close_chunk(&json, writer, &nothing, NULL);
}

static int write_piece(struct dialect_writer *writer, const struct chat_delta *delta,
                       struct buf *out)
{
    struct jsonwrite json = open_chunk(writer, out);
    put_reasoning(&json, delta);
    if (delta->content.len)
        jsonwrite_string(&json, "content", delta->content);
    put_calls(&json, writer, delta, true);
    return close_chunk(&json, writer, delta, NULL);
}

static int write_finish(const struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out)
{
    struct jsonwrite json = open_chunk(writer, out);
    return close_chunk(&json, writer, delta, finish_word(writer, delta));
}

static int write_usage(const struct dialect_writer *writer, const struct chat_delta *delta,
                       const char *object, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append_string(out, "data: ");
    dialect_openai_put_head(&json, writer, object);
    jsonwrite_open(&json, "choices", '[');
    jsonwrite_close(&json, ']');
    dialect_openai_put_usage(&json, delta);
    dialect_openai_put_warning(&json, writer, delta);
    return dialect_openai_close_event(&json);
}

int dialect_openai_put_end(const struct dialect_writer *writer, const struct chat_delta *delta,
                           const char *object, struct buf *out)
{
    int r = writer->include_usage ? write_usage(writer, delta, object, out) : 0;
    return r == 0 ? buf_append_string(out, "data: [DONE]\n\n") : r;
}

static int write_end(const struct dialect_writer *writer, const struct chat_delta *delta,
                     struct buf *out)
{
    int r = write_finish(writer, delta, out);
    return r == 0 ? dialect_openai_put_end(writer, delta, chunk_object, out) : r;
}

int dialect_openai_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                               struct buf *out)
{
    bool piece = delta->content.len || delta->reasoning.len || delta->logprobs.len ||
                 calls_left(writer, delta) > 0;
    int r = piece || delta->finish != CHAT_FINISH_NONE ? write_role(writer, out) : 0;
    if (r == 0 && piece)
        r = write_piece(writer, delta, out);
    if (r == 0 && delta->finish != CHAT_FINISH_NONE)
        r = write_end(writer, delta, out);
    return r;
}

static void put_message(struct jsonwrite *json, struct dialect_writer *writer,
                        const struct chat_delta *delta)
{
    jsonwrite_open(json, "message", '{');
    jsonwrite_string(json, "role", text_of("assistant"));
    if (delta->content.len == 0 && delta->call_count)
        jsonwrite_null(json, "content");
    else
        jsonwrite_string(json, "content", delta->content);
    jsonwrite_null(json, "refusal");
    put_reasoning(json, delta);
    put_calls(json, writer, delta, false);
    jsonwrite_close(json, '}');
}

int dialect_openai_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    dialect_openai_put_head(&json, writer, "chat.completion");
    jsonwrite_open(&json, "choices", '[');
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_integer(&json, "index", 0);
    put_message(&json, writer, delta);
    put_logprobs(&json, delta);
    jsonwrite_string(&json, "finish_reason", text_of(finish_word(writer, delta)));
    jsonwrite_close(&json, '}');
    jsonwrite_close(&json, ']');
    dialect_openai_put_usage(&json, delta);
    dialect_openai_put_warning(&json, writer, delta);
    jsonwrite_close(&json, '}');
    return json.r;
}
