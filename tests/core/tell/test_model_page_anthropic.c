/* Anthropic's form of the models on offer. */
#include <errno.h>

#include "json_row.h"
#include "tell/model_page.h"
#include "unit.h"

static struct config_provider cloud = {.name = (char *)(uintptr_t) "cloud", .kind = &kind_openai};
static struct config_provider near = {.name = (char *)(uintptr_t) "o", .kind = &kind_ollama};
static struct ollama_model local[] = {
    {.name = (char *)(uintptr_t) "m:3b",
     .modified_at = (char *)(uintptr_t) "2026-11-24T19:00:00.25+01:00"}};
static const struct ollama_models local_models = {local, 1, true};

#define M                                                                                          \
    "{'type':'model','id':'o:m:3b','display_name':'o:m:3b','created_at':'2026-11-24T18:00:00Z'}"
#define CLAUDE                                                                                     \
    "{'type':'model','id':'claude-x','display_name':'Claude "                                      \
    "X','created_at':'2026-02-01T00:00:00Z'"                                                       \
    ",'max_tokens':64000}"

static const struct {
    const char *name;
    bool bare;
    const char *answer; /* of the cloud, with ' for \"; NULL = none */
    bool ollama;        /* one that told is behind it */
    const char *want;
} pages[] = {
    {"Anthropic's own stay as they came", true, "{'data':[" CLAUDE "],'has_more':true}", false,
     "{'data':[" CLAUDE "],'has_more':false,'first_id':'claude-x','last_id':'claude-x'}"},
    {"OpenAI's are made anew", true,
     "{'data':[{'id':'gpt-4','object':'model','created':1687882411,'owned_by':'openai'}]}", false,
     "{'data':[{'type':'model','id':'gpt-4','display_name':'gpt-4','created_at':"
     "'2023-06-27T16:13:31Z'}],'has_more':false,'first_id':'gpt-4','last_id':'gpt-4'}"},
    {"with a name for people, where there is one", false, "{'data':[{'id':'x/y','name':'X: Y'}]}",
     false,
     "{'data':[{'type':'model','id':'cloud:x/y','display_name':'X: Y','created_at':"
     "'1970-01-01T00:00:00Z'}],'has_more':false,'first_id':'cloud:x/y','last_id':'cloud:x/y'}"},
    {"one list of all", true, "{'data':[" CLAUDE ",7,{'x':1}]}", true,
     "{'data':[" CLAUDE "," M "],'has_more':false,'first_id':'claude-x','last_id':'o:m:3b'}"},
    {"an empty one", true, "{'data':[]}", false,
     "{'data':[],'has_more':false,'first_id':null,'last_id':null}"},
};

START_TEST(a_page_of_models)
{
    struct model_answer answer;
    char *told = pages[_i].answer ? json_row_text(pages[_i].answer) : NULL;
    const struct offer offer = {
        .at = {{.provider = &cloud, .bare = pages[_i].bare, .answer = text_of(told)},
               {.provider = &near, .models = pages[_i].ollama ? &local_models : NULL}},
        .count = 2};
    char *want = json_row_text(pages[_i].want);
    model_page_list(&offer, MODEL_PAGE_ANTHROPIC, &answer);
    ck_assert_msg(strcmp(answer.text.data, want) == 0, "%s: %s", pages[_i].name, answer.text.data);
    ck_assert_int_eq(answer.status, 200);
    model_answer_done(&answer);
    free(want);
    free(told);
}
END_TEST

START_TEST(nobody_told_anything)
{
    struct model_answer answer;
    const struct offer offer = {.at = {{.provider = &cloud}}, .count = 1};
    model_page_list(&offer, MODEL_PAGE_ANTHROPIC, &answer);
    ck_assert_int_eq(answer.status, 502);
    ck_assert_str_eq(answer.code, "network");
    model_answer_done(&answer);
}
END_TEST

START_TEST(what_does_not_fit_in_is_left_out_whole)
{
    const struct offer offer = {
        .at = {{.provider = &cloud,
                .answer = text_of("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}")}},
        .count = 1};
    for (size_t room = 2100; room < 2500; room++) {
        struct buf small;
        buf_init(&small, room);
        ck_assert_int_eq(model_page_write(&offer, MODEL_PAGE_ANTHROPIC, &small), 0);
        json_t *page = json_loadb(small.data, small.len, 0, NULL);
        ck_assert_msg(page != NULL, "%zu: %s", room, small.data);
        size_t count = json_array_size(json_object_get(page, "data"));
        ck_assert_int_eq(json_is_null(json_object_get(page, "last_id")), count == 0);
        json_decref(page);
        buf_done(&small);
    }
}
END_TEST

static const struct {
    const char *name;
    int status;
    const char *body;
    const char *want; /* NULL = an error of ours */
} ones[] = {
    {"of an API like OpenAI's", 200, "{'id':'gpt-4','created':1687882411}",
     "{'type':'model','id':'cloud:gpt-4','display_name':'cloud:gpt-4','created_at':"
     "'2023-06-27T16:13:31Z'}"},
    {"a cloud's error is told in its words", 404, "{'error':1}", "{'error':1}"},
    {"no answer", 0, "", NULL},
};

START_TEST(one_model)
{
    struct model_answer answer;
    char *body = json_row_text(ones[_i].body), *want = NULL;
    const struct model_said said = {ones[_i].status, text_of(body)};
    const struct offer offer = {.at = {{.provider = &cloud}}, .count = 1};
    model_page_one(&offer, text_of("gpt-4"), &said, &answer);
    model_page_reshape(MODEL_PAGE_ANTHROPIC, &answer);
    if (ones[_i].want) {
        want = json_row_text(ones[_i].want);
        ck_assert_msg(strcmp(answer.text.data, want) == 0, "%s: %s", ones[_i].name,
                      answer.text.data);
    }
    ck_assert_int_eq(answer.type != NULL, ones[_i].want == NULL);
    model_answer_done(&answer);
    free(want);
    free(body);
}
END_TEST

START_TEST(in_other_forms_it_stays_as_it_is)
{
    struct model_answer answer = {.status = 200};
    buf_init(&answer.text, 100);
    ck_assert_int_eq(buf_append_string(&answer.text, "{\"id\":\"a\"}"), 0);
    model_page_reshape(MODEL_PAGE_OPENAI, &answer);
    ck_assert_str_eq(answer.text.data, "{\"id\":\"a\"}");
    model_answer_done(&answer);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("model_page_anthropic");
    TCase *tc = tcase_create("models");
    tcase_add_loop_test(tc, a_page_of_models, 0, ROWS(pages));
    tcase_add_test(tc, nobody_told_anything);
    tcase_add_test(tc, what_does_not_fit_in_is_left_out_whole);
    tcase_add_loop_test(tc, one_model, 0, ROWS(ones));
    tcase_add_test(tc, in_other_forms_it_stays_as_it_is);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
