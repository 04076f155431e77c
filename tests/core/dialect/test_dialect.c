/* The records, and a translation from end to end where memory or room ends. */
#include <errno.h>

#include "dialect/dialect.h"
#include "json_row.h"
#include "unit.h"

START_TEST(each_dialect_is_spoken_in_the_directions_it_is_used_in)
{
    ck_assert_str_eq(dialect_openai.name, "openai");
    ck_assert_str_eq(dialect_openai.chat_path, "/chat/completions");
    ck_assert_int_eq(dialect_openai.framing, DIALECT_SSE);
    ck_assert(dialect_openai.request_read && dialect_openai.event_write &&
              dialect_openai.answer_write);
    ck_assert_str_eq(dialect_ollama.name, "ollama");
    ck_assert_str_eq(dialect_ollama.chat_path, "/api/chat");
    ck_assert_int_eq(dialect_ollama.framing, DIALECT_NDJSON);
    ck_assert(dialect_ollama.request_write && dialect_ollama.event_read &&
              dialect_ollama.answer_read);
}
END_TEST

static const char conversation[] =
    "{'messages':[{'role':'system','content':'s'},{'role':'user','content':[{'type':'text',"
    "'text':'a'},{'type':'text','text':'b'}]}],'tools':[{'type':'function','function':{'name':'f',"
    "'parameters':{'type':'object','properties':{'x':true}}}}],'stop':'x','temperature':0.5}";

START_TEST(a_request_that_has_no_room_is_told)
{
    struct buf out, dropped;
    struct dialect_target target = {.model = "m"};
    char *body = json_row_text(conversation);
    int r = -EMSGSIZE;
    size_t max = 0;
    for (; r == -EMSGSIZE && max < 4096; max++) {
        struct error why = ERROR_NONE;
        buf_init(&out, max);
        buf_init(&dropped, DIALECT_DROPPED_MAX);
        r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
        buf_done(&out);
        buf_done(&dropped);
    }
    ck_assert_int_eq(r, 0);
    ck_assert_uint_gt(max, 200);
    free(body);
}
END_TEST

/* Every prefix of a request is refused, none is misread. */
START_TEST(a_request_that_was_cut_is_refused)
{
    struct buf out, dropped;
    struct dialect_target target = {.model = "m"};
    char *body = json_row_text(conversation);
    buf_init(&out, 4096);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    for (size_t len = 0; len < strlen(body); len++) {
        struct error why = ERROR_NONE;
        ck_assert_int_eq(
            dialect_translate_request(text_make(body, len), &target, &out, &dropped, &why),
            -EINVAL);
        ck_assert(error_is_set(&why));
    }
    free(body);
    buf_done(&out);
    buf_done(&dropped);
}
END_TEST

static const struct {
    const char *name;
    int64_t prompt, completion, window;
    bool exceeded;
} answers[] = {
    {"an answer that fits", 8000, 192, 8192, false},
    {"one token too many", 8000, 193, 8192, true},
    {"the window is not known", 8000, 193, 0, false},
    {"no counts were told", 0, 0, 8192, false},
    {"numbers that no model has", INT64_MAX, INT64_MAX, 8192, true},
};

START_TEST(a_window_that_was_too_small_is_seen)
{
    bool got =
        dialect_window_exceeded(answers[_i].prompt, answers[_i].completion, answers[_i].window);
    ck_assert_msg(got == answers[_i].exceeded, "%s", answers[_i].name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect");
    TCase *tc = tcase_create("dialect");
    tcase_add_test(tc, each_dialect_is_spoken_in_the_directions_it_is_used_in);
    tcase_add_test(tc, a_request_that_has_no_room_is_told);
    tcase_add_test(tc, a_request_that_was_cut_is_refused);
    tcase_add_loop_test(tc, a_window_that_was_too_small_is_seen, 0, ROWS(answers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
