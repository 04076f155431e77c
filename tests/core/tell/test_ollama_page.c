/* What apps of Ollama's API are told of models: names, shapes, and whose a name is. */
#include <jansson.h>

#include "tell/ollama_page.h"
#include "unit.h"

static char name_one[] = "one", name_two[] = "two", name_o[] = "o", name_p[] = "p";
static struct config_provider providers[] = {{.name = name_one, .kind = &kind_openai},
                                             {.name = name_two, .kind = &kind_openai},
                                             {.name = name_o, .kind = &kind_ollama},
                                             {.name = name_p, .kind = &kind_ollama}};
static char pattern[] = "gpt-*", vision[] = "vision";
static char *abilities[] = {vision};
static struct config_model lines[] = {
    {.name = pattern, .context = 400000, .capabilities = {abilities, 1}}};
static struct config config = {
    .providers = providers, .provider_count = 4, .models = lines, .model_count = 1};
static struct ollama_models installed[2];
static struct offer offer;

static void install(struct ollama_models *models, const char *tags)
{
    struct error why = ERROR_NONE;
    ck_assert_msg(ollama_tags_read(text_of(tags), models, &why) == 0, "%s", why.text);
}

static void setup(void)
{
    install(&installed[0],
            "{\"models\":[{\"name\":\"m:3b\",\"size\":12345678901,\"digest\":\"ab\"},"
            "{\"name\":\"gpt-4:latest\",\"x\":{\"y\":[1.5]}},{\"name\":\"big:cloud\"}]}");
    install(&installed[1], "{\"models\":[{\"name\":\"m:3b\"}]}");
    offer = (struct offer){.count = 4};
    offer.at[0] = (struct offer_source){
        .provider = &providers[0],
        .bare = true,
        .answer = text_of("{\"data\":[{\"id\":\"gpt-4\",\"created\":86400},{\"id\":\"a\"},{}]}")};
    offer.at[1] = (struct offer_source){
        .provider = &providers[1], .answer = text_of("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}")};
    offer.at[2] = (struct offer_source){.provider = &providers[2], .models = &installed[0]};
    offer.at[3] = (struct offer_source){.provider = &providers[3], .models = &installed[1]};
}

static void teardown(void)
{
    ollama_models_done(&installed[0]);
    ollama_models_done(&installed[1]);
}

START_TEST(of_those_with_one_name_an_ollama_keeps_it)
{
    static const char *const names[] = {"one:gpt-4",    "a",     "two:a", "b", "m:3b",
                                        "gpt-4:latest", "p:m:3b"};
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(ollama_page_tags(&offer, &out), 0);
    json_t *json = json_loads(out.data, 0, NULL);
    json_t *models = json_object_get(json, "models");
    ck_assert_uint_eq(json_array_size(models), ROWS(names));
    for (size_t i = 0; i < ROWS(names); i++) {
        const json_t *one = json_array_get(models, i);
        ck_assert_str_eq(json_string_value(json_object_get(one, "name")), names[i]);
        ck_assert_str_eq(json_string_value(json_object_get(one, "model")), names[i]);
    }
    const json_t *cloud = json_array_get(models, 0), *own = json_array_get(models, 4);
    ck_assert_str_eq(json_string_value(json_object_get(cloud, "modified_at")),
                     "1970-01-02T00:00:00Z");
    ck_assert_uint_eq(json_string_length(json_object_get(cloud, "digest")), 64);
    ck_assert(json_is_object(json_object_get(cloud, "details")));
    ck_assert_int_eq(json_integer_value(json_object_get(own, "size")), 12345678901);
    ck_assert_ptr_nonnull(strstr(out.data, "\"x\":{\"y\":[1.5]}"));
    json_decref(json);
    buf_done(&out);
}
END_TEST

START_TEST(nobody_has_nothing)
{
    struct buf out;
    buf_init(&out, 64);
    offer.count = 0;
    ck_assert_int_eq(ollama_page_tags(&offer, &out), 0);
    ck_assert_str_eq(out.data, "{\"models\":[]}");
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    const char *provider; /* NULL = nobody has it */
    bool installed;
    const char *plain;
} names[] = {
    {"m:3b", "o", true, NULL},
    {"p:m:3b", "p", true, "m:3b"},
    {"gpt-4", "o", true, NULL},
    {"one:gpt-4", "one", false, "gpt-4"},
    {"one:gpt-4:latest", "one", false, "gpt-4"},
    {"a", "one", false, NULL},
    {"b:latest", "two", false, "b"},
    {"two:a", "two", false, "a"},
    {"two:x", NULL, false, NULL},
    {"o:x", NULL, false, NULL},
    {"gpt-5", "one", false, NULL},
    {"gpt-5:latest", "one", false, "gpt-5"},
    {"big:cloud", NULL, false, NULL},
    {"nothing", NULL, false, NULL},
    {"nothing:3b", NULL, false, NULL},
};

START_TEST(a_name_finds_its_model)
{
    struct ollama_page_model model;
    const char *name = names[_i].name;
    bool found = ollama_page_find(&config, &offer, text_of(name), &model);
    ck_assert_msg(found == (names[_i].provider != NULL), "%s", name);
    if (!found)
        return;
    ck_assert_msg(strcmp(model.provider->name, names[_i].provider) == 0, "%s: %s", name,
                  model.provider->name);
    ck_assert_msg((model.model != NULL) == names[_i].installed, "%s", name);
    ck_assert_msg(text_equals(model.name, names[_i].plain ? names[_i].plain : name), "%s: %.*s",
                  name, TEXT_ARG(model.name));
}
END_TEST

START_TEST(what_a_cloud_has_not_told_of_may_be_there)
{
    struct ollama_page_model model;
    offer.at[1].answer = (struct text){0};
    ck_assert(ollama_page_find(&config, &offer, text_of("nothing:latest"), &model));
    ck_assert_str_eq(model.provider->name, "two");
    ck_assert(text_equals(model.name, "nothing"));
    ck_assert(!ollama_page_find(&config, &offer, text_of("one:nothing"), &model));
}
END_TEST

START_TEST(a_clouds_model_is_shown_by_the_settings)
{
    struct buf out;
    struct ollama_page_model model = {&providers[0], NULL, text_of("gpt-5")};
    buf_init(&out, 4096);
    ck_assert_int_eq(ollama_page_show(&config, &model, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.data, "\"model_info\":{\"general.architecture\":\"openai\","
                                           "\"general.basename\":\"gpt-5\","
                                           "\"openai.context_length\":400000}"));
    ck_assert_ptr_nonnull(strstr(out.data, "\"capabilities\":[\"vision\"]"));
    buf_reset(&out);
    model.name = text_of("a");
    ck_assert_int_eq(ollama_page_show(&config, &model, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.data, "\"openai.context_length\":128000}"));
    ck_assert_ptr_nonnull(strstr(out.data, "\"capabilities\":[\"completion\",\"tools\"]"));
    buf_done(&out);
}
END_TEST

static const struct {
    const char *answers[2];
    const char *version;
    const char *ps;
} told[] = {
    {{"", "<html>"}, "{\"version\":\"0.12.6\"}", "{\"models\":[]}"},
    {{"{\"version\":\"0.33.0\"}", "{\"version\":\"0.24.0\"}"},
     "{\"version\":\"0.33.0\"}",
     "{\"models\":[]}"},
    {{"{\"models\":[{\"name\":\"a\",\"n\":1.50}]}", "{\"models\":[{}],\"version\":\"1\"}"},
     "{\"version\":\"1\"}",
     "{\"models\":[{\"name\":\"a\",\"n\":1.50},{}]}"},
    {{"{\"models\":null,\"version\":7}", "[]"}, "{\"version\":\"0.12.6\"}", "{\"models\":[]}"},
};

START_TEST(answers_are_put_together)
{
    const struct text answers[] = {text_of(told[_i].answers[0]), text_of(told[_i].answers[1])};
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(ollama_page_version(answers, 2, &out), 0);
    ck_assert_str_eq(out.data, told[_i].version);
    buf_reset(&out);
    ck_assert_int_eq(ollama_page_ps(answers, 2, &out), 0);
    ck_assert_str_eq(out.data, told[_i].ps);
    buf_done(&out);
}
END_TEST

static const struct {
    const char *body;
    const char *name; /* NULL = none */
} bodies[] = {
    {"{\"model\":\"a\\u00e9\"}", "a\xc3\xa9"},
    {"{\"name\":\"b\"}", "b"},
    {"", NULL},
    {"{}", NULL},
    {"{\"model\":\"\"}", NULL},
    {"{\"model\":7}", NULL},
    {"[\"model\"]", NULL},
    {"{\"model\":\"a\"", NULL},
};

START_TEST(a_request_names_its_model)
{
    struct buf name;
    buf_init(&name, 64);
    int r = ollama_page_asked(text_of(bodies[_i].body), &name);
    ck_assert_msg((r == 0) == (bodies[_i].name != NULL), "%s", bodies[_i].body);
    if (r == 0)
        ck_assert_str_eq(name.data, bodies[_i].name);
    buf_done(&name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_page");
    TCase *tc = tcase_create("ollama_page");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, of_those_with_one_name_an_ollama_keeps_it);
    tcase_add_test(tc, nobody_has_nothing);
    tcase_add_loop_test(tc, a_name_finds_its_model, 0, ROWS(names));
    tcase_add_test(tc, what_a_cloud_has_not_told_of_may_be_there);
    tcase_add_test(tc, a_clouds_model_is_shown_by_the_settings);
    tcase_add_loop_test(tc, answers_are_put_together, 0, ROWS(told));
    tcase_add_loop_test(tc, a_request_names_its_model, 0, ROWS(bodies));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
