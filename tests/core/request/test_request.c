/* What is read of a chat request, what is refused, and that nothing but the model's name changes.
 */
#include <errno.h>
#include <stdio.h>

#include "config/config.h"
#include "request_row.h"
#include "text/buf.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *body;
    const char *model; /* NULL = none */
    const char *span;  /* NULL = absent */
} models[] = {
    {"a model", "{\"model\":\"gpt-4\"," MESSAGES "}", "gpt-4", "\"gpt-4\""},
    {"a model in blanks", " { " MESSAGES " , \"model\" : \"gpt-4\" } ", "gpt-4", "\"gpt-4\""},
    {"a name written with escapes", "{\"mod\\u0065l\":\"gpt\\u002d4\"," MESSAGES "}", "gpt-4",
     "\"gpt\\u002d4\""},
    {"a slash that is escaped", "{\"model\":\"meta\\/llama\"," MESSAGES "}", "meta/llama",
     "\"meta\\/llama\""},
    {"a name beyond ASCII", "{\"model\":\"\xc3\xa9\"," MESSAGES "}", "\xc3\xa9", "\"\xc3\xa9\""},
    {"a name with a blank", "{\"model\":\"my model\"," MESSAGES "}", "my model", "\"my model\""},
    {"a name with a blank that does not break", "{\"model\":\"a\xc2\xa0\"," MESSAGES "}",
     "a\xc2\xa0", "\"a\xc2\xa0\""},
    {"a prefix is part of it", "{\"model\":\"ollama:m:3b\"," MESSAGES "}", "ollama:m:3b",
     "\"ollama:m:3b\""},
    {"no model", "{" MESSAGES "}", NULL, NULL},
    {"null is no model", "{\"model\":null," MESSAGES "}", NULL, "null"},
    {"a model further down is none", "{" MESSAGES ",\"metadata\":{\"model\":\"x\"}}", NULL, NULL},
};

START_TEST(the_model_is_found)
{
    struct request_facts facts;
    read_or_fail(models[_i].name, models[_i].body, &facts);
    ck_assert_int_eq(facts.has_model, models[_i].model != NULL);
    if (models[_i].model)
        ck_assert_str_eq(facts.model, models[_i].model);
    else
        ck_assert_ptr_null(facts.model);
    if (models[_i].span)
        ck_assert(text_equals(facts.model_span, models[_i].span));
    else
        ck_assert_ptr_null(facts.model_span.at);
    request_facts_done(&facts);
    request_facts_done(&facts);
}
END_TEST

START_TEST(a_refusal_names_what_the_path_wants)
{
    static const char *const wants[] = {[API_PATH_CHAT] = "with model and messages",
                                        [API_PATH_COMPLETIONS] = "with model and prompt",
                                        [API_PATH_RESPONSES] = "with model and input",
                                        [API_PATH_MESSAGES] = "with model and messages",
                                        [API_PATH_COUNT_TOKENS] = "with model and messages",
                                        [API_PATH_EMBEDDINGS] = "with model and input"};
    static const char *const bodies[] = {"", "[]"};
    for (int path = 0; path < ROWS(wants); path++) {
        for (int i = 0; i < ROWS(bodies); i++) {
            struct error why = ERROR_NONE;
            struct request_facts facts;
            ck_assert_int_eq(request_read((enum api_path)path, text_of(bodies[i]), &facts, &why),
                             -EINVAL);
            ck_assert_ptr_nonnull(strstr(why.text, wants[path]));
        }
    }
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    const char *says;
} refused[] = {
    {"nothing", "", "no body"},
    {"blanks", "  \n", "not valid JSON"},
    {"not JSON", "model=gpt-4", "not valid JSON: a value is expected at byte 0"},
    {"JSON that is cut", "{" MESSAGES, "not valid JSON: ',' or '}' is expected at byte"},
    {"an array", "[{" MESSAGES "}]", "not a JSON object"},
    {"a string", "\"hi\"", "not a JSON object"},
    {"a model twice", "{\"model\":\"a\",\"model\":\"a\"," MESSAGES "}",
     "model is in the request twice"},
    {"a model twice, once in escapes", "{\"model\":\"a\",\"m\\u006fdel\":\"b\"," MESSAGES "}",
     "model is in the request twice"},
    {"a model twice, first null", "{\"model\":null,\"model\":\"a\"," MESSAGES "}",
     "model is in the request twice"},
    {"a stream twice", "{\"stream\":true," MESSAGES ",\"stream\":true}",
     "stream is in the request twice"},
    {"a model that is a number", "{\"model\":4," MESSAGES "}", "model is not a string"},
    {"a model that is an object", "{\"model\":{}," MESSAGES "}", "model is not a string"},
    {"an empty model", "{\"model\":\"\"," MESSAGES "}", "model is empty"},
    {"a model with a line end", "{\"model\":\"a\\r\\nb\"," MESSAGES "}", "control character"},
    {"a model that begins with a TAB", "{\"model\":\"\\ta\"," MESSAGES "}", "control character"},
    {"a model with a NUL", "{\"model\":\"a\\u0000b\"," MESSAGES "}", "control character"},
    {"a model with DEL", "{\"model\":\"a\x7f\"," MESSAGES "}", "control character"},
    {"a model with a C1 control", "{\"model\":\"a\\u0085\"," MESSAGES "}", "control character"},
    {"a stream that is a string", "{\"stream\":\"true\"," MESSAGES "}", "stream is not a boolean"},
    {"a stream that is a number", "{\"stream\":1," MESSAGES "}", "stream is not a boolean"},
    {"no messages", "{\"model\":\"a\"}", "messages is missing"},
    {"messages that are null", "{\"messages\":null}", "messages is not an array"},
    {"messages that are a string", "{\"messages\":\"hi\"}", "messages is not an array"},
    {"an empty object", "{}", "messages is missing"},
};

START_TEST(what_no_provider_could_understand_is_refused)
{
    struct error error = ERROR_NONE;
    struct request_facts facts = {.messages = 77};
    ck_assert_msg(request_read(API_PATH_CHAT, text_of(refused[_i].body), &facts, &error) == -EINVAL,
                  "%s", refused[_i].name);
    ck_assert_msg(strstr(error.text, refused[_i].says), "%s: %s", refused[_i].name, error.text);
    ck_assert_uint_eq(facts.messages, 77);
}
END_TEST

START_TEST(a_model_name_may_have_512_bytes)
{
    char body[MODEL_NAME_MAX + 100];
    struct request_facts facts;
    for (size_t len = MODEL_NAME_MAX; len <= MODEL_NAME_MAX + 1; len++) {
        struct error error = ERROR_NONE;
        char name[MODEL_NAME_MAX + 2] = {0};
        memset(name, 'm', len);
        (void)snprintf(body, sizeof(body), "{\"model\":\"%s\"," MESSAGES "}", name);
        if (len == MODEL_NAME_MAX) {
            read_or_fail("512", body, &facts);
            ck_assert_str_eq(facts.model, name);
            request_facts_done(&facts);
        } else {
            ck_assert_int_eq(request_read(API_PATH_CHAT, text_of(body), &facts, &error), -EINVAL);
            ck_assert_ptr_nonnull(strstr(error.text, "too long"));
        }
    }
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
    struct buf body;
    struct error error = ERROR_NONE;
    struct request_facts facts;
    buf_init(&body, 1u << 20);
    ck_assert_int_eq(buf_append_string(&body, "{\"messages\":"), 0);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(buf_append_string(&body, "["), 0);
    ck_assert_int_eq(request_read(API_PATH_CHAT, buf_text(&body), &facts, &error), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error.text, "nested too deeply"));
    buf_done(&body);
}
END_TEST

/* ---- as it comes */

static const struct {
    enum api_path path;
    const char *body;
} in_pieces[] = {
    {API_PATH_CHAT,
     " {\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":[" IMAGE
     ",{\"type\":\"text\",\"text\":\"\\u00e9\xc3\xa9\"}," IMAGE "]}],\"model\":\"m\","
     "\"tools\":[{}],\"max_tokens\":12e1} "},
    {API_PATH_CHAT, "{\"messages\":[{\"content\":[" IMAGE "]}],\"messages\":[]}"},
    {API_PATH_CHAT, "{\"model\":\"a\"," MESSAGES ",\"model\":\"b\"}"},
    {API_PATH_CHAT, "{" MESSAGES ",\"stream\":tru}"},
    {API_PATH_CHAT, "{" MESSAGES},
    {API_PATH_CHAT, "[{" MESSAGES "}]"},
    {API_PATH_MESSAGES, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]},"
                        "{\"content\":1}],\"max_tokens\":1}"},
    {API_PATH_RESPONSES, "{\"input\":[{\"type\":\"item_reference\"}],\"model\":\"m\"}"},
    {API_PATH_API_CHAT, "{\"model\":\"m\",\"messages\":[{\"images\":[\"a\",\"b\"]}]}"},
    {API_PATH_COMPLETIONS, "{\"prompt\":[\"a\"],\"echo\":true,\"n\":2}"},
};

/* Each piece comes at another place; bytes behind it are not there. */
static void give(struct request_reading *reading, struct text body, size_t len)
{
    char *copy = malloc(len ? len : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, body.at, len);
    request_reading_more(reading, text_make(copy, len));
    free(copy);
}

static void expect_same(const struct request_facts *got, const struct request_facts *want)
{
    ck_assert(got->model_span.at == want->model_span.at &&
              got->model_span.len == want->model_span.len);
    ck_assert(got->echo.at == want->echo.at && got->echo.len == want->echo.len);
    if (want->model)
        ck_assert_str_eq(got->model, want->model);
    ck_assert_uint_eq(flags_of(got), flags_of(want));
    ck_assert(got->n == want->n && got->max_tokens == want->max_tokens);
    ck_assert_uint_eq(got->messages, want->messages);
    ck_assert_uint_eq(got->image_count, want->image_count);
}

/* In two pieces, the first of which has that length, and then whole. step: more of them until then.
 */
static void expect_same_in_pieces(int row, size_t first, size_t step)
{
    struct text body = text_of(in_pieces[row].body);
    struct request_facts got, want;
    struct error got_why = ERROR_NONE, why = ERROR_NONE;
    struct request_reading *reading = request_reading_new(in_pieces[row].path);
    for (size_t len = first; len <= body.len; len += step)
        give(reading, body, len);
    int r = request_read(in_pieces[row].path, body, &want, &why);
    ck_assert_msg(request_reading_end(reading, body, &got, &got_why) == r, "%d, %zu: %s", row,
                  first, got_why.text);
    ck_assert_str_eq(got_why.text, why.text);
    if (r == 0) {
        expect_same(&got, &want);
        request_facts_done(&got);
        request_facts_done(&want);
    }
    request_reading_free(reading);
}

START_TEST(a_body_that_is_read_as_it_comes_says_the_same)
{
    size_t len = strlen(in_pieces[_i].body);
    for (size_t first = 0; first <= len; first++)
        expect_same_in_pieces(_i, first, len + 1);
    expect_same_in_pieces(_i, 1, 1);
}
END_TEST

START_TEST(of_some_paths_nothing_is_read)
{
    ck_assert_ptr_null(request_reading_new(API_PATH_OLLAMA));
    ck_assert_ptr_null(request_reading_new(API_PATH_OTHER));
    request_reading_free(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request");
    TCase *tc = tcase_create("request");
    tcase_add_loop_test(tc, the_model_is_found, 0, ROWS(models));
    tcase_add_test(tc, a_refusal_names_what_the_path_wants);
    tcase_add_loop_test(tc, what_no_provider_could_understand_is_refused, 0, ROWS(refused));
    tcase_add_test(tc, a_model_name_may_have_512_bytes);
    tcase_add_test(tc, deep_nesting_is_refused);
    tcase_add_loop_test(tc, a_body_that_is_read_as_it_comes_says_the_same, 0, ROWS(in_pieces));
    tcase_add_test(tc, of_some_paths_nothing_is_read);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
