/*
 * Writes text_completion objects. A stream is
 *
 *     the prompt, if it is to be echoed  |  pieces ...  |  finish, with an empty text  |
 *     usage, if asked for  |  [DONE]
 *
 * Logprobs are told as lists side by side, one for each thing that is known of a token:
 *
 *     tokens ["a", ...]  token_logprobs [-0.1, ...]  top_logprobs [{"a": -0.1}, ...]
 *     text_offset [0, ...]    in characters
 */
#include "completions/dialect_completions.h"
#include "json/jsonspan.h"
#include "json/jsonwrite.h"
#include "openai/dialect_openai.h"

#define TOKEN_MAX ((size_t)64 << 10)
/* More than any prompt and answer hold. */
#define TEXT_MAX ((size_t)1 << 30)

static const char object_name[] = "text_completion";

/* Decoded, with the NUL behind it that buf keeps; empty for what is no string. */
static void decode(struct text string, struct buf *ret)
{
    buf_init(ret, TOKEN_MAX);
    if (jsonspan_decode(string, ret) < 0)
        buf_reset(ret);
}

static size_t characters_of(struct text utf8)
{
    size_t count = 0;
    for (size_t i = 0; i < utf8.len; i++)
        count += ((unsigned char)utf8.at[i] & 0xc0) != 0x80;
    return count;
}

/* A member of every token. */
static void put_column(struct jsonwrite *json, struct text tokens, const char *name,
                       const char *member)
{
    struct text token, value;
    size_t position = 0;
    jsonwrite_open(json, name, '[');
    while (jsonspan_next(tokens, &position, &token)) {
        if (jsonspan_get(token, member, &value))
            jsonwrite_raw(json, NULL, value);
        else
            jsonwrite_null(json, NULL);
    }
    jsonwrite_close(json, ']');
}

static void put_alternative(struct jsonwrite *json, struct text token)
{
    struct text name = {0}, value;
    struct buf decoded;
    (void)jsonspan_get(token, "token", &name);
    decode(name, &decoded);
    if (jsonspan_get(token, "logprob", &value))
        jsonwrite_raw(json, decoded.len ? decoded.data : "", value);
    buf_done(&decoded);
}

static bool has_alternatives(struct text tokens)
{
    struct text token, list, first;
    for (size_t position = 0; jsonspan_next(tokens, &position, &token);)
        if (jsonspan_get(token, "top_logprobs", &list) && jsonspan_item(list, 0, &first))
            return true;
    return false;
}

static void put_top(struct jsonwrite *json, struct text tokens)
{
    struct text token, list, one;
    if (!has_alternatives(tokens)) {
        jsonwrite_null(json, "top_logprobs");
        return;
    }
    jsonwrite_open(json, "top_logprobs", '[');
    for (size_t position = 0; jsonspan_next(tokens, &position, &token);) {
        size_t at = 0;
        jsonwrite_open(json, NULL, '{');
        if (!jsonspan_get(token, "top_logprobs", &list))
            list = text_of("");
        while (jsonspan_next(list, &at, &one))
            put_alternative(json, one);
        jsonwrite_close(json, '}');
    }
    jsonwrite_close(json, ']');
}

/* Goes on from the tokens that went out before. */
static void put_offsets(struct jsonwrite *json, struct dialect_writer *base, struct text tokens)
{
    struct dialect_completions_writer *writer = (void *)base;
    struct text token, value;
    struct buf decoded;
    jsonwrite_open(json, "text_offset", '[');
    for (size_t position = 0; jsonspan_next(tokens, &position, &token);) {
        jsonwrite_integer(json, NULL, (int64_t)writer->characters);
        decode(jsonspan_get(token, "token", &value) ? value : text_of(""), &decoded);
        writer->characters += characters_of(buf_text(&decoded));
        buf_done(&decoded);
    }
    jsonwrite_close(json, ']');
}

static void put_logprobs(struct jsonwrite *json, struct dialect_writer *writer, struct text tokens)
{
    if (tokens.len == 0) {
        jsonwrite_null(json, "logprobs");
        return;
    }
    jsonwrite_open(json, "logprobs", '{');
    put_column(json, tokens, "tokens", "token");
    put_column(json, tokens, "token_logprobs", "logprob");
    put_top(json, tokens);
    put_offsets(json, writer, tokens);
    jsonwrite_close(json, '}');
}

/* What stands behind the text of the only choice, to the end of the choices. finish: NULL = not
 * yet. */
static void put_behind_text(struct jsonwrite *json, struct dialect_writer *writer,
                            struct text logprobs, const char *finish)
{
    jsonwrite_integer(json, "index", 0);
    put_logprobs(json, writer, logprobs);
    if (finish)
        jsonwrite_string(json, "finish_reason", text_of(finish));
    else
        jsonwrite_null(json, "finish_reason");
    jsonwrite_close(json, '}');
    jsonwrite_close(json, ']');
}

static void put_choice(struct jsonwrite *json, struct dialect_writer *writer, struct text logprobs,
                       struct text text, const char *finish)
{
    jsonwrite_open(json, "choices", '[');
    jsonwrite_open(json, NULL, '{');
    jsonwrite_string(json, "text", text);
    put_behind_text(json, writer, logprobs, finish);
}

static int end_piece(struct jsonwrite *json, struct dialect_writer *writer, struct text logprobs)
{
    put_behind_text(json, writer, logprobs, NULL);
    if (writer->include_usage)
        jsonwrite_null(json, "usage");
    return dialect_openai_close_event(json);
}

/* Of a piece without logprobs; the blank is the text. */
static int make_form(struct dialect_writer *writer)
{
    struct jsonwrite json =
        dialect_openai_open_event(writer, object_name, jsonform_begin(&writer->form));
    jsonwrite_open(&json, "choices", '[');
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_raw(&json, "text", text_of(""));
    jsonform_blank(&writer->form);
    return jsonform_end(&writer->form, end_piece(&json, writer, (struct text){0}));
}

static int write_piece(struct dialect_writer *writer, struct text logprobs, struct text text,
                       struct buf *out)
{
    struct jsonwrite json = {.out = out, .comma = true};
    int r = jsonform_is_made(&writer->form) ? 0 : make_form(writer);
    if (r == 0)
        r = jsonform_put_string(&writer->form, text, out);
    if (r < 0 || logprobs.len == 0)
        return r < 0 ? r : jsonform_put_behind(&writer->form, out);
    return end_piece(&json, writer, logprobs);
}

static int write_finish(struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out)
{
    struct jsonwrite json = dialect_openai_open_event(writer, object_name, out);
    put_choice(&json, writer, (struct text){0}, text_of(""),
               dialect_openai_finish_word(delta->finish));
    if (writer->include_usage)
        jsonwrite_null(&json, "usage");
    dialect_openai_put_warning(&json, writer, delta);
    return dialect_openai_close_event(&json);
}

/* The prompt decoded. */
static int begin_text(const struct dialect_writer *writer, struct buf *ret)
{
    buf_init(ret, TEXT_MAX);
    return writer->echo.at ? jsonspan_decode(writer->echo, ret) : 0;
}

static int write_echo(struct dialect_writer *writer, struct buf *out)
{
    struct buf text;
    if (writer->begun)
        return 0;
    writer->begun = true;
    int r = begin_text(writer, &text);
    if (r == 0 && text.len)
        r = write_piece(writer, (struct text){0}, buf_text(&text), out);
    buf_done(&text);
    return r;
}

/* There are no others than those of text: reasoning and calls have no place here. Logprobs go with
 * the first one, or alone. */
int dialect_completions_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                    struct buf *out)
{
    struct text logprobs = delta->logprobs;
    bool finished = delta->finish != CHAT_FINISH_NONE;
    bool piece = chat_has_piece(delta, CHAT_PIECE_TEXT) || logprobs.len;
    int r = piece || finished ? write_echo(writer, out) : 0;
    for (size_t i = 0; r == 0 && i < delta->piece_count; i++) {
        if (delta->pieces[i].kind != CHAT_PIECE_TEXT)
            continue;
        r = write_piece(writer, logprobs, delta->pieces[i].text, out);
        logprobs = (struct text){0};
    }
    if (r == 0 && logprobs.len)
        r = write_piece(writer, logprobs, text_of(""), out);
    if (r == 0 && finished)
        r = write_finish(writer, delta, out);
    return r == 0 && finished ? dialect_openai_put_end(writer, delta, object_name, out) : r;
}

int dialect_completions_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                     struct buf *out)
{
    struct buf text;
    struct jsonwrite json = jsonwrite_to(out);
    json.r = begin_text(writer, &text);
    if (json.r == 0)
        json.r = chat_join(delta, CHAT_PIECE_TEXT, 0, &text);
    dialect_openai_put_head(&json, writer, object_name);
    put_choice(&json, writer, delta->logprobs, buf_text(&text),
               dialect_openai_finish_word(delta->finish));
    dialect_openai_put_usage(&json, delta);
    dialect_openai_put_warning(&json, writer, delta);
    jsonwrite_close(&json, '}');
    buf_done(&text);
    return json.r;
}
