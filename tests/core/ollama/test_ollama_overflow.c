/* The count in an error about a prompt that is too long. */
#include "ollama/ollama.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *body;
    int64_t tokens;
} rows[] = {
    {"0.33",
     "{\"error\":\"{\\\"error\\\":{\\\"code\\\":400,\\\"message\\\":\\\"request (8002 tokens) "
     "exceeds"
     " the available context size (512 tokens), try increasing it\\\",\\\"type\\\":"
     "\\\"exceed_context_size_error\\\",\\\"n_prompt_tokens\\\":8003,\\\"n_ctx\\\":512}}\"}",
     8003},
    {"another sentence, and the member",
     "{\"error\":\"{\\\"error\\\":{\\\"message\\\":\\\"too "
     "long\\\",\\\"n_prompt_tokens\\\":77}}\"}",
     77},
    {"the object itself", "{\"error\":{\"n_prompt_tokens\":9000,\"n_ctx\":8192}}", 9000},
    {"the sentence alone",
     "{\"error\":\"request (8002 tokens) exceeds the available context size (512 tokens)\"}", 8002},
    {"0.24", "{\"error\":\"the input length exceeds the context length\"}", 0},
    {"a sentence about something else", "{\"error\":\"request (8002 tokens) was odd\"}", 0},
    {"a number that is none", "{\"error\":\"request (many tokens) exceeds\"}", 0},
    {"a number below zero", "{\"error\":{\"n_prompt_tokens\":-5}}", 0},
    {"a number that no 64 bits hold", "{\"error\":{\"n_prompt_tokens\":1e30}}", INT64_MAX},
    {"no error", "{\"message\":\"request (8002 tokens) exceeds\"}", 0},
    {"no JSON", "<html>", 0},
    {"nothing", "", 0},
};

START_TEST(the_count_is_found)
{
    int64_t got = ollama_overflow_read(text_of(rows[_i].body));
    ck_assert_msg(got == rows[_i].tokens, "%s: %jd", rows[_i].name, (intmax_t)got);
}
END_TEST

/* Cut anywhere it is no JSON, and tells nothing. */
START_TEST(a_cut_error_tells_nothing)
{
    struct text body = text_of(rows[_i].body);
    for (size_t len = 0; len < body.len; len++)
        ck_assert_int_eq(ollama_overflow_read(text_make(body.at, len)), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_overflow");
    TCase *tc = tcase_create("overflow");
    tcase_add_loop_test(tc, the_count_is_found, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_cut_error_tells_nothing, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
