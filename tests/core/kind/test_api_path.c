/* Which path a request asks for. */
#include "kind/api_path.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *method;
    const char *target;
    enum api_path path;
} rows[] = {
    {"chat", "POST", "/chat/completions", API_PATH_CHAT},
    {"completions", "POST", "/completions", API_PATH_COMPLETIONS},
    {"responses", "POST", "/responses", API_PATH_RESPONSES},
    {"embeddings", "POST", "/embeddings", API_PATH_EMBEDDINGS},
    {"Ollama's chat", "POST", "/api/chat?x", API_PATH_API_CHAT},
    {"Ollama's generate", "POST", "/api/generate", API_PATH_API_GENERATE},
    {"Ollama's chat by another method", "GET", "/api/chat", API_PATH_OLLAMA},
    {"Ollama's pull", "POST", "/api/pull", API_PATH_OLLAMA},
    {"Ollama's delete", "DELETE", "/api/delete?x", API_PATH_OLLAMA},
    {"no path of Ollama's", "POST", "/api", API_PATH_OTHER},
    {"messages", "POST", "/messages?beta=true", API_PATH_MESSAGES},
    {"counting", "POST", "/messages/count_tokens?beta=true", API_PATH_COUNT_TOKENS},
    {"what else is asked of messages", "POST", "/messages/batches", API_PATH_OTHER},
    {"a query does not matter", "POST", "/completions?x=/responses", API_PATH_COMPLETIONS},
    {"an empty query", "POST", "/responses?", API_PATH_RESPONSES},
    {"another method", "GET", "/responses", API_PATH_OTHER},
    {"a method in small letters", "post", "/responses", API_PATH_OTHER},
    {"something below it", "POST", "/responses/resp_1/cancel", API_PATH_OTHER},
    {"a slash behind it", "POST", "/completions/", API_PATH_OTHER},
    {"its beginning", "POST", "/completion", API_PATH_OTHER},
    {"something else", "POST", "/images/generations", API_PATH_OTHER},
    {"nothing", "POST", "", API_PATH_OTHER},
};

START_TEST(a_path_is_told_by_method_and_target)
{
    enum api_path path = api_path_of(text_of(rows[_i].method), text_of(rows[_i].target));
    ck_assert_msg(path == rows[_i].path, "%s: %d", rows[_i].name, (int)path);
}
END_TEST

START_TEST(what_is_of_the_responses_api_is_told_by_the_target)
{
    static const struct {
        const char *target;
        bool of_responses;
    } targets[] = {{"/responses", true},        {"/responses?a=b", true},
                   {"/responses/resp_1", true}, {"/responses/", true},
                   {"/responses2", false},      {"/response", false},
                   {"/x/responses", false},     {"", false}};
    for (int i = 0; i < ROWS(targets); i++)
        ck_assert_msg(api_path_is_of_responses(text_of(targets[i].target)) ==
                          targets[i].of_responses,
                      "%s", targets[i].target);
}
END_TEST

START_TEST(those_that_are_judged_by_content)
{
    static const bool judged[] = {
        [API_PATH_CHAT] = true,        [API_PATH_COMPLETIONS] = true,  [API_PATH_RESPONSES] = true,
        [API_PATH_EMBEDDINGS] = false, [API_PATH_MESSAGES] = true,     [API_PATH_OLLAMA] = false,
        [API_PATH_API_CHAT] = true,    [API_PATH_API_GENERATE] = true, [API_PATH_OTHER] = false};
    for (int i = 0; i < ROWS(judged); i++)
        ck_assert_int_eq(api_path_is_judged((enum api_path)i), judged[i]);
}
END_TEST

START_TEST(a_path_has_its_name)
{
    ck_assert_str_eq(api_path_name(API_PATH_EMBEDDINGS), "/embeddings");
    ck_assert_ptr_null(api_path_name(API_PATH_OTHER));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("api_path");
    TCase *tc = tcase_create("paths");
    tcase_add_loop_test(tc, a_path_is_told_by_method_and_target, 0, ROWS(rows));
    tcase_add_test(tc, what_is_of_the_responses_api_is_told_by_the_target);
    tcase_add_test(tc, those_that_are_judged_by_content);
    tcase_add_test(tc, a_path_has_its_name);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
