/*
 * A request head written as people read it ("GET / HTTP/1.1\nHost: localhost\n") and the settings
 * that the guard's tests share.
 */
#ifndef UNDERSTUDY_GUARD_CASE_H
#define UNDERSTUDY_GUARD_CASE_H

#include "guard/guard.h"
#include "text/count.h"
#include "unit.h"

#define PORT       11411
#define HOST       "Host: localhost:11411\n"
#define CHAT       "POST /v1/chat/completions HTTP/1.1\n" HOST
#define GET_MODELS "GET /v1/models HTTP/1.1\n" HOST

struct guard_case {
    struct header_field headers[8];
    struct guard_request request;
};

/* Where a refusal goes; the next one goes there, too. */
static inline char *guard_case_message(void)
{
    static char message[GUARD_MESSAGE_MAX];
    return message;
}

static inline struct text guard_case_take(struct text *head, char end)
{
    const char *found = memchr(head->at, end, head->len);
    ck_assert_ptr_nonnull(found);
    struct text part = text_make(head->at, (size_t)(found - head->at));
    *head = text_skip(*head, part.len + 1);
    return part;
}

/* "Name: value" with exactly one blank: what else stands there belongs to name or value. */
static inline struct header_field guard_case_header(struct text line)
{
    struct header_field header;
    header.name = guard_case_take(&line, ':');
    header.value = text_skip(line, 1);
    return header;
}

static inline void guard_case_read(struct guard_case *ret, struct text head)
{
    *ret = (struct guard_case){.request = {.port = PORT}};
    struct text line = guard_case_take(&head, '\n');
    ret->request.method = guard_case_take(&line, ' ');
    ret->request.version = text_make(line.at + line.len, 0);
    ret->request.target = line;
    for (size_t i = line.len; i > 0; i--) {
        if (line.at[i - 1] != ' ')
            continue;
        ret->request.target.len = i - 1;
        ret->request.version = text_skip(line, i);
        break;
    }
    ret->request.headers = ret->headers;
    while (head.len > 0) {
        ck_assert_uint_lt(ret->request.header_count, 8);
        ret->headers[ret->request.header_count++] = guard_case_header(guard_case_take(&head, '\n'));
    }
}

/* Listens on 127.0.0.1 and a public address; the contract's default hosts and origins. */
static inline const struct config_server *guard_case_server(char **tokens, size_t token_count)
{
    static char address[] = "127.0.0.1", six[] = "fd00::7", any[] = "0.0.0.0", public[] = "box.lan";
    static char host1[] = "localhost", host2[] = "127.0.0.1", host3[] = "[::1]",
                host4[] = "llm.example:8443", host5[] = "fe80::9";
    static char origin1[] = "app://*", origin2[] = "https://chat.example",
                origin3[] = "http://localhost:*", origin4[] = "*.tools";
    static struct config_listen listen[] = {
        {.host = address, .port = PORT}, {.host = six, .port = PORT}, {.host = any, .port = PORT},
        {.host = public, .port = 8080},  {.path = address},
    };
    static char *hosts[] = {host1, host2, host3, host4, host5, NULL};
    static char *origins[] = {origin1, origin2, origin3, origin4, NULL};
    static struct config_server server;
    server = (struct config_server){
        .listen = listen,
        .listen_count = COUNT(listen),
        .allowed_hosts = {hosts, 5},
        .allowed_origins = {origins, 4},
        .tokens = {tokens, token_count},
        .max_body_bytes = 1000,
    };
    return &server;
}

static inline struct guard_verdict guard_case_ask(const char *head)
{
    struct guard_case c;
    struct guard_verdict verdict;
    guard_case_read(&c, text_of(head));
    guard_check(guard_case_server(NULL, 0), &c.request, guard_case_message(), &verdict);
    return verdict;
}

/* status and code of the answer; code NULL = let in. Every refusal says what is wrong. */
static inline void guard_case_expect(const char *name, const struct guard_verdict *verdict,
                                     int status, const char *code)
{
    ck_assert_msg(verdict->status == status, "%s: %d %s", name, verdict->status, verdict->message);
    if (status == 0)
        return;
    ck_assert_msg(verdict->code && strcmp(verdict->code, code) == 0, "%s: %s", name, verdict->code);
    ck_assert_ptr_nonnull(verdict->type);
    ck_assert_uint_gt(strlen(verdict->message), 20);
    for (const char *c = verdict->message; *c; c++)
        ck_assert_msg(*c >= 0x20 && *c < 0x7f, "%s: %s", name, verdict->message);
}

#endif
