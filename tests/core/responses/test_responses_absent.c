/* Which refusals say that a server has no /responses. */
#include <stdio.h>

#include "responses/responses_absent.h"
#include "unit.h"

static const struct {
    const char *name;
    int status;
    const char *code;
    const char *message;
    bool absent;
} rows[] = {
    {"OpenAI", 404, "unknown_url", "Unknown request URL: POST /responses.", true},
    {"Groq", 404, "unknown_url", "Unknown request URL: POST /openai/v1/responses.", true},
    {"OpenAI, before", 404, "", "Invalid URL (POST /v1/responses)", true},
    {"FastAPI", 404, "", "Not Found", true},
    {"a wrong method", 405, "", "Method Not Allowed", true},
    {"Express", 404, "", "Cannot POST /v1/responses", true},
    {"Go", 404, "", "404 page not found", true},
    {"a page", 404, "", "", true},
    {"a model", 404, "model_not_found", "The model `gpt-9` does not exist", false},
    {"a deployment", 404, "DeploymentNotFound",
     "The API deployment for this resource does not exist.", false},
    {"an item", 404, "",
     "Item with id 'rs_1' not found. Items are not persisted when store is false.", false},
    {"an answer before", 404, "previous_response_not_found",
     "Previous response with id 'a' not found.", false},
    {"something else that is not there", 404, "", "The organization was not found", false},
    {"another status", 400, "unknown_url", "Unknown request URL", false},
    {"no answer", 0, "", "", false},
};

START_TEST(a_path_that_is_not_there_is_told_from_all_else)
{
    struct provider_error error = {.message = ""};
    (void)snprintf(error.code, sizeof(error.code), "%s", rows[_i].code);
    (void)snprintf(error.message, sizeof(error.message), "%s", rows[_i].message);
    ck_assert_msg(responses_is_absent(rows[_i].status, &error) == rows[_i].absent, "%s",
                  rows[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responses_absent");
    TCase *tc = tcase_create("absent");
    tcase_add_loop_test(tc, a_path_that_is_not_there_is_told_from_all_else, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
