/* OpenAI's shape of the models on offer: whole lists, one model, and what is told where none is. */
#include <stdlib.h>

#include "tell/model_page.h"
#include "unit.h"

static struct config_provider cloud = {.name = (char *)(uintptr_t) "cloud", .kind = &kind_openai};
static struct config_provider near = {.name = (char *)(uintptr_t) "o", .kind = &kind_ollama};
static struct ollama_model local[] = {
    {.name = (char *)(uintptr_t) "m:3b",
     .modified_at = (char *)(uintptr_t) "2026-11-24T19:00:00.25+01:00"},
    {.name = (char *)(uintptr_t) "odd\"name\\"}};
static const struct ollama_models local_models = {local, 2, true};

static struct buf out;

static void setup(void)
{
    buf_init(&out, 1 << 16);
}

static void teardown(void)
{
    buf_done(&out);
}

#define M   "{\"id\":\"o:m:3b\",\"object\":\"model\",\"created\":1795543200,\"owned_by\":\"o\"}"
#define ODD "{\"id\":\"o:odd\\\"name\\\\\",\"object\":\"model\",\"created\":0,\"owned_by\":\"o\"}"

/* ---- the list */

static const struct {
    const char *name;
    bool bare;
    const char *answer; /* of the cloud; NULL = none */
    bool ollama;        /* one that told is behind it */
    const char *data;   /* NULL = an error */
} pages[] = {
    {"the first cloud's entries stay as they came", true,
     "{\"object\":\"list\",\"data\":[{\"id\": \"a\", \"x\": 1e400} , 7,{\"id\":\"b\"}]}", false,
     "{\"id\": \"a\", \"x\": 1e400},7,{\"id\":\"b\"}"},
    {"of another's the id alone changes", false,
     "{\"data\":[{ \"created\": 1.0, \"id\" : \"a\", \"x\":{\"id\":1}}]}", false,
     "{ \"created\": 1.0, \"id\" : \"cloud:a\", \"x\":{\"id\":1}}"},
    {"an id with escapes", false, "{\"data\":[{\"id\":\"a\\u0022b\\/c\"}]}", false,
     "{\"id\":\"cloud:a\\\"b/c\"}"},
    {"an empty id", false, "{\"data\":[{\"id\":\"\"}]}", false, "{\"id\":\"cloud:\"}"},
    {"an Ollama's are made", true, NULL, true, M "," ODD},
    {"one list of all", true, "{\"data\":[{\"id\":\"a\"}]}", true, "{\"id\":\"a\"}," M "," ODD},
    {"an empty list is one", true, "{\"data\":[]}", false, ""},
    {"nobody told anything", true, NULL, false, NULL},
};

START_TEST(a_page_of_models)
{
    struct model_answer answer;
    const struct offer offer = {
        .at = {{.provider = &cloud, .bare = pages[_i].bare, .answer = text_of(pages[_i].answer)},
               {.provider = &near, .models = pages[_i].ollama ? &local_models : NULL}},
        .count = 2};
    model_page_list(&offer, MODEL_PAGE_OPENAI, &answer);
    if (pages[_i].data) {
        ck_assert_int_eq(buf_printf(&out, "{\"object\":\"list\",\"data\":[%s]}", pages[_i].data),
                         0);
        ck_assert_msg(strcmp(answer.text.data, out.data) == 0, "%s: %s", pages[_i].name,
                      answer.text.data);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_ptr_null(answer.type);
    } else {
        ck_assert_int_eq(answer.status, 502);
        ck_assert_str_eq(answer.type, "upstream_error");
        ck_assert_str_eq(answer.code, "network");
        ck_assert_str_eq(answer.text.data, "no provider could be asked for its models");
    }
    model_answer_done(&answer);
}
END_TEST

static const struct {
    const char *query;
    enum model_page_form form;
} queries[] = {
    {"", MODEL_PAGE_OPENAI},
    {"?", MODEL_PAGE_OPENAI},
    {"?limit=3", MODEL_PAGE_OPENAI},
    {"?client_version", MODEL_PAGE_OPENAI},
    {"?no_client_version=1", MODEL_PAGE_OPENAI},
    {"?client_version=0.46.0", MODEL_PAGE_CODEX},
    {"?client_version=", MODEL_PAGE_CODEX},
    {"?limit=3&client_version=0.46.0&a=b", MODEL_PAGE_CODEX},
};

START_TEST(codex_is_told_by_the_query)
{
    ck_assert_int_eq(model_page_form(text_of(queries[_i].query), false), queries[_i].form);
    ck_assert_int_eq(model_page_form(text_of(queries[_i].query), true), MODEL_PAGE_ANTHROPIC);
}
END_TEST

START_TEST(codex_gets_models_beside_the_data)
{
    static const char want[] = "{\"object\":\"list\",\"data\":[{\"id\":\"a\"}],\"models\":[]}";
    struct model_answer answer;
    const struct offer offer = {.at = {{.provider = &cloud,
                                        .bare = true,
                                        .answer = text_of("{\"data\":[{\"id\":\"a\"}]}")}},
                                .count = 1};
    model_page_list(&offer, MODEL_PAGE_CODEX, &answer);
    ck_assert_str_eq(answer.text.data, want);
    model_answer_done(&answer);
}
END_TEST

/* Whatever the room is: a list, of whole entries. */
START_TEST(what_does_not_fit_in_is_left_out_whole)
{
    static const char *const lists[] = {
        "{\"object\":\"list\",\"data\":[]}",
        "{\"object\":\"list\",\"data\":[{\"id\":\"cloud:a\"}]}",
        "{\"object\":\"list\",\"data\":[{\"id\":\"cloud:a\"},{\"id\":\"cloud:b\"}]}"};
    const struct offer offer = {
        .at = {{.provider = &cloud,
                .answer = text_of("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}")}},
        .count = 1};
    for (size_t room = 0; room <= strlen(lists[2]); room++) {
        struct buf small;
        buf_init(&small, room);
        int r = model_page_write(&offer, MODEL_PAGE_OPENAI, &small);
        size_t fits = 0;
        while (fits < 2 && room >= strlen(lists[fits + 1]))
            fits++;
        ck_assert_msg((r == 0) == (room >= strlen(lists[0])), "%zu", room);
        ck_assert_msg(r < 0 || text_equals(buf_text(&small), lists[fits]), "%zu: %s", room,
                      small.data);
        buf_done(&small);
    }
}
END_TEST

START_TEST(a_small_entry_behind_one_that_is_too_large_is_there)
{
    static const char list[] = "{\"object\":\"list\",\"data\":[{\"id\":\"b\"}]}";
    const struct offer offer = {
        .at = {{.provider = &cloud,
                .bare = true,
                .answer =
                    text_of("{\"data\":[{\"id\":\"a\",\"x\":\"0123456789\"},{\"id\":\"b\"}]}")}},
        .count = 1};
    buf_done(&out);
    buf_init(&out, sizeof(list) - 1);
    ck_assert_int_eq(model_page_write(&offer, MODEL_PAGE_OPENAI, &out), 0);
    ck_assert_str_eq(out.data, list);
}
END_TEST

/* ---- one model */

static const struct {
    const char *name;
    const struct config_provider *owner; /* NULL: it cannot be asked */
    bool told;                           /* the Ollama */
    const char *wanted;
    struct {
        int status;
        const char *body;
    } said; /* by the cloud */
    int status;
    const char *code; /* NULL = no error of ours */
    const char *text;
} ones[] = {
    {"nobody can be asked", NULL, false, "a", {0, NULL}, 502, "network", NULL},
    {"an Ollama's", &near, true, "m:3b", {0, NULL}, 200, NULL, M},
    {"its letter case does not count", &near, true, "M:3B", {0, NULL}, 200, NULL, M},
    {"an Ollama that does not answer", &near, false, "m:3b", {0, NULL}, 502, "network", NULL},
    {"one that it does not have",
     &near,
     true,
     "x",
     {0, NULL},
     404,
     "model_not_found",
     "the model 'o:x' does not exist: see `ollama list`, or get it by `ollama pull x`"},
    {"a cloud's",
     &cloud,
     false,
     "a",
     {200, "{\"x\":1, \"id\":\"a\"}"},
     200,
     NULL,
     "{\"x\":1, \"id\":\"cloud:a\"}"},
    {"a cloud's error is told in its words",
     &cloud,
     false,
     "a",
     {404, "{\"error\": 1}"},
     404,
     NULL,
     "{\"error\": 1}"},
    {"an error that is no JSON", &cloud, false, "a", {500, "<html>"}, 502, "network", NULL},
    {"an answer without an id", &cloud, false, "a", {200, "{}"}, 502, "network", NULL},
    {"an id that is no string", &cloud, false, "a", {200, "{\"id\":7}"}, 502, "network", NULL},
    {"no object", &cloud, false, "a", {200, "\"id\""}, 502, "network", NULL},
    {"no JSON", &cloud, false, "a", {200, "{\"id\":\"a\""}, 502, "network", NULL},
    {"a redirect", &cloud, false, "a", {302, "{\"id\":\"a\"}"}, 502, "network", NULL},
    {"no answer", &cloud, false, "a", {0, NULL}, 502, "network", NULL},
};

START_TEST(a_page_of_one_model)
{
    struct model_answer answer;
    const struct model_said said = {ones[_i].said.status, text_of(ones[_i].said.body)};
    const struct offer offer = {
        .at = {{.provider = ones[_i].owner, .models = ones[_i].told ? &local_models : NULL}},
        .count = ones[_i].owner ? 1 : 0};
    model_page_one(&offer, text_of(ones[_i].wanted), &said, &answer);
    ck_assert_msg(answer.status == ones[_i].status, "%s: %d", ones[_i].name, answer.status);
    ck_assert_msg((answer.type != NULL) == (ones[_i].code != NULL), "%s", ones[_i].name);
    if (ones[_i].code)
        ck_assert_str_eq(answer.code, ones[_i].code);
    if (ones[_i].text)
        ck_assert_msg(text_equals(buf_text(&answer.text), ones[_i].text), "%s: %s", ones[_i].name,
                      answer.text.data);
    ck_assert_int_eq(answer.relayed, !answer.type && answer.status >= 400);
    model_answer_done(&answer);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("model_page");
    TCase *tc = tcase_create("model_page");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_page_of_models, 0, ROWS(pages));
    tcase_add_loop_test(tc, codex_is_told_by_the_query, 0, ROWS(queries));
    tcase_add_test(tc, codex_gets_models_beside_the_data);
    tcase_add_test(tc, what_does_not_fit_in_is_left_out_whole);
    tcase_add_test(tc, a_small_entry_behind_one_that_is_too_large_is_there);
    tcase_add_loop_test(tc, a_page_of_one_model, 0, ROWS(ones));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
