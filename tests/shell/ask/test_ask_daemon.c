/* The way through the daemon: what it is asked, and what comes of its answer. */
#include "../exchange/pretend.h"
#include "ask/ask_daemon.h"
#include "config_case.h"

#define HEAD EVENTS_TYPE "X-Understudy-Provider: openai\r\n"
#define ANSWER                                                                                     \
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{"            \
    "\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE "data: [DONE]\n\n"

static const struct {
    const char *name;
    const char *server; /* its section of the settings */
    const char *url, *headers, *socket;
    const char *body;
    enum transport transport;
    bool whole;
    const char *why;
} rows[] = {
    {"the usual one", "", "http://127.0.0.1:11411/v1/chat/completions", "Host: 127.0.0.1|", NULL,
     ANSWER DONE, TRANSPORT_OK, true, ""},
    {"a v6 one", "listen = [::1]:80\n", "http://[::1]:80/v1/chat/completions", "Host: [::1]|", NULL,
     ANSWER DONE, TRANSPORT_OK, true, ""},
    {"a path", "listen = unix:/run/u/s\n", "http://127.0.0.1/v1/chat/completions",
     "Host: localhost|", "/run/u/s", ANSWER DONE, TRANSPORT_OK, true, ""},
    {"with tokens", "tokens = one, two\n", "http://127.0.0.1:11411/v1/chat/completions",
     "Authorization: Bearer one|", NULL, ANSWER DONE, TRANSPORT_OK, true, ""},
    {"with a token that has a name", "[token app]\nsecret = three\n",
     "http://127.0.0.1:11411/v1/chat/completions", "Authorization: Bearer three|", NULL,
     ANSWER DONE, TRANSPORT_OK, true, ""},
    {"it breaks off", "", "http://127.0.0.1:11411/v1/chat/completions", "Host: ", NULL, ANSWER,
     TRANSPORT_RESET, false, "the daemon at 127.0.0.1:11411 broke off"},
    {"it breaks off behind the end", "", "http://127.0.0.1:11411/v1/chat/completions",
     "Host: ", NULL, ANSWER DONE, TRANSPORT_RESET, true, ""},
    {"it says nothing", "", "http://127.0.0.1:11411/v1/chat/completions", "Host: ", NULL, NULL,
     TRANSPORT_RESET, false, "the daemon at 127.0.0.1:11411 broke off"},
};

static int row;
static struct loop_task answer;

static void on_answer(struct loop_task *task)
{
    struct upstream_call *call = call_now();
    const struct buf *asked = call->request.headers;
    struct buf headers; /* each ended by a bar */
    (void)task;
    buf_init(&headers, 1024);
    for (const char *at = asked->data; at < asked->data + asked->len; at += strlen(at) + 1)
        ck_assert_int_eq(buf_printf(&headers, "%s|", at), 0);
    ck_assert_str_eq(call->url, rows[row].url);
    ck_assert_msg(strstr(headers.data, rows[row].headers), "%s", headers.data);
    ck_assert_ptr_nonnull(strstr(headers.data, "Content-Type: application/json|"));
    buf_done(&headers);
    ck_assert(!!call->request.way.unix_socket == !!rows[row].socket);
    if (rows[row].socket)
        ck_assert_str_eq(call->request.way.unix_socket, rows[row].socket);
    ck_assert_str_eq(call->body, "{}");
    if (rows[row].body) {
        send_head(call, 200, HEAD);
        ck_assert_int_eq(send_bytes(call, rows[row].body), UPSTREAM_TAKEN);
    }
    send_end(call, rows[row].transport);
}

START_TEST(it_is_asked_as_any_app_would)
{
    char file[256];
    struct local_daemon daemon;
    struct asking asking = {.loop = &loop, .upstream = &wire, .out = {.kept = true}};
    (void)snprintf(file, sizeof(file), "[server]\n%s", rows[_i].server);
    struct config_case loaded = config_case_load(file, LIST("HOME=/"), NULL);
    ck_assert_int_eq(loaded.r, 0);
    row = _i;
    pretend_begin();
    pretend_turns = 100;
    answer.run = on_answer;
    loop_defer(&loop, &answer);
    ck_assert_int_eq(ask_answer_init(&asking.answer, 4096), 0);
    local_check_init(&daemon, &loaded.config->server.listen[0]);
    ask_daemon(&asking, &loaded.config->server, &daemon, text_of("{}"));
    bool cut = error_is_set(&asking.cut);
    ck_assert_int_eq(ask_answer_end(&asking.answer, cut ? asking.cut.text : NULL), rows[_i].whole);
    ck_assert_str_eq(buf_text(&asking.answer.why).at, rows[_i].why);
    ck_assert_str_eq(ask_answer_told(&asking.answer, ASK_PROVIDER), rows[_i].body ? "openai" : "");
    ask_answer_done(&asking.answer);
    pretend_end();
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_daemon");
    TCase *tc = tcase_create("ask_daemon");
    tcase_add_loop_test(tc, it_is_asked_as_any_app_would, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
