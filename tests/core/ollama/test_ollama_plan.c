/* Which model a request is for, with which window, and when one is loaded before it is asked. */
#include "config_case.h"
#include "json_row.h"
#include "ollama/ollama_plan.h"
#include "unit.h"

#define NOW 10000000

static const char settings[] = "[provider o]\ntype = ollama\nbase_url = http://127.0.0.1:1\n"
                               "model = preferred, auto\n"
                               "[provider fixed]\ntype = ollama\nbase_url = http://127.0.0.1:2\n"
                               "model = auto\nnum_ctx = 12345\n";

static const char tags[] =
    "{\"models\":[{\"name\":\"preferred:latest\",\"capabilities\":[\"completion\",\"tools\","
    "\"thinking\"]},"
    "{\"name\":\"big\",\"capabilities\":[\"completion\",\"tools\",\"thinking\"],\"details\":{"
    "\"context_length\":20000}},"
    "{\"name\":\"embed\",\"capabilities\":[\"embedding\"]}]}";

static const struct {
    const char *name;
    const char *provider;
    char *model;
    bool from_preference, embeds;
    int64_t prompt_bytes, max_tokens, least_tokens, loaded;
    const char *expected; /* NULL: none fits */
    int64_t num_ctx, window;
} plans[] = {
    {"the first wish of the settings, in the smallest window", "o", NULL, false, false, 100, -1, 0,
     0, "preferred:latest", 8192, 8192},
    {"the model that is named", "o", (char *)(uintptr_t) "big", false, false, 100, -1, 0, 0, "big",
     8192, 8192},
    {"one that is named must be there", "o", (char *)(uintptr_t) "gone", false, false, 100, -1, 0,
     0, NULL, 0, 0},
    {"one that is only wished for need not", "o", (char *)(uintptr_t) "gone", true, false, 100, -1,
     0, 0, "preferred:latest", 8192, 8192},
    {"texts are embedded by one that can", "o", NULL, false, true, 100, -1, 0, 0, "embed", 8192,
     8192},
    {"room for a long answer", "o", NULL, false, false, 100, 9000, 0, 0, "preferred:latest", 16384,
     16384},
    {"what is known to be needed counts more than the estimate", "o", NULL, false, false, 100, -1,
     20000, 0, "preferred:latest", 32768, 32768},
    {"a model is not loaded anew for less", "o", NULL, false, false, 100, -1, 0, 32768,
     "preferred:latest", 32768, 32768},
    {"not more than the model has", "o", (char *)(uintptr_t) "big", false, false, 100, 30000, 0, 0,
     "big", 20000, 20000},
    {"what is loaded wider than that has no more either", "o", (char *)(uintptr_t) "big", false,
     false, 100, -1, 0, 40000, "big", 40000, 20000},
    {"the setting is obeyed", "fixed", NULL, false, false, 100, 30000, 0, 0, "preferred:latest",
     12345, 12345},
};

START_TEST(a_request_gets_this_model_and_window)
{
    struct config_case loaded = config_case_load(settings, NULL, NULL);
    struct ollama_known known = {.loaded_at_ms = 1};
    struct ollama_count count = {0};
    struct ollama_plan plan;
    struct error why = ERROR_NONE;
    static char prompt[1000];
    const struct request_facts facts = {.n = 1, .max_tokens = plans[_i].max_tokens};
    const struct route_step step = {.provider = config_case_provider(&loaded, plans[_i].provider),
                                    .model = plans[_i].model,
                                    .from_preference = plans[_i].from_preference};
    const struct ollama_plan_query query = {.step = &step,
                                            .known = &known,
                                            .embeds = plans[_i].embeds,
                                            .facts = &facts,
                                            .count = &count,
                                            .least_tokens = plans[_i].least_tokens,
                                            .now_ms = NOW};
    memset(prompt, 'x', sizeof(prompt));
    ollama_count_text(text_make(prompt, (size_t)plans[_i].prompt_bytes), &count);
    ck_assert_int_eq(ollama_tags_read(text_of(tags), &known.models, NULL), 0);
    if (plans[_i].loaded)
        ollama_known_note_window(&known, plans[_i].expected, plans[_i].loaded, NOW);
    int r = ollama_plan(&query, &plan, &why);
    ck_assert_msg((r == 0) == (plans[_i].expected != NULL), "%s: %s", plans[_i].name, why.text);
    if (r == 0) {
        ck_assert_msg(strcmp(plan.name, plans[_i].expected) == 0, "%s: %s", plans[_i].name,
                      plan.name);
        ck_assert_msg(plan.num_ctx == plans[_i].num_ctx, "%s: %ld", plans[_i].name,
                      (long)plan.num_ctx);
        ck_assert_msg(ollama_plan_window(&plan) == plans[_i].window, "%s", plans[_i].name);
    } else {
        ck_assert_ptr_null(plan.name);
    }
    free(plan.name);
    ollama_known_done(&known);
    config_case_done(&loaded);
}
END_TEST

START_TEST(an_answer_that_goes_on_counts_with_what_it_has)
{
    struct config_case loaded = config_case_load(settings, NULL, NULL);
    struct ollama_known known = {0};
    const struct ollama_count count = {0};
    const struct request_facts facts = {.n = 1, .max_tokens = -1};
    const struct route_step step = {.provider = config_case_provider(&loaded, "o")};
    struct ollama_plan_query query = {
        .step = &step, .known = &known, .facts = &facts, .count = &count, .now_ms = NOW};
    struct ollama_plan without, with;
    ck_assert_int_eq(ollama_plan(&query, &without, NULL), 0);
    query.begun = text_of("an answer that has begun and is to be gone on with by another");
    ck_assert_int_eq(ollama_plan(&query, &with, NULL), 0);
    ck_assert_int_gt(with.tokens, without.tokens);
    ck_assert_ptr_null(with.model);
    ck_assert_int_eq(ollama_window_widest(with.model), INT64_MAX);
    free(without.name);
    free(with.name);
    config_case_done(&loaded);
}
END_TEST

/* ---- warm-up */

static const struct {
    const char *name;
    bool next, skipped, cloud, warm_up, known;
    enum ollama_warm_up does;
} warm_ups[] = {
    {"nobody comes next", false, false, false, true, true, OLLAMA_WARM_UP_NOT},
    {"the next one is passed over", true, true, false, true, true, OLLAMA_WARM_UP_NOT},
    {"the next one loads nothing", true, false, true, true, true, OLLAMA_WARM_UP_NOT},
    {"the setting says no", true, false, false, false, true, OLLAMA_WARM_UP_NOT},
    {"its models are not known yet", true, false, false, true, false, OLLAMA_WARM_UP_LEARN},
    {"they are", true, false, false, true, true, OLLAMA_WARM_UP_LOAD},
};

START_TEST(the_next_one_is_warmed_up)
{
    const struct config_provider provider = {
        .kind = warm_ups[_i].cloud ? &kind_openai : &kind_ollama, .warm_up = warm_ups[_i].warm_up};
    const struct route_step step = {
        .provider = &provider, .skip = warm_ups[_i].skipped ? ROUTE_SKIP_BREAKER : ROUTE_SKIP_NONE};
    ck_assert_msg(ollama_warm_up(warm_ups[_i].next ? &step : NULL, warm_ups[_i].known) ==
                      warm_ups[_i].does,
                  "%s", warm_ups[_i].name);
}
END_TEST

static const struct {
    bool under_way;
    int64_t window;
    bool loads;
} loads[] = {{false, 0, true},
             {false, 4096, true},
             {false, 8192, false},
             {true, 0, false},
             {true, 4096, false}};

START_TEST(a_model_is_loaded_unless_it_is_or_is_about_to_be)
{
    ck_assert_int_eq(ollama_warm_up_loads(loads[_i].under_way, loads[_i].window, 8192),
                     loads[_i].loads);
}
END_TEST

/* ---- by another model */

static const struct {
    const char *name;
    const char *body;
    const char *want;
    int64_t num_ctx;
    int64_t window;
} stand_ins[] = {
    {"nothing is set", "{ 'model' : 'a','n':1.50}",
     "{'model':'m','n':1.50,'options':{'num_ctx':8192},'truncate':false}", 8192, 8192},
    {"other options", "{'options':{'seed':1},'model':'a'}",
     "{'options':{'num_ctx':8192,'seed':1},'model':'m','truncate':false}", 8192, 8192},
    {"no options", "{'model':'a','options':{}}",
     "{'model':'m','options':{'num_ctx':8192},'truncate':false}", 8192, 8192},
    {"null", "{'model':'a','options':null,'truncate':null}",
     "{'model':'m','options':{'num_ctx':8192},'truncate':false}", 8192, 8192},
    {"the app's own", "{'model':'a','options':{'num_ctx':5000},'truncate':true}",
     "{'model':'m','options':{'num_ctx':5000},'truncate':true}", 8192, 5000},
    {"no window is known", "{'model':'a'}", "{'model':'m','truncate':false}", 0, 0},
};

START_TEST(a_stand_in_is_asked_for_what_the_app_has_not_set)
{
    char *body = json_row_text(stand_ins[_i].body), *want = json_row_text(stand_ins[_i].want);
    int64_t window = -1;
    struct buf out;
    buf_init(&out, 1 << 10);
    ck_assert_int_eq(ollama_stand_in(text_of(body), "m", stand_ins[_i].num_ctx, &out, &window), 0);
    ck_assert_msg(strcmp(out.data, want) == 0, "%s: %s", stand_ins[_i].name, out.data);
    ck_assert_int_eq(window, stand_ins[_i].window);
    buf_done(&out);
    free(body);
    free(want);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_plan");
    TCase *tc = tcase_create("ollama_plan");
    tcase_add_loop_test(tc, a_request_gets_this_model_and_window, 0, ROWS(plans));
    tcase_add_test(tc, an_answer_that_goes_on_counts_with_what_it_has);
    tcase_add_loop_test(tc, the_next_one_is_warmed_up, 0, ROWS(warm_ups));
    tcase_add_loop_test(tc, a_model_is_loaded_unless_it_is_or_is_about_to_be, 0, ROWS(loads));
    tcase_add_loop_test(tc, a_stand_in_is_asked_for_what_the_app_has_not_set, 0, ROWS(stand_ins));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
