/* The lines and the JSON of `understudy check`. */
#include <jansson.h>

#include "checkup_case.h"

#define SETTINGS "[provider openai]\napi_key = sk-secret\n"
#define TAGS                                                                                       \
    "{\"models\":[{\"name\":\"plain:1b\",\"capabilities\":[\"completion\"],"                       \
    "\"details\":{\"context_length\":8192}},"                                                      \
    "{\"name\":\"eyes:4b\",\"capabilities\":[\"completion\",\"vision\",\"tools\"]},"               \
    "{\"name\":\"old:1b\"},{\"name\":\"far:cloud\",\"remote_host\":\"https://x\"}]}"

struct pair {
    struct config_case loaded;
    struct checkup checkups[2];
    struct buf out;
};

static struct pair made(const char *flag, const struct checkup_probe *cloud,
                        const struct checkup_probe *ollama)
{
    struct pair pair = {.loaded = config_case_load(SETTINGS, LIST(NULL), LIST(flag))};
    pair.checkups[0] = checkup_case_asked(&pair.loaded, "openai", cloud);
    pair.checkups[1] = checkup_case_asked(&pair.loaded, "ollama", ollama);
    checkup_versioned(&pair.checkups[1], text_of("{\"version\":\"0.30.1\"}"));
    buf_init(&pair.out, 1 << 16);
    return pair;
}

static void pair_done(struct pair *pair)
{
    checkup_done(&pair->checkups[0]);
    checkup_done(&pair->checkups[1]);
    buf_done(&pair->out);
    config_case_done(&pair->loaded);
}

START_TEST(all_is_well)
{
    const struct checkup_probe cloud = checkup_case_answer(200, "{\"data\":[{\"id\":\"x\"}]}");
    const struct checkup_probe ollama = checkup_case_answer(200, TAGS);
    struct pair pair = made("provider.ollama.model=plain:1b, auto", &cloud, &ollama);
    ck_assert_int_eq(checkup_case_lines(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    ck_assert_str_eq(
        pair.out.data,
        "openai: reachable in 12 ms, key accepted (from f.ini:2), 1 model\n"
        "ollama: reachable in 12 ms, no key needed, version 0.30.1, 4 models: plain:1b (context "
        "8192; completion), eyes:4b (context not told; completion, tools, vision), old:1b "
        "(context not told; capabilities not told), far:cloud (context not told; capabilities "
        "not told; answered in the cloud); a fallback uses plain:1b, for tools eyes:4b, for images "
        "eyes:4b\n"
        "route (openai, ollama): can answer\n");
    pair_done(&pair);
}
END_TEST

START_TEST(who_is_far_by_its_proxy_is_told)
{
    const struct checkup_probe cloud = checkup_case_answer(200, "{\"data\":[]}");
    const struct checkup_probe none = {.transport = TRANSPORT_PROXY, .detail = ""};
    struct pair pair = made("provider.ollama.proxy=http://far.example:3128", &cloud, &none);
    ck_assert_int_eq(checkup_print_line(&pair.checkups[0], &pair.out), 0);
    ck_assert_ptr_null(strstr(pair.out.data, "far away"));
    ck_assert_int_eq(checkup_print_line(&pair.checkups[1], &pair.out), 0);
    ck_assert_ptr_nonnull(strstr(
        pair.out.data, ", counts as far away as its proxy is; look at [provider ollama] proxy: "));
    json_t *json = checkup_json(&pair.checkups[1]);
    ck_assert(json_is_false(json_object_get(json, "local")));
    json_decref(json);
    pair_done(&pair);
    pair = made("provider.ollama.proxy=http://far.example:3128", &cloud, &cloud);
    ck_assert_int_eq(checkup_print_line(&pair.checkups[1], &pair.out), 0);
    ck_assert_ptr_nonnull(strstr(pair.out.data, ", counts as far away as its proxy is"));
    ck_assert_ptr_null(strstr(pair.out.data, "; look at"));
    pair_done(&pair);
}
END_TEST

START_TEST(a_model_that_is_in_no_list_is_told)
{
    const struct checkup_probe cloud = checkup_case_answer(200, "{\"data\":[{\"id\":\"x\"}]}");
    const struct checkup_probe ollama = checkup_case_answer(200, TAGS);
    struct pair pair = made("model gpt-4.openai=gpt-4x", &cloud, &ollama);
    ck_assert_int_eq(checkup_print_line(&pair.checkups[0], &pair.out), 0);
    ck_assert_ptr_nonnull(
        strstr(pair.out.data, ", 1 model; not in its list: gpt-4x (of [model gpt-4] openai)\n"));
    json_t *json = checkup_json(&pair.checkups[0]), *absent = json_object_get(json, "not_listed");
    ck_assert_str_eq(json_string_value(json_array_get(absent, 0)),
                     "gpt-4x (of [model gpt-4] openai)");
    json_decref(json);
    json = checkup_json(&pair.checkups[1]);
    ck_assert_ptr_null(json_object_get(json, "not_listed"));
    json_decref(json);
    pair_done(&pair);
}
END_TEST

START_TEST(nothing_is_well)
{
    const struct checkup_probe cloud =
        checkup_case_answer(401, "{\"error\":\"bad key sk-secret\"}");
    const struct checkup_probe ollama = checkup_case_answer(200, "{\"models\":[]}");
    struct pair pair = made("route.priority=openai", &cloud, &ollama);
    ck_assert_int_eq(checkup_case_lines(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    ck_assert_ptr_nonnull(
        strstr(pair.out.data, "openai: reachable in 12 ms, key refused, HTTP 401; the key is from "
                              "f.ini:2; put a key that it takes into f.ini:2\n"));
    ck_assert_ptr_nonnull(strstr(pair.out.data, "ollama (for Messages only): reachable in 12 ms, "
                                                "no key needed, version 0.30.1, 0 models; a "
                                                "fallback uses none: "));
    ck_assert_ptr_nonnull(strstr(pair.out.data, "route (openai): cannot answer\n"));
    ck_assert_ptr_null(strstr(pair.out.data, "sk-secret"));
    pair_done(&pair);
}
END_TEST

START_TEST(each_key_has_its_number)
{
    struct config_case loaded =
        config_case_load("[provider openai]\napi_key = sk-secret-1, env:MINE, sk-secret-3\n",
                         LIST("MINE=sk-secret-2"), LIST("route.priority=openai"));
    const struct checkup_probe good = checkup_case_answer(200, "{\"data\":[]}");
    const struct checkup_probe bad = checkup_case_answer(401, ""), full = {.status = 429};
    struct checkup checkup = checkup_case_asked(&loaded, "openai", &good);
    struct buf out;
    checkup_answered(&checkup, &bad);
    checkup_answered(&checkup, &full);
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(checkup_case_lines(loaded.config, &checkup, 1, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.data,
                                 "openai: reachable in 12 ms, key 1: accepted (from f.ini:2), "
                                 "key 2: refused (from MINE), key 3: not checked (from "
                                 "f.ini:2), 0 models; put a key that it takes into MINE\n"));
    buf_reset(&out);
    ck_assert_int_eq(checkup_case_json(loaded.config, &checkup, 1, &out), 0);
    json_t *json = json_loads(out.data, 0, NULL);
    json_t *keys = json_object_get(json_array_get(json_object_get(json, "providers"), 0), "keys");
    json_t *wanted = json_pack("[{s:i, s:s, s:s}, {s:i, s:s, s:s}, {s:i, s:s, s:s}]", "n", 1, "key",
                               "accepted", "from", "f.ini:2", "n", 2, "key", "refused", "from",
                               "MINE", "n", 3, "key", "unknown", "from", "f.ini:2");
    ck_assert(json_equal(keys, wanted));
    ck_assert_ptr_null(strstr(out.data, "sk-secret"));
    json_decref(json);
    json_decref(wanted);
    checkup_done(&checkup);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *provider;
    const char *const *environment;
    int status; /* 0 = not reached */
    const char *line;
    bool able;
} sources[] = {
    {"a preset's key", "groq", LIST("GROQ_API_KEY=k-1"), 200,
     ", key accepted (from GROQ_API_KEY), 0 models\n", true},
    {"one that is refused", "groq", LIST("GROQ_API_KEY=k-1"), 401,
     ", key refused, HTTP 401; the key is from GROQ_API_KEY; put a key that it takes into "
     "GROQ_API_KEY\n",
     false},
    {"one that nobody looked at", "groq", LIST("GROQ_API_KEY=k-1"), 0,
     "; the key is from GROQ_API_KEY; look whether the machine is online, and the host in "
     "[provider groq] base_url is right\n",
     false},
    {"a preset's key that is missing", "groq", NULL, 401,
     ", no key set: GROQ_API_KEY is not in the environment", false},
    {"also where its list of models is for all", "openrouter", NULL, 200,
     ", no key set: OPENROUTER_API_KEY is not in the environment, 0 models; set OPENROUTER_API_KEY "
     "in the environment, or [provider openrouter] api_key\n",
     false},
    {"and where it is not there", "groq", NULL, 0,
     "; no key is set: GROQ_API_KEY is not in the environment; look whether ", false},
    {"an empty one that wins over its variable", "groq",
     LIST("UNDERSTUDY_PROVIDER_GROQ_API_KEY=", "GROQ_API_KEY=k-1"), 401,
     ", no key set: the empty api_key (env UNDERSTUDY_PROVIDER_GROQ_API_KEY) wins over "
     "GROQ_API_KEY",
     false},
    {"what to do about that", "groq", LIST("UNDERSTUDY_PROVIDER_GROQ_API_KEY=", "GROQ_API_KEY=k-1"),
     401,
     "put the key into [provider groq] api_key (env UNDERSTUDY_PROVIDER_GROQ_API_KEY), or take "
     "that out and set GROQ_API_KEY\n",
     false},
    {"one that apps may bring", "openai", NULL, 401,
     ", no key set (apps must send theirs): OPENAI_API_KEY is not in the environment", true},
    {"the cloud of Ollama", "ollama-cloud", NULL, 0,
     "; set OLLAMA_API_KEY in the environment, or [provider ollama-cloud] api_key\n", false},
    {"none needed", "vllm", NULL, 200, ", no key needed, 0 models\n", true},
};

START_TEST(where_the_key_was_looked_for_is_told)
{
    char route[64];
    (void)snprintf(route, sizeof(route), "[route]\npriority = %s\n", sources[_i].provider);
    struct config_case loaded = config_case_load(route, sources[_i].environment, NULL);
    struct checkup_probe probe = checkup_case_answer(sources[_i].status, "{\"data\":[]}");
    if (sources[_i].status == 0)
        probe = (struct checkup_probe){.transport = TRANSPORT_DNS, .detail = ""};
    struct checkup checkup = checkup_case_asked(&loaded, sources[_i].provider, &probe);
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(checkup_case_lines(loaded.config, &checkup, 1, &out), 0);
    ck_assert_msg(strstr(out.data, sources[_i].line), "%s: %s", sources[_i].name, out.data);
    ck_assert_msg(checkup_can_answer(&checkup) == sources[_i].able, "%s", sources[_i].name);
    checkup_done(&checkup);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(nobody_is_there)
{
    const struct checkup_probe none = {.transport = TRANSPORT_DNS, .detail = "no such host"};
    struct pair pair = made("log.level=info", &none, &none);
    ck_assert_int_eq(checkup_case_lines(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    ck_assert_ptr_nonnull(strstr(pair.out.data,
                                 "openai: not reachable: the name of the provider's host could "
                                 "not be resolved (no such host); the key is from f.ini:2; look "
                                 "whether the machine is online, "));
    pair_done(&pair);
}
END_TEST

START_TEST(only_one_is_there)
{
    const struct checkup_probe cloud = {.transport = TRANSPORT_DNS, .detail = ""};
    const struct checkup_probe ollama = checkup_case_answer(200, TAGS);
    struct pair pair = made("provider.ollama.model=auto", &cloud, &ollama);
    pair.checkups[0].proxy_variable = "HTTPS_PROXY";
    ck_assert_int_eq(checkup_case_lines(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    ck_assert_ptr_nonnull(
        strstr(pair.out.data,
               "could not be resolved; the key is from f.ini:2; HTTPS_PROXY is set, but not "
               "read: set [provider openai] proxy\n"));
    ck_assert_ptr_nonnull(
        strstr(pair.out.data, "route (openai, ollama): can answer, but only by ollama\n"));
    buf_reset(&pair.out);
    ck_assert_int_eq(checkup_case_json(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    json_t *json = json_loads(pair.out.data, 0, NULL), *able = json_object_get(json, "answered_by");
    ck_assert(json_is_true(json_object_get(json, "can_answer")));
    ck_assert(json_is_true(json_object_get(json, "one_side")));
    ck_assert_uint_eq(json_array_size(able), 1);
    ck_assert_str_eq(json_string_value(json_array_get(able, 0)), "ollama");
    json_t *openai = json_array_get(json_object_get(json, "providers"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(openai, "proxy_variable")), "HTTPS_PROXY");
    json_decref(json);
    pair_done(&pair);
}
END_TEST

START_TEST(a_name_cannot_command_a_terminal)
{
    const struct checkup_probe cloud = checkup_case_answer(200, "{\"data\":[]}");
    const struct checkup_probe ollama =
        checkup_case_answer(200, "{\"models\":[{\"name\":\"a\\u001b[2J\\u009b\\u202e\\u00e9\"}]}");
    struct pair pair = made("provider.ollama.model=auto", &cloud, &ollama);
    ck_assert_int_eq(checkup_case_lines(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    ck_assert_ptr_null(strchr(pair.out.data, '\x1b'));
    ck_assert_ptr_nonnull(strstr(pair.out.data, "a fallback uses a?[2J??\xc3\xa9\n"));
    pair_done(&pair);
}
END_TEST

static const char *string_at(json_t *json, const char *name)
{
    const char *value = json_string_value(json_object_get(json, name));
    return value ? value : "null";
}

START_TEST(json_tells_the_same)
{
    const struct checkup_probe cloud = checkup_case_answer(401, "");
    const struct checkup_probe ollama = checkup_case_answer(200, TAGS);
    struct pair pair = made("provider.ollama.model=plain:1b, auto", &cloud, &ollama);
    ck_assert_int_eq(checkup_case_json(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    json_t *json = json_loads(pair.out.data, 0, NULL);
    ck_assert(json_is_true(json_object_get(json, "can_answer")));
    ck_assert_uint_eq(json_array_size(json_object_get(json, "route")), 2);
    json_t *openai = json_array_get(json_object_get(json, "providers"), 0);
    ck_assert_str_eq(string_at(openai, "name"), "openai");
    ck_assert_str_eq(string_at(openai, "key"), "refused");
    ck_assert_str_eq(string_at(openai, "class"), "auth");
    ck_assert_int_eq(json_integer_value(json_object_get(openai, "status")), 401);
    ck_assert(json_is_null(json_object_get(openai, "models")));
    ck_assert(json_is_false(json_object_get(openai, "can_answer")));
    ck_assert_ptr_null(json_object_get(openai, "version"));
    json_t *other = json_array_get(json_object_get(json, "providers"), 1);
    ck_assert_str_eq(string_at(other, "version"), "0.30.1");
    ck_assert_int_eq(json_integer_value(json_object_get(other, "models")), 4);
    ck_assert_str_eq(string_at(json_object_get(other, "fallback"), "plain"), "plain:1b");
    ck_assert_str_eq(string_at(json_object_get(other, "fallback"), "images"), "eyes:4b");
    json_t *eyes = json_array_get(json_object_get(other, "candidates"), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(eyes, "capabilities")), 3);
    ck_assert(json_is_null(json_object_get(eyes, "context_length")));
    json_decref(json);
    ck_assert_ptr_null(strstr(pair.out.data, "sk-secret"));
    pair_done(&pair);
}
END_TEST

START_TEST(json_of_a_provider_that_is_not_there)
{
    const struct checkup_probe none = {.transport = TRANSPORT_CONNECT, .detail = ""};
    struct pair pair = made("log.level=info", &none, &none);
    ck_assert_int_eq(checkup_case_json(pair.loaded.config, pair.checkups, 2, &pair.out), 0);
    json_t *json = json_loads(pair.out.data, 0, NULL);
    json_t *openai = json_array_get(json_object_get(json, "providers"), 0);
    ck_assert(json_is_false(json_object_get(json, "can_answer")));
    ck_assert(json_is_false(json_object_get(openai, "reachable")));
    ck_assert(json_is_null(json_object_get(openai, "latency_ms")));
    ck_assert(json_is_null(json_object_get(openai, "status")));
    ck_assert_str_eq(string_at(openai, "message"),
                     "the connection was refused or the host is unreachable");
    json_decref(json);
    pair_done(&pair);
}
END_TEST

START_TEST(no_room)
{
    const struct checkup_probe none = {.transport = TRANSPORT_CONNECT, .detail = ""};
    struct pair pair = made("log.level=info", &none, &none);
    struct buf small;
    buf_init(&small, 20);
    ck_assert_int_eq(checkup_case_lines(pair.loaded.config, pair.checkups, 2, &small), -EMSGSIZE);
    ck_assert_int_eq(checkup_case_json(pair.loaded.config, pair.checkups, 2, &small), -EMSGSIZE);
    buf_done(&small);
    pair_done(&pair);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("checkup_print");
    TCase *tc = tcase_create("checkup_print");
    tcase_add_test(tc, all_is_well);
    tcase_add_test(tc, who_is_far_by_its_proxy_is_told);
    tcase_add_test(tc, a_model_that_is_in_no_list_is_told);
    tcase_add_test(tc, nothing_is_well);
    tcase_add_test(tc, each_key_has_its_number);
    tcase_add_loop_test(tc, where_the_key_was_looked_for_is_told, 0, ROWS(sources));
    tcase_add_test(tc, nobody_is_there);
    tcase_add_test(tc, only_one_is_there);
    tcase_add_test(tc, a_name_cannot_command_a_terminal);
    tcase_add_test(tc, json_tells_the_same);
    tcase_add_test(tc, json_of_a_provider_that_is_not_there);
    tcase_add_test(tc, no_room);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
