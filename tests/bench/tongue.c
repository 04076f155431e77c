#include "tongue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "script.h"

#define LINE(text) "{\"model\":\"m:1b\",\"created_at\":\"2026-11-28T10:00:00Z\"," text "}\n"
#define LINE_TEXT  "\"message\":{\"role\":\"assistant\",\"content\":\""
#define EVENT(name, data)                                                                          \
    "event: " name "\ndata: {\"type\":\"" name "\"" data "}"                                       \
    "\n\n"

static const struct tongue tongues[] = {
    {.path = "/v1/chat/completions",
     .type = "text/event-stream; charset=utf-8",
     .begin =
         SCRIPT_CHUNK "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"," SCRIPT_CONTENT
                      "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
     .event = {SCRIPT_CHUNK "\"choices\":[{\"index\":0,\"delta\":{" SCRIPT_CONTENT,
               "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"},
     .end = SCRIPT_CHUNK
     "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null," SCRIPT_FINISH
     "}]}\n\n" SCRIPT_CHUNK "\"choices\":[]," SCRIPT_USAGE
     "\"prompt_tokens\":19,\"completion_tokens\":5,\"total_tokens\":24}}\n\n" SCRIPT_DONE "\n\n"},
    {.path = "/v1/messages",
     .type = "text/event-stream; charset=utf-8",
     .begin = EVENT("message_start",
                    ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                    "\"model\":\"m:1b\",\"content\":[],\"stop_reason\":null,"
                    "\"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}")
         EVENT("content_block_start",
               ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
     .event = {"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
               "\"delta\":{\"type\":\"text_delta\",\"text\":\"",
               "\"}}\n\n"},
     .end = EVENT("content_block_stop", ",\"index\":0")
         EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
                                "\"usage\":{\"output_tokens\":5}") EVENT("message_stop", "")},
    {.path = "/api/chat",
     .type = "application/x-ndjson",
     .begin = "",
     .event = {"{\"model\":\"m:1b\",\"created_at\":\"2026-11-28T10:00:00Z\"," LINE_TEXT,
               "\"},\"done\":false}\n"},
     .end = LINE(LINE_TEXT "\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,"
                           "\"eval_count\":5")},
};

/* A list of the length that a reseller of all models has: 400 KB. */
#define MODELS      400
#define MODEL_BYTES 1000

static const struct {
    const char *path, *body;
} fixed[] = {
    {"/api/tags", "{\"models\":[{\"name\":\"m:1b\",\"model\":\"m:1b\",\"digest\":\"d\","
                  "\"capabilities\":[\"completion\"],\"details\":{\"context_length\":8192}}]}"},
    {"/api/show", "{}"},
    {"/api/ps", "{\"models\":[]}"},
    {"/api/version", "{\"version\":\"0.33.0\"}"},
    {"/api/generate", "{\"model\":\"m:1b\",\"response\":\"\",\"done\":true}"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct tongue *tongue_of(const char *target)
{
    for (size_t i = 0; i < COUNT(tongues); i++)
        if (strncmp(target, tongues[i].path, strlen(tongues[i].path)) == 0)
            return &tongues[i];
    return &tongues[0];
}

static const char *model_list(void)
{
    static char list[MODELS * MODEL_BYTES + 64];
    if (list[0])
        return list;
    size_t len = (size_t)snprintf(list, sizeof(list), "{\"object\":\"list\",\"data\":[");
    for (int i = 0; i < MODELS; i++)
        len += (size_t)snprintf(
            list + len, sizeof(list) - len,
            "%s{\"id\":\"vendor/"
            "model-%d\",\"object\":\"model\",\"created\":%d,\"context_length\":128000,"
            "\"pricing\":{\"prompt\":\"0.0000025\",\"completion\":\"0.00001\"},\"description\":\"%"
            "0*d\"}",
            i ? "," : "", i, 1760000000 + i, MODEL_BYTES - 200, i);
    (void)snprintf(list + len, sizeof(list) - len, "]}");
    return list;
}

const char *tongue_fixed(const char *target)
{
    if (strncmp(target, "/v1/models", 10) == 0)
        return model_list();
    for (size_t i = 0; i < COUNT(fixed); i++)
        if (strncmp(target, fixed[i].path, strlen(fixed[i].path)) == 0)
            return fixed[i].body;
    return NULL;
}

static size_t add_chunk(char *out, size_t at, const char *text)
{
    size_t len = strlen(text);
    if (len == 0)
        return at;
    int n = snprintf(out + at, TONGUE_PIECE_MAX - at, "%zx\r\n%s\r\n", len, text);
    return at + (size_t)n;
}

size_t tongue_begin(const struct tongue *tongue, char out[static TONGUE_PIECE_MAX])
{
    int n = snprintf(out, TONGUE_PIECE_MAX,
                     "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nx-request-id: req_5f0c1b7a9d\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n",
                     tongue->type);
    return add_chunk(out, (size_t)n, tongue->begin);
}

size_t tongue_event(const struct tongue *tongue, char out[static TONGUE_PIECE_MAX], uint64_t number)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64 " ", number, net_now_us());
    size_t all = strlen(tongue->event[0]) + (size_t)len + strlen(tongue->event[1]);
    int n = snprintf(out, TONGUE_PIECE_MAX, "%zx\r\n%s%s%s\r\n", all, tongue->event[0], text,
                     tongue->event[1]);
    return (size_t)n;
}

size_t tongue_end(const struct tongue *tongue, char out[static TONGUE_PIECE_MAX])
{
    size_t len = add_chunk(out, 0, tongue->end);
    memcpy(out + len, "0\r\n\r\n", 5);
    return len + 5;
}
