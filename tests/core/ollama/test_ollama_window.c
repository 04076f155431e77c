/* The window that is asked for. */
#include "ollama/ollama.h"
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

static const struct {
    const char *name;
    int64_t prompt, limit, want;
} needs[] = {
    {"the limit that the app names", 100, 50, 150},
    {"none is named", 100, -1, 100 + OLLAMA_ANSWER_TOKENS},
    {"0 is none", 100, 0, 100 + OLLAMA_ANSWER_TOKENS},
    {"the largest limit", 100, INT64_MAX, INT64_MAX},
    {"the largest of both", INT64_MAX, INT64_MAX, INT64_MAX},
};

START_TEST(the_answer_has_room_in_the_window)
{
    int64_t got = ollama_tokens_with_answer(needs[_i].prompt, needs[_i].limit);
    ck_assert_msg(got == needs[_i].want, "%s: %jd", needs[_i].name, (intmax_t)got);
}
END_TEST

#define MINUTE INT64_C(60000)

static const struct {
    const char *name;
    struct ollama_window_known known;
    int64_t now_ms, window;
} loaded[] = {
    {"nothing is known", {0, 0, 0, 0, NULL}, MINUTE, 0},
    {"the server tells it", {8192, MINUTE, 0, 0, NULL}, MINUTE, 8192},
    {"what was asked for since is newer", {8192, 1000, 16384, 2000, NULL}, MINUTE, 16384},
    {"what was asked for in the same instant", {8192, 2000, 16384, 2000, NULL}, MINUTE, 16384},
    {"what was asked for before is older", {8192, 3000, 16384, 2000, NULL}, MINUTE, 8192},
    {"it was asked for, and is loaded no longer", {0, 3000, 16384, 2000, NULL}, MINUTE, 0},
    {"the server was never asked", {0, 0, 16384, 2000, NULL}, MINUTE, 16384},
    {"as long as Ollama keeps a model", {0, 0, 16384, 1000, NULL}, 1000 + 5 * MINUTE, 16384},
    {"and no longer", {0, 0, 16384, 1000, NULL}, 1001 + 5 * MINUTE, 0},
    {"then what the server told", {8192, 500, 16384, 1000, NULL}, 1001 + 5 * MINUTE, 8192},
    {"keep_alive says how long", {0, 0, 16384, 1000, "10m"}, 1000 + 10 * MINUTE, 16384},
    {"shorter, too", {0, 0, 16384, 1000, "10s"}, 11001, 0},
    {"for ever is five minutes here", {0, 0, 16384, 1000, "-1"}, 1001 + 5 * MINUTE, 0},
};

START_TEST(the_window_that_a_model_is_loaded_with)
{
    int64_t got = ollama_window_of(&loaded[_i].known, loaded[_i].now_ms);
    ck_assert_msg(got == loaded[_i].window, "%s: %lld", loaded[_i].name, (long long)got);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_window");
    TCase *tc = tcase_create("window");
    tcase_add_loop_test(tc, windows_grow_in_steps, 0, ROWS(windows));
    tcase_add_test(tc, a_model_of_which_nothing_is_known);
    tcase_add_loop_test(tc, the_answer_has_room_in_the_window, 0, ROWS(needs));
    tcase_add_loop_test(tc, the_window_that_a_model_is_loaded_with, 0, ROWS(loaded));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
