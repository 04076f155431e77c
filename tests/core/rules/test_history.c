/* What is told of the tries of an exchange. */
#include "history_case.h"
#include "rules/history.h"

#define MESSAGE   4096
#define SKIP(why) .failure = FAILURE_SKIPPED, .skip = ROUTE_SKIP_##why

static const struct {
    const char *name;
    struct history_row entries[HISTORY_ROWS_MAX];
    const char *attempts; /* route: one, two, ollama */
    bool untried;
    enum failure common;
    const char *last; /* word of the last that failed; NULL = none */
    const char *reason;
    const char *message;
} rows[] = {
    {"nothing was tried", {{0}}, "", true, FAILURE_NONE, NULL, NULL, ""},
    {"it answered",
     {{.name = "one", .message = ""}},
     "one=1",
     false,
     FAILURE_NONE,
     NULL,
     NULL,
     "Cloud error: "},
    {"all were skipped",
     {{.name = "one", SKIP(NO_KEY), .message = "no key"},
      {.name = "ollama", SKIP(NO_MODEL), .message = "no model"}},
     "",
     true,
     FAILURE_NONE,
     "skipped-no-model",
     "no-model",
     "Cloud error: no key. Ollama error: no model"},
    {"the tries of each are counted, in the order of the route",
     {{.name = "ollama", .failure = FAILURE_SERVER, .message = "a."},
      {.name = "one", .failure = FAILURE_SERVER, .message = "b"},
      {.name = "ollama", .failure = FAILURE_SERVER, .message = "c."},
      {.name = "one", .failure = FAILURE_SERVER, .message = "d."}},
     "one=2, ollama=2",
     false,
     FAILURE_SERVER,
     "server",
     NULL,
     "Cloud error: d. Ollama error: c."},
    {"a skip is no try",
     {{.name = "one", SKIP(BREAKER), .message = "open"},
      {.name = "ollama", .failure = FAILURE_TIMEOUT, .message = "late"}},
     "ollama=1",
     false,
     FAILURE_TIMEOUT,
     "timeout",
     NULL,
     "Cloud error: open. Ollama error: late"},
    {"several clouds are told by name",
     {{.name = "one", .failure = FAILURE_TIMEOUT, .message = "late"},
      {.name = "two", .failure = FAILURE_AUTH, .message = "no"},
      {.name = "ollama", .failure = FAILURE_NETWORK, .message = "gone"}},
     "one=1, two=1, ollama=1",
     false,
     FAILURE_NONE,
     "network",
     NULL,
     "Cloud error: one: late; two: no. Ollama error: gone"},
    {"the last word of each counts",
     {{.name = "one", .failure = FAILURE_RATE_LIMIT, .message = "a"},
      {.name = "one", .failure = FAILURE_SERVER, .message = "b"}},
     "one=2",
     false,
     FAILURE_NONE,
     "server",
     NULL,
     "Cloud error: b"},
    {"of several keys the number is told",
     {{.name = "one", .failure = FAILURE_QUOTA, .message = "a", .key = 1},
      {.name = "one", .failure = FAILURE_AUTH, .message = "b", .key = 2},
      {.name = "two", .failure = FAILURE_SERVER, .message = "c"}},
     "one=2, two=1",
     false,
     FAILURE_NONE,
     "server",
     NULL,
     "Cloud error: one: key 2: b; two: c"},
    {"who was cancelled is not the last to have failed",
     {{.name = "one", .failure = FAILURE_SERVER, .message = "a"},
      {.name = "ollama", .failure = FAILURE_CANCELLED, .message = ""}},
     "one=1, ollama=1",
     false,
     FAILURE_NONE,
     "server",
     NULL,
     "Cloud error: a. Ollama error: "},
};

START_TEST(what_is_told)
{
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct route route = {.step = {{.provider = config_case_provider(&loaded, "one")},
                                   {.provider = config_case_provider(&loaded, "two")},
                                   {.provider = config_case_provider(&loaded, "ollama")}},
                          .count = 3};
    struct history history;
    struct buf attempts, message;
    buf_init(&attempts, MESSAGE);
    buf_init(&message, MESSAGE);
    history_case_read(&loaded, rows[_i].entries, &history);
    history_attempts(&history, &route, &attempts);
    history_message(&history, &message);
    const struct history_entry *last = history_last_failed(&history);
    ck_assert_str_eq(buf_text(&attempts).at, rows[_i].attempts);
    ck_assert_str_eq(buf_text(&message).at, rows[_i].message);
    ck_assert_int_eq(history_untried(&history), rows[_i].untried);
    ck_assert_int_eq(history_common_failure(&history), rows[_i].common);
    ck_assert_pstr_eq(last ? history_word(last) : NULL, rows[_i].last);
    ck_assert_pstr_eq(last ? history_reason(last) : NULL, rows[_i].reason);
    buf_done(&attempts);
    buf_done(&message);
    history_done(&history);
    config_case_done(&loaded);
}
END_TEST

START_TEST(what_is_learned_later)
{
    static const struct history_row entries[HISTORY_ROWS_MAX] = {
        {.name = "one", .failure = FAILURE_SERVER, .message = "a"},
        {.name = "one", .message = "b"},
        {.name = "ollama", .failure = FAILURE_TIMEOUT, .message = "c"},
    };
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    const struct config_provider *one = config_case_provider(&loaded, "one");
    struct history history;
    history_case_read(&loaded, entries, &history);
    history_note_reason(&history, config_case_provider(&loaded, "ollama"), "attempts");
    ck_assert_str_eq(history_reason(&history.at[2]), "attempts");
    ck_assert_int_eq(history_note_break(&history, one, FAILURE_PROTOCOL, "cut"), 0);
    ck_assert_str_eq(history_word(&history.at[1]), "protocol");
    ck_assert_str_eq(history_reason(&history.at[1]), "content");
    ck_assert_str_eq(history.at[1].message, "cut");
    ck_assert_str_eq(history_word(&history.at[0]), "server");
    /* Of one that has no entry nothing is told. */
    const struct config_provider *two = config_case_provider(&loaded, "two");
    history_note_reason(&history, two, "attempts");
    ck_assert_int_eq(history_note_break(&history, two, FAILURE_PROTOCOL, "cut"), 0);
    ck_assert_uint_eq(history.count, 3);
    history_done(&history);
    config_case_done(&loaded);
}
END_TEST

/* A later round counts what was tried before it, and knows nothing else of it. */
START_TEST(rounds_are_counted_together)
{
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct history before, history, all = {0};
    struct route route = {.count = 2};
    struct buf out;
    const struct history_row first[HISTORY_ROWS_MAX] = {
        {.name = "one", .failure = FAILURE_SERVER, .message = "a"}, {.name = "two", .message = ""}};
    const struct history_row last[HISTORY_ROWS_MAX] = {{.name = "two", .message = "b"}};
    history_case_read(&loaded, first, &before);
    history_case_read(&loaded, last, &history);
    route.step[0].provider = config_case_provider(&loaded, "one");
    route.step[1].provider = config_case_provider(&loaded, "two");
    history.before = &before;
    buf_init(&out, 100);
    history_attempts(&history, &route, &out);
    ck_assert_str_eq(out.data, "one=1, two=2");
    ck_assert_ptr_null(history_last_failed(&history));
    history.before = NULL;
    ck_assert_int_eq(history_take(&all, &before), 0);
    ck_assert_int_eq(history_take(&all, &history), 0);
    ck_assert_int_eq(history_take(&all, &history), 0);
    ck_assert_uint_eq(all.count, 3);
    ck_assert_uint_eq(before.count + history.count, 0);
    ck_assert_str_eq(all.at[2].message, "b");
    buf_done(&out);
    history_done(&all);
    config_case_done(&loaded);
}
END_TEST

START_TEST(the_attempts_of_an_error)
{
    static const struct history_row entries[HISTORY_ROWS_MAX] = {
        {.name = "one", SKIP(NO_KEY), .message = "no key"},
        {.name = "two", .failure = FAILURE_SERVER, .status = 503, .model = "m", .message = "a\xc3"},
        {.name = "ollama", .failure = FAILURE_TIMEOUT, .model = "x", .message = "late", .key = 2},
    };
    struct config_case loaded = config_case_load(history_settings, LIST(NULL), LIST(NULL));
    struct history history;
    history_case_read(&loaded, entries, &history);
    json_t *json = history_json(&history);
    char *text = json_dumps(json, JSON_COMPACT);
    ck_assert_str_eq(text,
                     "[{\"provider\":\"one\",\"model\":null,\"status\":null,"
                     "\"class\":\"skipped-no-key\",\"ms\":7,\"message\":\"no key\"},"
                     "{\"provider\":\"two\",\"model\":\"m\",\"status\":503,\"class\":\"server\","
                     "\"ms\":7,\"message\":\"a?\"},"
                     "{\"provider\":\"ollama\",\"model\":\"x\",\"status\":null,"
                     "\"class\":\"timeout\",\"ms\":7,\"message\":\"late\",\"key\":2}]");
    free(text);
    json_decref(json);
    history_done(&history);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("history");
    TCase *tc = tcase_create("history");
    tcase_add_loop_test(tc, what_is_told, 0, ROWS(rows));
    tcase_add_test(tc, what_is_learned_later);
    tcase_add_test(tc, rounds_are_counted_together);
    tcase_add_test(tc, the_attempts_of_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
