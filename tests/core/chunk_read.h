/*
 * Reads a translated stream as a client does, and holds each chunk to what clients rely on: one
 * id, model and time in all of them, the role in the first delta only, an empty delta with the
 * finish, usage in a frame without choices, [DONE] last.
 */
#ifndef UNDERSTUDY_CHUNK_READ_H
#define UNDERSTUDY_CHUNK_READ_H

#include <string.h>

#include <check.h>
#include <jansson.h>

#include "text/count.h"
#include "text/text.h"

struct chunks {
    json_t *answer; /* {"content", "reasoning", "calls", "logprobs", "finish", "usage"} */
    json_t *first;
    size_t count;
    bool done;
};

static inline void chunks_append(json_t *object, const char *name, const json_t *piece)
{
    json_t *before = json_object_get(object, name);
    size_t len = json_string_length(before), more = json_string_length(piece);
    char *joined = malloc(len + more + 1);
    ck_assert_ptr_nonnull(joined);
    memcpy(joined, json_string_value(before), len);
    if (more)
        memcpy(joined + len, json_string_value(piece), more);
    ck_assert_int_eq(json_object_set_new(object, name, json_stringn(joined, len + more)), 0);
    free(joined);
}

static inline void chunks_take_call(struct chunks *chunks, const json_t *call)
{
    json_t *calls = json_object_get(chunks->answer, "calls");
    json_t *function = json_object_get(call, "function");
    json_t *arguments =
        json_loads(json_string_value(json_object_get(function, "arguments")), JSON_ALLOW_NUL, NULL);
    ck_assert(json_is_object(arguments));
    ck_assert_int_eq(json_integer_value(json_object_get(call, "index")),
                     (json_int_t)json_array_size(calls));
    ck_assert_str_eq(json_string_value(json_object_get(call, "type")), "function");
    ck_assert_uint_gt(json_string_length(json_object_get(call, "id")), 0);
    json_array_append_new(calls,
                          json_pack("{s:O, s:O, s:o}", "id", json_object_get(call, "id"), "name",
                                    json_object_get(function, "name"), "arguments", arguments));
}

static inline void chunks_take_delta(struct chunks *chunks, const json_t *choice)
{
    const json_t *delta = json_object_get(choice, "delta");
    const json_t *finish = json_object_get(choice, "finish_reason");
    size_t i;
    json_t *one;
    ck_assert_int_eq(json_integer_value(json_object_get(choice, "index")), 0);
    ck_assert_int_eq(chunks->count == 0, json_object_get(delta, "role") != NULL);
    ck_assert(json_equal(json_object_get(delta, "reasoning"),
                         json_object_get(delta, "reasoning_content")) ||
              !json_object_get(delta, "reasoning"));
    ck_assert(json_is_null(json_object_get(chunks->answer, "finish")));
    chunks_append(chunks->answer, "content", json_object_get(delta, "content"));
    chunks_append(chunks->answer, "reasoning", json_object_get(delta, "reasoning"));
    json_array_foreach (json_object_get(delta, "tool_calls"), i, one)
        chunks_take_call(chunks, one);
    json_array_foreach (json_object_get(json_object_get(choice, "logprobs"), "content"), i, one)
        json_array_append(json_object_get(chunks->answer, "logprobs"), one);
    if (json_is_null(finish))
        return;
    ck_assert_uint_eq(json_object_size(delta), 0);
    json_object_set_new(chunks->answer, "finish", json_string(json_string_value(finish)));
}

static inline void chunks_take(struct chunks *chunks, json_t *chunk)
{
    static const char *const constant[] = {"id", "object", "created", "model"};
    const json_t *choices = json_object_get(chunk, "choices");
    ck_assert_msg(!chunks->done, "a chunk behind [DONE]");
    if (!chunks->first)
        chunks->first = json_incref(chunk);
    for (size_t i = 0; i < COUNT(constant); i++)
        ck_assert(json_object_get(chunk, constant[i]) &&
                  json_equal(json_object_get(chunk, constant[i]),
                             json_object_get(chunks->first, constant[i])));
    ck_assert_str_eq(json_string_value(json_object_get(chunk, "object")), "chat.completion.chunk");
    if (json_array_size(choices) == 1)
        chunks_take_delta(chunks, json_array_get(choices, 0));
    else
        json_object_set(chunks->answer, "usage", json_object_get(chunk, "usage"));
    ck_assert(json_array_size(choices) == 1 || !json_is_null(json_object_get(chunk, "usage")));
    chunks->count++;
}

static inline struct chunks chunks_read(struct text stream)
{
    static const char prefix[] = "data: ";
    struct chunks chunks = {.answer =
                                json_pack("{s:s, s:s, s:[], s:[], s:n, s:n}", "content", "",
                                          "reasoning", "", "calls", "logprobs", "finish", "usage")};
    while (stream.len) {
        const char *end = memmem(stream.at, stream.len, "\n\n", 2);
        ck_assert_msg(end && text_starts_nocase(stream, prefix), "no event: %.*s",
                      TEXT_ARG(stream));
        struct text data = text_skip(stream, sizeof(prefix) - 1);
        data.len = (size_t)(end - data.at);
        stream = text_skip(stream, (size_t)(end - stream.at) + 2);
        if (text_equals(data, "[DONE]")) {
            chunks.done = true;
            continue;
        }
        json_t *chunk = json_loadb(data.at, data.len, JSON_ALLOW_NUL, NULL);
        ck_assert_msg(chunk != NULL, "no JSON: %.*s", TEXT_ARG(data));
        chunks_take(&chunks, chunk);
        json_decref(chunk);
    }
    return chunks;
}

static inline void chunks_done(struct chunks *chunks)
{
    json_decref(chunks->answer);
    json_decref(chunks->first);
}

#endif
