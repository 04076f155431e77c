/*
 * Writes a streamed answer as Anthropic does:
 *
 *     message_start  |  blocks ...  |  message_delta  |  message_stop
 *     a block:  content_block_start  |  content_block_delta ...  |  content_block_stop
 *
 * One block is open at a time; they are numbered from 0. A call is open until it has ended: what
 * others tell in between waits, so that no piece gets into the wrong block or is lost.
 *
 * How much the prompt took is known at the end only: message_start has zeros, message_delta all
 * four numbers.
 */
#include <errno.h>
#include <stdlib.h>

#include "anthropic/dialect_anthropic.h"
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "text/join.h"

/* What may wait for a call to end. A longer answer has a fault. */
#define HELD_BYTES_MAX ((size_t)16 << 20)

/* An event up to the inside of its data. */
static struct jsonwrite open_event(const char *name, struct buf *out)
{
    struct jsonwrite json = jsonwrite_to(out);
    json.r = join_append(out, JOIN(text_of("event: "), text_of(name), text_of("\ndata: ")));
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of(name));
    return json;
}

static int close_event(struct jsonwrite *json)
{
    jsonwrite_close(json, '}');
    return json->r == 0 ? buf_append_string(json->out, "\n\n") : json->r;
}

static int write_start(const struct dialect_anthropic_writer *writer, struct buf *out)
{
    static const struct chat_usage nothing;
    struct jsonwrite json = open_event("message_start", out);
    jsonwrite_open(&json, "message", '{');
    dialect_anthropic_put_head(&json, &writer->base);
    jsonwrite_open(&json, "content", '[');
    jsonwrite_close(&json, ']');
    jsonwrite_null(&json, "stop_reason");
    jsonwrite_null(&json, "stop_sequence");
    dialect_anthropic_put_usage(&json, &nothing);
    jsonwrite_close(&json, '}');
    return close_event(&json);
}

/* Of a piece of the block that is open; the blank is what it says. */
static int make_form(struct dialect_anthropic_writer *writer)
{
    static const struct {
        const char *type;
        const char *member;
    } deltas[] = {
        [DIALECT_ANTHROPIC_TEXT] = {"text_delta", "text"},
        [DIALECT_ANTHROPIC_THINKING] = {"thinking_delta", "thinking"},
        [DIALECT_ANTHROPIC_TOOL_USE] = {"input_json_delta", "partial_json"},
    };
    struct jsonform *form = &writer->base.form;
    struct jsonwrite json = open_event("content_block_delta", jsonform_begin(form));
    jsonwrite_integer(&json, "index", (int64_t)writer->blocks);
    jsonwrite_open(&json, "delta", '{');
    jsonwrite_string(&json, "type", text_of(deltas[writer->open].type));
    jsonwrite_raw(&json, deltas[writer->open].member, text_of(""));
    jsonform_blank(form);
    jsonwrite_close(&json, '}');
    return jsonform_end(form, close_event(&json));
}

static int write_block_start(struct dialect_anthropic_writer *writer,
                             const struct chat_piece *piece, struct buf *out)
{
    struct jsonwrite json = open_event("content_block_start", out);
    writer->open = dialect_anthropic_block_of(piece);
    writer->open_call = piece->call;
    jsonwrite_integer(&json, "index", (int64_t)writer->blocks);
    jsonwrite_open(&json, "content_block", '{');
    if (writer->open == DIALECT_ANTHROPIC_TEXT) {
        jsonwrite_string(&json, "type", text_of("text"));
        jsonwrite_string(&json, "text", text_of(""));
    } else if (writer->open == DIALECT_ANTHROPIC_THINKING) {
        jsonwrite_string(&json, "type", text_of("thinking"));
        jsonwrite_string(&json, "thinking", text_of(""));
        jsonwrite_string(&json, "signature", text_of(""));
    } else {
        writer->base.calls++;
        dialect_anthropic_put_call(&json, &writer->base, piece);
        jsonwrite_open(&json, "input", '{');
        jsonwrite_close(&json, '}');
    }
    jsonwrite_close(&json, '}');
    int r = close_event(&json);
    return r < 0 ? r : make_form(writer);
}

static int write_block_stop(struct dialect_anthropic_writer *writer, struct buf *out)
{
    if (writer->open == DIALECT_ANTHROPIC_NONE)
        return 0;
    struct jsonwrite json = open_event("content_block_stop", out);
    jsonwrite_integer(&json, "index", (int64_t)writer->blocks);
    writer->open = DIALECT_ANTHROPIC_NONE;
    writer->blocks++;
    return close_event(&json);
}

static int write_block_delta(const struct dialect_anthropic_writer *writer, struct text text,
                             struct buf *out)
{
    const struct jsonform *form = &writer->base.form;
    if (text.len == 0)
        return 0;
    int r = jsonform_put_string(form, text, out);
    return r < 0 ? r : jsonform_put_behind(form, out);
}

/* Is a call under way that the piece does not belong to? */
static bool has_to_wait(const struct dialect_anthropic_writer *writer,
                        const struct chat_piece *piece)
{
    bool of_it = dialect_anthropic_block_of(piece) == DIALECT_ANTHROPIC_TOOL_USE &&
                 piece->call == writer->open_call;
    return writer->open == DIALECT_ANTHROPIC_TOOL_USE && !of_it;
}

/* What begins ends the block before it. A piece of a call that has ended has no place any more, and
 * without it the call would be another one. */
static int write_piece(struct dialect_anthropic_writer *writer, const struct chat_piece *piece,
                       struct buf *out)
{
    bool goes_on = writer->open == dialect_anthropic_block_of(piece);
    int r = 0;
    if (piece->kind == CHAT_PIECE_CALL_END)
        return goes_on ? write_block_stop(writer, out) : 0;
    if (piece->kind == CHAT_PIECE_CALL_BEGIN)
        goes_on = false;
    else if (piece->text.len == 0)
        return 0;
    if (!goes_on && piece->kind == CHAT_PIECE_CALL_MORE)
        return -EPROTO;
    if (!goes_on) {
        r = write_block_stop(writer, out);
        r = r < 0 ? r : write_block_start(writer, piece, out);
    }
    return r < 0 ? r : write_block_delta(writer, piece->text, out);
}

static struct text copy_to(char **at, struct text text)
{
    struct text copy = {*at, text.len};
    if (text.len)
        memcpy(*at, text.at, text.len);
    *at += text.len;
    return copy;
}

/* Keeps a copy for later. */
static int hold(struct dialect_anthropic_writer *writer, const struct chat_piece *piece)
{
    size_t len = piece->text.len + piece->id.len + piece->name.len;
    if (len > HELD_BYTES_MAX - writer->held_bytes)
        return -EMSGSIZE;
    struct dialect_anthropic_held *held =
        reallocarray(writer->held, writer->held_count + 1, sizeof(*held));
    if (!held)
        return -ENOMEM;
    writer->held = held;
    held = &held[writer->held_count];
    *held = (struct dialect_anthropic_held){.piece = *piece, .bytes = malloc(len + 1)};
    if (!held->bytes)
        return -ENOMEM;
    char *at = held->bytes;
    held->piece.text = copy_to(&at, piece->text);
    held->piece.id = copy_to(&at, piece->id);
    held->piece.name = copy_to(&at, piece->name);
    writer->held_bytes += len;
    writer->held_count++;
    return 0;
}

static void forget(struct dialect_anthropic_writer *writer, size_t index)
{
    const struct chat_piece *piece = &writer->held[index].piece;
    writer->held_bytes -= piece->text.len + piece->id.len + piece->name.len;
    free(writer->held[index].bytes);
    writer->held_count--;
    memmove(&writer->held[index], &writer->held[index + 1],
            (writer->held_count - index) * sizeof(*writer->held));
}

/* Writes what has waited and need not any more, in its order. With each call that ends the first
 * ones may have their turn. */
static int release(struct dialect_anthropic_writer *writer, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; i < writer->held_count && r == 0;) {
        const struct chat_piece *piece = &writer->held[i].piece;
        bool ends = piece->kind == CHAT_PIECE_CALL_END;
        if (has_to_wait(writer, piece)) {
            i++;
            continue;
        }
        r = write_piece(writer, piece, out);
        forget(writer, i);
        i = ends ? 0 : i;
    }
    return r;
}

static int take_piece(struct dialect_anthropic_writer *writer, const struct chat_piece *piece,
                      struct buf *out)
{
    if (dialect_anthropic_is_hidden(&writer->base, piece))
        return 0;
    if (has_to_wait(writer, piece))
        return hold(writer, piece);
    int r = write_piece(writer, piece, out);
    return r < 0 || piece->kind != CHAT_PIECE_CALL_END ? r : release(writer, out);
}

static int write_end(struct dialect_anthropic_writer *writer, const struct chat_delta *delta,
                     struct buf *out)
{
    int r = write_block_stop(writer, out);
    while (r == 0 && writer->held_count) { /* a call that nobody ended has ended now */
        r = release(writer, out);
        r = r < 0 ? r : write_block_stop(writer, out);
    }
    if (r < 0)
        return r;
    struct jsonwrite json = open_event("message_delta", out);
    jsonwrite_open(&json, "delta", '{');
    dialect_anthropic_put_stop(&json, &writer->base, delta);
    jsonwrite_close(&json, '}');
    dialect_anthropic_put_usage(&json, &delta->usage);
    dialect_openai_put_warning(&json, &writer->base, delta);
    r = close_event(&json);
    if (r < 0)
        return r;
    json = open_event("message_stop", out);
    return close_event(&json);
}

int dialect_anthropic_event_write(struct dialect_writer *base, const struct chat_delta *delta,
                                  struct buf *out)
{
    struct dialect_anthropic_writer *writer = (struct dialect_anthropic_writer *)base;
    bool ends = delta->finish != CHAT_FINISH_NONE;
    int r = 0;
    if (!base->begun && (delta->piece_count || ends)) {
        base->begun = true;
        r = write_start(writer, out);
    }
    for (size_t i = 0; i < delta->piece_count && r == 0; i++)
        r = take_piece(writer, &delta->pieces[i], out);
    return r == 0 && ends ? write_end(writer, delta, out) : r;
}

void dialect_anthropic_writer_done(struct dialect_writer *base)
{
    struct dialect_anthropic_writer *writer = (struct dialect_anthropic_writer *)base;
    while (writer->held_count)
        forget(writer, writer->held_count - 1);
    free(writer->held);
    writer->held = NULL;
}
