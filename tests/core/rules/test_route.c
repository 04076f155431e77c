/* Who is asked, in which order, for which model; and who is passed over and why. */
#include "config_case.h"
#include "rules/route.h"

/* Two clouds, of which one needs no key; a home of two Ollamas, of which one is far away. */
static const char settings[] = "[provider openai]\n"
                               "api_key = sk-1\n"
                               "model = gpt-4\n"
                               "[provider lab]\n"
                               "type = openai\n"
                               "base_url = http://192.168.1.9/v1\n"
                               "api_key = none\n"
                               "model = lab-default\n"
                               "[provider near]\n"
                               "type = openai\n"
                               "base_url = http://localhost:8080/v1\n"
                               "api_key = none\n"
                               "[provider far-cloud]\n"
                               "type = openai\n"
                               "base_url = https://llm.example.com/v1\n"
                               "api_key = sk-2\n"
                               "model = own\n"
                               "[provider far]\n"
                               "type = ollama\n"
                               "base_url = http://ollama.example.com:11434\n"
                               "[provider keyless]\n"
                               "type = openai\n"
                               "base_url = https://api.example.com/v1\n"
                               "[provider claude]\n"
                               "type = anthropic\n"
                               "base_url = https://claude.example.com\n"
                               "api_key = sk-3\n"
                               "model = claude-own\n"
                               "[provider bare]\n"
                               "type = anthropic\n"
                               "base_url = https://bare.example.com\n"
                               "api_key = sk-4\n"
                               "[provider login]\n"
                               "type = anthropic\n"
                               "base_url = https://login.example.com\n"
                               "[provider headed]\n"
                               "type = openai\n"
                               "base_url = https://headed.example.com/v1\n"
                               "header.Authorization = Bearer sk-5\n"
                               "[model gpt-4]\n"
                               "ollama = qwen3:8b\n"
                               "lab = gpt-oss\n"
                               "bare = claude-4\n"
                               "[model o-*]\n"
                               "bare = claude-any\n"
                               "far-cloud = any\n"
                               "[model o-5*]\n"
                               "far-cloud = five\n"
                               "[model llama3:8b]\n"
                               "far = llama3:70b\n"
                               "[route]\n";

#define DEFAULTS "openai, ollama"
#define ALL      "openai, lab, keyless, ollama, far"

enum {
    NO_FALLBACK = 2,
    AUTHORIZED = 4,
    OFFLINE = 8,
    PASS = 16,
    RESPONSES = 32,
    EMBEDDINGS = 64,
    KEPT = 128,
    OF_OPENAI = 256, /* for whom the app was made */
    OF_ANTHROPIC = 512
};

/*
 * A route as text: each step is PROVIDER=MODEL, "-" for the request's own or none; "?" behind it
 * for a model that is only a wish, "+" for who gets the app's credential; "!word" for a step that
 * is skipped.
 */
static const struct {
    const char *name;
    const char *priority;
    const char *model; /* NULL = the request names none */
    const char *only;  /* NULL = no such header */
    unsigned query;
    const char *route;
} rows[] = {
    /* The settings' order, the request's model. */
    {"the cloud gets the request's own name", DEFAULTS, "gpt-5", NULL, 0, "openai=- ollama=gpt-5?"},
    {"a [model] line names Ollama's model", DEFAULTS, "gpt-4", NULL, 0, "openai=- ollama=qwen3:8b"},
    {"no model: each one's default", "openai, lab, ollama", NULL, NULL, 0,
     "openai=gpt-4 lab=lab-default ollama=-?"},
    {"an empty model is none", DEFAULTS, "", NULL, 0, "openai=gpt-4 ollama=-?"},
    {"a [model] line for a cloud", ALL, "gpt-4", NULL, AUTHORIZED,
     "openai=- lab=gpt-oss keyless=-+ ollama=qwen3:8b far=gpt-4?"},
    {"a [model] line is for the whole name", DEFAULTS, "gpt-4o", NULL, 0,
     "openai=- ollama=gpt-4o?"},
    {"a [model] line's name may have a colon", "openai, far", "llama3:8b", NULL, 0,
     "openai=- far=llama3:70b"},
    {"a cloud alone", "openai", "gpt-5", NULL, 0, "openai=-"},
    {"a server nearby that stands in is asked for its own model", "openai, lab", "gpt-5", NULL, 0,
     "openai=- lab=lab-default"},
    {"but not where it is the first", "lab, ollama", "gpt-5", NULL, 0, "lab=- ollama=gpt-5?"},
    {"nor where its model is only the default", "openai, near", "gpt-5", NULL, 0,
     "openai=- near=-"},
    {"nor where it is far away", "openai, far-cloud", "gpt-5", NULL, 0, "openai=- far-cloud=-"},

    /* PROVIDER:MODEL */
    {"a prefix names the provider and is taken off", DEFAULTS, "openai:gpt-5", NULL, 0,
     "openai=gpt-5 ollama=gpt-5?"},
    {"the last provider has nothing to fall back to", DEFAULTS, "ollama:ministral-3:3b", NULL, 0,
     "ollama=ministral-3:3b"},
    {"no [model] line is asked for the named provider", DEFAULTS, "ollama:gpt-4", NULL, 0,
     "ollama=gpt-4"},
    {"but for those behind it", "openai, lab, ollama", "openai:gpt-4", NULL, 0,
     "openai=gpt-4 lab=gpt-oss ollama=qwen3:8b"},
    {"those behind it are not asked for the prefix", "openai, keyless, ollama", "openai:gpt-5",
     NULL, AUTHORIZED, "openai=gpt-5 keyless=gpt-5+ ollama=gpt-5?"},
    {"it begins in the middle", "openai, keyless, ollama", "keyless:m", NULL, AUTHORIZED,
     "keyless=m+ ollama=m?"},
    {"a server nearby without a key is one's own, too", "openai, lab, ollama", "lab:m", NULL, 0,
     "lab=m"},
    {"one that is not in the order stands alone", DEFAULTS, "lab:m", NULL, 0, "lab=m"},
    {"only a configured provider's name is a prefix", DEFAULTS, "azure:gpt-5", NULL, 0,
     "openai=- ollama=azure:gpt-5?"},
    {"a model's own tag is no prefix", DEFAULTS, "qwen3:8b", NULL, 0, "openai=- ollama=qwen3:8b?"},
    {"a prefix is exact", DEFAULTS, "OpenAI:gpt-5", NULL, 0, "openai=- ollama=OpenAI:gpt-5?"},
    {"a prefix of nothing is none", DEFAULTS, "openai:", NULL, 0, "openai=- ollama=openai:?"},
    {"nothing before the colon", DEFAULTS, ":x", NULL, 0, "openai=- ollama=:x?"},
    {"two prefixes: one is taken off", DEFAULTS, "openai:ollama:x", NULL, 0,
     "openai=ollama:x ollama=ollama:x?"},

    /* The order is obeyed: Ollama first, and the cloud gets the request's own name. */
    {"a cloud behind Ollama", "ollama, openai", "gpt-5", NULL, 0, "ollama=gpt-5? openai=-"},
    {"a cloud between two Ollamas", "ollama, openai, far", "gpt-5", NULL, 0,
     "ollama=gpt-5? openai=- far=gpt-5?"},
    {"a model of Ollama's is what the cloud is asked for, too", "ollama, openai", "qwen3:8b", NULL,
     0, "ollama=qwen3:8b? openai=-"},
    {"no model, Ollama first", "ollama, openai", NULL, NULL, 0, "ollama=-? openai=gpt-4"},
    {"a [model] line, Ollama first", "ollama, openai", "gpt-4", NULL, 0,
     "ollama=qwen3:8b openai=-"},
    {"a cloud behind Ollama without a key", "ollama, keyless", "m", NULL, 0,
     "ollama=m? keyless=-!skipped-no-key"},
    {"a cloud behind Ollama, offline", "ollama, openai", "m", NULL, OFFLINE,
     "ollama=m? openai=-!skipped-offline"},

    /* What is asked of a server of one's own stays there. */
    {"a prefix that names Ollama", "ollama, openai", "ollama:m", NULL, 0, "ollama=m"},
    {"a prefix that names the first of two Ollamas", "ollama, openai, far", "ollama:m", NULL, 0,
     "ollama=m"},
    {"a prefix that starts there", "openai, ollama, lab", "ollama:m", NULL, 0, "ollama=m"},
    {"a prefix within the header that names Ollama", DEFAULTS, "ollama:m", "ollama, openai", 0,
     "ollama=m"},

    /* x-understudy-route */
    {"the header's order", DEFAULTS, "gpt-5", "lab, openai", 0, "lab=- openai=-"},
    {"the header names one", DEFAULTS, "gpt-5", "ollama", 0, "ollama=gpt-5?"},
    {"blanks do not matter", DEFAULTS, "gpt-5", "  openai\t,ollama ", 0, "openai=- ollama=gpt-5?"},
    {"the header starts at Ollama", DEFAULTS, "gpt-5", "ollama, openai", 0,
     "ollama=gpt-5? openai=-"},
    {"a prefix within the header's order", DEFAULTS, "keyless:m", "openai, keyless, ollama",
     AUTHORIZED, "keyless=m+ ollama=m?"},

    /* x-understudy-fallback: no */
    {"no fallback leaves the first", DEFAULTS, "gpt-5", NULL, NO_FALLBACK, "openai=-"},
    {"no fallback and a prefix", DEFAULTS, "ollama:m", NULL, NO_FALLBACK, "ollama=m"},
    {"no fallback and the header", DEFAULTS, "m", "lab, openai", NO_FALLBACK, "lab=-"},
    {"no fallback when the first is skipped", DEFAULTS, "m", NULL, NO_FALLBACK | OFFLINE,
     "openai=-!skipped-offline"},

    /* Skipped. */
    {"no key", "keyless, ollama", "m", NULL, 0, "keyless=-!skipped-no-key ollama=m?"},
    {"the client's own key", "keyless, ollama", "m", NULL, AUTHORIZED, "keyless=-+ ollama=m?"},
    {"a cloud that needs no key", "lab, ollama", "m", NULL, 0, "lab=- ollama=m?"},
    {"offline: all but loopback and private addresses", ALL, "m", NULL, AUTHORIZED | OFFLINE,
     "openai=-!skipped-offline lab=lab-default keyless=-+!skipped-offline ollama=m? "
     "far=m?!skipped-offline"},
    {"offline and no key", "keyless, ollama", "m", NULL, OFFLINE,
     "keyless=-!skipped-no-key ollama=m?"},

    /* Other paths. */
    {"another path passes Ollama over", DEFAULTS, "gpt-5", NULL, PASS, "openai=-"},
    {"and the other clouds", ALL, "gpt-5", NULL, PASS | AUTHORIZED, "openai=-"},
    {"another path goes to the first that serves it", "ollama, openai", NULL, NULL,
     PASS | NO_FALLBACK, "openai=gpt-4"},
    {"another path, offline: no other cloud", "openai, lab", NULL, NULL,
     PASS | NO_FALLBACK | OFFLINE, "openai=gpt-4!skipped-offline"},
    {"another path that Ollama is named for", DEFAULTS, "ollama:m", NULL, PASS | NO_FALLBACK,
     "ollama=m!skipped-path"},
    {"another path, Ollama only", "ollama, far", "m", NULL, PASS | NO_FALLBACK,
     "ollama=m?!skipped-path far=m?!skipped-path"},
    {"responses go to all", ALL, "gpt-5", NULL, RESPONSES | AUTHORIZED,
     "openai=- lab=lab-default keyless=-+ ollama=gpt-5? far=gpt-5?"},
    {"responses to what is kept go to one of each kind", ALL, "gpt-5", NULL,
     RESPONSES | AUTHORIZED | KEPT, "openai=- ollama=gpt-5?"},
    {"responses that start at Ollama", "ollama, openai", "gpt-5", NULL, RESPONSES,
     "ollama=gpt-5? openai=-"},
    {"embeddings do not move", DEFAULTS, "gpt-5", NULL, EMBEDDINGS, "openai=-"},
    {"not even where Ollama is the first", "ollama, openai", "gpt-5", NULL, EMBEDDINGS, "openai=-"},
    {"embeddings move where a [model] line says so", ALL, "gpt-4", NULL, EMBEDDINGS,
     "openai=- ollama=qwen3:8b"},
    {"in the order of the settings", "ollama, openai", "gpt-4", NULL, EMBEDDINGS,
     "ollama=qwen3:8b openai=-"},
    {"embeddings of a model that Ollama is named for", DEFAULTS, "ollama:e", NULL, EMBEDDINGS,
     "ollama=e"},
    {"embeddings, Ollama only and not named", "ollama", "e", NULL, EMBEDDINGS,
     "ollama=e?!skipped-path"},

    /* Apps that were made for others. */
    {"a name of another kind's means nothing", "claude, openai", "m", NULL, OF_OPENAI,
     "claude=claude-own openai=-"},
    {"without a model of its own it cannot be asked", "bare, openai", "m", NULL, OF_OPENAI,
     "bare=-!skipped-no-model openai=-"},
    {"but for a [model] line", "bare", "gpt-4", NULL, OF_OPENAI, "bare=claude-4"},
    {"or one of a pattern", "bare", "o-3", NULL, OF_OPENAI, "bare=claude-any"},
    {"each provider has its nearest line", "bare, far-cloud", "o-5-mini", NULL, OF_OPENAI,
     "bare=claude-any far-cloud=five"},
    {"but for a prefix", "bare, openai", "bare:claude-9", NULL, OF_OPENAI,
     "bare=claude-9 openai=claude-9"},
    {"a name of its own is kept", "bare, claude", "claude-9", NULL, OF_ANTHROPIC,
     "bare=- claude=-"},
    {"OpenAI's stands in with its own model", "bare, openai", "claude-9", NULL, OF_ANTHROPIC,
     "bare=- openai=gpt-4"},
    {"what it does not serve", "claude", "m", NULL, OF_OPENAI | EMBEDDINGS,
     "claude=claude-own!skipped-path"},
    {"a credential goes to who it was made for", "login, keyless", "m", NULL,
     OF_OPENAI | AUTHORIZED, "login=-!skipped-no-key keyless=-+"},
    {"a header of its own is a key", "headed", "m", NULL, 0, "headed=-"},
    {"nobody's credential goes beside that", "headed, keyless", "m", NULL, AUTHORIZED,
     "headed=- keyless=-+"},
    {"whoever that is", "keyless, login", "m", NULL, OF_ANTHROPIC | AUTHORIZED,
     "keyless=gpt-4!skipped-no-key login=-+"},
};

static struct config_case load(const char *priority)
{
    struct buf file;
    buf_init(&file, 4096);
    ck_assert_int_eq(
        buf_printf(&file, "%spriority = %s\nmessages = %s\n", settings, priority, priority), 0);
    struct config_case loaded = config_case_load(buf_text(&file).at, LIST(NULL), NULL);
    ck_assert_msg(loaded.r == 0, "%s",
                  loaded.errors.errors.count ? loaded.errors.errors.at[0] : "no error told");
    buf_done(&file);
    return loaded;
}

static void write_route(const struct route *route, struct buf *out)
{
    for (size_t i = 0; i < route->count; i++) {
        const struct route_step *step = &route->step[i];
        ck_assert_int_eq(buf_printf(out, "%s%s=%s%s%s%s", i ? " " : "", step->provider->name,
                                    step->model ? step->model : "-",
                                    step->from_preference ? "?"
                                    : step->credential    ? "+"
                                                          : "",
                                    step->skip ? "!" : "", route_skip_word(step->skip)),
                         0);
    }
}

static enum api_path path_of(unsigned query)
{
    if (query & PASS)
        return API_PATH_OTHER;
    if (query & RESPONSES)
        return API_PATH_RESPONSES;
    return query & EMBEDDINGS ? API_PATH_EMBEDDINGS : API_PATH_CHAT;
}

static const struct kind *app_of(unsigned query)
{
    if (query & OF_OPENAI)
        return &kind_openai;
    return query & OF_ANTHROPIC ? &kind_anthropic : NULL;
}

START_TEST(a_request_has_its_route)
{
    struct config_case loaded = load(rows[_i].priority);
    const struct route_query query = {.model = text_of(rows[_i].model),
                                      .only = text_of(rows[_i].only),
                                      .path = path_of(rows[_i].query),
                                      .kept = rows[_i].query & KEPT,
                                      .no_fallback = rows[_i].query & NO_FALLBACK,
                                      .app = app_of(rows[_i].query),
                                      .client_credential = rows[_i].query & AUTHORIZED,
                                      .far = rows[_i].query & OFFLINE ? ROUTE_SKIP_OFFLINE
                                                                      : ROUTE_SKIP_NONE};
    struct error why = ERROR_NONE;
    struct route route;
    struct buf text;
    buf_init(&text, 4096);
    ck_assert_msg(route_plan(loaded.config, &query, &route, &why) == 0, "%s: %s", rows[_i].name,
                  why.text);
    write_route(&route, &text);
    ck_assert_msg(text_equals(buf_text(&text), rows[_i].route), "%s: %s", rows[_i].name,
                  buf_text(&text).at);
    route_done(&route);
    ck_assert_uint_eq(route.count, 0);
    route_done(&route);
    buf_done(&text);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *model;
    const char *only;
    const char *reason;
} refused[] = {
    {"an unknown name", "m", "openai, azure", "\"azure\" is not a configured provider"},
    {"a name in another case", "m", "OpenAI", "\"OpenAI\" is not a configured provider"},
    {"a name with a letter missing", "m", "olama", "; did you mean \"ollama\"?"},
    {"a name twice", "m", "openai, ollama, openai", "\"openai\" is named twice"},
    {"a hole", "m", "openai,,ollama", "\"\" is not a configured provider"},
    {"a comma at the end", "m", "openai,", "\"\" is not a configured provider"},
    {"nothing", "m", "", "\"\" is not a configured provider"},
    {"a model of a provider that is left out", "ollama:m", "openai",
     "\"ollama\", which x-understudy-route leaves out"},
};

START_TEST(a_route_that_cannot_be_is_the_clients_error)
{
    struct config_case loaded = load(DEFAULTS);
    const struct route_query query = {.model = text_of(refused[_i].model),
                                      .only = text_of(refused[_i].only)};
    struct error why = ERROR_NONE;
    struct route route;
    ck_assert_msg(route_plan(loaded.config, &query, &route, &why) == -EINVAL, "%s",
                  refused[_i].name);
    ck_assert_msg(strstr(why.text, refused[_i].reason) != NULL, "%s: %s", refused[_i].name,
                  why.text);
    ck_assert_uint_eq(route.count, 0);
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_long_name_does_not_fill_the_error)
{
    static char name[1000];
    struct config_case loaded = load(DEFAULTS);
    memset(name, 'x', sizeof(name));
    const struct route_query query = {.only = text_make(name, sizeof(name))};
    struct error why = ERROR_NONE;
    struct route route;
    ck_assert_int_eq(route_plan(loaded.config, &query, &route, &why), -EINVAL);
    ck_assert_uint_lt(strlen(why.text), 200);
    ck_assert_ptr_nonnull(strstr(why.text, "is not a configured provider"));
    config_case_done(&loaded);
}
END_TEST

START_TEST(a_model_need_not_end_in_nul)
{
    struct config_case loaded = load(DEFAULTS);
    const struct route_query query = {.model = text_make("openai:gpt-5xyz", 12)};
    struct error why = ERROR_NONE;
    struct route route;
    ck_assert_int_eq(route_plan(loaded.config, &query, &route, &why), 0);
    ck_assert_str_eq(route.step[0].model, "gpt-5");
    route_done(&route);
    config_case_done(&loaded);
}
END_TEST

START_TEST(the_reasons_to_skip_have_words)
{
    static const char *const words[] = {
        [ROUTE_SKIP_NONE] = "",
        [ROUTE_SKIP_OFFLINE] = "skipped-offline",
        [ROUTE_SKIP_LOCAL] = "skipped-local",
        [ROUTE_SKIP_BREAKER] = "skipped-breaker",
        [ROUTE_SKIP_KEYS] = "skipped-keys",
        [ROUTE_SKIP_NO_KEY] = "skipped-no-key",
        [ROUTE_SKIP_NO_ROOM] = "skipped-no-room",
        [ROUTE_SKIP_NO_MODEL] = "skipped-no-model",
        [ROUTE_SKIP_PATH] = "skipped-path",
        [ROUTE_SKIP_NO_DESCRIPTOR] = "skipped-no-descriptor",
    };
    for (int i = 0; i < ROWS(words); i++) {
        ck_assert_str_eq(route_skip_word((enum route_skip)i), words[i]);
        ck_assert_int_eq(route_skip_sentence((enum route_skip)i)[0] == '\0', i == 0);
        ck_assert_int_eq(route_skip_by_word(text_of(words[i])), i);
    }
    ck_assert_int_eq(route_skip_by_word(text_of("offline")), ROUTE_SKIP_NONE);
    route_done(NULL);
}
END_TEST

static const struct {
    const char *provider;
    bool authorization;
    bool offline;
    enum route_skip skip;
} skips[] = {
    {"[provider p]\ntype = openai\nbase_url = https://a.example\napi_key = k\n", false, false,
     ROUTE_SKIP_NONE},
    {"[provider p]\ntype = openai\nbase_url = https://a.example\n", false, false,
     ROUTE_SKIP_NO_KEY},
    {"[provider p]\ntype = openai\nbase_url = https://a.example\n", true, false, ROUTE_SKIP_NONE},
    {"[provider p]\ntype = openai\nbase_url = https://a.example\napi_key = none\n", false, false,
     ROUTE_SKIP_NONE},
    {"[provider p]\ntype = openai\nbase_url = https://a.example\napi_key = k\n", false, true,
     ROUTE_SKIP_OFFLINE},
    {"[provider p]\ntype = openai\nbase_url = https://a.example\n", false, true, ROUTE_SKIP_NO_KEY},
    {"[provider p]\ntype = openai\nbase_url = http://127.0.0.1:1\napi_key = k\n", false, true,
     ROUTE_SKIP_NONE},
    {"[provider p]\ntype = ollama\nbase_url = http://127.0.0.1:1\n", false, true, ROUTE_SKIP_NONE},
    {"[provider p]\ntype = ollama\nbase_url = http://a.example\n", false, true, ROUTE_SKIP_OFFLINE},
    {"[provider p]\ntype = ollama\nbase_url = http://a.example\n", false, false, ROUTE_SKIP_NONE},
};

START_TEST(who_can_be_asked_now)
{
    struct config_case loaded = config_case_load(skips[_i].provider, LIST(NULL), LIST(NULL));
    enum route_skip skip =
        route_skip_of(config_case_provider(&loaded, "p"), skips[_i].authorization,
                      skips[_i].offline ? ROUTE_SKIP_OFFLINE : ROUTE_SKIP_NONE);
    ck_assert_int_eq(skip, skips[_i].skip);
    config_case_done(&loaded);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("route");
    TCase *tc = tcase_create("routes");
    tcase_add_loop_test(tc, a_request_has_its_route, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_route_that_cannot_be_is_the_clients_error, 0, ROWS(refused));
    tcase_add_test(tc, a_long_name_does_not_fill_the_error);
    tcase_add_test(tc, a_model_need_not_end_in_nul);
    tcase_add_test(tc, the_reasons_to_skip_have_words);
    tcase_add_loop_test(tc, who_can_be_asked_now, 0, ROWS(skips));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
