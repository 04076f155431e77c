/*
 * A request head as lines of text: what the guard lets in is framed in one way, for a Host of ours,
 * and has a plain path; what it refuses has a status, a code and a message in printable ASCII.
 */

#include "fuzz.h"
#include "guard/guard.h"
#include "http/headers.h"

#define HEADERS 16

static size_t count(const struct guard_request *request, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < request->header_count; i++)
        n += header_name_is(request->headers[i].name, name);
    return n;
}

static void check_let_in(const struct guard_request *request, const struct guard_verdict *verdict)
{
    for (size_t i = 0; i < request->header_count; i++)
        require(header_name_valid(request->headers[i].name) &&
                header_value_valid(request->headers[i].value));
    require(count(request, "host") == 1 && count(request, "origin") <= 1);
    require(count(request, "content-length") + count(request, "transfer-encoding") <= 1);
    require(verdict->expects_body ==
            (verdict->content_length > 0 || count(request, "transfer-encoding") == 1));
    require(verdict->content_length <= 1000);
    require(verdict->origin.at != NULL || count(request, "origin") == 0);
    require(verdict->path.len > 0 && verdict->path.at[0] == '/');
    require(verdict->api_path.len == 0 || verdict->api_path.at[0] == '/');
    require(!memmem(verdict->path.at, verdict->path.len, "/../", 4));
    require(!memmem(verdict->path.at, verdict->path.len, "//", 2));
    for (size_t i = 0; i < verdict->path.len; i++)
        require(verdict->path.at[i] > 0x20 && verdict->path.at[i] < 0x7f);
}

static void check_refused(const struct guard_verdict *verdict)
{
    require(verdict->status >= 400 && verdict->status < 500);
    require(verdict->type && verdict->code && verdict->message[0]);
    require(memchr(verdict->message, '\0', GUARD_MESSAGE_MAX) != NULL);
    require((verdict->status == 405) == (verdict->allow != NULL));
    for (const char *c = verdict->message; *c; c++)
        require(*c >= 0x20 && *c < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char localhost[] = "localhost", six[] = "[::1]", app[] = "app://*", token[] = "tok";
    char address[] = "127.0.0.1";
    char *hosts[] = {localhost, six, NULL}, *origins[] = {app, NULL}, *tokens[] = {token, NULL};
    struct config_listen listen = {.host = address, .port = 11411};
    struct config_server server = {.listen = &listen,
                                   .listen_count = 1,
                                   .allowed_hosts = {hosts, 2},
                                   .allowed_origins = {origins, 1},
                                   .tokens = {tokens, size % 2},
                                   .max_body_bytes = 1000};
    struct header_field headers[HEADERS];
    struct guard_request request = {.headers = headers, .port = 11411};
    struct guard_verdict verdict;
    char message[GUARD_MESSAGE_MAX];
    struct text left = text_make((const char *)data, size);
    struct text line = take_until(&left, '\n');
    request.method = take_until(&line, ' ');
    request.target = take_until(&line, ' ');
    request.version = line;
    while (left.len > 0 && request.header_count < HEADERS) {
        line = take_until(&left, '\n');
        headers[request.header_count].name = take_until(&line, ':');
        headers[request.header_count++].value = text_trim(line);
    }
    guard_check(&server, &request, message, &verdict);
    if (verdict.status == 0)
        check_let_in(&request, &verdict);
    else
        check_refused(&verdict);
    return 0;
}
