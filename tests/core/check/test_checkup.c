/* What a provider's answers to a check mean. */
#include <stdio.h>

#include "checkup_case.h"

#define KEY      "[provider openai]\napi_key = sk-secret\n"
#define NO_KEY   "[provider openai]\napi_key = none\n"
#define LIST_TWO "{\"object\":\"list\",\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"

static const struct {
    const char *name;
    const char *file;
    int status;
    const char *body;
    enum failure failure;
    enum checkup_key key;
    int64_t models;
    bool can;
    const char *trouble;
} clouds[] = {
    {"a good key", KEY, 200, LIST_TWO, FAILURE_NONE, CHECKUP_KEY_ACCEPTED, 2, true, ""},
    {"no models at all", KEY, 200, "{\"data\":[]}", FAILURE_NONE, CHECKUP_KEY_ACCEPTED, 0, true,
     ""},
    {"a dead key", KEY, 401, "{\"error\":{\"message\":\"bad key sk-secret\"}}", FAILURE_AUTH,
     CHECKUP_KEY_REFUSED, -1, false, "HTTP 401"},
    {"a key without rights", KEY, 403, "", FAILURE_AUTH, CHECKUP_KEY_REFUSED, -1, false,
     "HTTP 403"},
    {"no key here", "", 401, "", FAILURE_AUTH, CHECKUP_KEY_NOT_SET, -1, true, "HTTP 401"},
    {"no key here, and none was asked for", "", 200, LIST_TWO, FAILURE_NONE, CHECKUP_KEY_NOT_SET, 2,
     true, ""},
    {"none is needed", NO_KEY, 200, LIST_TWO, FAILURE_NONE, CHECKUP_KEY_NOT_NEEDED, 2, true, ""},
    {"one is needed after all", NO_KEY, 401, "", FAILURE_AUTH, CHECKUP_KEY_NOT_NEEDED, -1, false,
     "HTTP 401"},
    {"a wrong base_url", KEY, 404, "{\"error\":{\"message\":\"Invalid URL\"}}", FAILURE_REQUEST,
     CHECKUP_KEY_UNKNOWN, -1, false, "HTTP 404: no list of models is there; is base_url right?"},
    {"one without its /v1", KEY "base_url = http://127.0.0.1:1234\n", 404, "", FAILURE_REQUEST,
     CHECKUP_KEY_UNKNOWN, -1, false,
     "HTTP 404: no list of models is there; is base_url right? Most end in /v1"},
    {"a server that is down", KEY, 503, "", FAILURE_SERVER, CHECKUP_KEY_UNKNOWN, -1, false,
     "HTTP 503: the provider reported a fault of its own"},
    {"an account that is used up", KEY, 429, "{\"error\":{\"code\":\"insufficient_quota\"}}",
     FAILURE_QUOTA, CHECKUP_KEY_UNKNOWN, -1, false,
     "HTTP 429: the account at the provider is used up"},
    {"a portal's page", KEY, 200, "<html>Log in</html>", FAILURE_PROTOCOL, CHECKUP_KEY_ACCEPTED, -1,
     false, "what it answers is no list of models"},
    {"some other JSON", KEY, 200, "{\"models\":[]}", FAILURE_PROTOCOL, CHECKUP_KEY_ACCEPTED, -1,
     false, "what it answers is no list of models"},
    {"a redirect", KEY, 302, "", FAILURE_REDIRECT, CHECKUP_KEY_UNKNOWN, -1, false,
     "HTTP 302: the provider sent us elsewhere"},
};

START_TEST(a_cloud_is_judged)
{
    struct config_case loaded = config_case_load(clouds[_i].file, LIST(NULL), LIST(NULL));
    const struct checkup_probe probe = checkup_case_answer(clouds[_i].status, clouds[_i].body);
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &probe);
    ck_assert_str_eq(checkup_path(&checkup), "/models");
    ck_assert_msg(checkup.failure == clouds[_i].failure, "%s: class %s", clouds[_i].name,
                  failure_word(checkup.failure));
    ck_assert_msg(checkup.key == clouds[_i].key, "%s: key %d", clouds[_i].name, (int)checkup.key);
    ck_assert_int_eq(checkup.model_count, clouds[_i].models);
    ck_assert_msg(checkup_can_answer(&checkup) == clouds[_i].can, "%s", clouds[_i].name);
    ck_assert_str_eq(checkup.trouble.text, clouds[_i].trouble);
    ck_assert_int_eq(checkup.latency_ms, 12);
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

#define KEYS "[provider openai]\napi_key = sk-one, sk-two, sk-three\n"

static const struct {
    const char *name;
    int statuses[3]; /* -1: no answer */
    enum checkup_key keys[3], key;
    size_t good_key;
    bool can;
    const char *trouble;
} lists[] = {
    {"all are good",
     {200, 200, 200},
     {CHECKUP_KEY_ACCEPTED, CHECKUP_KEY_ACCEPTED, CHECKUP_KEY_ACCEPTED},
     CHECKUP_KEY_ACCEPTED,
     0,
     true,
     ""},
    {"the second is good",
     {401, 200, 403},
     {CHECKUP_KEY_REFUSED, CHECKUP_KEY_ACCEPTED, CHECKUP_KEY_REFUSED},
     CHECKUP_KEY_ACCEPTED,
     1,
     true,
     ""},
    {"all are refused",
     {401, 401, 403},
     {CHECKUP_KEY_REFUSED, CHECKUP_KEY_REFUSED, CHECKUP_KEY_REFUSED},
     CHECKUP_KEY_REFUSED,
     0,
     false,
     "HTTP 403"},
    {"the first is good, then it is gone",
     {200, -1, 401},
     {CHECKUP_KEY_ACCEPTED, CHECKUP_KEY_UNKNOWN, CHECKUP_KEY_REFUSED},
     CHECKUP_KEY_ACCEPTED,
     0,
     true,
     ""},
};

START_TEST(each_key_of_a_list_is_judged)
{
    struct config_case loaded = config_case_load(KEYS, LIST(NULL), LIST(NULL));
    struct checkup checkup;
    checkup_init(&checkup, loaded.config, config_case_provider(&loaded, "openai"));
    for (int i = 0; i < 3; i++) {
        struct checkup_probe probe = checkup_case_answer(lists[_i].statuses[i], LIST_TWO);
        if (lists[_i].statuses[i] < 0)
            probe = (struct checkup_probe){.transport = TRANSPORT_RESET, .detail = ""};
        ck_assert(i == 0 || checkup_wants_key(&checkup));
        checkup_answered(&checkup, &probe);
    }
    ck_assert(!checkup_wants_key(&checkup));
    for (int i = 0; i < 3; i++)
        ck_assert_msg(checkup.keys[i] == lists[_i].keys[i], "%s: key %d", lists[_i].name, i + 1);
    ck_assert_int_eq(checkup.key, lists[_i].key);
    ck_assert_uint_eq(checkup.good_key, lists[_i].good_key);
    ck_assert_int_eq(checkup_can_answer(&checkup), lists[_i].can);
    ck_assert_str_eq(checkup.trouble.text, lists[_i].trouble);
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(who_is_not_reached_is_asked_with_one_key)
{
    struct config_case loaded = config_case_load(KEYS, LIST(NULL), LIST(NULL));
    const struct checkup_probe probe = {.transport = TRANSPORT_CONNECT, .detail = ""};
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &probe);
    ck_assert(!checkup_wants_key(&checkup));
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_server_without_tls_is_told_as_one)
{
    struct config_case loaded = config_case_load(KEY, LIST(NULL), LIST(NULL));
    const struct checkup_probe probe = {.transport = TRANSPORT_TLS,
                                        .detail = "SSL routines::wrong version number"};
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &probe);
    ck_assert_str_eq(checkup.trouble.text,
                     "the TLS handshake broke off (SSL routines::wrong version number); is it "
                     "http:// there, and not https://?");
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_provider_that_is_not_reached)
{
    struct config_case loaded = config_case_load(KEY, LIST(NULL), LIST(NULL));
    const struct checkup_probe probe = {.transport = TRANSPORT_CONNECT, .detail = "port 1"};
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &probe);
    ck_assert_str_eq(checkup.trouble.text,
                     "the connection was refused or the host is unreachable (port 1)");
    ck_assert_int_eq(checkup.status, 0);
    ck_assert_int_eq(checkup.latency_ms, -1);
    ck_assert_int_eq(checkup.key, CHECKUP_KEY_UNKNOWN);
    ck_assert(!checkup_can_answer(&checkup));
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

#define MODEL(name, abilities)                                                                     \
    "{\"name\":\"" name "\",\"capabilities\":[" abilities "],"                                     \
    "\"details\":{\"context_length\":8192}}"
#define PLAIN MODEL("plain:1b", "\"completion\"")
#define TOOLS MODEL("tools:4b", "\"completion\",\"tools\"")
#define EMBED MODEL("embed:latest", "\"embedding\"")

static const struct {
    const char *name;
    const char *preference;
    const char *tags;
    const char *fallback[CHECKUP_TASK_COUNT];
    size_t candidates;
} ollamas[] = {
    {"one for all but images",
     "auto",
     "{\"models\":[" TOOLS "," EMBED "]}",
     {"tools:4b", "tools:4b", NULL},
     2},
    {"one for text, another for tools",
     "plain:1b, tools:4b",
     "{\"models\":[" PLAIN "," TOOLS "]}",
     {"plain:1b", "tools:4b", NULL},
     2},
    {"only what is preferred is a candidate",
     "tools:4b",
     "{\"models\":[" PLAIN "," TOOLS "," EMBED "]}",
     {"tools:4b", "tools:4b", NULL},
     1},
    {"nothing is installed", "auto", "{\"models\":[]}", {NULL, NULL, NULL}, 0},
    {"nothing that chats", "auto", "{\"models\":[" EMBED "]}", {NULL, NULL, NULL}, 1},
    {"nothing that is preferred", "other", "{\"models\":[" PLAIN "]}", {NULL, NULL, NULL}, 0},
};

static size_t count_candidates(const struct checkup *checkup)
{
    size_t n = 0;
    for (size_t i = checkup_candidate(checkup, 0); i < checkup->models.count;
         i = checkup_candidate(checkup, i + 1))
        n++;
    return n;
}

static void same_model(const char *name, const char *got, const char *want)
{
    ck_assert_msg(strcmp(got ? got : "none", want ? want : "none") == 0, "%s: %s", name,
                  got ? got : "none");
}

START_TEST(an_ollama_is_judged)
{
    char flag[128];
    (void)snprintf(flag, sizeof(flag), "provider.ollama.model=%s", ollamas[_i].preference);
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(flag));
    const struct checkup_probe probe = checkup_case_answer(200, ollamas[_i].tags);
    struct checkup checkup = checkup_case_asked(&loaded, "ollama", &probe);
    ck_assert_str_eq(checkup_path(&checkup), "/api/tags");
    for (int i = 0; i < CHECKUP_TASK_COUNT; i++)
        same_model(ollamas[_i].name, checkup.fallback[i], ollamas[_i].fallback[i]);
    ck_assert_uint_eq(count_candidates(&checkup), ollamas[_i].candidates);
    ck_assert_int_eq(checkup.key, CHECKUP_KEY_NOT_NEEDED);
    ck_assert_int_eq(checkup_can_answer(&checkup), ollamas[_i].fallback[CHECKUP_PLAIN] != NULL);
    ck_assert_int_eq(error_is_set(&checkup.why_none[CHECKUP_PLAIN]), !checkup_can_answer(&checkup));
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(something_else_than_an_ollama)
{
    struct config_case loaded = config_case_load("", LIST(NULL), LIST(NULL));
    const struct checkup_probe probe = checkup_case_answer(200, "<html>");
    struct checkup checkup = checkup_case_asked(&loaded, "ollama", &probe);
    ck_assert_int_eq(checkup.failure, FAILURE_PROTOCOL);
    ck_assert_ptr_null(checkup.fallback[CHECKUP_PLAIN]);
    ck_assert(!checkup_can_answer(&checkup));
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *body;
    const char *version;
} versions[] = {
    {"{\"version\":\"0.30.1\"}", "0.30.1"},
    {"{\"version\":\"0.1\\u001b[2J\"}", "0.1?[2J"},
    {"{\"version\":\"\"}", ""},
    {"{\"version\":1}", ""},
    {"{}", ""},
    {"no JSON", ""},
    {"{\"version\":\"1234567890123456789012345678901234567890123456789012345678901234\"}", ""},
};

START_TEST(a_version_is_read)
{
    struct checkup checkup = {0};
    checkup_versioned(&checkup, text_of(versions[_i].body));
    ck_assert_str_eq(checkup.version, versions[_i].version);
}
END_TEST

#define DATA                                                                                       \
    "{\"data\":[{\"id\":\"gpt-4o\"},{\"id\":\"claude-sonnet-4-5-20250929\"},"                      \
    "{\"id\":\"models/gemini-2.5-pro\"},{\"id\":\"x/y\"},{\"no\":1},{\"id\":\"\"}]}"
#define TAGGED "{\"models\":[{\"name\":\"m:3b\"},{\"name\":\"n:latest\"}]}"

static const struct {
    const char *file, *provider, *body;
    const char *absent; /* NULL = none */
} named[] = {
    {"[model gpt-4]\nopenai = gpt-4o\n", "openai", DATA, NULL},
    {"[model gpt-4]\nopenai = gpt-4x\n", "openai", DATA, "gpt-4x (of [model gpt-4] openai)"},
    {"[model g*]\nopenai = gpt-4oo\n", "openai", DATA, "gpt-4oo (of [model g*] openai)"},
    {"[provider openai]\nmodel = gpt-9\n", "openai", DATA, "gpt-9 (of [provider openai] model)"},
    {"[provider openai]\nmodel = gpt-4o\n", "openai", DATA, NULL},
    {"[model a]\nopenai = claude-sonnet-4-5\n", "openai", DATA, NULL},
    {"[model a]\nopenai = gemini-2.5-pro\n", "openai", DATA, NULL},
    {"[model a]\nopenai = models/gemini-2.5-pro\n", "openai", DATA, NULL},
    {"[model a]\nopenai = x/y:free\n", "openai", DATA, NULL},
    {"[model a]\nopenai = y\n", "openai", DATA, "y (of [model a] openai)"},
    {"[model a]\nollama = none:1b\n", "openai", DATA, NULL},
    {"[model a]\nopenai = gpt-4x\n", "openai", "{\"data\":7}", NULL},
    {"[model a]\nollama = none:1b\n", "ollama", TAGGED, "none:1b (of [model a] ollama)"},
    {"[model a]\nollama = m:3b\n", "ollama", TAGGED, NULL},
    {"[model a]\nollama = n\n", "ollama", TAGGED, NULL},
    {"[provider ollama]\nmodel = none, auto\n", "ollama", TAGGED, NULL},
    {"[model a]\nazure = mine\n[provider azure]\nbase_url = https://a.azure.com/openai/v1\n",
     "azure", DATA, NULL},
};

START_TEST(models_of_the_settings_are_looked_for_in_the_list)
{
    struct config_case loaded =
        config_case_load(named[_i].file, LIST("AZURE_OPENAI_API_KEY=k"), NULL);
    struct checkup checkup;
    ck_assert_int_eq(loaded.r, 0);
    checkup_init(&checkup, loaded.config, config_case_provider(&loaded, named[_i].provider));
    const struct checkup_probe probe = checkup_case_answer(200, named[_i].body);
    checkup_answered(&checkup, &probe);
    ck_assert_uint_eq(checkup.absent.count, named[_i].absent != NULL);
    if (named[_i].absent)
        ck_assert_str_eq(checkup.absent.at[0], named[_i].absent);
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

START_TEST(all_models_of_a_list_that_has_pages_are_asked_for)
{
    struct config_case loaded = config_case_load("", LIST("ANTHROPIC_API_KEY=k"), LIST(NULL));
    struct checkup checkup;
    checkup_init(&checkup, loaded.config, config_case_provider(&loaded, "anthropic"));
    ck_assert_str_eq(checkup_path(&checkup), "/v1/models?limit=1000");
    ck_assert(checkup.in_messages && !checkup.in_route);
    checkup_done(&checkup);
    config_case_done(&loaded);
}
END_TEST

/* f: of the internet, n: near; a capital one can answer; in brackets: not in the route. */
static const struct {
    const char *providers;
    enum checkup_route verdict;
} routes[] = {
    {"FN", CHECKUP_ROUTE_CAN},      {"fN", CHECKUP_ROUTE_ONE_SIDE},
    {"Fn", CHECKUP_ROUTE_ONE_SIDE}, {"fn", CHECKUP_ROUTE_CANNOT},
    {"F", CHECKUP_ROUTE_CAN},       {"N", CHECKUP_ROUTE_CAN},
    {"f", CHECKUP_ROUTE_CANNOT},    {"F(N)", CHECKUP_ROUTE_CAN},
    {"f(N)", CHECKUP_ROUTE_CANNOT}, {"Fn(N)", CHECKUP_ROUTE_ONE_SIDE},
    {"FfN", CHECKUP_ROUTE_CAN},     {"FFn", CHECKUP_ROUTE_ONE_SIDE},
    {"Ff", CHECKUP_ROUTE_ONE_SIDE}, {"FF", CHECKUP_ROUTE_CAN},
    {"NN", CHECKUP_ROUTE_CAN},      {"Nn", CHECKUP_ROUTE_ONE_SIDE},
    {"", CHECKUP_ROUTE_CANNOT},
};

START_TEST(a_route_is_worth_what_its_sides_are)
{
    static const struct config_provider far = {.kind = &kind_openai},
                                        near = {.kind = &kind_openai, .local = true};
    struct checkup checkups[8] = {{0}};
    size_t count = 0;
    bool in_route = true;
    for (const char *c = routes[_i].providers; *c; c++) {
        if (*c == '(' || *c == ')') {
            in_route = *c == ')';
            continue;
        }
        checkups[count++] =
            (struct checkup){.provider = *c == 'f' || *c == 'F' ? &far : &near,
                             .in_route = in_route,
                             .failure = *c == 'f' || *c == 'n' ? FAILURE_SERVER : FAILURE_NONE};
    }
    ck_assert_msg(checkup_route(checkups, count) == routes[_i].verdict, "%s", routes[_i].providers);
}
END_TEST

START_TEST(who_cannot_be_reached_is_told_of_a_proxy)
{
    static char proxy[] = "http://p";
    static const struct config_provider far, near = {.local = true}, through = {.proxy = proxy};
    struct checkup checkup = {.provider = &far, .proxy_variable = "HTTPS_PROXY"};
    ck_assert_pstr_eq(checkup_hint(&checkup), "HTTPS_PROXY");
    checkup.status = 401;
    ck_assert_ptr_null(checkup_hint(&checkup));
    checkup = (struct checkup){.provider = &near, .proxy_variable = "HTTPS_PROXY"};
    ck_assert_ptr_null(checkup_hint(&checkup));
    checkup.provider = &through;
    ck_assert_ptr_null(checkup_hint(&checkup));
    checkup = (struct checkup){.provider = &far};
    ck_assert_ptr_null(checkup_hint(&checkup));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("checkup");
    TCase *tc = tcase_create("checkup");
    tcase_add_loop_test(tc, a_cloud_is_judged, 0, ROWS(clouds));
    tcase_add_test(tc, a_provider_that_is_not_reached);
    tcase_add_loop_test(tc, each_key_of_a_list_is_judged, 0, ROWS(lists));
    tcase_add_test(tc, who_is_not_reached_is_asked_with_one_key);
    tcase_add_test(tc, a_server_without_tls_is_told_as_one);
    tcase_add_loop_test(tc, an_ollama_is_judged, 0, ROWS(ollamas));
    tcase_add_test(tc, something_else_than_an_ollama);
    tcase_add_loop_test(tc, a_version_is_read, 0, ROWS(versions));
    tcase_add_loop_test(tc, models_of_the_settings_are_looked_for_in_the_list, 0, ROWS(named));
    tcase_add_test(tc, all_models_of_a_list_that_has_pages_are_asked_for);
    tcase_add_loop_test(tc, a_route_is_worth_what_its_sides_are, 0, ROWS(routes));
    tcase_add_test(tc, who_cannot_be_reached_is_told_of_a_proxy);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
