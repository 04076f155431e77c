/* Where the daemon of this machine is asked, what its answer means, and how it is told. */
#include <stdio.h>

#include "check/local_check.h"
#include "checkup_case.h"

static const struct {
    const char *name;
    const char *listen;
    const char *hosts; /* [server] allowed_hosts */
    const char *address;
    const char *host; /* of the request */
} places[] = {
    {"the usual one", "127.0.0.1:11411", "localhost", "127.0.0.1:11411", "127.0.0.1"},
    {"a v6 one", "[::1]:80", "localhost", "[::1]:80", "[::1]"},
    {"a name", "localhost:80", "box", "localhost:80", "localhost"},
    {"every address", "0.0.0.0:80", "box.lan, 127.0.0.1", "127.0.0.1:80", "box.lan"},
    {"every v6 address", "[::]:80", "127.0.0.1", "[::1]:80", "127.0.0.1"},
    {"a path", "unix:/run/u/socket", "localhost", "unix:/run/u/socket", "localhost"},
};

START_TEST(it_is_asked_where_it_listens_by_a_name_that_is_served)
{
    char file[256], host[64];
    (void)snprintf(file, sizeof(file),
                   "[server]\nlisten = %s\nallowed_hosts = %s\nallow_unauthenticated = yes\n",
                   places[_i].listen, places[_i].hosts);
    struct config_case loaded = config_case_load(file, LIST(NULL), LIST(NULL));
    const struct config_server *server = &loaded.config->server;
    struct local_daemon daemon;
    struct buf request;
    buf_init(&request, 1024);
    local_check_init(&daemon, &server->listen[0]);
    ck_assert_int_eq(local_check_request(server, &server->listen[0], &request), 0);
    (void)snprintf(host, sizeof(host), "\r\nHost: %s\r\n", places[_i].host);
    ck_assert_str_eq(daemon.address, places[_i].address);
    ck_assert_msg(strstr(request.data, host), "%s: %s", places[_i].name, request.data);
    ck_assert(text_starts(buf_text(&request), "GET /readyz HTTP/1.1\r\n"));
    buf_done(&request);
    config_case_done(&loaded);
}
END_TEST

#define HEAD "\r\nContent-Type: application/json\r\n\r\n"

static const struct {
    const char *name;
    const char *answer;
    enum local_state state;
    const char *why;
} answers[] = {
    {"ready", "HTTP/1.1 200 OK" HEAD "{\"status\":\"ready\"}", LOCAL_READY, ""},
    {"draining", "HTTP/1.1 503 X" HEAD "{\"status\":\"draining\"}", LOCAL_NOT_READY,
     "it is draining, and ends after that"},
    {"nobody to ask", "HTTP/1.1 503 X" HEAD "{\"status\":\"no provider can be tried\"}",
     LOCAL_NOT_READY, "no provider of its route can be tried"},
    {"a stranger's word", "HTTP/1.1 503 X" HEAD "{\"status\":\"\\u001b[2J\"}", LOCAL_NOT_READY,
     "no provider of its route can be tried"},
    {"a refusal", "HTTP/1.1 403 X" HEAD "{\"error\":{\"message\":\"\\u001b[2J\"}}", LOCAL_FOREIGN,
     "HTTP 403 is no answer of understudy to GET /readyz"},
    {"another server's page", "HTTP/1.1 200 OK\r\n\r\n<html>", LOCAL_FOREIGN,
     "HTTP 200 is no answer of understudy to GET /readyz"},
    {"another server's 503", "HTTP/1.1 503 X\r\n\r\nbusy", LOCAL_FOREIGN,
     "HTTP 503 is no answer of understudy to GET /readyz"},
    {"healthy is not ready", "HTTP/1.1 200 OK" HEAD "{\"status\":\"ok\"}", LOCAL_FOREIGN,
     "HTTP 200 is no answer of understudy to GET /readyz"},
    {"a head alone", "HTTP/1.1 200 OK\r\n", LOCAL_FOREIGN,
     "HTTP 200 is no answer of understudy to GET /readyz"},
    {"an SSH server", "SSH-2.0-OpenSSH_9.2\r\n", LOCAL_FOREIGN, "it does not speak HTTP"},
    {"nothing", "", LOCAL_FOREIGN, "it does not speak HTTP"},
    {"a beginning", "HTTP/1.1", LOCAL_FOREIGN, "it does not speak HTTP"},
};

START_TEST(its_answer_is_judged)
{
    struct local_daemon daemon = {0};
    local_check_answered(&daemon, text_of(answers[_i].answer));
    ck_assert_msg(daemon.state == answers[_i].state, "%s: %d", answers[_i].name, daemon.state);
    ck_assert_str_eq(daemon.why.text, answers[_i].why);
}
END_TEST

#define TAGS                                                                                       \
    "{\"models\":[{\"name\":\"small:1b\",\"capabilities\":[\"completion\"],"                       \
    "\"details\":{\"context_length\":8192}}]}"

static const struct {
    const char *name;
    enum local_state state;
    bool ollama; /* has a model */
    bool near;
    const char *first, *last; /* lines */
} verdicts[] = {
    {"all is there", LOCAL_READY, true, true, "daemon: serves at 127.0.0.1:11411 and is ready\n",
     "\nthis machine: can answer, without the cloud too\n"},
    {"no Ollama", LOCAL_READY, false, false, "daemon: serves at 127.0.0.1:11411 and is ready\n",
     "\nthis machine: can answer, but only by the cloud, which was not asked\n"},
    {"not ready", LOCAL_NOT_READY, true, true,
     "daemon: serves at 127.0.0.1:11411, but is not ready: because\n",
     "\nthis machine: cannot answer\n"},
    {"no daemon", LOCAL_ABSENT, true, true, "daemon: does not answer at 127.0.0.1:11411: because\n",
     "\nthis machine: cannot answer\n"},
    {"another one", LOCAL_FOREIGN, true, true,
     "daemon: is not what answers at 127.0.0.1:11411: because\n",
     "\nthis machine: cannot answer\n"},
};

START_TEST(what_was_found_is_told)
{
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(NULL));
    const struct checkup_probe probe =
        checkup_case_answer(verdicts[_i].ollama ? 200 : 500, verdicts[_i].ollama ? TAGS : "");
    struct checkup checkup = checkup_case_asked(&loaded, "ollama", &probe);
    struct local_daemon daemon = {.address = "127.0.0.1:11411", .state = verdicts[_i].state};
    struct buf out, json;
    buf_init(&out, 4096);
    buf_init(&json, 4096);
    if (daemon.state != LOCAL_READY)
        error_set(&daemon.why, "because");
    ck_assert(local_check_near(&checkup, 1) == verdicts[_i].near);
    ck_assert_int_eq(local_check_print(&daemon, &checkup, 1, &out), 0);
    ck_assert_msg(text_starts(buf_text(&out), verdicts[_i].first), "%s: %s", verdicts[_i].name,
                  out.data);
    ck_assert_msg(text_ends(buf_text(&out), verdicts[_i].last), "%s: %s", verdicts[_i].name,
                  out.data);
    ck_assert_ptr_nonnull(strstr(out.data, "\nollama: reachable in 12 ms"));
    ck_assert_int_eq(local_check_print_json(&daemon, &checkup, 1, &json), 0);
    bool ready = verdicts[_i].state == LOCAL_READY;
    ck_assert_ptr_nonnull(
        strstr(json.data, ready ? "\"can_answer\": true" : "\"can_answer\": false"));
    ck_assert_ptr_nonnull(strstr(json.data, ready && verdicts[_i].near
                                                ? "\"without_cloud\": true"
                                                : "\"without_cloud\": false"));
    ck_assert_ptr_nonnull(strstr(json.data, "\"name\": \"ollama\""));
    buf_done(&out);
    buf_done(&json);
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("local_check");
    TCase *tc = tcase_create("local_check");
    tcase_add_loop_test(tc, it_is_asked_where_it_listens_by_a_name_that_is_served, 0, ROWS(places));
    tcase_add_loop_test(tc, its_answer_is_judged, 0, ROWS(answers));
    tcase_add_loop_test(tc, what_was_found_is_told, 0, ROWS(verdicts));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
