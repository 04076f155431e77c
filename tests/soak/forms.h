/* How each API says a text: tables of provider.c. */
#ifndef SOAK_FORMS_H
#define SOAK_FORMS_H

#include <stdbool.h>
#include <stddef.h>

/* [0] and [1] stand before and behind the text; end[1] is NULL where the end does not repeat it. */
struct form {
    const char *path;
    const char *type; /* of a stream */
    bool local;
    const char *whole[2];
    const char *begin;
    const char *event[2];
    const char *end[2];
    const char *error;
};

struct fixed {
    const char *path;
    const char *body;
};

#define CHUNK                                                                                      \
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
#define OPENAI_ERROR                                                                               \
    "{\"error\":{\"message\":\"soaked\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"
#define RESPONSE(status)                                                                           \
    "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"" status             \
    "\",\"model\":\"m\","
#define RESPONSE_TEXT                                                                              \
    "\"output\":[{\"type\":\"message\",\"id\":\"msg_1\",\"status\":\"completed\","                 \
    "\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"annotations\":[],\"text\":\""
#define RESPONSE_USAGE                                                                             \
    "\"}]}],\"usage\":{\"input_tokens\":9,\"output_tokens\":6,\"total_tokens\":15}}"
#define MESSAGE "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","

static const struct form forms[] = {
    {.path = "/v1/chat/completions",
     .type = "text/event-stream",
     .whole = {"{\"id\":\"c1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
               "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"",
               "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
               "\"completion_tokens\":6,\"total_tokens\":15}}"},
     .begin = CHUNK "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
                    "\"content\":\"\"},\"finish_reason\":null}]}\n\n",
     .event = {CHUNK "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
               "\"},\"finish_reason\":null}]}\n\n"},
     .end = {CHUNK "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                   "data: [DONE]\n\n",
             NULL},
     .error = OPENAI_ERROR},
    {.path = "/v1/completions",
     .type = "text/event-stream",
     .whole = {"{\"id\":\"t1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\","
               "\"choices\":[{\"index\":0,\"text\":\"",
               "\",\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
               "\"completion_tokens\":6,\"total_tokens\":15}}"},
     .begin = "",
     .event = {"data: {\"id\":\"t1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\","
               "\"choices\":[{\"index\":0,\"text\":\"",
               "\",\"finish_reason\":null}]}\n\n"},
     .end = {"data: {\"id\":\"t1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\","
             "\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n"
             "data: [DONE]\n\n",
             NULL},
     .error = OPENAI_ERROR},
    {.path = "/v1/responses",
     .type = "text/event-stream",
     .whole = {RESPONSE("completed") RESPONSE_TEXT, RESPONSE_USAGE},
     .begin = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
              "\"response\":" RESPONSE("in_progress") "\"output\":[]}}\n\n"
                                                      "event: response.output_item.added\ndata: "
                                                      "{\"type\":\"response.output_item.added\","
                                                      "\"sequence_number\":1,\"output_index\":0,"
                                                      "\"item\":{\"type\":\"message\","
                                                      "\"id\":\"msg_1\",\"status\":\"in_progress\","
                                                      "\"role\":\"assistant\",\"content\":[]}}\n\n",
     .event = {"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
               "\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,"
               "\"content_index\":0,\"delta\":\"",
               "\"}\n\n"},
     .end = {"event: response.completed\ndata: {\"type\":\"response.completed\","
             "\"sequence_number\":9,\"response\":" RESPONSE("completed") RESPONSE_TEXT,
             RESPONSE_USAGE "}\n\n"},
     .error = OPENAI_ERROR},
    {.path = "/v1/messages",
     .type = "text/event-stream",
     .whole = {MESSAGE "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                       "\"usage\":{\"input_tokens\":9,\"output_tokens\":6},"
                       "\"content\":[{\"type\":\"text\",\"text\":\"",
               "\"}]}"},
     .begin = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":" MESSAGE
              "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
              "\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"
              "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
              "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
     .event = {"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
               "\"delta\":{\"type\":\"text_delta\",\"text\":\"",
               "\"}}\n\n"},
     .end = {"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
             "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"
             "{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
             "\"usage\":{\"output_tokens\":6}}\n\n"
             "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
             NULL},
     .error = "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"soaked\"}}"},
    {.path = "/api/chat",
     .type = "application/x-ndjson",
     .local = true,
     .whole = {"{\"model\":\"m:1b\",\"created_at\":\"2026-11-28T10:00:00Z\","
               "\"message\":{\"role\":\"assistant\",\"content\":\"",
               "\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,"
               "\"eval_count\":6}"},
     .begin = "",
     .event = {"{\"model\":\"m:1b\",\"created_at\":\"2026-11-28T10:00:00Z\","
               "\"message\":{\"role\":\"assistant\",\"content\":\"",
               "\"},\"done\":false}\n"},
     .end = {"{\"model\":\"m:1b\",\"created_at\":\"2026-11-28T10:00:00Z\","
             "\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
             "\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":6}\n",
             NULL},
     .error = "{\"error\":\"soaked\"}"},
    {.path = NULL}};

/* What else is asked: of Ollama, what it has; of the clouds, whether they are there. */
static const struct fixed fixed_answers[] = {
    {"/api/tags", "{\"models\":[{\"name\":\"m:1b\",\"model\":\"m:1b\",\"digest\":\"d\","
                  "\"capabilities\":[\"completion\"],\"details\":{\"context_length\":8192}}]}"},
    {"/api/show", "{}"},
    {"/api/ps", "{\"models\":[]}"},
    {"/api/version", "{\"version\":\"0.33.0\"}"},
    {"/api/generate", "{\"model\":\"m:1b\",\"response\":\"\",\"done\":true}"},
    {"/v1/models", "{\"object\":\"list\",\"data\":[{\"id\":\"gpt-4\",\"object\":\"model\"}]}"},
    {NULL, NULL}};

#endif
