/*
 * Writes answers of the Responses API. A stream is
 *
 *     created | in_progress | items ... | completed, or incomplete
 *
 * and an item, one after the other (calls that come side by side may be open together),
 *
 *     output_item.added | part added | pieces ... | done with the whole | part done | item done
 *
 * where calls have no parts. Every event has the next sequence_number; the last one repeats the
 * whole response, so all that has gone out is kept. A call that the limit cut off gets no done:
 * Codex runs what is done, and half of a patch may look whole.
 */
#include <errno.h>
#include <stdlib.h>

#include "json/jsonload.h"
#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "openai/stream_error.h"
#include "responses/dialect_responses.h"
#include "text/join.h"

/* Of all that an item says; an answer is never longer. */
#define TEXT_MAX ((size_t)64 << 20)
#define WORD_MAX ((size_t)64 << 10)

/* The events of an item's life, by its kind; NULL = there is none. */
static const struct {
    const char *part_added;
    const char *more;
    const char *done;
    const char *part_done;
    const char *part_index; /* the member that numbers the part */
    const char *whole;      /* the member of done */
} lives[] = {
    [DIALECT_RESPONSES_MESSAGE] = {"response.content_part.added", "response.output_text.delta",
                                   "response.output_text.done", "response.content_part.done",
                                   "content_index", "text"},
    [DIALECT_RESPONSES_REASONING] = {"response.reasoning_summary_part.added",
                                     "response.reasoning_summary_text.delta",
                                     "response.reasoning_summary_text.done",
                                     "response.reasoning_summary_part.done", "summary_index",
                                     "text"},
    [DIALECT_RESPONSES_FUNCTION] = {NULL, "response.function_call_arguments.delta",
                                    "response.function_call_arguments.done", NULL, NULL,
                                    "arguments"},
    [DIALECT_RESPONSES_CUSTOM] = {NULL, "response.custom_tool_call_input.delta",
                                  "response.custom_tool_call_input.done", NULL, NULL, "input"},
};

/* ---- events. Each is told only where there is a stream. */

static struct jsonwrite open_event(struct dialect_responses_writer *writer, const char *type)
{
    struct jsonwrite json = jsonwrite_to(writer->out);
    json.r = join_append(json.out, JOIN(text_of("event: "), text_of(type), text_of("\ndata: ")));
    jsonwrite_open(&json, NULL, '{');
    jsonwrite_string(&json, "type", text_of(type));
    jsonwrite_integer(&json, "sequence_number", writer->next_number++);
    return json;
}

/* Which item the event is of. */
static void put_place(struct jsonwrite *json, const struct dialect_responses_writer *writer,
                      size_t index)
{
    const char *part_index = lives[writer->items[index].kind].part_index;
    dialect_responses_put_item_id(json, "item_id", writer, index);
    jsonwrite_integer(json, "output_index", (int64_t)index);
    if (part_index)
        jsonwrite_integer(json, part_index, 0);
}

static int tell_item(struct dialect_responses_writer *writer, const char *type, size_t index,
                     bool begun)
{
    if (!writer->out)
        return 0;
    struct jsonwrite json = open_event(writer, type);
    jsonwrite_integer(&json, "output_index", (int64_t)index);
    dialect_responses_put_item(&json, "item", writer, index, begun);
    return dialect_openai_close_event(&json);
}

/* type: NULL = items of this kind have no parts. */
static int tell_part(struct dialect_responses_writer *writer, const char *type, size_t index,
                     bool begun)
{
    if (!writer->out || !type)
        return 0;
    struct jsonwrite json = open_event(writer, type);
    put_place(&json, writer, index);
    dialect_responses_put_part(&json, "part", &writer->items[index], begun);
    return dialect_openai_close_event(&json);
}

/* logprobs: elements of the array. */
static int put_behind_text(struct jsonwrite *json, enum dialect_responses_kind kind,
                           struct text logprobs)
{
    json->comma = true;
    if (kind == DIALECT_RESPONSES_MESSAGE) {
        jsonwrite_open(json, "logprobs", '[');
        if (logprobs.len)
            jsonwrite_raw(json, NULL, logprobs);
        jsonwrite_close(json, ']');
    }
    return dialect_openai_close_event(json);
}

/* Of an event that goes on with the item, behind the sequence_number; the blank is the text. */
static int make_form(struct dialect_responses_writer *writer, size_t index)
{
    struct jsonform *form = &writer->base.form;
    struct jsonwrite json = jsonwrite_to(jsonform_begin(form));
    json.comma = true;
    put_place(&json, writer, index);
    jsonwrite_raw(&json, "delta", text_of(""));
    jsonform_blank(form);
    int r = put_behind_text(&json, writer->items[index].kind, (struct text){0});
    writer->formed = r == 0 ? index + 1 : 0;
    return jsonform_end(form, r);
}

static int tell_text(struct dialect_responses_writer *writer, size_t index, struct text delta,
                     struct text logprobs)
{
    enum dialect_responses_kind kind = writer->items[index].kind;
    if (!writer->out)
        return 0;
    struct jsonwrite json = open_event(writer, lives[kind].more);
    if (json.r == 0 && writer->formed != index + 1)
        json.r = make_form(writer, index);
    if (json.r == 0)
        json.r = jsonform_put_string(&writer->base.form, delta, json.out);
    if (logprobs.len)
        return put_behind_text(&json, kind, logprobs);
    return json.r < 0 ? json.r : jsonform_put_behind(&writer->base.form, json.out);
}

static int tell_done(struct dialect_responses_writer *writer, size_t index)
{
    const struct dialect_responses_item *item = &writer->items[index];
    if (!writer->out)
        return 0;
    struct jsonwrite json = open_event(writer, lives[item->kind].done);
    put_place(&json, writer, index);
    if (item->kind == DIALECT_RESPONSES_FUNCTION)
        jsonwrite_string(&json, "name", buf_text(&item->name));
    jsonwrite_string(&json, lives[item->kind].whole, buf_text(&item->text));
    return put_behind_text(&json, item->kind, buf_text(&item->logprobs));
}

static int tell_response(struct dialect_responses_writer *writer, const char *type,
                         const struct chat_delta *last)
{
    if (!writer->out)
        return 0;
    struct jsonwrite json = open_event(writer, type);
    dialect_responses_put_response(&json, "response", writer, last, NULL);
    return dialect_openai_close_event(&json);
}

/* ---- items */

int dialect_responses_begin_item(struct dialect_responses_writer *writer,
                                 enum dialect_responses_kind kind)
{
    if (writer->item_count == writer->item_room) {
        size_t room = writer->item_room ? writer->item_room * 2 : 4;
        struct dialect_responses_item *items = reallocarray(writer->items, room, sizeof(*items));
        if (!items)
            return -ENOMEM;
        writer->items = items;
        writer->item_room = room;
    }
    struct dialect_responses_item *item = &writer->items[writer->item_count++];
    *item = (struct dialect_responses_item){.kind = kind};
    buf_init(&item->text, TEXT_MAX);
    buf_init(&item->logprobs, TEXT_MAX);
    buf_init(&item->call_id, WORD_MAX);
    buf_init(&item->name, WORD_MAX);
    buf_init(&item->space, WORD_MAX);
    buf_init(&item->id, WORD_MAX);
    buf_init(&item->told, TEXT_MAX);
    return 0;
}

static int tell_begun(struct dialect_responses_writer *writer, size_t index)
{
    int r = tell_item(writer, "response.output_item.added", index, true);
    return r == 0 ? tell_part(writer, lives[writer->items[index].kind].part_added, index, true) : r;
}

static int end_item(struct dialect_responses_writer *writer, size_t index)
{
    struct dialect_responses_item *item = &writer->items[index];
    item->ended = true;
    int r = tell_done(writer, index);
    if (r == 0)
        r = tell_part(writer, lives[item->kind].part_done, index, false);
    return r == 0 ? tell_item(writer, "response.output_item.done", index, false) : r;
}

/* The message or the thought that is under way. cut: it is not whole. */
static int end_open(struct dialect_responses_writer *writer, bool cut)
{
    size_t open = writer->open;
    writer->open = 0;
    if (open == 0)
        return 0;
    writer->items[open - 1].cut = cut;
    return end_item(writer, open - 1);
}

/* Adds the tokens to what the message has; *ret: those alone. */
static int keep_logprobs(struct dialect_responses_item *item, struct text tokens, struct text *ret)
{
    struct jsonwrite json = jsonwrite_to(&item->logprobs);
    struct text token;
    size_t position = 0, before = item->logprobs.len;
    json.comma = before > 0;
    while (jsonspan_next(tokens, &position, &token))
        dialect_openai_put_logprob(&json, token);
    *ret = text_skip(buf_text(&item->logprobs), before ? before + 1 : 0);
    return json.r;
}

static int say(struct dialect_responses_writer *writer, enum dialect_responses_kind kind,
               struct text text, struct text tokens)
{
    struct text logprobs = {0};
    int r = 0;
    if (text.len == 0)
        return 0;
    if (writer->open == 0 || writer->items[writer->open - 1].kind != kind) {
        r = end_open(writer, false);
        if (r == 0)
            r = dialect_responses_begin_item(writer, kind);
        if (r < 0)
            return r;
        writer->open = writer->item_count;
        r = tell_begun(writer, writer->open - 1);
    }
    struct dialect_responses_item *item = &writer->items[writer->open - 1];
    if (r == 0)
        r = buf_append_text(&item->text, text);
    if (r == 0 && kind == DIALECT_RESPONSES_MESSAGE)
        r = keep_logprobs(item, tokens, &logprobs);
    return r == 0 ? tell_text(writer, writer->open - 1, text, logprobs) : r;
}

/* ---- calls */

/* The tools of the request, for what a call's name means there. */
static const json_t *tools_of(struct dialect_responses_writer *writer)
{
    static const char name[] = "tools";
    struct text tools;
    if (!writer->tools && jsonspan_get(writer->base.request, name, &tools))
        writer->tools = jsonload(tools, NULL);
    return writer->tools;
}

static int begin_call(struct dialect_responses_writer *writer, const struct chat_piece *piece)
{
    struct dialect_responses_tool tool = {.name = piece->name, .custom = piece->custom};
    if (writer->base.one_call && writer->base.calls > 0)
        return 0;
    writer->base.calls++;
    (void)dialect_responses_find(tools_of(writer), piece->name, &tool);
    int r = end_open(writer, false);
    if (r == 0)
        r = dialect_responses_begin_item(writer, tool.custom ? DIALECT_RESPONSES_CUSTOM
                                                             : DIALECT_RESPONSES_FUNCTION);
    if (r < 0)
        return r;
    struct dialect_responses_item *item = &writer->items[writer->item_count - 1];
    item->call = piece->call;
    item->wrapped = tool.custom && !piece->custom;
    r = buf_append_text(&item->call_id, piece->id);
    if (r == 0)
        r = buf_append_text(&item->name, tool.name);
    if (r == 0)
        r = buf_append_text(&item->space, tool.space);
    return r == 0 ? tell_begun(writer, writer->item_count - 1) : r;
}

/* The call under way of that number; false: it is one that does not go out. */
static bool find_call(const struct dialect_responses_writer *writer, size_t call, size_t *ret)
{
    for (size_t i = writer->item_count; i-- > 0;) {
        const struct dialect_responses_item *item = &writer->items[i];
        bool is_call =
            item->kind == DIALECT_RESPONSES_FUNCTION || item->kind == DIALECT_RESPONSES_CUSTOM;
        if (is_call && item->call == call) {
            *ret = i;
            return !item->ended;
        }
    }
    return false;
}

/* What is wrapped is told once it is whole: its end shows what it is. */
static int more_call(struct dialect_responses_writer *writer, size_t index, struct text text)
{
    struct dialect_responses_item *item = &writer->items[index];
    int r = buf_append_text(&item->text, text);
    if (r < 0 || item->wrapped || text.len == 0)
        return r;
    return tell_text(writer, index, text, (struct text){0});
}

/* The input out of its wrapping; what is wrapped otherwise is the input as it is. */
static int unwrap(struct dialect_responses_writer *writer, size_t index)
{
    struct dialect_responses_item *item = &writer->items[index];
    struct text found;
    struct buf input;
    int r = 0;
    if (dialect_responses_wrapped(buf_text(&item->text), &found)) {
        buf_init(&input, TEXT_MAX);
        r = jsonspan_decode(found, &input);
        buf_done(&item->text);
        item->text = input;
    }
    item->wrapped = false;
    if (r < 0 || item->text.len == 0)
        return r;
    return tell_text(writer, index, buf_text(&item->text), (struct text){0});
}

static int end_call(struct dialect_responses_writer *writer, size_t index)
{
    struct dialect_responses_item *item = &writer->items[index];
    int r = 0;
    if (item->wrapped)
        r = unwrap(writer, index);
    else if (item->kind == DIALECT_RESPONSES_FUNCTION && item->text.len == 0)
        r = more_call(writer, index, text_of("{}"));
    return r == 0 ? end_item(writer, index) : r;
}

/* ---- the answer */

static int take_piece(struct dialect_responses_writer *writer, const struct chat_piece *piece,
                      struct text *tokens)
{
    size_t index = 0;
    int r = 0;
    switch (piece->kind) {
    case CHAT_PIECE_TEXT:
        r = say(writer, DIALECT_RESPONSES_MESSAGE, piece->text, *tokens);
        *tokens = (struct text){0};
        break;
    case CHAT_PIECE_REASONING:
        r = say(writer, DIALECT_RESPONSES_REASONING, piece->text, (struct text){0});
        break;
    case CHAT_PIECE_CALL_BEGIN:
        r = begin_call(writer, piece);
        break;
    case CHAT_PIECE_CALL_MORE:
        r = find_call(writer, piece->call, &index) ? more_call(writer, index, piece->text) : 0;
        break;
    case CHAT_PIECE_CALL_END:
        r = find_call(writer, piece->call, &index) ? end_call(writer, index) : 0;
        break;
    }
    return r;
}

/* Ends what is open. What the limit or a filter cut is not whole. */
static int end_items(struct dialect_responses_writer *writer, enum chat_finish finish)
{
    bool cut = finish == CHAT_FINISH_LENGTH || finish == CHAT_FINISH_FILTER;
    int r = end_open(writer, cut);
    for (size_t i = 0; i < writer->item_count && r == 0 && !cut; i++)
        if (!writer->items[i].ended)
            r = end_call(writer, i);
    return r;
}

static int take_delta(struct dialect_responses_writer *writer, const struct chat_delta *delta)
{
    struct text tokens = delta->logprobs;
    int r = 0;
    for (size_t i = 0; i < delta->piece_count && r == 0; i++)
        r = take_piece(writer, &delta->pieces[i], &tokens);
    if (r == 0 && delta->finish != CHAT_FINISH_NONE)
        r = end_items(writer, delta->finish);
    return r;
}

static int begin(struct dialect_responses_writer *writer)
{
    if (writer->base.begun)
        return 0;
    writer->base.begun = true;
    dialect_responses_read_echo(writer, writer->base.request);
    int r = tell_response(writer, "response.created", NULL);
    return r == 0 ? tell_response(writer, "response.in_progress", NULL) : r;
}

static struct dialect_responses_writer *own(struct dialect_writer *writer)
{
    return (struct dialect_responses_writer *)(void *)writer;
}

int dialect_responses_event_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                  struct buf *out)
{
    struct dialect_responses_writer *responses = own(writer);
    bool over = delta->finish != CHAT_FINISH_NONE;
    if (delta->piece_count == 0 && !over)
        return 0;
    responses->out = out;
    int r = begin(responses);
    if (r == 0)
        r = take_delta(responses, delta);
    bool cut = delta->finish == CHAT_FINISH_LENGTH || delta->finish == CHAT_FINISH_FILTER;
    if (r == 0 && over)
        r = tell_response(responses, cut ? "response.incomplete" : "response.completed", delta);
    return r;
}

int dialect_responses_answer_write(struct dialect_writer *writer, const struct chat_delta *delta,
                                   struct buf *out)
{
    struct dialect_responses_writer *responses = own(writer);
    int r = begin(responses);
    if (r == 0)
        r = take_delta(responses, delta);
    if (r < 0)
        return r;
    struct jsonwrite json = jsonwrite_to(out);
    dialect_responses_put_response(&json, NULL, responses, delta, NULL);
    return json.r;
}

/* The same error in the response, where readers of the protocol look, and on top, where the SDKs
 * do. */
int dialect_responses_fail(struct dialect_responses_writer *writer, struct text error,
                           struct buf *out)
{
    writer->out = out;
    struct jsonwrite json = open_event(writer, "response.failed");
    dialect_responses_put_response(&json, "response", writer, NULL, &error);
    jsonwrite_raw(&json, "error", error);
    return dialect_openai_close_event(&json);
}

int dialect_responses_break_write(struct dialect_writer *writer, struct text message,
                                  struct buf *out)
{
    struct dialect_responses_writer *responses = own(writer);
    struct text error = {0};
    struct buf told;
    buf_init(&told, TEXT_MAX);
    struct jsonwrite json = jsonwrite_to(&told);
    jsonwrite_open(&json, NULL, '{');
    stream_error_object(&json, message);
    jsonwrite_close(&json, '}');
    (void)jsonspan_get(buf_text(&told), "error", &error);
    responses->out = out;
    int r = json.r == 0 ? begin(responses) : json.r;
    if (r == 0)
        r = dialect_responses_fail(responses, error, out);
    buf_done(&told);
    return r;
}

void dialect_responses_writer_done(struct dialect_writer *writer)
{
    struct dialect_responses_writer *responses = own(writer);
    for (size_t i = 0; i < responses->item_count; i++) {
        struct dialect_responses_item *item = &responses->items[i];
        buf_done(&item->text);
        buf_done(&item->logprobs);
        buf_done(&item->call_id);
        buf_done(&item->name);
        buf_done(&item->space);
        buf_done(&item->id);
        buf_done(&item->told);
    }
    free(responses->items);
    responses->items = NULL;
    responses->item_count = responses->item_room = 0;
    json_decref(responses->tools);
    responses->tools = NULL;
}
