/* A request of HTTP as a client: what it asks, and that each word reaches the other side. The
 * exchange and the server's side are pretended. */
#include <string.h>

#include "endpoint/endpoints.h"
#include "endpoint/inbound_client.h"
#include "exchange/exchange.h"
#include "rounds/tool_run.h"
#include "serve/inbound.h"
#include "unit.h"

static struct exchange the_exchange;
static struct tool_run the_run;
static struct client told;
static struct client_request asked;
static struct inbound the_inbound;
static char said[64];

static void say(const char *word)
{
    size_t used = strlen(said);
    (void)snprintf(said + used, sizeof(said) - used, "%s%s", used ? " " : "", word);
}

struct exchange *exchange_start(struct exchanges *all, const struct client *client,
                                struct client_request *request)
{
    (void)all;
    told = *client;
    asked = *request;
    return &the_exchange;
}

/* In the tests of the second round the request asks for tools. */
static bool asks_for_tools;

struct tool_run *tool_run_start(struct tool_runs *all, const struct client *client,
                                struct client_request *request)
{
    (void)all;
    told = *client;
    if (!asks_for_tools)
        return NULL;
    asked = *request;
    return &the_run;
}

void tool_run_client_end(struct tool_run *run)
{
    ck_assert_ptr_eq(run, &the_run);
    say("run's end");
}

void tool_run_client_gone(struct tool_run *run)
{
    ck_assert_ptr_eq(run, &the_run);
    say("run gone");
}

void exchange_client_end(struct exchange *exchange)
{
    ck_assert_ptr_eq(exchange, &the_exchange);
    say("end");
}

void exchange_client_gone(struct exchange *exchange)
{
    ck_assert_ptr_eq(exchange, &the_exchange);
    say("gone");
}

void inbound_reply_take(struct inbound *inbound, struct reply *reply)
{
    ck_assert_ptr_eq(inbound, &the_inbound);
    ck_assert_int_eq(reply->status, 200);
    say("reply");
}

void inbound_wake(struct inbound *inbound)
{
    ck_assert_ptr_eq(inbound, &the_inbound);
    say("wake");
}

void inbound_set_job(struct inbound *inbound, const struct inbound_job *job, void *arg)
{
    inbound->job = job;
    inbound->job_arg = arg;
}

const struct dialect *inbound_dialect(const struct inbound *inbound)
{
    (void)inbound;
    return NULL;
}

struct forward_app inbound_forward_app(const struct inbound *inbound)
{
    return (struct forward_app){.count = inbound->header_count};
}

static void begin(bool tools)
{
    static struct endpoints at;
    asks_for_tools = tools;
    said[0] = '\0';
    the_inbound = (struct inbound){.method = "POST",
                                   .header_count = 3,
                                   .hold = {.bytes = 2},
                                   .verdict = {.api_path = text_of("/chat/completions"),
                                               .query = text_of("?a=b"),
                                               .expects_body = true}};
    buf_init(&the_inbound.body, 16);
    ck_assert_int_eq(buf_append_string(&the_inbound.body, "{}"), 0);
    inbound_client_start(&at, &the_inbound);
}

static void setup(void)
{
    begin(false);
}

static void teardown(void)
{
    buf_done(&asked.body);
    buf_done(&the_inbound.body);
}

START_TEST(asks_for_what_came_in)
{
    ck_assert_str_eq(asked.method, "POST");
    ck_assert(text_equals(asked.path, "/chat/completions") && text_equals(asked.query, "?a=b"));
    ck_assert_uint_eq(asked.app.count, 3);
    ck_assert(!asked.no_body);
}
END_TEST

START_TEST(gives_the_body_away)
{
    ck_assert_uint_eq(asked.body.len, 2);
    ck_assert_uint_eq(asked.hold.bytes, 2);
    ck_assert_uint_eq(the_inbound.body.len, 0);
    ck_assert_uint_eq(the_inbound.hold.bytes, 0);
}
END_TEST

START_TEST(passes_head_and_more_on)
{
    struct reply reply;
    reply_init(&reply, 200);
    told.head(told.arg, &reply);
    told.more(told.arg);
    ck_assert_str_eq(said, "reply wake");
}
END_TEST

START_TEST(tells_the_end)
{
    the_inbound.job->closed(the_inbound.job_arg, false);
    ck_assert_str_eq(said, "end");
}
END_TEST

START_TEST(tells_that_it_is_gone)
{
    the_inbound.job->closed(the_inbound.job_arg, true);
    ck_assert_str_eq(said, "gone");
}
END_TEST

START_TEST(a_run_is_what_an_exchange_is)
{
    teardown();
    begin(true);
    ck_assert_uint_eq(asked.body.len, 2);
    the_inbound.job->closed(the_inbound.job_arg, _i == 1);
    ck_assert_str_eq(said, _i == 1 ? "run gone" : "run's end");
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("inbound_client");
    TCase *tcase = tcase_create("inbound_client");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, asks_for_what_came_in);
    tcase_add_test(tcase, gives_the_body_away);
    tcase_add_test(tcase, passes_head_and_more_on);
    tcase_add_test(tcase, tells_the_end);
    tcase_add_test(tcase, tells_that_it_is_gone);
    tcase_add_loop_test(tcase, a_run_is_what_an_exchange_is, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(suite)
