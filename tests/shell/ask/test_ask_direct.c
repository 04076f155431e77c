/* The way without a daemon: a whole exchange in this process. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "../exchange/pretend.h"
#include "ask/ask_direct.h"
#include "config_case.h"

#define FILE                                                                                       \
    "[server]\nheartbeat = 1s\n[connectivity]\ncheck_url =\n[route]\npriority = one, two\n"        \
    "[retry]\nattempts = 1\n"                                                                      \
    "[provider one]\ntype = openai\nbase_url = http://one.example/v1\napi_key = k1\n"              \
    "[provider two]\ntype = openai\nbase_url = http://two.example/v1\napi_key = k2\n"
#define REQUEST                                                                                    \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}"
#define SAID(text)                                                                                 \
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{"            \
    "\"content\":\"" text "\"}}]}\n\n"
#define FINISH                                                                                     \
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},"          \
    "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

static const struct {
    const char *name;
    int status[2]; /* of each provider that is asked; 200 = the events */
    const char *events;
    enum transport transport;
    const char *text, *why, *provider, *fallback;
} rows[] = {
    {"the first answers",
     {200},
     SAID("one ") SAID("two") FINISH,
     TRANSPORT_OK,
     "one two",
     "",
     "one",
     ""},
    {"the second answers",
     {429, 200},
     SAID("two") FINISH,
     TRANSPORT_OK,
     "two",
     "",
     "two",
     "rate_limit"},
    {"nobody does",
     {500, 500},
     "",
     TRANSPORT_OK,
     "",
     "HTTP 502: All LLM providers failed.",
     "two",
     "server"},
    {"it breaks",
     {200},
     SAID("one"),
     TRANSPORT_RESET,
     "one",
     "the connection was reset or closed without an answer",
     "one",
     ""},
};

static int row, answered;

/* Whoever was asked answers at the end of the turn, and ends with the next. */
static int64_t answer_all(struct loop_hook *hook)
{
    (void)hook;
    for (int i = 0; i < answered; i++)
        send_end(wire.calls[i], rows[row].transport);
    for (; answered < wire.started; answered++) {
        struct upstream_call *call = wire.calls[answered];
        int status = rows[row].status[answered];
        if (status != 200) {
            send_head(call, status, JSON_TYPE);
            (void)send_bytes(call, "{\"error\":{\"message\":\"no\"}}");
            continue;
        }
        send_head(call, 200, EVENTS_TYPE);
        (void)send_bytes(call, rows[row].events);
    }
    return 0;
}

static struct loop_hook answers = {.turn = answer_all};

static struct config *settings(void)
{
    struct config_case loaded = config_case_load(FILE, LIST("HOME=/"), NULL);
    ck_assert_msg(loaded.r == 0, "%s",
                  loaded.errors.errors.count ? loaded.errors.errors.at[0] : "");
    config_errors_done(&loaded.errors);
    return loaded.config;
}

static void run(struct asking *asking)
{
    struct buf body;
    answered = 0;
    pretend_begin();
    loop_add_hook(&loop, &answers);
    pretend_turns = 1000;
    ck_assert_int_eq(ask_answer_init(&asking->answer, 4096), 0);
    buf_init(&body, 4096);
    ck_assert_int_eq(buf_append_string(&body, REQUEST), 0);
    ask_direct(asking, settings(), &body);
    ck_assert_uint_eq(body.len, 0);
    ck_assert_int_gt(pretend_turns, 0);
}

START_TEST(it_goes_as_an_apps_request)
{
    struct asking asking = {.loop = &loop, .upstream = &wire, .out = {.kept = true}};
    row = _i;
    run(&asking);
    bool cut = error_is_set(&asking.cut);
    bool whole = ask_answer_end(&asking.answer, cut ? asking.cut.text : NULL);
    const char *why = buf_text(&asking.answer.why).at;
    ck_assert_msg(strstr(why, rows[_i].why) && whole == (why[0] == '\0'), "%s: %s", rows[_i].name,
                  why);
    ck_assert_str_eq(buf_text(&asking.answer.text).at, rows[_i].text);
    ck_assert_str_eq(ask_answer_told(&asking.answer, ASK_PROVIDER), rows[_i].provider);
    ck_assert_str_eq(ask_answer_told(&asking.answer, ASK_FALLBACK), rows[_i].fallback);
    ck_assert_str_eq(wire.calls[0]->url, "http://one.example/v1/chat/completions");
    ck_assert_str_eq(wire.calls[0]->body, REQUEST);
    ask_answer_done(&asking.answer);
    pretend_end();
}
END_TEST

START_TEST(who_reads_no_more_ends_it)
{
    int ends[2];
    struct asking asking = {.loop = &loop, .upstream = &wire};
    row = 0;
    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    asking.out.fd = ends[1];
    run(&asking);
    ck_assert_int_lt(asking.out.error, 0);
    close(ends[1]);
    ask_answer_done(&asking.answer);
    pretend_end();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_direct");
    TCase *tc = tcase_create("ask_direct");
    tcase_add_loop_test(tc, it_goes_as_an_apps_request, 0, ROWS(rows));
    tcase_add_test(tc, who_reads_no_more_ends_it);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
