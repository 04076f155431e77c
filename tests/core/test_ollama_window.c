/* Estimates of tokens, and the window that is asked for. */
#include <string.h>

#include "buf.h"
#include "ollama.h"
#include "unit.h"

static const struct {
    const char *name;
    int64_t set, limit, need, loaded, want;
} windows[] = {
    {"a short talk gets the first step", 0, 0, 100, 0, 8192},
    {"a talk that just fits", 0, 0, 8192, 0, 8192},
    {"a talk that does not", 0, 0, 8193, 0, 16384},
    {"a long one", 0, 0, 100000, 0, 131072},
    {"not beyond the model", 0, 40000, 100000, 0, 40000},
    {"a small model", 0, 4096, 100, 0, 4096},
    {"what is loaded stays while the talk fits", 0, 131072, 9000, 12345, 12345},
    {"a small window that is loaded stays too", 0, 131072, 3000, 4096, 4096},
    {"what is loaded grows when it must", 0, 131072, 5000, 4096, 8192},
    {"and never shrinks", 0, 131072, 100, 65536, 65536},
    {"not below what is loaded, at the model's end", 0, 16384, 50000, 32768, 32768},
    {"the setting is a constant", 5000, 4096, 100000, 8192, 5000},
    {"more than anything could hold", 0, 0, INT64_MAX, 0, INT64_C(1) << 40},
};

START_TEST(windows_grow_in_steps)
{
    struct config_provider provider = {.num_ctx = windows[_i].set};
    struct ollama_model model = {.context_length = windows[_i].limit};
    int64_t got = ollama_num_ctx(&provider, &model, windows[_i].need, windows[_i].loaded);
    ck_assert_msg(got == windows[_i].want, "%s: %jd", windows[_i].name, (intmax_t)got);
}
END_TEST

START_TEST(a_model_of_which_nothing_is_known)
{
    struct config_provider provider = {0};
    ck_assert_int_eq(ollama_num_ctx(&provider, NULL, 20000, 0), 32768);
}
END_TEST

static int64_t estimate(const char *before, char fill, size_t count, size_t images)
{
    struct buf body;
    struct request_facts facts = {.image_count = images};
    buf_init(&body, 1 << 20);
    ck_assert_int_eq(buf_append_string(&body, before), 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(buf_append(&body, &fill, 1), 0);
    ck_assert_int_eq(buf_append_string(&body, "\"}"), 0);
    int64_t tokens = ollama_estimate_tokens(buf_text(&body), &facts);
    buf_done(&body);
    return tokens;
}

START_TEST(text_is_counted_and_base64_is_not)
{
    ck_assert_int_eq(ollama_estimate_tokens(text_of("aaa bbb ccc "), &(struct request_facts){0}),
                     4);
    ck_assert_int_eq(ollama_estimate_tokens(text_of(""), &(struct request_facts){0}), 0);
    ck_assert_int_eq(estimate("{\"x\":\"", ' ', 30000, 0), 10002);
    ck_assert_int_eq(estimate("{\"x\":\"", 'A', 30000, 0), 2);
    ck_assert_int_eq(estimate("{\"x\":\"", 'A', 30000, 2), 2 + 2 * 768);
    ck_assert_int_eq(estimate("{\"x\":\"", 'A', 900, 0), 302);
}
END_TEST

START_TEST(base64_with_escaped_slashes_is_not_text)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(buf_append_string(&body, "AAAA\\/"), 0);
    ck_assert_int_eq(ollama_estimate_tokens(buf_text(&body), &(struct request_facts){0}), 0);
    buf_done(&body);
}
END_TEST

START_TEST(escaped_letters_count_as_letters)
{
    static const struct request_facts none;
    ck_assert_int_eq(ollama_estimate_tokens(text_of("\\u4f60\\u597d\\u4f60\\u597d"), &none), 4);
    ck_assert_int_eq(ollama_estimate_tokens(text_of("\xe4\xbd\xa0\xe5\xa5\xbd"), &none), 2);
    ck_assert_int_eq(ollama_estimate_tokens(text_of("\\ud83d\\ude00"), &none), 2);
    ck_assert_int_eq(ollama_estimate_tokens(text_of("C:\\\\users\\\\u"), &none), 4);
    ck_assert_int_eq(ollama_estimate_tokens(text_of("\\u"), &none), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_window");
    TCase *tc = tcase_create("window");
    tcase_add_loop_test(tc, windows_grow_in_steps, 0, (int)(sizeof(windows) / sizeof(windows[0])));
    tcase_add_test(tc, a_model_of_which_nothing_is_known);
    tcase_add_test(tc, text_is_counted_and_base64_is_not);
    tcase_add_test(tc, base64_with_escaped_slashes_is_not_text);
    tcase_add_test(tc, escaped_letters_count_as_letters);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
