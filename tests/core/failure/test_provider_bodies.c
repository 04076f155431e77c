/*
 * tests/fixtures/provider-errors.json: what each cloud answers when something is wrong, and the
 * class and the wait that come of it. docs/provider-errors.md is made of the same file.
 */
#include <jansson.h>

#include "failure/named_wait.h"
#include "fixture.h"
#include "text/count.h"
#include "unit.h"

/* More than there are rows: a loop behind the last has nothing to do. */
#define ROWS_MAX 400

static json_t *load_rows(void)
{
    json_error_t error;
    struct buf content = fixture_read("provider-errors.json");
    json_t *rows = json_loadb(content.data, content.len, 0, &error);
    ck_assert_msg(json_is_array(rows), "line %d: %s", error.line, error.text);
    buf_done(&content);
    return rows;
}

static const char *text_at(const json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

static struct text header_of(const void *row, const char *name)
{
    return text_of(text_at(json_object_get(row, "headers"), name));
}

static enum speaker speaker_of(const json_t *row)
{
    return strcmp(text_at(row, "provider"), "ollama-cloud") == 0 ? SPEAKER_OLLAMA : SPEAKER_OPENAI;
}

/* A body that is no JSON stands there as a text. */
static char *body_of(const json_t *row)
{
    const json_t *body = json_object_get(row, "body");
    char *text = json_is_string(body) ? strdup(json_string_value(body)) : json_dumps(body, 0);
    ck_assert_ptr_nonnull(text);
    return text;
}

START_TEST(a_cloud_says_what_is_wrong)
{
    json_t *rows = load_rows();
    const json_t *row = json_array_get(rows, (size_t)_i);
    if (!row) {
        ck_assert_uint_lt(json_array_size(rows), ROWS_MAX);
        json_decref(rows);
        return;
    }
    struct provider_error error;
    char *body = body_of(row);
    const json_t *wait = json_object_get(row, "wait_ms");
    (void)provider_error_read(text_of(body), &error);
    enum failure failure = failure_of_answer(
        speaker_of(row), (int)json_integer_value(json_object_get(row, "status")), &error);
    int64_t wait_ms = named_wait(failure, &error, header_of, row, 1795000000);
    ck_assert_msg(strcmp(failure_word(failure), text_at(row, "class")) == 0, "%s, %s: %s",
                  text_at(row, "provider"), text_at(row, "what"), failure_word(failure));
    ck_assert_msg(wait_ms == (wait ? json_integer_value(wait) : -1), "%s, %s: a wait of %lld ms",
                  text_at(row, "provider"), text_at(row, "what"), (long long)wait_ms);
    ck_assert_msg(strstr(text_at(row, "source"), ", 20") != NULL, "%s, %s: a source without a date",
                  text_at(row, "provider"), text_at(row, "what"));
    free(body);
    json_decref(rows);
}
END_TEST

/* Of every cloud that has keys and models: a wrong key, a limit, an unknown model and what is too
 * long. */
START_TEST(no_cloud_is_left_out)
{
    static const char *const clouds[] = {
        "openai",   "anthropic", "openrouter",  "gemini",       "xai",      "groq",   "mistral",
        "deepseek", "cerebras",  "together",    "fireworks",    "moonshot", "zai",    "minimax",
        "qwen",     "nvidia",    "huggingface", "ollama-cloud", "azure",    "bedrock"};
    static const char *const classes[] = {"auth", "rate_limit", "model", "context"};
    json_t *rows = load_rows();
    for (size_t i = 0; i < COUNT(clouds); i++) {
        for (size_t j = 0; j < COUNT(classes); j++) {
            bool found = false;
            for (size_t n = 0; n < json_array_size(rows); n++) {
                const json_t *row = json_array_get(rows, n);
                found = found || (strcmp(text_at(row, "provider"), clouds[i]) == 0 &&
                                  strcmp(text_at(row, "class"), classes[j]) == 0);
            }
            ck_assert_msg(found, "%s: %s", clouds[i], classes[j]);
        }
    }
    json_decref(rows);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("provider_bodies");
    TCase *tc = tcase_create("bodies");
    tcase_add_loop_test(tc, a_cloud_says_what_is_wrong, 0, ROWS_MAX);
    tcase_add_test(tc, no_cloud_is_left_out);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
