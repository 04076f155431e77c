/* The sentence for a service manager. */
#include "config_case.h"
#include "tell/standing.h"

#define ADDRESS "127.0.0.1:11411"

static const struct {
    const char *name;
    const char *priority;
    enum route_skip skip[4]; /* of each of these */
    const char *sentence;
} rows[] = {
    {"all is well", "openai, ollama", {0}, "serving on " ADDRESS},
    {"offline",
     "openai, ollama",
     {ROUTE_SKIP_OFFLINE},
     "serving; cloud offline since 14:00, Ollama answers"},
    {"several clouds are offline at a time",
     "groq, openai, ollama",
     {ROUTE_SKIP_OFFLINE, ROUTE_SKIP_OFFLINE},
     "serving; clouds offline since 14:00, Ollama answers"},
    {"nobody is behind them",
     "openai",
     {ROUTE_SKIP_OFFLINE},
     "serving; cloud offline since 14:00, nobody answers"},
    {"somebody keeps all on this machine",
     "openai, groq, ollama",
     {ROUTE_SKIP_LOCAL, ROUTE_SKIP_LOCAL},
     "serving; local on since 14:00, Ollama answers"},
    {"one fails, another cloud is next",
     "openai, groq, ollama",
     {ROUTE_SKIP_BREAKER},
     "serving; openai fails since 14:00, groq answers"},
    {"one behind the first fails",
     "openai, ollama",
     {ROUTE_SKIP_NONE, ROUTE_SKIP_BREAKER},
     "serving; Ollama fails since 14:01, openai answers"},
    {"its keys are used up",
     "openai, ollama",
     {ROUTE_SKIP_KEYS},
     "serving; openai has no key left since 14:00, Ollama answers"},
    {"each for its own reason",
     "openai, groq, mistral, ollama",
     {ROUTE_SKIP_KEYS, ROUTE_SKIP_BREAKER, ROUTE_SKIP_OFFLINE, ROUTE_SKIP_BREAKER},
     "serving; cloud offline since 14:02, openai has no key left since 14:00, groq fails since "
     "14:01, Ollama fails since 14:03, nobody answers"},
    {"a key that was never there is no news",
     "groq, openai, ollama",
     {ROUTE_SKIP_NO_KEY},
     "serving on " ADDRESS},
    {"nor does it answer",
     "groq, openai, ollama",
     {ROUTE_SKIP_NO_KEY, ROUTE_SKIP_BREAKER},
     "serving; openai fails since 14:01, Ollama answers"},
};

static void fill(const char *priority, const enum route_skip *skip, struct config_case *loaded,
                 struct standing_provider ret[4], struct standing *standing)
{
    char file[200];
    (void)snprintf(file, sizeof(file), "[route]\npriority = %s\n", priority);
    *loaded = config_case_load(file, NULL, NULL);
    ck_assert_int_eq(loaded->r, 0);
    standing->providers = ret;
    standing->count = loaded->config->route.priority.count;
    for (size_t i = 0; i < standing->count; i++) {
        ret[i].config = config_priority_at(loaded->config, i);
        ret[i].skip = skip[i];
        (void)snprintf(ret[i].since, sizeof(ret[i].since), "14:0%u", (unsigned)i % 10);
    }
}

START_TEST(what_is_going_on)
{
    struct config_case loaded;
    struct standing_provider providers[4];
    struct standing standing = {.address = ADDRESS, .inflight = 3};
    char sentence[STANDING_MAX];
    fill(rows[_i].priority, rows[_i].skip, &loaded, providers, &standing);
    standing_tell(&standing, sentence);
    ck_assert_msg(strcmp(sentence, rows[_i].sentence) == 0, "%s: %s", rows[_i].name, sentence);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    int64_t inflight;
    const char *sentence;
} ends[] = {
    {0, "stopping"},
    {1, "stopping; 1 answer is under way"},
    {20, "stopping; 20 answers are under way"},
};

START_TEST(at_the_end_only_who_is_waited_for_counts)
{
    static const enum route_skip skip[4] = {ROUTE_SKIP_OFFLINE};
    struct config_case loaded;
    struct standing_provider providers[4];
    struct standing standing = {
        .address = ADDRESS, .stopping = true, .inflight = ends[_i].inflight};
    char sentence[STANDING_MAX];
    fill("openai, ollama", skip, &loaded, providers, &standing);
    standing_tell(&standing, sentence);
    ck_assert_str_eq(sentence, ends[_i].sentence);
    config_case_done(&loaded);
}
END_TEST

START_TEST(two_ollamas_are_told_by_their_names)
{
    static const char file[] = "[provider box]\ntype = ollama\nbase_url = http://192.168.1.2:1\n"
                               "[route]\npriority = ollama, box\n";
    struct config_case loaded = config_case_load(file, NULL, NULL);
    ck_assert_int_eq(loaded.r, 0);
    const struct standing_provider providers[] = {
        {config_priority_at(loaded.config, 0), ROUTE_SKIP_BREAKER, "14:00"},
        {config_priority_at(loaded.config, 1), ROUTE_SKIP_NONE, "14:00"}};
    const struct standing standing = {.address = "", .providers = providers, .count = 2};
    char sentence[STANDING_MAX];
    standing_tell(&standing, sentence);
    ck_assert_str_eq(sentence, "serving; ollama fails since 14:00, box answers");
    config_case_done(&loaded);
}
END_TEST

/* A name may be as long as its owner likes. */
START_TEST(a_long_sentence_is_cut)
{
    char name[600];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    const struct config_provider provider = {.name = name, .kind = kind_at(0)};
    const struct standing_provider providers[] = {{&provider, ROUTE_SKIP_BREAKER, "14:00"}};
    const struct standing standing = {.address = "", .providers = providers, .count = 1};
    char sentence[STANDING_MAX];
    standing_tell(&standing, sentence);
    ck_assert_uint_eq(strlen(sentence), STANDING_MAX - 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("standing");
    TCase *tc = tcase_create("sentence");
    tcase_add_loop_test(tc, what_is_going_on, 0, ROWS(rows));
    tcase_add_loop_test(tc, at_the_end_only_who_is_waited_for_counts, 0, ROWS(ends));
    tcase_add_test(tc, two_ollamas_are_told_by_their_names);
    tcase_add_test(tc, a_long_sentence_is_cut);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
