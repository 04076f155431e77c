/*
 * Writes a whole answer as Anthropic does, and what a stream (dialect_anthropic_event.c) has in
 * common with it. A block of content goes on as long as pieces of its kind come. What was thought
 * has an empty signature: nobody but Anthropic can sign it.
 *
 * Caches are Anthropic's, too: what others read from theirs is part of input_tokens.
 */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/count.h"

/* More than any answer has. */
#define CONTENT_MAX ((size_t)1 << 30)

/* A longer id of a call is nobody's. */
#define ID_MAX 64

static void fail(struct jsonwrite *json, int r)
{
    if (json->r == 0)
        json->r = r;
}

/* What is unique in the answer's own id, behind the prefix of ours that it has. */
static struct text own_id(const struct dialect_writer *writer)
{
    static const char *const prefixes[] = {"chatcmpl-", "msg_"};
    struct text own = text_of(writer->identity.id);
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (text_starts(own, prefixes[i]))
            return text_skip(own, strlen(prefixes[i]));
    return own;
}

void dialect_anthropic_put_head(struct jsonwrite *json, const struct dialect_writer *writer)
{
    struct text own = own_id(writer);
    struct buf id;
    buf_init(&id, own.len + 8);
    int r = buf_printf(&id, "msg_%.*s", TEXT_ARG(own));
    if (r < 0)
        fail(json, r);
    jsonwrite_string(json, "id", buf_text(&id));
    buf_done(&id);
    jsonwrite_string(json, "type", text_of("message"));
    jsonwrite_string(json, "role", text_of("assistant"));
    jsonwrite_string(json, "model", text_of(writer->identity.model));
}

/* May a call have that id in later requests? ^[a-zA-Z0-9_-]+$ is what Anthropic takes. */
static bool fits(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!text_is_digit(id.at[i]) && !text_is_letter(id.at[i]) && id.at[i] != '_' &&
            id.at[i] != '-')
            return false;
    return id.len > 0 && id.len <= ID_MAX;
}

void dialect_anthropic_put_call(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_piece *begin)
{
    struct text own = own_id(writer);
    struct buf made;
    buf_init(&made, own.len + 32);
    int r = fits(begin->id) ? 0 : buf_printf(&made, "toolu_%.*s_%zu", TEXT_ARG(own), begin->call);
    if (r < 0)
        fail(json, r);
    jsonwrite_string(json, "type", text_of("tool_use"));
    jsonwrite_string(json, "id", made.len ? buf_text(&made) : begin->id);
    jsonwrite_string(json, "name", begin->name);
    buf_done(&made);
}

static int64_t told(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

void dialect_anthropic_put_usage(struct jsonwrite *json, const struct chat_usage *usage)
{
    jsonwrite_open(json, "usage", '{');
    jsonwrite_integer(json, "input_tokens", told(usage->prompt));
    jsonwrite_integer(json, "cache_creation_input_tokens", 0);
    jsonwrite_integer(json, "cache_read_input_tokens", 0);
    jsonwrite_integer(json, "output_tokens", told(usage->completion));
    jsonwrite_close(json, '}');
}

/* Calls are the reason to stop, unless the answer was cut: then they are not to be run. */
void dialect_anthropic_put_stop(struct jsonwrite *json, const struct dialect_writer *writer,
                                const struct chat_delta *delta)
{
    const char *reason = writer->calls ? "tool_use" : "end_turn";
    if (delta->finish == CHAT_FINISH_LENGTH)
        reason = "max_tokens";
    else if (delta->finish == CHAT_FINISH_FILTER)
        reason = "refusal";
    else if (delta->finish == CHAT_FINISH_STOP_SEQUENCE)
        reason = "stop_sequence";
    jsonwrite_string(json, "stop_reason", text_of(reason));
    if (delta->finish == CHAT_FINISH_STOP_SEQUENCE)
        jsonwrite_string(json, "stop_sequence", delta->stop_sequence);
    else
        jsonwrite_null(json, "stop_sequence");
}

enum dialect_anthropic_block dialect_anthropic_block_of(const struct chat_piece *piece)
{
    switch (piece->kind) {
    case CHAT_PIECE_TEXT:
        return DIALECT_ANTHROPIC_TEXT;
    case CHAT_PIECE_REASONING:
        return DIALECT_ANTHROPIC_THINKING;
    case CHAT_PIECE_CALL_BEGIN:
    case CHAT_PIECE_CALL_MORE:
    case CHAT_PIECE_CALL_END:
        return DIALECT_ANTHROPIC_TOOL_USE;
    }
    return DIALECT_ANTHROPIC_NONE;
}

bool dialect_anthropic_is_hidden(const struct dialect_writer *writer,
                                 const struct chat_piece *piece)
{
    return writer->one_call && piece->call > 0 &&
           dialect_anthropic_block_of(piece) == DIALECT_ANTHROPIC_TOOL_USE;
}

/* The block of all pieces of that kind from *position on, which moves behind them. */
static void put_said(struct jsonwrite *json, const struct chat_delta *delta, size_t *position)
{
    enum chat_piece_kind kind = delta->pieces[*position].kind;
    const char *name = kind == CHAT_PIECE_REASONING ? "thinking" : "text";
    struct buf text;
    int r = 0;
    buf_init(&text, CONTENT_MAX);
    while (r == 0 && *position < delta->piece_count && delta->pieces[*position].kind == kind)
        r = buf_append_text(&text, delta->pieces[(*position)++].text);
    if (r < 0)
        fail(json, r);
    if (text.len) {
        jsonwrite_open(json, NULL, '{');
        jsonwrite_string(json, "type", text_of(name));
        jsonwrite_string(json, name, buf_text(&text));
        if (kind == CHAT_PIECE_REASONING)
            jsonwrite_string(json, "signature", text_of(""));
        jsonwrite_close(json, '}');
    }
    buf_done(&text);
}

/* A call that the limit of tokens has cut is left out. Where anything else makes it no JSON, the
 * answer is one that nobody can use. */
static void put_whole_call(struct jsonwrite *json, struct dialect_writer *writer,
                           const struct chat_delta *delta, const struct chat_piece *begin)
{
    struct buf input;
    buf_init(&input, CONTENT_MAX);
    int r = chat_join(delta, CHAT_PIECE_CALL_MORE, begin->call, &input);
    struct text object = input.len ? buf_text(&input) : text_of("{}");
    bool usable = jsonspan_check(object, NULL) == 0 && jsonspan_type(object) == JSONSPAN_OBJECT;
    if (r == 0 && usable) {
        writer->calls++;
        jsonwrite_open(json, NULL, '{');
        dialect_anthropic_put_call(json, writer, begin);
        jsonwrite_raw(json, "input", object);
        jsonwrite_close(json, '}');
    } else if (r < 0 || delta->finish != CHAT_FINISH_LENGTH) {
        fail(json, r < 0 ? r : -EPROTO);
    }
    buf_done(&input);
}

static void put_content(struct jsonwrite *json, struct dialect_writer *writer,
                        const struct chat_delta *delta)
{
    jsonwrite_open(json, "content", '[');
    for (size_t i = 0; i < delta->piece_count;) {
        const struct chat_piece *piece = &delta->pieces[i];
        if (dialect_anthropic_block_of(piece) != DIALECT_ANTHROPIC_TOOL_USE) {
            put_said(json, delta, &i);
            continue;
        }
        if (piece->kind == CHAT_PIECE_CALL_BEGIN && !dialect_anthropic_is_hidden(writer, piece))
            put_whole_call(json, writer, delta, piece);
        i++;
    }
    jsonwrite_close(json, ']');
}

int dialect_anthropic_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                   struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    jsonwrite_open(&json, NULL, '{');
    dialect_anthropic_put_head(&json, writer);
    put_content(&json, writer, delta);
    dialect_anthropic_put_stop(&json, writer, delta);
    dialect_anthropic_put_usage(&json, &delta->usage);
    dialect_openai_put_warning(&json, writer, delta);
    jsonwrite_close(&json, '}');
    return json.r;
}
