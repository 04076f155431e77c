/* What is not as it should be, and that each of it says what to do. */
#include "check/finding.h"
#include "checkup_case.h"

#define NOW_S INT64_C(1800000000)

static const struct {
    const char *name;
    const char *provider;
    const char *const *environment;
    const char *flag;
    enum transport transport;
    const char *detail;
    int status;
    const char *body;
    const char *what, *to_do; /* of the first; NULL = there is none */
} rows[] = {
    {"all is well", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 200,
     "{\"data\":[]}", NULL, NULL},
    {"Ollama does not run", "ollama", NULL, NULL, TRANSPORT_CONNECT, "", 0, "",
     "not reachable: Ollama is not running at 127.0.0.1:11434", "start it with `ollama serve`"},
    {"a local server does not run", "openai", LIST("OPENAI_API_KEY=k"),
     "provider.openai.base_url=http://127.0.0.1:9/v1", TRANSPORT_CONNECT, "", 0, "",
     "not reachable: no server is running at 127.0.0.1:9", "start it"},
    {"a far one refuses", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_CONNECT, "", 0, "",
     "not reachable: ", "look whether [provider openai] base_url is right, and its server runs"},
    {"no name", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_DNS, "", 0, "",
     "not reachable: ", "look whether the machine is online, and the host in [provider openai] "},
    {"no way", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_CONNECT_TIMEOUT, "", 0, "",
     "not reachable: ", "look whether a firewall stands in between, or a proxy is needed: "},
    {"a proxy that refuses", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_PROXY, "", 0, "",
     "not reachable: ", "look at [provider openai] proxy"},
    {"a proxy that wants a name", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_PROXY_AUTH,
     "", 0, "", "not reachable: ", "put name and password into [provider openai] proxy"},
    {"no TLS there", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_TLS,
     "error: wrong version number", 0, "",
     "not reachable: ", "write http:// into [provider openai] base_url"},
    {"TLS that breaks off", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_TLS, "", 0, "",
     "not reachable: ", "look whether [provider openai] base_url is right, and nothing in between"},
    {"a certificate of the past", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_CERTIFICATE,
     "SSL certificate problem: certificate has expired", 0, "",
     "not reachable: ", "look at this machine's clock (`timedatectl`)"},
    {"a certificate of the future", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_CERTIFICATE,
     "SSL certificate problem: certificate is not yet valid", 0, "",
     "not reachable: ", "set this machine's clock (`timedatectl set-ntp true`)"},
    {"another's certificate", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_CERTIFICATE,
     "no alternative certificate subject name matches target host name 'x'", 0, "",
     "not reachable: ",
     "write the name that is in the certificate into [provider openai] base_url"},
    {"a certificate that nobody knows", "openai", LIST("OPENAI_API_KEY=k"), NULL,
     TRANSPORT_CERTIFICATE, "SSL certificate problem: self-signed certificate", 0, "",
     "not reachable: ", "if the certificate is to be trusted, name a file with who signed it in "},
    {"something else", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_MALFORMED, "", 0, "",
     "not reachable: ", "look whether [provider openai] base_url is that of the provider"},
    {"a key that is refused", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 401, "",
     "the key is refused", "put a key that it takes into OPENAI_API_KEY"},
    {"a key that is missing", "groq", NULL, "route.priority=groq", TRANSPORT_OK, "", 401, "",
     "no key is set", "set GROQ_API_KEY in the environment, or [provider groq] api_key"},
    {"a key that apps may bring", "openai", NULL, NULL, TRANSPORT_OK, "", 401, "",
     "no key is set, so apps must send theirs",
     "set OPENAI_API_KEY in the environment, or [provider openai] api_key"},
    {"one that should need no key", "vllm", NULL, "route.priority=vllm", TRANSPORT_OK, "", 401, "",
     "HTTP 401", "set [provider vllm] api_key: it wants one"},
    {"no credit", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 402, "",
     "HTTP 402: ", "put credit on the account at openai"},
    {"too much", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 429, "",
     "HTTP 429: ", "ask openai again in a while"},
    {"its own fault", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 503, "",
     "HTTP 503: ", "ask openai again in a while; its status page may tell more"},
    {"elsewhere", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 302, "",
     "HTTP 302: ", "write the address that it sends to into [provider openai] base_url"},
    {"a wrong path", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 404, "",
     "HTTP 404: ", "look whether [provider openai] base_url is right"},
    {"a page", "openai", LIST("OPENAI_API_KEY=k"), NULL, TRANSPORT_OK, "", 200, "<html>",
     "what it answers is no list of models", "look whether [provider openai] base_url is right"},
    {"no model is installed", "ollama", NULL, NULL, TRANSPORT_OK, "", 200, "{\"models\":[]}",
     "no Ollama model that may answer is installed", "`ollama pull ministral-3:3b`"},
    {"a name that its list has not", "openai", LIST("OPENAI_API_KEY=k"), "model a.openai=gpt-x",
     TRANSPORT_OK, "", 200, "{\"data\":[]}",
     "not in its list of models: gpt-x (of [model a] openai)", "mend the name there, if its list "},
    {"one that is not pulled", "ollama", NULL, "model a.ollama=big:1b", TRANSPORT_OK, "", 200,
     "{\"models\":[{\"name\":\"b\"}]}", "not in its list of models: big:1b (of [model a] ollama)",
     "no other model stands in for it: `ollama pull big:1b`, or mend the name there"},
    {"none for tools", "ollama", NULL, NULL, TRANSPORT_OK, "", 200,
     "{\"models\":[{\"name\":\"a\",\"capabilities\":[\"completion\"]}]}",
     "no installed Ollama model can ", "`ollama pull ministral-3:3b`"},
};

START_TEST(each_says_what_to_do)
{
    struct finding findings[FINDING_MAX];
    struct config_case loaded =
        config_case_load("", rows[_i].environment, rows[_i].flag ? LIST(rows[_i].flag) : NULL);
    ck_assert_int_eq(loaded.r, 0);
    const struct checkup_probe probe = {.transport = rows[_i].transport,
                                        .detail = rows[_i].detail,
                                        .status = rows[_i].status,
                                        .body = text_of(rows[_i].body)};
    struct checkup checkup = checkup_case_asked(&loaded, rows[_i].provider, &probe);
    size_t count = finding_of_provider(&checkup, findings);
    ck_assert_msg((count > 0) == (rows[_i].what != NULL), "%s", rows[_i].name);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(findings[i].about, rows[_i].provider);
        ck_assert_msg(error_is_set(&findings[i].what) && error_is_set(&findings[i].to_do), "%s",
                      rows[_i].name);
    }
    if (count > 0) {
        ck_assert_msg(text_starts(text_of(findings[0].what.text), rows[_i].what), "%s: %s",
                      rows[_i].name, findings[0].what.text);
        ck_assert_msg(text_starts(text_of(findings[0].to_do.text), rows[_i].to_do), "%s: %s",
                      rows[_i].name, findings[0].to_do.text);
    }
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_proxy_of_the_environment_is_not_read)
{
    struct finding findings[FINDING_MAX];
    struct config_case loaded = config_case_load("", LIST("OPENAI_API_KEY=k"), NULL);
    const struct checkup_probe probe = {.transport = TRANSPORT_CONNECT_TIMEOUT, .detail = ""};
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &probe);
    checkup.proxy_variable = "HTTPS_PROXY";
    ck_assert_uint_eq(finding_of_provider(&checkup, findings), 1);
    ck_assert_ptr_nonnull(strstr(findings[0].what.text, "the environment names one: HTTPS_PROXY"));
    ck_assert_str_eq(findings[0].to_do.text, "set [provider openai] proxy");
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(each_key_that_is_refused_is_told)
{
    struct finding findings[FINDING_MAX];
    struct config_case loaded = config_case_load(
        "", LIST("A=k1", "B=k2", "C=k3"), LIST("provider.openai.api_key=env:A, env:B, env:C"));
    const struct checkup_probe good = checkup_case_answer(200, "{\"data\":[]}");
    const struct checkup_probe bad = checkup_case_answer(401, "");
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &bad);
    checkup_answered(&checkup, &good);
    checkup_answered(&checkup, &bad);
    ck_assert_uint_eq(finding_of_provider(&checkup, findings), 2);
    ck_assert_str_eq(findings[0].what.text, "key 1 is refused");
    ck_assert_str_eq(findings[1].to_do.text, "put a key that it takes into C");
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_provider_of_ones_own_has_no_variable)
{
    struct finding findings[FINDING_MAX];
    struct config_case loaded = config_case_load("[provider mine]\ntype = openai\nbase_url = "
                                                 "https://a.example/v1\n[route]\npriority = mine\n",
                                                 NULL, NULL);
    const struct checkup_probe probe = checkup_case_answer(401, "");
    ck_assert_int_eq(loaded.r, 0);
    struct checkup checkup = checkup_case_asked(&loaded, "mine", &probe);
    ck_assert_uint_eq(finding_of_provider(&checkup, findings), 1);
    ck_assert_str_eq(findings[0].to_do.text,
                     "set [provider mine] api_key, or `none` if it needs no key");
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(names_that_a_list_has_not_are_one_finding)
{
    struct finding findings[FINDING_MAX];
    struct config_case loaded = config_case_load(
        "", LIST("OPENAI_API_KEY=k"), LIST("model a.openai=gpt-x", "model b.openai=gpt-y"));
    const struct checkup_probe probe = checkup_case_answer(200, "{\"data\":[]}");
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &probe);
    ck_assert_uint_eq(finding_of_provider(&checkup, findings), 1);
    ck_assert_str_eq(findings[0].what.text,
                     "not in its list of models: gpt-x (of [model a] openai) and 1 more");
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *provider;
    int64_t off_s; /* of this machine's clock; 0 = no Date came */
    const char *what;
} clocks[] = {
    {"nobody told", "openai", 0, NULL},
    {"a moment on the way", "openai", 3, NULL},
    {"a little off", "openai", -FINDING_CLOCK_S, NULL},
    {"behind", "openai", -3 * 86400 - 5, "this machine's clock is 3 days behind that of openai"},
    {"ahead", "openai", 3600, "this machine's clock is 1 hour ahead of that of openai"},
    {"minutes", "openai", 301, "this machine's clock is 5 minutes ahead of that of openai"},
    {"a server of this machine does not count", "ollama", 86400, NULL},
};

START_TEST(a_wrong_clock_is_told)
{
    struct finding finding;
    struct config_case loaded = config_case_load("", LIST("OPENAI_API_KEY=k"), NULL);
    struct checkup_probe probe = checkup_case_answer(200, "{\"data\":[]}");
    probe.now_s = NOW_S;
    probe.date_s = clocks[_i].off_s ? NOW_S - clocks[_i].off_s : 0;
    struct checkup checkup = checkup_case_asked(&loaded, clocks[_i].provider, &probe);
    bool found = finding_of_clock(&checkup, 1, &finding);
    ck_assert_msg(found == (clocks[_i].what != NULL), "%s", clocks[_i].name);
    if (found) {
        ck_assert_str_eq(finding.what.text, clocks[_i].what);
        ck_assert_str_eq(finding.to_do.text, "set it: `timedatectl set-ntp true`");
    }
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    enum local_state state;
    const char *why, *holder;
    const char *what;
} daemons[] = {
    {LOCAL_READY, "", "", NULL},
    {LOCAL_NOT_READY, "it is draining", "", NULL},
    {LOCAL_ABSENT, "nobody listens there", "", NULL},
    {LOCAL_ABSENT, "it says nothing", "nc, process 7",
     "127.0.0.1:11411 is taken by another program (nc, process 7): it says nothing"},
    {LOCAL_FOREIGN, "it does not speak HTTP", "",
     "127.0.0.1:11411 is taken by another program: it does not speak HTTP"},
};

START_TEST(an_address_that_is_taken_is_told)
{
    struct finding finding;
    struct local_daemon daemon = {.address = "127.0.0.1:11411", .state = daemons[_i].state};
    error_set(&daemon.why, "%s", daemons[_i].why);
    bool found = finding_of_daemon(&daemon, daemons[_i].holder, &finding);
    ck_assert_int_eq(found, daemons[_i].what != NULL);
    if (found) {
        ck_assert_str_eq(finding.what.text, daemons[_i].what);
        ck_assert_str_eq(finding.to_do.text,
                         "end that program, or set [server] listen to another port");
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("finding");
    TCase *tc = tcase_create("finding");
    tcase_add_loop_test(tc, each_says_what_to_do, 0, ROWS(rows));
    tcase_add_test(tc, a_proxy_of_the_environment_is_not_read);
    tcase_add_test(tc, each_key_that_is_refused_is_told);
    tcase_add_test(tc, a_provider_of_ones_own_has_no_variable);
    tcase_add_test(tc, names_that_a_list_has_not_are_one_finding);
    tcase_add_loop_test(tc, a_wrong_clock_is_told, 0, ROWS(clocks));
    tcase_add_loop_test(tc, an_address_that_is_taken_is_told, 0, ROWS(daemons));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
