/* The story that `understudy explain` tells. */
#include "config_case.h"
#include "failure/failure.h"
#include "tell/explain.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

struct told {
    struct buf out;
    struct error why;
    int r;
};

static struct told ask(const char *file, const struct explain_query *query)
{
    struct config_case loaded = config_case_load(file, LIST(NULL), LIST(NULL));
    struct told told = {.why = ERROR_NONE};
    ck_assert_int_eq(loaded.r, 0);
    buf_init(&told.out, 1 << 16);
    told.r = explain_print(loaded.config, query, &told.out, &told.why);
    config_case_done(&loaded);
    return told;
}

START_TEST(the_whole_story)
{
    const struct explain_query query = {.what = text_of("429"),
                                        .headers = LIST("Retry-After: 20"),
                                        .body = text_of("{\"error\":{\"message\":\"too fast\"}}")};
    struct told told = ask("", &query);
    ck_assert_str_eq(
        told.out.data,
        "429: class rate_limit, the provider asks to send less.\n"
        "The answer says: too fast\n"
        "The provider asks to wait 20s.\n"
        "\n"
        "  openai  try 1 fails: the provider asks to wait longer than max_wait\n"
        "  ollama  is asked at once\n"
        "\n"
        "The client gets that answer, with x-understudy-fallback: rate_limit.\n"
        "Should everybody fail so, it gets 503 with Retry-After, type all_providers_failed, with "
        "every attempt and its reason.\n"
        "\n"
        "The settings that decide (`understudy config` tells where each comes from):\n"
        "  [route] priority = openai, ollama\n"
        "  [route] fallback_on = network, timeout, protocol, server, rate_limit, auth, quota, "
        "model, context, redirect\n"
        "  [retry] attempts = 3\n"
        "  [retry] max_wait = 10s\n"
        "  [retry] on = network, timeout, protocol, server\n"
        "  [retry] honour_retry_after = yes\n"
        "  [retry] budget = 0.2\n");
    buf_done(&told.out);
}
END_TEST

/* Texts that are in the story, and one that is not. */
static const struct {
    const char *name;
    const char *file;
    struct explain_query query;
    const char *has[3];
    const char *lacks;
} rows[] = {
    {"the longest way there",
     "",
     {.what = TEXT("connect-refused")},
     {"connect-refused: class network, the connection was refused or the host is unreachable.\n",
      "  ollama  is asked at once, at most 3s after the request came\n",
      "Should everybody fail so, it gets 502, type all_providers_failed"},
     "Retry-After"},
    {"timeouts end in 504",
     "[retry]\nattempts = 1\n",
     {.what = TEXT("connect-timeout")},
     {"at most 5s after", "it gets 504, type", "[provider openai] connect_timeout = 5s"},
     NULL},
    {"a short wait is waited for",
     "",
     {.what = TEXT("429"), .headers = (const char *const[]){"retry-after-ms: 1500", NULL}},
     {"The provider asks to wait 1.5s.", "waits 1.5s (the wait that the provider named)",
      "[retry] attempts = 3"},
     NULL},
    {"milliseconds go before seconds",
     "",
     {.what = TEXT("503"),
      .headers = (const char *const[]){"retry-after: 9", "retry-after-ms: 1500", NULL}},
     {"asks to wait 1.5s."},
     "9s"},
    {"a date is a wait from now",
     "",
     {.what = TEXT("503"),
      .headers = (const char *const[]){"Retry-After: Thu, 01 Jan 2026 00:00:07 GMT", NULL},
      .wall_s = 1767225600},
     {"asks to wait 7s."},
     NULL},
    {"without an answer there is no header",
     "",
     {.what = TEXT("dns"), .headers = (const char *const[]){"retry-after: 9", NULL}},
     {"waits 750ms to 1s (backoff)"},
     "9s"},
    {"an invalid request is the client's",
     "",
     {.what = TEXT("422")},
     {"422: class request", "The client gets this answer as it came: status 422",
      "No setting changes that."},
     "ollama"},
    {"a refusal too, whatever the status",
     "",
     {.what = TEXT("429"), .body = TEXT("{\"error\":{\"code\":\"content_filter\"}}")},
     {"class policy", "(code content_filter)", "this answer as it came: status 429"},
     "quota"},
    {"a refusal of another provider's history",
     "",
     {.what = TEXT("400"),
      .body = TEXT("[{\"error\":{\"message\":\"Function call is missing a thought_signature\"}}]")},
     {"class request", "What to do, as the log has it (event=history): ", "only Gemini can sign"},
     NULL},
    {"a status that a body would change",
     "",
     {.what = TEXT("404")},
     {"With an error that speaks of a model it is class model. Give it by --body."},
     NULL},
    {"a single provider's last error",
     "[route]\npriority = openai\n",
     {.what = TEXT("500")},
     {"try 3 fails: attempts used up", "this answer as it came: status 500"},
     "all_providers_failed"},
    {"a single provider without an answer",
     "[route]\npriority = openai\n",
     {.what = TEXT("reset")},
     {"The client gets 502, type upstream_error, code network."},
     "all_providers_failed"},
    {"a single provider that says with a status of 200 that it is asked too often",
     "[route]\npriority = openai\n",
     {.what = TEXT("200"), .body = TEXT("{\"error\":{\"code\":\"rate_limit_exceeded\"}}")},
     {"The client gets 503 with Retry-After, type upstream_error, code rate_limit."},
     "all_providers_failed"},
    {"a single Ollama",
     "[route]\npriority = ollama\n",
     {.what = TEXT("404")},
     {"404: class model", "this answer in OpenAI's shape: status 404"},
     "openai  "},
    {"three providers",
     "[provider other]\ntype = openai\nbase_url = http://127.0.0.1:1\napi_key = k\n"
     "[route]\npriority = openai, other, ollama\n",
     {.what = TEXT("quota")},
     {"  openai  try 1 fails: this failure is not retried\n", "  other   is asked at once\n",
      "  ollama  is asked if that fails too\n"},
     NULL},
    {"the machine is offline",
     "",
     {.what = TEXT("offline")},
     {"  openai  is not tried: the machine is offline\n", "  ollama  is asked at once\n",
      "x-understudy-fallback: skipped-offline"},
     "breaker"},
    {"offline, and nobody is near",
     "[route]\npriority = openai\n",
     {.what = TEXT("offline")},
     {"The client gets 503, type no_provider"},
     "asked"},
    {"an open breaker",
     "",
     {.what = TEXT("breaker")},
     {"  openai  is not tried: its breaker is open", "[breaker] open_for = 10s"},
     NULL},
    {"no key",
     "",
     {.what = TEXT("no-key")},
     {"  openai  is not tried: no api_key is set", "x-understudy-fallback: skipped-no-key"},
     NULL},
    {"the client went away",
     "",
     {.what = TEXT("cancelled")},
     {"cancelled within 100 ms", "No setting changes that."},
     "ollama"},
    {"a dead key is told",
     "",
     {.what = TEXT("401")},
     {"The log gets an error"},
     "Each such try counts"},
    {"what counts towards the breaker",
     "[breaker]\nfailures = 7\n",
     {.what = TEXT("502")},
     {"Each such try counts towards openai's breaker, which opens after 7 in a row."},
     NULL},
    {"no breaker",
     "[breaker]\nfailures = 0\n",
     {.what = TEXT("502")},
     {"class server"},
     "breaker, which"},
    {"a stream that is under way",
     "",
     {.what = TEXT("idle-timeout"), .stream = true},
     {"Once content has reached the client, nothing is tried again", "without [DONE].\n",
      "[route] continue_stream = no"},
     NULL},
    {"a stream that may go on",
     "[route]\ncontinue_stream = yes\n",
     {.what = TEXT("truncated"), .stream = true},
     {"without [DONE], unless the next provider can finish it."},
     NULL},
    {"a stream that never begins",
     "",
     {.what = TEXT("connect"), .stream = true},
     {"is asked at once"},
     "Once content"},
    {"nor does one whose request was not sent whole",
     "",
     {.what = TEXT("send"), .stream = true},
     {"class network"},
     "Once content"},
    {"a silent stream has company",
     "",
     {.what = TEXT("stall"), .stream = true},
     {"meanwhile, after 10s without content, ollama starts too", "  ollama  is under way already\n",
      "[route] hedge_after = auto"},
     "is asked at once"},
    {"a status that proves nothing",
     "",
     {.what = TEXT("200")},
     {"200: class ok", "The status proves nothing", "No setting changes that."},
     "is asked"},
    {"a good answer",
     "",
     {.what = TEXT("200"), .body = TEXT("{\"choices\":[{\"message\":{\"content\":\"x\"}}]}")},
     {"The body is what was asked for: the client gets it byte for byte."},
     "is asked"},
    {"a 200 that is none",
     "",
     {.what = TEXT("200"), .body = TEXT("<html>")},
     {"200: class protocol", "try 3 fails: attempts used up"},
     "proves nothing"},
};

START_TEST(stories)
{
    struct told told = ask(rows[_i].file, &rows[_i].query);
    ck_assert_msg(told.r == 0, "%s: %s", rows[_i].name, told.why.text);
    for (size_t i = 0; i < 3 && rows[_i].has[i]; i++)
        ck_assert_msg(strstr(told.out.data, rows[_i].has[i]) != NULL, "%s: no \"%s\" in\n%s",
                      rows[_i].name, rows[_i].has[i], told.out.data);
    ck_assert_msg(!rows[_i].lacks || !strstr(told.out.data, rows[_i].lacks), "%s: \"%s\" in\n%s",
                  rows[_i].name, rows[_i].lacks, told.out.data);
    buf_done(&told.out);
}
END_TEST

START_TEST(every_class_has_a_story)
{
    struct explain_query query = {.what = text_of(failure_word((enum failure)_i)), .stream = true};
    struct told told = ask("", &query);
    ck_assert_int_eq(told.r, 0);
    ck_assert_ptr_nonnull(strstr(told.out.data, failure_word((enum failure)_i)));
    buf_done(&told.out);
}
END_TEST

START_TEST(every_end_of_a_connection_has_a_story)
{
    struct explain_query query = {.what = text_of(transport_word((enum transport)_i))};
    struct told told = ask("", &query);
    ck_assert_int_eq(told.r, 0);
    ck_assert_ptr_nonnull(strstr(told.out.data, transport_sentence((enum transport)_i)));
    buf_done(&told.out);
}
END_TEST

static const struct {
    const char *what;
    const char *header;
    const char *why;
} wrong[] = {
    {"stal", NULL, "did you mean \"stall\"?"},
    {"429", "retry-after", "--header \"retry-after\" is not of the form NAME: VALUE"},
    {"429", ": 20", "--header \": 20\" is not of the form NAME: VALUE"},
};

START_TEST(what_cannot_be_understood)
{
    const char *const headers[] = {wrong[_i].header, NULL};
    const struct explain_query query = {.what = text_of(wrong[_i].what), .headers = headers};
    struct told told = ask("", &query);
    ck_assert_int_eq(told.r, -EINVAL);
    ck_assert_msg(strstr(told.why.text, wrong[_i].why) != NULL, "%s", told.why.text);
    ck_assert_uint_eq(told.out.len, 0);
    buf_done(&told.out);
}
END_TEST

START_TEST(no_room_for_the_story)
{
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(NULL));
    const struct explain_query query = {.what = text_of("500")};
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(explain_print(loaded.config, &query, &out, NULL), -EMSGSIZE);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explain");
    TCase *tc = tcase_create("explain");
    tcase_add_test(tc, the_whole_story);
    tcase_add_loop_test(tc, stories, 0, ROWS(rows));
    tcase_add_loop_test(tc, every_class_has_a_story, 1, FAILURE_COUNT);
    tcase_add_loop_test(tc, every_end_of_a_connection_has_a_story, 1, TRANSPORT_COUNT);
    tcase_add_loop_test(tc, what_cannot_be_understood, 0, ROWS(wrong));
    tcase_add_test(tc, no_room_for_the_story);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
