/*
 * The response and its items as JSON: what stands in the first events, in the last one, and is the
 * whole answer. Clients with types want every member, also those that say nothing.
 */
#include <stdio.h>

#include "json/jsonspan.h"
#include "openai/dialect_openai.h"
#include "responses/dialect_responses.h"

/* More than any request holds. */
#define ECHO_MAX ((size_t)1 << 30)

/* What is repeated, and what stands for it where the app has not said it. */
static const struct {
    const char *name;
    const char *absent;
} echoes[DIALECT_RESPONSES_ECHO_COUNT] = {
    {"instructions", "null"},
    {"max_output_tokens", "null"},
    {"max_tool_calls", "null"},
    {"metadata", "{}"},
    {"parallel_tool_calls", "true"},
    {"prompt_cache_key", "null"},
    {"reasoning", "{\"effort\":null,\"summary\":null}"},
    {"safety_identifier", "null"},
    {"service_tier", "\"default\""},
    {"temperature", "null"},
    {"text", "{\"format\":{\"type\":\"text\"}}"},
    {"tool_choice", "\"auto\""},
    {"tools", "[]"},
    {"top_logprobs", "0"},
    {"top_p", "null"},
    {"truncation", "\"disabled\""},
    {"user", "null"},
    {"prompt_cache_retention", "null"},
};

void dialect_responses_read_echo(struct dialect_responses_writer *writer, struct text request)
{
    struct jsonspan_wanted wanted[DIALECT_RESPONSES_ECHO_COUNT];
    for (size_t i = 0; i < DIALECT_RESPONSES_ECHO_COUNT; i++)
        wanted[i] = (struct jsonspan_wanted){.name = echoes[i].name};
    jsonspan_pick(request, wanted, DIALECT_RESPONSES_ECHO_COUNT);
    for (size_t i = 0; i < DIALECT_RESPONSES_ECHO_COUNT; i++)
        if (wanted[i].value.at && jsonspan_type(wanted[i].value) != JSONSPAN_NULL)
            writer->echo[i] = wanted[i].value;
}

/* Without blanks: a line end in it would end the event. */
static void put_compact(struct jsonwrite *json, const char *name, struct text value)
{
    struct buf compact;
    buf_init(&compact, ECHO_MAX);
    int r = jsonspan_compact(value, &compact);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_raw(json, name, buf_text(&compact));
    buf_done(&compact);
}

static void put_echoes(struct jsonwrite *json, const struct dialect_responses_writer *writer)
{
    for (size_t i = 0; i < DIALECT_RESPONSES_ECHO_COUNT; i++) {
        if (writer->echo[i].at)
            put_compact(json, echoes[i].name, writer->echo[i]);
        else
            jsonwrite_raw(json, echoes[i].name, text_of(echoes[i].absent));
    }
}

/* ---- items */

static const char *const id_prefixes[] = {
    [DIALECT_RESPONSES_MESSAGE] = "msg",
    [DIALECT_RESPONSES_REASONING] = "rs",
    [DIALECT_RESPONSES_FUNCTION] = "fc",
    [DIALECT_RESPONSES_CUSTOM] = "ctc",
};

/* An id is made of the answer's own, which is unique, and a number. */
static void put_id(struct jsonwrite *json, const char *name,
                   const struct dialect_responses_writer *writer, const char *prefix, size_t number)
{
    struct text own = text_of(writer->base.identity.id);
    const char *line = own.len ? memchr(own.at, '_', own.len) : NULL;
    struct buf made;
    if (line)
        own = text_skip(own, (size_t)(line - own.at) + 1);
    buf_init(&made, own.len + 64);
    int r = buf_printf(&made, "%s_%.*s_%zu", prefix, TEXT_ARG(own), number);
    if (r < 0 && json->r == 0)
        json->r = r;
    jsonwrite_string(json, name, buf_text(&made));
    buf_done(&made);
}

void dialect_responses_put_item_id(struct jsonwrite *json, const char *name,
                                   const struct dialect_responses_writer *writer, size_t index)
{
    const struct dialect_responses_item *item = &writer->items[index];
    if (item->id.len)
        jsonwrite_string(json, name, buf_text(&item->id));
    else
        put_id(json, name, writer, id_prefixes[item->kind], index);
}

static struct text said(const struct dialect_responses_item *item, bool begun)
{
    return begun ? text_make("", 0) : buf_text(&item->text);
}

void dialect_responses_put_part(struct jsonwrite *json, const char *name,
                                const struct dialect_responses_item *item, bool begun)
{
    bool message = item->kind == DIALECT_RESPONSES_MESSAGE;
    jsonwrite_open(json, name, '{');
    jsonwrite_string(json, "type", text_of(message ? "output_text" : "summary_text"));
    jsonwrite_string(json, "text", said(item, begun));
    if (message) {
        jsonwrite_raw(json, "annotations", text_of("[]"));
        jsonwrite_open(json, "logprobs", '[');
        if (!begun && item->logprobs.len)
            jsonwrite_raw(json, NULL, buf_text(&item->logprobs));
        jsonwrite_close(json, ']');
    }
    jsonwrite_close(json, '}');
}

/* In a list; one that has only begun has none. */
static void put_parts(struct jsonwrite *json, const char *name,
                      const struct dialect_responses_item *item, bool begun)
{
    jsonwrite_open(json, name, '[');
    if (!begun)
        dialect_responses_put_part(json, NULL, item, false);
    jsonwrite_close(json, ']');
}

static void put_call(struct jsonwrite *json, const struct dialect_responses_writer *writer,
                     size_t index, bool begun)
{
    const struct dialect_responses_item *item = &writer->items[index];
    bool custom = item->kind == DIALECT_RESPONSES_CUSTOM;
    jsonwrite_string(json, custom ? "input" : "arguments", said(item, begun));
    if (item->call_id.len)
        jsonwrite_string(json, "call_id", buf_text(&item->call_id));
    else
        put_id(json, "call_id", writer, "call", index);
    jsonwrite_string(json, "name", buf_text(&item->name));
    if (item->space.len)
        jsonwrite_string(json, "namespace", buf_text(&item->space));
}

static const char *item_status(const struct dialect_responses_item *item, bool begun)
{
    if (begun)
        return "in_progress";
    return item->cut || !item->ended ? "incomplete" : "completed";
}

void dialect_responses_put_item(struct jsonwrite *json, const char *name,
                                const struct dialect_responses_writer *writer, size_t index,
                                bool begun)
{
    static const char *const types[] = {
        [DIALECT_RESPONSES_MESSAGE] = "message",
        [DIALECT_RESPONSES_REASONING] = "reasoning",
        [DIALECT_RESPONSES_FUNCTION] = "function_call",
        [DIALECT_RESPONSES_CUSTOM] = "custom_tool_call",
    };
    const struct dialect_responses_item *item = &writer->items[index];
    if (item->told.len) {
        jsonwrite_raw(json, name, buf_text(&item->told));
        return;
    }
    jsonwrite_open(json, name, '{');
    dialect_responses_put_item_id(json, "id", writer, index);
    jsonwrite_string(json, "type", text_of(types[item->kind]));
    switch (item->kind) {
    case DIALECT_RESPONSES_MESSAGE:
        jsonwrite_string(json, "status", text_of(item_status(item, begun)));
        jsonwrite_string(json, "role", text_of("assistant"));
        put_parts(json, "content", item, begun);
        break;
    case DIALECT_RESPONSES_REASONING:
        put_parts(json, "summary", item, begun);
        break;
    case DIALECT_RESPONSES_FUNCTION:
    case DIALECT_RESPONSES_CUSTOM:
        jsonwrite_string(json, "status", text_of(item_status(item, begun)));
        put_call(json, writer, index, begun);
        break;
    }
    jsonwrite_close(json, '}');
}

/* ---- the response */

static int64_t told(int64_t count)
{
    return count > 0 ? count : 0;
}

static void put_usage(struct jsonwrite *json, const struct chat_usage *usage)
{
    int64_t sum = 0;
    if (usage->prompt < 0 && usage->completion < 0) {
        jsonwrite_null(json, "usage");
        return;
    }
    if (__builtin_add_overflow(told(usage->prompt), told(usage->completion), &sum))
        sum = INT64_MAX;
    jsonwrite_open(json, "usage", '{');
    jsonwrite_integer(json, "input_tokens", told(usage->prompt));
    jsonwrite_open(json, "input_tokens_details", '{');
    jsonwrite_integer(json, "cached_tokens", told(usage->cached));
    jsonwrite_integer(json, "cache_write_tokens", told(usage->cache_written));
    jsonwrite_close(json, '}');
    jsonwrite_integer(json, "output_tokens", told(usage->completion));
    jsonwrite_open(json, "output_tokens_details", '{');
    jsonwrite_integer(json, "reasoning_tokens", told(usage->reasoning));
    jsonwrite_close(json, '}');
    jsonwrite_integer(json, "total_tokens", sum);
    jsonwrite_close(json, '}');
}

/* Why it is not the whole answer; NULL = it is. */
static const char *incomplete_reason(enum chat_finish finish)
{
    switch (finish) {
    case CHAT_FINISH_LENGTH:
        return "max_output_tokens";
    case CHAT_FINISH_FILTER:
        return "content_filter";
    case CHAT_FINISH_NONE:
    case CHAT_FINISH_STOP:
    case CHAT_FINISH_STOP_SEQUENCE:
    case CHAT_FINISH_TOOL_CALLS:
        break;
    }
    return NULL;
}

static const char *response_status(const struct chat_delta *last, const struct text *error)
{
    if (error)
        return "failed";
    if (!last)
        return "in_progress";
    return incomplete_reason(last->finish) ? "incomplete" : "completed";
}

static void put_standing(struct jsonwrite *json, const struct chat_delta *last,
                         const struct text *error)
{
    const char *reason = last ? incomplete_reason(last->finish) : NULL;
    jsonwrite_string(json, "status", text_of(response_status(last, error)));
    if (error)
        jsonwrite_raw(json, "error", *error);
    else
        jsonwrite_null(json, "error");
    if (reason) {
        jsonwrite_open(json, "incomplete_details", '{');
        jsonwrite_string(json, "reason", text_of(reason));
        jsonwrite_close(json, '}');
    } else {
        jsonwrite_null(json, "incomplete_details");
    }
}

void dialect_responses_put_response(struct jsonwrite *json, const char *name,
                                    const struct dialect_responses_writer *writer,
                                    const struct chat_delta *last, const struct text *error)
{
    jsonwrite_open(json, name, '{');
    jsonwrite_string(json, "id", text_of(writer->base.identity.id));
    jsonwrite_string(json, "object", text_of("response"));
    jsonwrite_integer(json, "created_at", writer->base.identity.created);
    put_standing(json, last, error);
    jsonwrite_string(json, "model", text_of(writer->base.identity.model));
    jsonwrite_open(json, "output", '[');
    for (size_t i = 0; last && i < writer->item_count; i++)
        dialect_responses_put_item(json, NULL, writer, i, false);
    jsonwrite_close(json, ']');
    jsonwrite_bool(json, "background", false);
    jsonwrite_null(json, "previous_response_id");
    jsonwrite_bool(json, "store", false);
    put_echoes(json, writer);
    if (last)
        put_usage(json, &last->usage);
    else
        jsonwrite_null(json, "usage");
    if (last)
        dialect_openai_put_warning(json, &writer->base, last);
    jsonwrite_close(json, '}');
}
