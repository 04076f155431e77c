/* What /api/tags and /api/show say, of both generations, and names of models. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_row.h"
#include "ollama/ollama.h"
#include "unit.h"

static const char tags_new[] =
    "{'models':[{'name':'ministral-3:3b','model':'ministral-3:3b','modified_at':"
    "'2026-08-21T10:00:00.1+02:00','size':1,'digest':'d','details':{'parent_model':'','format':"
    "'gguf','family':'mistral3','families':null,'parameter_size':'3.8B','quantization_level':"
    "'Q4_K_M','context_length':262144},'capabilities':['completion','tools','vision','thinking',"
    "'flying']},"
    "{'name':'gpt-oss:120b-cloud','model':'gpt-oss:120b-cloud','modified_at':'x','remote_model':"
    "'gpt-oss:120b','remote_host':'https://ollama.com:443','size':384,'digest':'e','details':{}},"
    "{'name':'mine:latest','remote_host':'https://ollama.com:443'},"
    "{'name':'nomic-embed-text:latest','capabilities':['embedding']}]}";

static void read_tags(const char *row, struct ollama_models *ret)
{
    struct error why = ERROR_NONE;
    char *body = json_row_text(row);
    ck_assert_msg(ollama_tags_read(text_of(body), ret, &why) == 0, "%s", why.text);
    free(body);
}

START_TEST(a_recent_server_tells_all_in_its_tags)
{
    struct ollama_models models;
    read_tags(tags_new, &models);
    ck_assert(models.known);
    ck_assert_uint_eq(models.count, 4);
    ck_assert_str_eq(models.at[0].name, "ministral-3:3b");
    ck_assert(models.at[0].capabilities_known);
    ck_assert_uint_eq(models.at[0].capabilities, OLLAMA_CAN_COMPLETION | OLLAMA_CAN_TOOLS |
                                                     OLLAMA_CAN_VISION | OLLAMA_CAN_THINKING);
    ck_assert_int_eq(models.at[0].context_length, 262144);
    ck_assert_str_eq(models.at[0].modified_at, "2026-08-21T10:00:00.1+02:00");
    ck_assert(!models.at[0].remote);
    ck_assert(models.at[1].remote);
    ck_assert(models.at[2].remote);
    ck_assert(!models.at[2].capabilities_known);
    ck_assert_ptr_null(models.at[2].modified_at);
    ck_assert_uint_eq(models.at[3].capabilities, OLLAMA_CAN_EMBEDDING);
    ollama_models_done(&models);
    ollama_models_done(&models);
    ollama_models_done(NULL);
}
END_TEST

static const struct {
    const char *name;
    const char *capabilities;
    bool known;
} lists[] = {
    {"all that the list could leave out", "['completion','tools','thinking']", true},
    {"no thinking", "['completion','tools']", false},
    {"no tools", "['completion','thinking','vision']", false},
    {"no chat", "['embedding']", true},
    {"nothing", "[]", true},
    {"no list", "null", false},
};

START_TEST(what_the_list_may_have_left_out_is_not_known)
{
    char row[128];
    struct ollama_models models;
    (void)snprintf(row, sizeof(row), "{'models':[{'name':'a','capabilities':%s}]}",
                   lists[_i].capabilities);
    read_tags(row, &models);
    ck_assert_msg(models.at[0].capabilities_known == lists[_i].known, "%s", lists[_i].name);
    ollama_models_done(&models);
}
END_TEST

START_TEST(an_unchanged_model_is_remembered)
{
    struct error why = ERROR_NONE;
    struct ollama_models before, now;
    read_tags("{'models':[{'name':'a','modified_at':'1'},{'name':'b','modified_at':'1'},"
              "{'name':'c','modified_at':'1'},{'name':'d'}]}",
              &before);
    char *shown = json_row_text("{'capabilities':['completion'],'model_info':{'x.context_length':"
                                "5}}");
    for (size_t i = 0; i < before.count; i++)
        if (i != 2)
            ck_assert_int_eq(ollama_show_read(text_of(shown), &before.at[i], &why), 0);
    read_tags("{'models':[{'name':'a','modified_at':'1'},{'name':'b','modified_at':'2'},"
              "{'name':'c','modified_at':'1'},{'name':'d'}]}",
              &now);
    for (size_t i = 0; i < now.count; i++)
        ollama_model_recall(&now.at[i], &before);
    ck_assert(now.at[0].capabilities_known);
    ck_assert_uint_eq(now.at[0].capabilities, OLLAMA_CAN_COMPLETION);
    ck_assert_int_eq(now.at[0].context_length, 5);
    ck_assert_msg(!now.at[1].capabilities_known, "it has changed");
    ck_assert_msg(!now.at[2].capabilities_known, "it was not known");
    ck_assert_msg(!now.at[3].capabilities_known, "nobody knows whether it has changed");
    ollama_models_done(&before);
    ollama_models_done(&now);
    free(shown);
}
END_TEST

static const struct {
    const char *name;
    const char *before, *now; /* members */
    bool same;
} changes[] = {
    {"the same digest", "'digest':'aa'", "'digest':'aa'", true},
    {"the same digest, pulled again", "'digest':'aa','modified_at':'1'",
     "'digest':'aa','modified_at':'2'", true},
    {"another digest", "'digest':'aa'", "'digest':'bb'", false},
    {"another digest, of the same time", "'digest':'aa','modified_at':'1'",
     "'digest':'bb','modified_at':'1'", false},
    {"no digest, unchanged", "'modified_at':'1'", "'modified_at':'1'", true},
    {"no digest, changed", "'modified_at':'1'", "'modified_at':'2'", false},
    {"nothing is told", "'size':1", "'size':1", false},
};

START_TEST(what_was_learned_is_of_that_very_model)
{
    char row[256];
    struct ollama_models before, now;
    (void)snprintf(row, sizeof(row), "{'models':[{'name':'a',%s}]}", changes[_i].before);
    read_tags(row, &before);
    before.at[0].rates = (struct ollama_rates){.known = true, .beside = 7};
    (void)snprintf(row, sizeof(row), "{'models':[{'name':'a',%s}]}", changes[_i].now);
    read_tags(row, &now);
    ck_assert_msg(ollama_model_is_same(&now.at[0], &before.at[0]) == changes[_i].same, "%s",
                  changes[_i].name);
    ollama_model_recall(&now.at[0], &before);
    ck_assert_msg(now.at[0].rates.known == changes[_i].same, "%s", changes[_i].name);
    ollama_models_done(&before);
    ollama_models_done(&now);
}
END_TEST

START_TEST(an_old_server_tells_names_only)
{
    struct ollama_models models;
    read_tags("{'models':[{'model':'a:1'},{'size':3},{'name':''},7,null]}", &models);
    ck_assert(models.known);
    ck_assert_uint_eq(models.count, 1);
    ck_assert_str_eq(models.at[0].name, "a:1");
    ck_assert(!models.at[0].capabilities_known);
    ck_assert_int_eq(models.at[0].context_length, 0);
    ollama_models_done(&models);
}
END_TEST

START_TEST(a_server_without_models_is_known_to_have_none)
{
    struct ollama_models models;
    read_tags("{'models':null}", &models);
    ck_assert(models.known);
    ck_assert_uint_eq(models.count, 0);
    ollama_models_done(&models);
}
END_TEST

static const char *const no_tags[] = {"", "{", "[]", "<html>", "{'models':5}", "{'error':'x'}"};

START_TEST(what_is_no_list_of_models_leaves_nothing_known)
{
    struct ollama_models models;
    struct error why = ERROR_NONE;
    char *body = json_row_text(no_tags[_i]);
    ck_assert_int_eq(ollama_tags_read(text_of(body), &models, &why), -EINVAL);
    ck_assert(error_is_set(&why) && !models.known && models.count == 0);
    ollama_models_done(&models);
    free(body);
}
END_TEST

START_TEST(show_completes_a_model)
{
    struct ollama_models models;
    struct error why = ERROR_NONE;
    read_tags("{'models':[{'name':'a:1'}]}", &models);
    char *body = json_row_text("{'capabilities':['completion','thinking'],'model_info':{"
                               "'general.architecture':'llama','llama.context_length':131072,"
                               "'llama.rope.freq_base':1e400}}");
    ck_assert_int_eq(ollama_show_read(text_of(body), &models.at[0], &why), 0);
    ck_assert(models.at[0].capabilities_known);
    ck_assert_uint_eq(models.at[0].capabilities, OLLAMA_CAN_COMPLETION | OLLAMA_CAN_THINKING);
    ck_assert_int_eq(models.at[0].context_length, 131072);
    ck_assert(!models.at[0].remote);
    free(body);
    body = json_row_text("{'remote_host':'https://ollama.com','remote_model':'x'}");
    ck_assert_int_eq(ollama_show_read(text_of(body), &models.at[0], &why), 0);
    ck_assert(models.at[0].remote);
    ck_assert_uint_eq(models.at[0].capabilities, OLLAMA_CAN_COMPLETION | OLLAMA_CAN_THINKING);
    free(body);
    ck_assert_int_eq(ollama_show_read(text_of("404 page not found"), &models.at[0], &why), -EINVAL);
    ollama_models_done(&models);
}
END_TEST

static const struct {
    const char *name;
    const char *model;
    int at; /* in {llama3:latest, Qwen3:8B, library.local/a/b:1, x:latest}; -1 = not there */
} finds[] = {
    {"as it is installed", "llama3:latest", 0},
    {"latest may be left out", "llama3", 0},
    {"in other letters", "qwen3:8b", 1},
    {"with Ollama's own registry", "registry.ollama.ai/library/llama3", 0},
    {"with the library", "library/llama3:latest", 0},
    {"of another registry", "library.local/a/b:1", 2},
    {"another tag", "llama3:8b", -1},
    {"no tag where latest is not installed", "qwen3", -1},
    {"the begin of a name", "llama", -1},
    {"a registry's port is no tag", "host:5000/x", -1},
    {"nothing", "", -1},
};

START_TEST(models_are_found_by_name)
{
    struct ollama_models models;
    read_tags("{'models':[{'name':'llama3:latest'},{'name':'Qwen3:8B'},"
              "{'name':'library.local/a/b:1'},{'name':'x:latest'}]}",
              &models);
    const struct ollama_model *found = ollama_model_find(&models, text_of(finds[_i].model));
    int at = found ? (int)(found - models.at) : -1;
    ck_assert_msg(at == finds[_i].at, "%s: %d", finds[_i].name, at);
    ollama_models_done(&models);
}
END_TEST

static const struct {
    const char *model;
    bool cloud;
} clouds[] = {
    {"glm-4.6:cloud", true},
    {"gpt-oss:120b-cloud", true},
    {"GLM:Cloud", true},
    {"gpt-oss:120b-CLOUD", true},
    {"x/y:cloud", true},
    {" glm:cloud ", true},
    {"glm: cloud", true},
    {"glm:-cloud", true},
    {"gpt-oss:120b", false},
    {"cloud", false},
    {"my-cloud", false},
    {"my-cloud:latest", false},
    {"x:cloudy", false},
    {"x:-cloudx", false},
    {"", false},
};

START_TEST(cloud_names_are_known)
{
    ck_assert_msg(ollama_name_is_cloud(text_of(clouds[_i].model)) == clouds[_i].cloud, "%s",
                  clouds[_i].model);
}
END_TEST

static const struct {
    const char *name, *plain;
} plains[] = {
    {"m:latest", "m"},
    {"m", "m"},
    {"m:1b", "m:1b"},
    {"m:LATEST", "m:LATEST"},
    {"m:latest:latest", "m:latest"},
    {":latest", ""},
    {"", ""},
};

START_TEST(the_usual_tag_stands_for_nothing)
{
    struct text plain = ollama_name_plain(text_of(plains[_i].name));
    ck_assert_msg(text_equals(plain, plains[_i].plain), "%s", plains[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama");
    TCase *tc = tcase_create("ollama");
    tcase_add_test(tc, a_recent_server_tells_all_in_its_tags);
    tcase_add_loop_test(tc, what_was_learned_is_of_that_very_model, 0, ROWS(changes));
    tcase_add_test(tc, an_old_server_tells_names_only);
    tcase_add_loop_test(tc, what_the_list_may_have_left_out_is_not_known, 0, ROWS(lists));
    tcase_add_test(tc, an_unchanged_model_is_remembered);
    tcase_add_test(tc, a_server_without_models_is_known_to_have_none);
    tcase_add_loop_test(tc, what_is_no_list_of_models_leaves_nothing_known, 0, ROWS(no_tags));
    tcase_add_test(tc, show_completes_a_model);
    tcase_add_loop_test(tc, models_are_found_by_name, 0, ROWS(finds));
    tcase_add_loop_test(tc, cloud_names_are_known, 0, ROWS(clouds));
    tcase_add_loop_test(tc, the_usual_tag_stands_for_nothing, 0, ROWS(plains));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
