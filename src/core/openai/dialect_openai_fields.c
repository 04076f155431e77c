/*
 * Members that several kinds of OpenAI's requests have, and the walk over a table of all that one
 * of them may have.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonload.h"
#include "openai/dialect_openai.h"

/* A longer name is nobody's. */
#define NAME_MAX_BYTES 64

/* Reals from here on need not fit 64 bits. */
#define WHOLE_MAX 9.2e18

/* A whole number, which may be written as 7.0. False: anything else. */
bool dialect_openai_whole(const json_t *value, int64_t *ret)
{
    if (json_is_integer(value)) {
        *ret = json_integer_value(value);
        return true;
    }
    double real = json_real_value(value);
    if (!json_is_real(value) || real >= WHOLE_MAX || real <= -WHOLE_MAX ||
        (double)(int64_t)real != real)
        return false;
    *ret = (int64_t)real;
    return true;
}

bool dialect_openai_number(enum chat_number_id id, const json_t *value, struct chat_number *number)
{
    number->whole = chat_number_whole(id) || json_is_integer(value);
    number->set =
        number->whole ? dialect_openai_whole(value, &number->integer) : json_is_real(value);
    if (number->set && !number->whole)
        number->real = json_real_value(value);
    return number->set;
}

int dialect_openai_number_or_refuse(struct chat_request *request, enum chat_number_id id,
                                    const json_t *value, const char *where, struct error *reterr)
{
    if (dialect_openai_number(id, value, &request->number[id]))
        return 0;
    error_set(reterr, "%s%s is not a %snumber", where, chat_number_name(id),
              chat_number_whole(id) ? "whole " : "");
    return -EINVAL;
}

int dialect_openai_n(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)request;
    int64_t n = 0;
    if (dialect_openai_whole(value, &n) && n == 1)
        return 0;
    error_set(reterr, "n other than 1: it gives one answer at a time");
    return -EINVAL;
}

int dialect_openai_stream(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->stream = json_is_true(value);
    return 0;
}

int dialect_openai_limit(struct chat_request *request, const json_t *value, const char *name)
{
    int64_t tokens = 0;
    if (json_is_real(value) && json_real_value(value) >= WHOLE_MAX)
        tokens = INT64_MAX;
    else if (!dialect_openai_whole(value, &tokens) || tokens < 0)
        tokens = -1;
    if (tokens < 0)
        chat_drop(request, name);
    else if (tokens > 0)
        request->max_tokens = tokens;
    if (tokens > 0)
        request->limit_field = name;
    return 0;
}

int dialect_openai_max_tokens(struct chat_request *request, const json_t *value,
                              struct error *reterr)
{
    (void)reterr;
    return dialect_openai_limit(request, value, "max_tokens");
}

static void add_stop(struct chat_request *request, const json_t *value)
{
    struct text stop = chat_json_text(value);
    if (!json_is_string(value))
        chat_drop(request, "stop");
    else if (stop.len)
        request->stop[request->stop_count++] = stop;
}

int dialect_openai_stop(struct chat_request *request, const json_t *value, struct error *reterr)
{
    (void)reterr;
    request->stop = calloc(json_array_size(value) + 1, sizeof(*request->stop));
    if (!request->stop)
        return -ENOMEM;
    if (!json_is_array(value)) {
        add_stop(request, value);
        return 0;
    }
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one)
        add_stop(request, one);
    return 0;
}

int dialect_openai_logit_bias(struct chat_request *request, const json_t *value,
                              struct error *reterr)
{
    (void)reterr;
    if (json_object_size(value) > 0)
        chat_drop(request, "logit_bias");
    return 0;
}

static bool is_one_of(const char *name, const char *const *known)
{
    while (*known && strcmp(*known, name) != 0)
        known++;
    return *known != NULL;
}

void dialect_openai_drop_members(const struct chat_request *request, const json_t *object,
                                 const char *prefix, const char *const *known)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)object, name, value) {
        char field[NAME_MAX_BYTES];
        if (json_is_null(value) || json_is_false(value) || is_one_of(name, known))
            continue;
        int len = snprintf(field, sizeof(field), "%s.%s", prefix, name);
        chat_drop(request, len > 0 && (size_t)len < sizeof(field) ? field : prefix);
    }
}

/* What include_obfuscation pads is the stream of OpenAI. */
int dialect_openai_stream_options(struct chat_request *request, const json_t *value,
                                  struct error *reterr)
{
    static const char *const known[] = {"include_usage", "include_obfuscation", NULL};
    (void)reterr;
    dialect_openai_drop_members(request, value, "stream_options", known);
    return 0;
}

static void read_number(struct chat_request *request, enum chat_number_id id)
{
    struct chat_number *number = &request->number[id];
    const json_t *value = json_object_get(request->root, chat_number_name(id));
    if (!value || json_is_null(value))
        return;
    if (!dialect_openai_number(id, value, number))
        chat_drop(request, chat_number_name(id));
}

static bool is_known(const struct dialect_openai_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->at[i].name, name) == 0)
            return true;
    for (int id = 0; fields->numbers && id < CHAT_NUMBER_COUNT; id++)
        if (strcmp(chat_number_name((enum chat_number_id)id), name) == 0)
            return true;
    return false;
}

const char *dialect_openai_member(const struct dialect_openai_fields *fields, size_t n)
{
    if (n < fields->count)
        return fields->at[n].name;
    n -= fields->count;
    return fields->numbers && n < CHAT_NUMBER_COUNT ? chat_number_name((enum chat_number_id)n)
                                                    : NULL;
}

static void drop_unknown(const struct chat_request *request,
                         const struct dialect_openai_fields *fields)
{
    const char *name;
    json_t *value;
    json_object_foreach (request->root, name, value) {
        if (!json_is_null(value) && !is_known(fields, name))
            chat_drop(request, name);
    }
}

int dialect_openai_load(struct text body, struct chat_request *request, struct error *reterr)
{
    request->root = jsonload(body, reterr);
    if (json_is_object(request->root))
        return 0;
    error_set(reterr, "the request is not a JSON object");
    return -EINVAL;
}

int dialect_openai_fields_read(const struct dialect_openai_fields *fields,
                               struct chat_request *request, struct error *reterr)
{
    for (size_t i = 0; i < fields->count; i++) {
        const json_t *value = json_object_get(request->root, fields->at[i].name);
        if (!fields->at[i].read || !value || json_is_null(value))
            continue;
        int r = fields->at[i].read(request, value, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

void dialect_openai_rest_read(const struct dialect_openai_fields *fields,
                              struct chat_request *request)
{
    for (int id = 0; fields->numbers && id < CHAT_NUMBER_COUNT; id++)
        read_number(request, (enum chat_number_id)id);
    drop_unknown(request, fields);
}
