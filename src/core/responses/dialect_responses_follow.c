/*
 * A stream that broke is gone on with by another writer: what it has to know of the part that went
 * out is read from its events, whoever wrote them. An item that is done is repeated at the end as
 * it was told.
 */
#include <errno.h>

#include "json/jsonspan.h"
#include "responses/dialect_responses.h"

static bool type_is(struct text object, const char *type)
{
    struct text value;
    return jsonspan_get(object, "type", &value) && jsonspan_name_is(value, type);
}

/* Only texts and thoughts are gone on with. */
static int follow_added(struct dialect_responses_writer *writer, struct text item)
{
    bool message = type_is(item, "message");
    struct text id;
    if (!message && !type_is(item, "reasoning"))
        return -ENOTSUP;
    int r = dialect_responses_begin_item(writer, message ? DIALECT_RESPONSES_MESSAGE
                                                         : DIALECT_RESPONSES_REASONING);
    if (r == 0 && jsonspan_get(item, "id", &id))
        r = jsonspan_decode(id, &writer->items[writer->item_count - 1].id);
    if (r == 0)
        writer->open = writer->item_count;
    return r;
}

/* The item that the event is about: it has begun, and is not done. NULL: it has not. */
static struct dialect_responses_item *item_of(struct dialect_responses_writer *writer,
                                              struct text event)
{
    struct text value;
    int64_t index = -1;
    if (!jsonspan_get(event, "output_index", &value) || !jsonspan_whole(value, &index) ||
        index < 0 || (size_t)index >= writer->item_count || writer->items[index].ended)
        return NULL;
    return &writer->items[index];
}

static int follow_delta(struct dialect_responses_writer *writer, struct text event)
{
    struct dialect_responses_item *item = item_of(writer, event);
    struct text delta;
    if (!item || !jsonspan_get(event, "delta", &delta))
        return -ENOTSUP;
    return jsonspan_decode(delta, &item->text);
}

static int follow_done(struct dialect_responses_writer *writer, struct text event, struct text told)
{
    struct dialect_responses_item *item = item_of(writer, event);
    if (!item)
        return -ENOTSUP;
    item->ended = true;
    if (writer->open == (size_t)(item - writer->items) + 1)
        writer->open = 0;
    return jsonspan_compact(told, &item->told);
}

int dialect_responses_follow(struct dialect_writer *writer, struct text event)
{
    static const char *const deltas[] = {"response.output_text.delta",
                                         "response.reasoning_summary_text.delta"};
    struct dialect_responses_writer *responses = (void *)writer;
    struct jsonspan_wanted wanted[] = {{.name = "sequence_number"}, {.name = "item"}};
    int64_t number = 0;
    jsonspan_pick(event, wanted, sizeof(wanted) / sizeof(wanted[0]));
    if (!wanted[0].value.at || !jsonspan_whole(wanted[0].value, &number) || number == INT64_MAX)
        return -ENOTSUP;
    responses->next_number = number + 1;
    writer->begun = true;
    if (type_is(event, "response.output_item.added"))
        return follow_added(responses, wanted[1].value);
    if (type_is(event, "response.output_item.done"))
        return follow_done(responses, event, wanted[1].value);
    for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]); i++)
        if (type_is(event, deltas[i]))
            return follow_delta(responses, event);
    return 0;
}

/* ---- what an event says to the app */

static enum chat_finish finish_of(struct text type, struct text response)
{
    struct text details, reason;
    if (text_equals(type, "\"response.completed\""))
        return CHAT_FINISH_STOP;
    bool filtered = jsonspan_get(response, "incomplete_details", &details) &&
                    jsonspan_get(details, "reason", &reason) &&
                    jsonspan_name_is(reason, "content_filter");
    return filtered ? CHAT_FINISH_FILTER : CHAT_FINISH_LENGTH;
}

static void read_begin(struct text response, struct dialect_said *said)
{
    struct text created;
    if (!jsonspan_get(response, "id", &said->id))
        said->id = (struct text){0};
    if (jsonspan_get(response, "created_at", &created))
        (void)jsonspan_whole(created, &said->created);
}

static int read_text(struct text event, struct buf *content, struct dialect_said *said)
{
    struct text delta, logprobs, first;
    if (jsonspan_get(event, "logprobs", &logprobs) && jsonspan_item(logprobs, 0, &first))
        said->uncertain = true;
    return jsonspan_get(event, "delta", &delta) ? jsonspan_decode(delta, content) : 0;
}

static bool is_word(struct text type, const char *const *words)
{
    while (*words && !jsonspan_name_is(type, *words))
        words++;
    return *words != NULL;
}

int dialect_responses_said_read(struct text data, struct buf *content, struct dialect_said *ret)
{
    static const char *const ends[] = {"response.completed", "response.incomplete", NULL};
    static const char *const failures[] = {"response.failed", "error", NULL};
    static const char *const others[] = {"response.refusal.delta",
                                         "response.function_call_arguments.delta",
                                         "response.custom_tool_call_input.delta", NULL};
    struct jsonspan_wanted wanted[] = {{.name = "type"}, {.name = "response"}, {.name = "item"}};
    *ret = (struct dialect_said){0};
    if (jsonspan_check(data, NULL) < 0 || jsonspan_type(data) != JSONSPAN_OBJECT)
        return -EPROTO;
    jsonspan_pick(data, wanted, sizeof(wanted) / sizeof(wanted[0]));
    struct text type = wanted[0].value;
    if (!type.at)
        ret->uncertain = true;
    else if (jsonspan_name_is(type, "response.created"))
        read_begin(wanted[1].value, ret);
    else if (jsonspan_name_is(type, "response.output_text.delta"))
        return read_text(data, content, ret);
    else if (jsonspan_name_is(type, "response.output_item.added"))
        ret->other = !type_is(wanted[2].value, "message") && !type_is(wanted[2].value, "reasoning");
    else if (is_word(type, ends))
        ret->finish = finish_of(type, wanted[1].value);
    else
        ret->uncertain = is_word(type, failures);
    ret->other |= type.at && is_word(type, others);
    return 0;
}

/* ---- and what the next writer has to know */

static int copy_item(struct dialect_responses_item *to, const struct dialect_responses_item *from)
{
    to->ended = from->ended;
    to->call = from->call;
    int r = buf_append_text(&to->text, buf_text(&from->text));
    if (r == 0)
        r = buf_append_text(&to->id, buf_text(&from->id));
    return r == 0 ? buf_append_text(&to->told, buf_text(&from->told)) : r;
}

int dialect_responses_copy(struct dialect_writer *to, const struct dialect_writer *from)
{
    struct dialect_responses_writer *copy = (void *)to;
    const struct dialect_responses_writer *source = (const void *)from;
    int r = 0;
    to->begun = from->begun;
    copy->next_number = source->next_number;
    copy->open = source->open;
    dialect_responses_read_echo(copy, to->request);
    for (size_t i = 0; i < source->item_count && r == 0; i++) {
        r = dialect_responses_begin_item(copy, source->items[i].kind);
        if (r == 0)
            r = copy_item(&copy->items[i], &source->items[i]);
    }
    return r;
}
