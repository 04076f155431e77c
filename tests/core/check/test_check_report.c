/* What the report adds to its providers: the machine, and all findings as values. */
#include <jansson.h>

#include "checkup_case.h"

#define NOW_S INT64_C(1800000000)

static struct config_case loaded;
static struct checkup checkups[2];
static struct local_daemon taken = {.address = "127.0.0.1:11411", .state = LOCAL_FOREIGN};
static struct check_report report;
static struct buf out;

static void begin(void)
{
    loaded = config_case_load("", LIST("OPENAI_API_KEY=k"), NULL);
    struct checkup_probe cloud = checkup_case_answer(200, "{\"data\":[]}");
    cloud.now_s = NOW_S;
    cloud.date_s = NOW_S + 86400;
    const struct checkup_probe none = {.transport = TRANSPORT_CONNECT, .detail = ""};
    checkups[0] = checkup_case_asked(&loaded, "openai", &cloud);
    checkups[1] = checkup_case_asked(&loaded, "ollama", &none);
    error_set(&taken.why, "it does not speak HTTP");
    report = (struct check_report){loaded.config, checkups,        2,    checkup_case_found,
                                   &taken,        "nc, process 7", NULL, 0};
    buf_init(&out, 1 << 16);
}

static void end(void)
{
    checkup_done(&checkups[0]);
    checkup_done(&checkups[1]);
    buf_done(&out);
    config_case_done(&loaded);
}

START_TEST(findings_of_the_machine_stand_before_the_route)
{
    ck_assert_int_eq(check_report_lines(&report, &out), 0);
    ck_assert_str_eq(
        out.data,
        "openai: reachable in 12 ms, key accepted (from OPENAI_API_KEY), 0 models\n"
        "ollama: not reachable: Ollama is not running at 127.0.0.1:11434; start it with `ollama "
        "serve`\n"
        "clock: this machine's clock is 1 day behind that of openai; set it: `timedatectl set-ntp "
        "true`\n"
        "daemon: 127.0.0.1:11411 is taken by another program (nc, process 7): it does not speak "
        "HTTP; end that program, or set [server] listen to another port\n"
        "route (openai, ollama): can answer, but only by openai\n");
}
END_TEST

START_TEST(json_lists_them)
{
    ck_assert_int_eq(check_report_json(&report, &out), 0);
    json_t *json = json_loads(out.data, 0, NULL);
    json_t *findings = json_object_get(json, "findings"), *daemon = json_object_get(json, "daemon");
    static const char *const about[] = {"ollama", "clock", "daemon"};
    ck_assert_uint_eq(json_array_size(findings), 3);
    for (size_t i = 0; i < 3; i++) {
        json_t *finding = json_array_get(findings, i);
        ck_assert_str_eq(json_string_value(json_object_get(finding, "about")), about[i]);
        ck_assert_uint_gt(json_string_length(json_object_get(finding, "what")), 0);
        ck_assert_uint_gt(json_string_length(json_object_get(finding, "to_do")), 0);
    }
    ck_assert_str_eq(json_string_value(json_object_get(daemon, "state")), "foreign");
    ck_assert_str_eq(json_string_value(json_object_get(daemon, "held_by")), "nc, process 7");
    json_decref(json);
}
END_TEST

START_TEST(who_is_not_looked_at_is_not_told)
{
    report.daemon = NULL;
    report.holder = "";
    ck_assert_int_eq(check_report_json(&report, &out), 0);
    json_t *json = json_loads(out.data, 0, NULL);
    ck_assert(json_is_null(json_object_get(json, "daemon")));
    ck_assert_uint_eq(json_array_size(json_object_get(json, "findings")), 2);
    json_decref(json);
}
END_TEST

START_TEST(no_room)
{
    for (size_t max = 0; max < 300; max += 7) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(check_report_lines(&report, &small), -EMSGSIZE);
        buf_reset(&small);
        ck_assert_int_eq(check_report_json(&report, &small), -EMSGSIZE);
        buf_done(&small);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("check_report");
    TCase *tc = tcase_create("check_report");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, findings_of_the_machine_stand_before_the_route);
    tcase_add_test(tc, json_lists_them);
    tcase_add_test(tc, who_is_not_looked_at_is_not_told);
    tcase_add_test(tc, no_room);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
