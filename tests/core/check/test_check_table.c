/* The table of `understudy check`, as a terminal gets it. */
#include "checkup_case.h"

#define MODEL "{\"name\":\"small:1b\",\"capabilities\":[\"completion\",\"tools\",\"vision\"]}"

static const struct {
    const char *name;
    struct check_style style;
    const char *flag;
    struct checkup_probe cloud, ollama;
    enum local_state daemon;
    const char *table;
} rows[] = {
    {"all is well",
     {false, true, 80},
     "provider.ollama.model=auto",
     {.status = 200, .latency_ms = 212, .detail = "", .body = {"{\"data\":[{}]}", 13}},
     {.status = 200,
      .latency_ms = 3,
      .detail = "",
      .body = {"{\"models\":[" MODEL "]}", sizeof("{\"models\":[" MODEL "]}") - 1}},
     LOCAL_READY,
     "  provider  reached  key         models\n"
     "\u2713 openai    212 ms   accepted    1\n"
     "\u2713 ollama    3 ms     not needed  1\n"
     "    a fallback uses small:1b\n"
     "\u2713 daemon: serves at 127.0.0.1:11411\n"
     "\u2713 route (openai, ollama): can answer\n"},
    {"one side",
     {false, false, 50},
     NULL,
     {.status = 401, .latency_ms = 5, .detail = ""},
     {.status = 200,
      .latency_ms = 3,
      .detail = "",
      .body = {"{\"models\":[" MODEL "]}", sizeof("{\"models\":[" MODEL "]}") - 1}},
     LOCAL_NOT_READY,
     "  provider  reached  key         models\n"
     "x openai    5 ms     refused     -\n"
     "    the key is refused\n"
     "    > put a key that it takes into OPENAI_API_KEY\n"
     "+ ollama    3 ms     not needed  1\n"
     "    a fallback uses small:1b\n"
     "! daemon: serves at 127.0.0.1:11411, but it is so\n"
     "! route (openai, ollama): can answer, but only by ollama\n"},
    {"in colours, nobody",
     {true, true, 80},
     "route.priority=ollama",
     {.status = 200, .latency_ms = 5, .detail = "", .body = {"{\"data\":[]}", 11}},
     {.transport = TRANSPORT_CONNECT, .detail = ""},
     LOCAL_FOREIGN,
     "\x1b[2m  provider           reached  key          models\n\x1b[0m"
     "\x1b[32m\u2713\x1b[0m openai (no route)  5 ms     accepted     0\n"
     "\x1b[31m\u2717\x1b[0m ollama             no       not checked  -\n"
     "    not reachable: Ollama is not running at 127.0.0.1:11434\n"
     "\x1b[1m    \u2192 start it with `ollama serve`\n\x1b[0m"
     "\x1b[31m\u2717\x1b[0m daemon\n"
     "    127.0.0.1:11411 is taken by another program: it is so\n"
     "\x1b[1m    \u2192 end that program, or set [server] listen to another port\n\x1b[0m"
     "\x1b[31m\u2717\x1b[0m route (ollama): cannot answer\n"},
    {"several keys",
     {false, false, 80},
     "provider.openai.api_key=k1, k2",
     {.status = 200, .latency_ms = 5, .detail = "", .body = {"{\"data\":[]}", 11}},
     {.transport = TRANSPORT_CONNECT, .detail = ""},
     LOCAL_ABSENT,
     "  provider  reached  key              models\n"
     "+ openai    5 ms     1 of 2 accepted  0\n"
     "x ollama    no       not checked      -\n"
     "    not reachable: Ollama is not running at 127.0.0.1:11434\n"
     "    > start it with `ollama serve`\n"
     "! route (openai, ollama): can answer, but only by openai\n"},
};

START_TEST(it_is_told_with_marks)
{
    struct config_case loaded =
        config_case_load("", LIST("OPENAI_API_KEY=k"), rows[_i].flag ? LIST(rows[_i].flag) : NULL);
    struct checkup checkups[2] = {checkup_case_asked(&loaded, "openai", &rows[_i].cloud),
                                  checkup_case_asked(&loaded, "ollama", &rows[_i].ollama)};
    struct local_daemon daemon = {.address = "127.0.0.1:11411", .state = rows[_i].daemon};
    error_set(&daemon.why, "it is so");
    const struct check_report report = {loaded.config, checkups, 2,    checkup_case_found,
                                        &daemon,       "",       NULL, 0};
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(check_table(&report, &rows[_i].style, &out), 0);
    ck_assert_str_eq(out.data, rows[_i].table);
    for (size_t max = 0; max < out.len; max++) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(check_table(&report, &rows[_i].style, &small), -EMSGSIZE);
        buf_done(&small);
    }
    buf_done(&out);
    checkup_done(&checkups[0]);
    checkup_done(&checkups[1]);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_library_with_a_fault_is_marked)
{
    struct config_case loaded = config_case_load("", LIST("OPENAI_API_KEY=k"), NULL);
    struct advisory_found found[ADVISORY_LIBRARY_COUNT] = {
        [ADVISORY_libcurl] = {.version = "8.11.1", .by_hand = true}};
    const struct check_report report = {loaded.config, NULL, 0, found, NULL, "", NULL, 0};
    const struct check_style style = {.columns = 80};
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(check_table(&report, &style, &out), 0);
    ck_assert_msg(text_starts(buf_text(&out), "x libcurl 8.11.1: CVE-"), "%s", out.data);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("check_table");
    TCase *tc = tcase_create("check_table");
    tcase_add_loop_test(tc, it_is_told_with_marks, 0, ROWS(rows));
    tcase_add_test(tc, a_library_with_a_fault_is_marked);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
