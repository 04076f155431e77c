/*
 * Writes answers as OpenAI does. A stream is
 *
 *     role  |  pieces ...  |  finish, with an empty delta  |  usage, if asked for  |  [DONE]
 *
 * where each is one chat.completion.chunk; id and created are the same in all of them. A chunk has
 * as many pieces as keep their order in it: reasoning, text, calls. Reasoning goes out under both
 * names that clients read.
 */
#include <string.h>

#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"

/* More than any answer holds. */
#define ANSWER_MAX ((size_t)1 << 30)

static const char chunk_object[] = "chat.completion.chunk";

static const char *const finish_words[] = {
    [CHAT_FINISH_NONE] = "stop",
    [CHAT_FINISH_STOP] = "stop",
    [CHAT_FINISH_STOP_SEQUENCE] = "stop",
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
    bool stopped = delta->finish != CHAT_FINISH_LENGTH && delta->finish != CHAT_FINISH_FILTER;
    if (writer->calls && stopped)
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

/* A member of an object as it is; null when it has none. */
static void put_raw(struct jsonwrite *json, struct text object, const char *name)
{
    struct text value;
    if (jsonspan_get(object, name, &value))
        jsonwrite_raw(json, name, value);
    else
        jsonwrite_null(json, name);
}

static void put_token(struct jsonwrite *json, struct text token)
{
    put_raw(json, token, "token");
    put_raw(json, token, "logprob");
    put_raw(json, token, "bytes");
}

/* Clients with types want every member, also those that Ollama leaves out when they are empty. */
void dialect_openai_put_logprob(struct jsonwrite *json, struct text token)
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

static void put_logprobs(struct jsonwrite *json, struct text tokens)
{
    struct text token;
    size_t position = 0;
    if (tokens.len == 0) {
        jsonwrite_null(json, "logprobs");
        return;
    }
    jsonwrite_open(json, "logprobs", '{');
    jsonwrite_open(json, "content", '[');
    while (jsonspan_next(tokens, &position, &token))
        dialect_openai_put_logprob(json, token);
    jsonwrite_close(json, ']');
    jsonwrite_null(json, "refusal");
    jsonwrite_close(json, '}');
}

static void put_reasoning(struct jsonwrite *json, struct text reasoning)
{
    jsonwrite_string(json, "reasoning_content", reasoning);
    jsonwrite_string(json, "reasoning", reasoning);
}

/* A call without an id gets one made of the answer's own, which is unique, and its number. */
static void put_call_id(struct jsonwrite *json, const struct dialect_writer *writer,
                        const struct chat_piece *call)
{
    static const char prefix[] = "chatcmpl-";
    struct text own = text_of(writer->identity.id);
    struct buf made;
    if (call->id.len) {
        jsonwrite_string(json, "id", call->id);
        return;
    }
    if (text_starts_nocase(own, prefix))
        own = text_skip(own, sizeof(prefix) - 1);
    buf_init(&made, own.len + 32);
    int r = buf_printf(&made, "call_%.*s_%zu", TEXT_ARG(own), call->call);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_string(json, "id", buf_text(&made));
    buf_done(&made);
}

static bool is_of_call(const struct chat_piece *piece)
{
    return piece->kind != CHAT_PIECE_TEXT && piece->kind != CHAT_PIECE_REASONING;
}

/* Does it go out? Where only one call may, it is the first one; the end of a call is not told. */
static bool is_told(const struct dialect_writer *writer, const struct chat_piece *piece)
{
    bool only_first = writer->one_call || writer->legacy_call;
    return !is_of_call(piece) ||
           (piece->kind != CHAT_PIECE_CALL_END && (!only_first || piece->call == 0));
}

/* begin: at the call's beginning, NULL where only some more arguments are told. index: in streams,
 * -1 in whole answers. */
static void put_call(struct jsonwrite *json, struct dialect_writer *writer,
                     const struct chat_piece *begin, struct text arguments, int64_t index)
{
    if (!writer->legacy_call) {
        jsonwrite_open(json, NULL, '{');
        if (index >= 0)
            jsonwrite_integer(json, "index", index);
        if (begin)
            put_call_id(json, writer, begin);
        if (begin)
            jsonwrite_string(json, "type", text_of("function"));
    }
    jsonwrite_open(json, writer->legacy_call ? "function_call" : "function", '{');
    if (begin)
        jsonwrite_string(json, "name", begin->name);
    jsonwrite_string(json, "arguments", arguments);
    jsonwrite_close(json, '}');
    if (!writer->legacy_call)
        jsonwrite_close(json, '}');
    if (begin)
        writer->calls++;
}

struct jsonwrite dialect_openai_open_event(const struct dialect_writer *writer, const char *object,
                                           struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = buf_append_string(out, "data: ");
    dialect_openai_put_head(&json, writer, object);
    return json;
}

int dialect_openai_close_event(struct jsonwrite *json)
{
    jsonwrite_close(json, '}');
    return json->r == 0 ? buf_append_string(json->out, "\n\n") : json->r;
}

/* From the inside of the delta to the end of the event. */
static int put_behind_delta(struct jsonwrite *json, const struct dialect_writer *writer,
                            struct text logprobs)
{
    jsonwrite_close(json, '}');
    put_logprobs(json, logprobs);
    jsonwrite_null(json, "finish_reason");
    jsonwrite_close(json, '}');
    jsonwrite_close(json, ']');
    if (writer->include_usage)
        jsonwrite_null(json, "usage");
    return dialect_openai_close_event(json);
}

/* A chunk without logprobs; the blank is inside of its only choice's delta. */
static int make_form(struct dialect_writer *writer)
{
    struct jsonwrite json =
        dialect_openai_open_event(writer, chunk_object, jsonform_begin(&writer->form));
    jsonwrite_open(&json, "choices", '[');
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_integer(&json, "index", 0);
    jsonwrite_open(&json, "delta", '{');
    jsonform_blank(&writer->form);
    return jsonform_end(&writer->form, put_behind_delta(&json, writer, (struct text){0}));
}

/* Up to the inside of the delta. */
static struct jsonwrite open_chunk(struct dialect_writer *writer, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = jsonform_is_made(&writer->form) ? 0 : make_form(writer);
    if (json.r == 0)
        json.r = jsonform_put_before(&writer->form, out);
    return json;
}

static int close_piece(struct jsonwrite *json, const struct dialect_writer *writer,
                       struct text logprobs)
{
    if (logprobs.len)
        return put_behind_delta(json, writer, logprobs);
    return json->r < 0 ? json->r : jsonform_put_behind(&writer->form, json->out);
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
    return close_piece(&json, writer, (struct text){0});
}

/* May the piece stand in a chunk behind last: in the order of the members, each once? */
static bool fits(const struct chat_piece *last, const struct chat_piece *piece)
{
    if (is_of_call(piece))
        return !is_of_call(last) || piece->kind == CHAT_PIECE_CALL_BEGIN ||
               piece->call != last->call;
    return piece->kind == CHAT_PIECE_TEXT && last->kind == CHAT_PIECE_REASONING;
}

/* The call that begins or goes on at piece number *at, with the arguments behind its beginning. */
static void put_piece_of_call(struct jsonwrite *json, struct dialect_writer *writer,
                              const struct chat_delta *delta, size_t *at)
{
    const struct chat_piece *piece = &delta->pieces[*at];
    int64_t index = (int64_t)piece->call;
    if (piece->kind == CHAT_PIECE_CALL_MORE) {
        put_call(json, writer, NULL, piece->text, index);
        return;
    }
    struct text arguments = {0};
    const struct chat_piece *next = piece + 1;
    if (*at + 1 < delta->piece_count && next->kind == CHAT_PIECE_CALL_MORE &&
        next->call == piece->call) {
        arguments = next->text;
        ++*at;
    }
    put_call(json, writer, piece, arguments, index);
}

/* One chunk: the pieces from *at on that fit into it. */
static int write_pieces(struct dialect_writer *writer, const struct chat_delta *delta, size_t *at,
                        struct text logprobs, struct buf *out)
{
    const struct chat_piece *last = NULL;
    bool listed = false;
    struct jsonwrite json = open_chunk(writer, out);
    for (; *at < delta->piece_count; ++*at) {
        const struct chat_piece *piece = &delta->pieces[*at];
        if (!is_told(writer, piece))
            continue;
        if (last && !fits(last, piece))
            break;
        if (piece->kind == CHAT_PIECE_REASONING)
            put_reasoning(&json, piece->text);
        else if (piece->kind == CHAT_PIECE_TEXT)
            jsonwrite_string(&json, "content", piece->text);
        if (is_of_call(piece) && !listed && !writer->legacy_call) {
            jsonwrite_open(&json, "tool_calls", '[');
            listed = true;
        }
        if (is_of_call(piece))
            put_piece_of_call(&json, writer, delta, at);
        last = &delta->pieces[*at];
    }
    if (listed)
        jsonwrite_close(&json, ']');
    return close_piece(&json, writer, logprobs);
}

static int write_finish(struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out)
{
    struct jsonwrite json = open_chunk(writer, out);
    jsonwrite_close(&json, '}');
    put_logprobs(&json, (struct text){0});
    jsonwrite_string(&json, "finish_reason", text_of(finish_word(writer, delta)));
    jsonwrite_close(&json, '}');
    jsonwrite_close(&json, ']');
    if (writer->include_usage)
        jsonwrite_null(&json, "usage");
    dialect_openai_put_warning(&json, writer, delta);
    return dialect_openai_close_event(&json);
}

static int write_usage(const struct dialect_writer *writer, const struct chat_delta *delta,
                       const char *object, struct buf *out)
{
    struct jsonwrite json = dialect_openai_open_event(writer, object, out);
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

static int write_end(struct dialect_writer *writer, const struct chat_delta *delta, struct buf *out)
{
    int r = write_finish(writer, delta, out);
    return r == 0 ? dialect_openai_put_end(writer, delta, chunk_object, out) : r;
}

int dialect_openai_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                               struct buf *out)
{
    struct text logprobs = delta->logprobs;
    bool finished = delta->finish != CHAT_FINISH_NONE;
    size_t at = 0;
    int r = 0;
    while (r == 0) {
        while (at < delta->piece_count && !is_told(writer, &delta->pieces[at]))
            at++;
        bool piece = at < delta->piece_count || logprobs.len;
        r = piece || finished ? write_role(writer, out) : 0;
        if (!piece)
            break;
        if (r == 0)
            r = write_pieces(writer, delta, &at, logprobs, out);
        logprobs = (struct text){0};
    }
    return r == 0 && finished ? write_end(writer, delta, out) : r;
}

/* All that the answer says in pieces of that kind, as one string under one name or two. */
static void put_joined(struct jsonwrite *json, const struct chat_delta *delta,
                       enum chat_piece_kind kind)
{
    struct buf all;
    buf_init(&all, ANSWER_MAX);
    int r = chat_join(delta, kind, 0, &all);
    if (r < 0 && json->r == 0)
        json->r = r;
    if (kind == CHAT_PIECE_TEXT)
        jsonwrite_string(json, "content", buf_text(&all));
    else if (all.len)
        put_reasoning(json, buf_text(&all));
    buf_done(&all);
}

static void put_whole_calls(struct jsonwrite *json, struct dialect_writer *writer,
                            const struct chat_delta *delta)
{
    bool listed = !writer->legacy_call && chat_has_piece(delta, CHAT_PIECE_CALL_BEGIN);
    if (listed)
        jsonwrite_open(json, "tool_calls", '[');
    for (size_t i = 0; i < delta->piece_count; i++) {
        const struct chat_piece *piece = &delta->pieces[i];
        struct buf arguments;
        if (piece->kind != CHAT_PIECE_CALL_BEGIN || !is_told(writer, piece))
            continue;
        buf_init(&arguments, ANSWER_MAX);
        int r = chat_join(delta, CHAT_PIECE_CALL_MORE, piece->call, &arguments);
        if (r < 0 && json->r == 0)
            json->r = r;
        put_call(json, writer, piece, buf_text(&arguments), -1);
        buf_done(&arguments);
    }
    if (listed)
        jsonwrite_close(json, ']');
}

static void put_message(struct jsonwrite *json, struct dialect_writer *writer,
                        const struct chat_delta *delta)
{
    jsonwrite_open(json, "message", '{');
    jsonwrite_string(json, "role", text_of("assistant"));
    if (chat_has_piece(delta, CHAT_PIECE_CALL_BEGIN) && !chat_has_piece(delta, CHAT_PIECE_TEXT))
        jsonwrite_null(json, "content");
    else
        put_joined(json, delta, CHAT_PIECE_TEXT);
    jsonwrite_null(json, "refusal");
    put_joined(json, delta, CHAT_PIECE_REASONING);
    put_whole_calls(json, writer, delta);
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
    put_logprobs(&json, delta->logprobs);
    jsonwrite_string(&json, "finish_reason", text_of(finish_word(writer, delta)));
    jsonwrite_close(&json, '}');
    jsonwrite_close(&json, ']');
    dialect_openai_put_usage(&json, delta);
    dialect_openai_put_warning(&json, writer, delta);
    jsonwrite_close(&json, '}');
    return json.r;
}
