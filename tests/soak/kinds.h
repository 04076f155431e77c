/* The kinds of exchanges that a crowd makes, and what each has to come to: the table of crowd.c. */
#ifndef SOAK_KINDS_H
#define SOAK_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "acts.h"

enum expectation {
    GOOD,    /* 200, all words in order, and the end of its API */
    BROKEN,  /* 200, the first words, an error in the stream, and no end */
    REFUSED, /* the status, and an error */
    FAILED,  /* any status from 500 on, and an error */
    PAGE     /* 200, and something */
};

/* When a client goes away by itself. */
enum leaving { STAYS, LEAVES_AT_ONCE, LEAVES_SOON, LEAVES_IN_MID_STREAM };

struct kind {
    const char *name;
    const char *path;   /* of a GET where body is NULL */
    const char *before; /* of the body: up to the text that says what is to be done */
    const char *after;
    const char *end; /* what ends a good stream; NULL: not a stream */
    enum act cloud;
    enum act local;
    enum expectation expect;
    int status; /* with REFUSED */
    enum leaving leaving;
    const char *field; /* one more field of the head, or "" */
};

#define CHAT      "/v1/chat/completions"
#define MESSAGES  "/v1/messages"
#define RESPONSES "/v1/responses"
#define LOCAL     "x-understudy-route: ollama\r\n"
#define TALK      "\"messages\":[{\"role\":\"user\",\"content\":\""
#define WHOLE     .before = "{\"model\":\"gpt-4\"," TALK, .after = "\"}]}"
#define STREAM    .before = "{\"model\":\"gpt-4\",\"stream\":true," TALK, .after = "\"}]}"
#define CLAUDE    "{\"model\":\"claude-x\",\"max_tokens\":99,"
#define DONE      .end = "data: [DONE]"
#define STOP      .end = "event: message_stop"
#define COMPLETED .end = "event: response.completed"
#define LAST      .end = "\"done\":true"

static const struct kind kinds[] = {
    {.name = "whole", .path = CHAT, WHOLE},
    {.name = "stream", .path = CHAT, STREAM, DONE},
    {.name = "fallback", .path = CHAT, WHOLE, .cloud = ACT_503},
    {.name = "fallback-stream", .path = CHAT, STREAM, DONE, .cloud = ACT_503},
    {.name = "rate-limited", .path = CHAT, STREAM, DONE, .cloud = ACT_429},
    {.name = "wrong-key", .path = CHAT, WHOLE, .cloud = ACT_401},
    {.name = "web-page", .path = CHAT, WHOLE, .cloud = ACT_HTML},
    {.name = "reset", .path = CHAT, STREAM, DONE, .cloud = ACT_RESET},
    {.name = "cut-whole", .path = CHAT, WHOLE, .cloud = ACT_CUT},
    {.name = "cut-stream", .path = CHAT, STREAM, DONE, .cloud = ACT_CUT, .expect = BROKEN},
    {.name = "refused", .path = CHAT, WHOLE, .cloud = ACT_400, .expect = REFUSED, .status = 400},
    {.name = "all-failed",
     .path = CHAT,
     WHOLE,
     .cloud = ACT_503,
     .local = ACT_503,
     .expect = FAILED},
    {.name = "all-failed-stream",
     .path = CHAT,
     STREAM,
     DONE,
     .cloud = ACT_RESET,
     .local = ACT_503,
     .expect = FAILED},
    {.name = "left-at-once", .path = CHAT, WHOLE, .leaving = LEAVES_AT_ONCE},
    {.name = "left-waiting", .path = CHAT, WHOLE, .cloud = ACT_HANG, .leaving = LEAVES_SOON},
    {.name = "left-in-stream",
     .path = CHAT,
     STREAM,
     DONE,
     .cloud = ACT_HANG,
     .leaving = LEAVES_IN_MID_STREAM},
    {.name = "left-in-local",
     .path = CHAT,
     STREAM,
     DONE,
     .local = ACT_HANG,
     .field = LOCAL,
     .leaving = LEAVES_IN_MID_STREAM},
    {.name = "local", .path = CHAT, WHOLE, .field = LOCAL},
    {.name = "local-stream", .path = CHAT, STREAM, DONE, .field = LOCAL},
    {.name = "completions",
     .path = "/v1/completions",
     DONE,
     .after = "\"}",
     .before = "{\"model\":\"gpt-4\",\"stream\":true,\"prompt\":\""},
    {.name = "completions-fallback",
     .path = "/v1/completions",
     .after = "\"}",
     .before = "{\"model\":\"gpt-4\",\"prompt\":\"",
     .cloud = ACT_503},
    {.name = "messages", .path = MESSAGES, .before = CLAUDE TALK, .after = "\"}]}"},
    {.name = "messages-stream",
     .path = MESSAGES,
     STOP,
     .after = "\"}]}",
     .before = CLAUDE "\"stream\":true," TALK},
    {.name = "messages-fallback",
     .path = MESSAGES,
     STOP,
     .after = "\"}]}",
     .before = CLAUDE "\"stream\":true," TALK,
     .cloud = ACT_503},
    {.name = "messages-cut",
     .path = MESSAGES,
     STOP,
     .after = "\"}]}",
     .before = CLAUDE "\"stream\":true," TALK,
     .cloud = ACT_CUT,
     .expect = BROKEN},
    {.name = "responses",
     .path = RESPONSES,
     .after = "\"}",
     .before = "{\"model\":\"gpt-4\",\"input\":\""},
    {.name = "responses-stream",
     .path = RESPONSES,
     COMPLETED,
     .after = "\"}",
     .before = "{\"model\":\"gpt-4\",\"stream\":true,\"input\":\""},
    {.name = "responses-fallback",
     .path = RESPONSES,
     COMPLETED,
     .after = "\"}",
     .before = "{\"model\":\"gpt-4\",\"stream\":true,\"input\":\"",
     .cloud = ACT_503},
    {.name = "ollama",
     .path = "/api/chat",
     .after = "\"}]}",
     .before = "{\"model\":\"m:1b\",\"stream\":false," TALK},
    {.name = "ollama-stream",
     .path = "/api/chat",
     LAST,
     .after = "\"}]}",
     .before = "{\"model\":\"m:1b\"," TALK},
    {.name = "ollama-from-cloud",
     .path = "/api/chat",
     LAST,
     .after = "\"}]}",
     .before = "{\"model\":\"gpt-4\"," TALK},
    {.name = "no-json",
     .path = CHAT,
     .before = "{\"model\":",
     .after = "",
     .expect = REFUSED,
     .status = 400,
     .cloud = ACT_400},
    {.name = "no-path",
     .path = "/nowhere",
     .before = "",
     .after = "",
     .expect = REFUSED,
     .status = 404},
    {.name = "models", .path = "/v1/models", .expect = PAGE},
    {.name = "status", .path = "/status.json", .expect = PAGE},
    {.name = "metrics", .path = "/metrics", .expect = PAGE}};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

#endif
