/* What is the answer to a message over HTTP, and what is none; with a pretended wire. */
#include "pretend_mcp.h"
#include "tool/tool_http.h"

#define MESSAGE "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}"
#define ANSWER  "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}"
#define REFUSED "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"x\"}}"
#define NOTE    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}"
#define PING    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"

static struct tool_http *http;
static struct buf headers;
static int done, heard, changes;
static struct tool_answer told;
static char json[64 << 10], session[64];

static void on_heard(void *arg, const struct mcp_message *message)
{
    ck_assert_ptr_eq(arg, &http);
    heard++;
    changes += message->list_changed;
}

static void on_done(void *arg, const struct tool_answer *answer)
{
    ck_assert_ptr_eq(arg, &http);
    done++;
    told = *answer;
    (void)snprintf(json, sizeof(json), "%.*s", TEXT_ARG(answer->json));
    (void)snprintf(session, sizeof(session), "%.*s", TEXT_ARG(answer->session));
    tool_http_free(http);
    http = NULL;
}

static struct upstream_call *start(int64_t id)
{
    const struct tool_http_plan plan = {.upstream = &wire,
                                        .tool = web,
                                        .message = text_of(MESSAGE),
                                        .headers = &headers,
                                        .id = id,
                                        .connect_within_ms = 1234,
                                        .heard = on_heard,
                                        .done = on_done,
                                        .arg = &http};
    http = tool_http_start(&plan);
    return call_now();
}

static void setup(void)
{
    mcp_begin();
    buf_init(&headers, 100);
}

static void teardown(void)
{
    tool_http_free(http);
    mcp_end();
}

START_TEST(it_is_a_post_of_its_own_connection)
{
    const struct upstream_call *call = start(7);
    ck_assert_str_eq(call->request.method, "POST");
    ck_assert_str_eq(call->url, web_url);
    ck_assert_str_eq(call->body, MESSAGE);
    ck_assert(call->request.own_connection);
    ck_assert_int_eq(call->request.way.connect_timeout_ms, 1234);
    ck_assert_ptr_null(call->request.way.proxy);
    ck_assert_ptr_null(call->request.way.ca_file);
}
END_TEST

static const struct whole {
    const char *name;
    int status;
    const char *fields, *body;
    enum transport transport;
    enum tool_end end;
    const char *why;
} wholes[] = {
    {"a JSON body is the answer", 200, JSON_TYPE, ANSWER, TRANSPORT_OK, TOOL_OK, ""},
    {"whatever its type is called", 200, "Content-Type: text/plain\r\n", ANSWER, TRANSPORT_OK,
     TOOL_OK, ""},
    {"a refusal without an id is one, too", 400, JSON_TYPE, REFUSED, TRANSPORT_OK, TOOL_OK, ""},
    {"another id is none", 200, JSON_TYPE, "{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{}}",
     TRANSPORT_OK, TOOL_PROTOCOL, "answered with something that is not MCP"},
    {"a result without an id is none", 200, JSON_TYPE,
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}", TRANSPORT_OK, TOOL_PROTOCOL,
     "answered with something that is not MCP"},
    {"a page is none", 200, "Content-Type: text/html\r\n", "<html>", TRANSPORT_OK, TOOL_PROTOCOL,
     "answered with something that is not MCP"},
    {"nothing is none", 202, "", "", TRANSPORT_OK, TOOL_PROTOCOL,
     "answered with something that is not MCP"},
    {"a status is told", 401, "Content-Type: text/html\r\n", "<html>", TRANSPORT_OK, TOOL_PROTOCOL,
     "answered with status 401"},
    {"a redirect is not followed", 307, "Location: http://10.0.0.1/mcp/?key=1\r\n" JSON_TYPE,
     ANSWER, TRANSPORT_OK, TOOL_PROTOCOL,
     "redirects to http://10.0.0.1/mcp/ (status 307), which is not followed"},
    {"nor is who it is for told", 302, "Location: http://me:secret@10.0.0.1/\r\n", "", TRANSPORT_OK,
     TOOL_PROTOCOL, "redirects to another address (status 302), which is not followed"},
    {"wherever it goes", 302, "", "", TRANSPORT_OK, TOOL_PROTOCOL,
     "redirects to another address (status 302), which is not followed"},
    {"half a body is lost", 200, JSON_TYPE, "{\"jsonrpc\":\"2.0\",", TRANSPORT_TRUNCATED,
     TOOL_NETWORK, "broke the connection before it answered"},
    {"so is a whole one that broke", 200, JSON_TYPE, ANSWER, TRANSPORT_RESET, TOOL_NETWORK,
     "broke the connection before it answered"},
    {"a stream without the answer", 200, EVENTS_TYPE, "data: " NOTE "\n\n", TRANSPORT_OK,
     TOOL_NETWORK, "ended its answer before the result"},
    {"an error as a stream without an answer", 500, EVENTS_TYPE, "", TRANSPORT_OK, TOOL_PROTOCOL,
     "answered with status 500"},
    {"what is no gzip", 200, "Content-Encoding: gzip\r\n" JSON_TYPE,
     "\x1f\x8b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff", TRANSPORT_OK, TOOL_PROTOCOL,
     "answered with something that cannot be unpacked"},
};

START_TEST(what_is_an_answer)
{
    const struct whole *row = &wholes[_i];
    struct upstream_call *call = start(7);
    send_head(call, row->status, row->fields);
    if (send_bytes(call, row->body) == UPSTREAM_STOP)
        send_end(call, TRANSPORT_TOO_LARGE);
    send_end(call, row->transport);
    settle();
    ck_assert_int_eq(done, 1);
    ck_assert_msg(told.end == row->end, "%s: %s", row->name, tool_end_word(told.end));
    ck_assert_str_eq(told.why, row->why);
    ck_assert_int_eq(told.status, row->status);
    ck_assert_str_eq(json, row->end == TOOL_OK ? row->body : "");
}
END_TEST

static const struct none {
    enum transport transport;
    enum tool_end end;
    const char *why;
} nones[] = {
    {TRANSPORT_CONNECT, TOOL_NETWORK,
     "was not reached: it refused the connection, or its host is unreachable"},
    {TRANSPORT_DNS, TOOL_NETWORK, "was not reached: its name could not be resolved"},
    {TRANSPORT_CERTIFICATE, TOOL_NETWORK, "was not reached: its certificate is not trusted"},
    {TRANSPORT_TLS, TOOL_NETWORK, "was not reached: the TLS handshake broke off"},
    {TRANSPORT_CONNECT_TIMEOUT, TOOL_TIMEOUT, "was not reached in time"},
    {TRANSPORT_NO_DESCRIPTOR, TOOL_NETWORK, "was not reached: no file descriptor is left here"},
    {TRANSPORT_RESET, TOOL_NETWORK, "broke the connection before it answered"},
    {TRANSPORT_MALFORMED, TOOL_PROTOCOL, "answered with something that is not HTTP"},
};

START_TEST(what_is_told_where_none_came)
{
    send_end(start(7), nones[_i].transport);
    settle();
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(told.end, nones[_i].end);
    ck_assert_str_eq(told.why, nones[_i].why);
    ck_assert_int_eq(told.status, 0);
}
END_TEST

static const char stream[] = ": hello\r\n\r\nid: 1\nevent: message\ndata: " NOTE "\n\n"
                             "data: " PING "\n\ndata: nonsense\n\n"
                             "event: message\ndata: " ANSWER "\n\n";

START_TEST(in_a_stream_the_event_with_our_id_is_the_answer)
{
    struct upstream_call *call = start(7);
    char first[sizeof(stream)];
    (void)snprintf(first, sizeof(first), "%.*s", _i, stream); /* cut at every byte */
    send_head(call, 200, EVENTS_TYPE "Mcp-Session-Id: abc\r\n");
    ck_assert_int_eq(send_bytes(call, first), UPSTREAM_TAKEN);
    settle();
    ck_assert_int_eq(done, 0);
    ck_assert_int_eq(send_bytes(call, stream + _i), UPSTREAM_TAKEN);
    settle();
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(told.end, TOOL_OK);
    ck_assert_str_eq(json, ANSWER);
    ck_assert_str_eq(session, "abc");
    ck_assert_int_eq(heard, 3);
    ck_assert_int_eq(changes, 1);
    ck_assert(call->stopped); /* it might go on for ever */
}
END_TEST

START_TEST(the_answer_in_a_stream_counts_although_it_broke)
{
    struct upstream_call *call = start(7);
    send_head(call, 200, EVENTS_TYPE);
    (void)send_bytes(call, stream);
    send_end(call, TRANSPORT_TRUNCATED);
    settle();
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(told.end, TOOL_OK);
}
END_TEST

/* Of each kind: a body, a stream of many events, one event. */
static const char *const floods[] = {"[1,", "data: {}\n\n", "x"};

START_TEST(eight_megabytes_are_enough)
{
    struct upstream_call *call = start(7);
    size_t len = strlen(floods[_i]), sent = 0;
    char piece[100001];
    for (size_t i = 0; i < 100000; i++)
        piece[i] = floods[_i][i % len];
    piece[100000] = '\0';
    send_head(call, 200, _i == 0 ? JSON_TYPE : EVENTS_TYPE);
    while (is_open(call) && sent < (20u << 20)) {
        if (send_bytes(call, piece) == UPSTREAM_STOP)
            send_end(call, TRANSPORT_TOO_LARGE);
        sent += 100000;
        settle();
    }
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(told.end, TOOL_TOO_LARGE);
    ck_assert_str_eq(told.why, "answered with more than 8 MB");
    ck_assert_uint_lt(sent, (9u << 20));
}
END_TEST

START_TEST(of_a_notification_the_status_is_all)
{
    struct upstream_call *call = start(0);
    send_head(call, 202, "Content-Encoding: gzip\r\n");
    (void)send_bytes(call, "anything");
    send_end(call, TRANSPORT_OK);
    settle();
    ck_assert_int_eq(done, 1);
    ck_assert_int_eq(told.end, TOOL_OK);
    ck_assert_int_eq(told.status, 202);
}
END_TEST

START_TEST(it_may_go_at_any_time)
{
    struct upstream_call *call = start(7);
    send_head(call, 200, EVENTS_TYPE);
    (void)send_bytes(call, stream);
    tool_http_free(http);
    http = NULL;
    settle();
    ck_assert_int_eq(done, 0);
    ck_assert(call->released);
    tool_http_free(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_http");
    TCase *tc = tcase_create("tool_http");
    tcase_set_timeout(tc, 60); /* a million small events, under a sanitizer */
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, it_is_a_post_of_its_own_connection);
    tcase_add_loop_test(tc, what_is_an_answer, 0, ROWS(wholes));
    tcase_add_loop_test(tc, what_is_told_where_none_came, 0, ROWS(nones));
    tcase_add_loop_test(tc, in_a_stream_the_event_with_our_id_is_the_answer, 0,
                        (int)sizeof(stream) - 2);
    tcase_add_test(tc, the_answer_in_a_stream_counts_although_it_broke);
    tcase_add_loop_test(tc, eight_megabytes_are_enough, 0, ROWS(floods));
    tcase_add_test(tc, of_a_notification_the_status_is_all);
    tcase_add_test(tc, it_may_go_at_any_time);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
