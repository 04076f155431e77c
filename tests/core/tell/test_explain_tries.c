/* The tries of one provider, played with pretended time. */
#include "config_case.h"
#include "tell/explain_story.h"

#define KEYS "[provider openai]\napi_key = k1, k2, k3\n"

static const struct {
    const char *name;
    const char *file;
    const char *what;
    bool stream;
    int64_t retry_after_ms;
    const char *told;
    enum retry_verdict verdict;
    int64_t now_ms;
} rows[] = {
    {"three tries, then the next", "", "500", false, -1,
     "  openai  try 1 fails: waits 750ms to 1s (backoff)\n"
     "          try 2 fails: waits 1.5s to 2s (backoff)\n"
     "          try 3 fails: attempts used up\n",
     RETRY_NEXT, 3000},
    {"exact waits", "[retry]\njitter = 0\nattempts = 2\n", "dns", false, -1,
     "  openai  try 1 fails: waits 1s (backoff)\n"
     "          try 2 fails: attempts used up\n",
     RETRY_NEXT, 1000},
    {"a wait that the provider names", "", "503", false, 4000,
     "  openai  try 1 fails: waits 4s (the wait that the provider named)\n"
     "          try 2 fails: waits 4s (the wait that the provider named)\n"
     "          try 3 fails: attempts used up\n",
     RETRY_NEXT, 8000},
    {"a wait that is too long", "", "429", false, 20000,
     "  openai  try 1 fails: the provider asks to wait longer than max_wait\n", RETRY_NEXT, 0},
    {"what belongs to the client", "", "400", false, -1,
     "  openai  try 1 fails: the request is at fault\n", RETRY_RELAY, 0},
    {"nobody to go on to", "[route]\npriority = openai\n", "505", false, -1,
     "  openai  try 1 fails: this status is not retried\n", RETRY_END, 0},
    {"a class that does not move on", "[route]\nfallback_on = none\n", "401", false, -1,
     "  openai  try 1 fails: this failure is not retried\n", RETRY_RELAY, 0},
    {"connecting takes its time", "[retry]\nattempts = 1\n", "connect-timeout", false, -1,
     "  openai  try 1 fails after 5s: attempts used up\n", RETRY_NEXT, 5000},
    {"silence uses up a share", "", "stall", false, -1,
     "  openai  try 1 is given up after 3m 13s, its share of the deadline: no time left for "
     "another "
     "try\n"
     "          meanwhile, after 60s without content, ollama starts too; the first with content "
     "wins\n",
     RETRY_NEXT, 193334},
    {"a 429 with somebody to go on to", "", "429", false, -1,
     "  openai  try 1 fails: this failure is not retried\n", RETRY_NEXT, 0},
    {"a 429 with nobody left", "[retry]\njitter = 0\nattempts = 2\n[route]\npriority = openai\n",
     "429", false, -1,
     "  openai  try 1 fails: waits 1s (backoff)\n"
     "          try 2 fails: attempts used up\n",
     RETRY_END, 1000},
    {"an Ollama that does not run", "[retry]\njitter = 0\n[route]\npriority = ollama, openai\n",
     "connect-refused", false, -1,
     "  ollama  try 1 fails: waits 1s (backoff)\n"
     "          try 2 fails: nobody listens there\n",
     RETRY_NEXT, 1000},
    {"all of the deadline for the last one", "[route]\npriority = openai\ndeadline = 20s\n",
     "stall", false, -1,
     "  openai  try 1 is given up after 20s, its share of the deadline: no time left for another "
     "try\n",
     RETRY_END, 20000},
    {"a silent stream gets company once", "[retry]\njitter = 0\nattempts = 2\n", "stall", true, -1,
     "  openai  try 1 fails after 60s: waits 1s (backoff)\n"
     "          meanwhile, after 10s without content, ollama starts too; the first with content "
     "wins\n"
     "          try 2 fails after 60s: attempts used up\n",
     RETRY_NEXT, 121000},
    {"no company where it is switched off", "[retry]\nattempts = 1\n[route]\nhedge_after = off\n",
     "stall", true, -1, "  openai  try 1 fails after 60s: attempts used up\n", RETRY_NEXT, 60000},
    {"a breaker ends the tries", "[retry]\nattempts = 9\n[breaker]\nfailures = 2\n", "reset", false,
     -1,
     "  openai  try 1 fails: waits 750ms to 1s (backoff)\n"
     "          try 2 fails: its breaker is open\n",
     RETRY_NEXT, 1000},
    {"an empty budget ends them",
     "[retry]\nattempts = 20\nmin_wait = 0\nmax_wait = 0\n[breaker]\nfailures = 0\n", "reset",
     false, -1,
     "  openai  try 1 fails: waits 0ms (backoff)\n"
     "          try 2 fails: waits 0ms (backoff)\n"
     "          try 3 fails: waits 0ms (backoff)\n"
     "          try 4 fails: waits 0ms (backoff)\n"
     "          try 5 fails: waits 0ms (backoff)\n"
     "          try 6 fails: waits 0ms (backoff)\n"
     "          try 7 fails: waits 0ms (backoff)\n"
     "          try 8 fails: waits 0ms (backoff)\n"
     "          try 9 fails: waits 0ms (backoff)\n"
     "          try 10 fails: waits 0ms (backoff)\n"
     "          try 11 fails: retry budget used up\n",
     RETRY_NEXT, 0},
    {"the next key first", KEYS, "402", false, -1,
     "  openai  key 1 is set aside for 10m, key 2 is asked with at once\n"
     "          key 2 is set aside for 10m, key 3 is asked with at once\n"
     "          try 1 fails: this failure is not retried\n"
     "          key 3 is set aside for 10m: until one is back it is skipped (skipped-keys)\n",
     RETRY_NEXT, 0},
    {"the last key is waited for", KEYS, "429", false, 5000,
     "  openai  key 1 is set aside for 5s, key 2 is asked with at once\n"
     "          key 2 is set aside for 5s, key 3 is asked with at once\n"
     "          try 1 fails: waits 5s (the wait that the provider named)\n"
     "          try 2 fails: waits 5s (the wait that the provider named)\n"
     "          try 3 fails: attempts used up\n"
     "          key 3 is set aside for 5s: until one is back it is skipped (skipped-keys)\n",
     RETRY_NEXT, 10000},
    {"a certificate is no key's fault", KEYS, "certificate", false, -1,
     "  openai  try 1 fails: this failure is not retried\n", RETRY_NEXT, 0},
    {"what may have been billed", "[retry]\nambiguous = no\n", "reset", false, -1,
     "  openai  try 1 fails: it may have been processed\n", RETRY_NEXT, 0},
};

static void begin(struct explain_story *story, const struct config *config, int row,
                  struct buf *out)
{
    const struct route_query query = {.client_credential = true};
    const struct explain_answer answer = {.kind = &kind_openai, .stream = rows[row].stream};
    *story = (struct explain_story){.config = config, .stream = rows[row].stream, .out = out};
    ck_assert_int_eq(route_plan(config, &query, &story->route, NULL), 0);
    ck_assert_int_eq(explain_what_read(text_of(rows[row].what), &answer, &story->what, NULL), 0);
    story->what.result.retry_after_ms = rows[row].retry_after_ms;
    breaker_init(&story->breaker);
    breaker_configure(&story->breaker, config->breaker.failures, config->breaker.open_for_ms);
    budget_init(&story->budget);
    budget_request(&story->budget, 0);
}

START_TEST(a_provider_is_tried)
{
    struct config_case loaded = config_case_load(rows[_i].file, LIST(NULL), LIST(NULL));
    struct explain_story story;
    struct buf out;
    ck_assert_int_eq(loaded.r, 0);
    buf_init(&out, 1 << 16);
    begin(&story, loaded.config, _i, &out);
    enum retry_verdict verdict = explain_tries(&story, 0);
    ck_assert_int_eq(story.r, 0);
    ck_assert_msg(strcmp(out.data, rows[_i].told) == 0, "%s:\n%s", rows[_i].name, out.data);
    ck_assert_msg(verdict == rows[_i].verdict, "%s: verdict %d", rows[_i].name, (int)verdict);
    ck_assert_int_eq(story.now_ms, rows[_i].now_ms);
    route_done(&story.route);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(steps_that_are_skipped_are_passed_over)
{
    struct explain_story story = {.route = {.count = 4}};
    story.route.step[0].skip = ROUTE_SKIP_OFFLINE;
    story.route.step[2].skip = ROUTE_SKIP_NO_KEY;
    ck_assert_uint_eq(explain_usable(&story, 0), 1);
    ck_assert_uint_eq(explain_usable(&story, 1), 1);
    ck_assert_uint_eq(explain_usable(&story, 2), 3);
    ck_assert_uint_eq(explain_usable(&story, 4), 4);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    struct buf out;
    buf_init(&out, 4);
    struct explain_story story = {.out = &out};
    explain_say(&story, "%s", "12345");
    explain_say(&story, "%s", "1");
    ck_assert_int_eq(story.r, -EMSGSIZE);
    ck_assert_uint_eq(out.len, 0);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explain_tries");
    TCase *tc = tcase_create("explain_tries");
    tcase_add_loop_test(tc, a_provider_is_tried, 0, ROWS(rows));
    tcase_add_test(tc, steps_that_are_skipped_are_passed_over);
    tcase_add_test(tc, a_full_buffer_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
