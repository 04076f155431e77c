/* What is said on the control socket. */
#include "control/control_line.h"
#include "unit.h"

static const struct {
    const char *line;
    int r;
    enum control_word word;
} rows[] = {
    {"{\"do\":\"local\"}", 0, CONTROL_STATUS},
    {"{\"do\":\"local\",\"set\":\"on\"}", 0, CONTROL_ON},
    {" {\"set\":\"off\", \"do\":\"local\", \"more\":1} ", 0, CONTROL_OFF},
    {"{\"do\":\"local\",\"set\":\"maybe\"}", -1, CONTROL_STATUS},
    {"{\"do\":\"local\",\"set\":true}", -1, CONTROL_STATUS},
    {"{\"do\":\"local\",\"set\":null}", -1, CONTROL_STATUS},
    {"{\"do\":\"local\",\"set\":\"status\"}", -1, CONTROL_STATUS},
    {"{\"do\":\"dance\"}", -1, CONTROL_STATUS},
    {"{\"do\":\"watch\",\"set\":\"on\"}", -1, CONTROL_STATUS},
    {"{\"do\":1}", -1, CONTROL_STATUS},
    {"{\"do\":\"local\",\"do\":\"local\"}", -1, CONTROL_STATUS},
    {"[\"local\"]", -1, CONTROL_STATUS},
    {"\"local\"", -1, CONTROL_STATUS},
    {"", -1, CONTROL_STATUS},
    {"{\"do\":\"local\"", -1, CONTROL_STATUS},
    {"{\"do\":\"local\"} x", -1, CONTROL_STATUS},
};

START_TEST(a_request_is_read)
{
    struct control_request request;
    struct error why = ERROR_NONE;
    int r = control_request_read(text_of(rows[_i].line), &request, &why);
    ck_assert_msg((r < 0) == (rows[_i].r < 0), "%s", rows[_i].line);
    ck_assert_int_eq(error_is_set(&why), r < 0);
    if (r == 0)
        ck_assert_int_eq(request.word, rows[_i].word);
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct control_request request = {.word = (enum control_word)_i}, again;
    struct error why = ERROR_NONE;
    struct buf out;
    bool on = request.word == CONTROL_ON;
    struct control_answer answer = {0};
    buf_init(&out, 1000);
    ck_assert_int_eq(control_request_write(&request, &out), 0);
    ck_assert_int_eq(out.data[out.len - 1], '\n');
    ck_assert_int_eq(control_request_read(buf_text(&out), &again, &why), 0);
    ck_assert_int_eq(again.word, request.word);
    ck_assert(!again.watches);
    buf_reset(&out);
    ck_assert_int_eq(control_answer_write(on, "[::1]:1", &out), 0);
    ck_assert_int_eq(control_answer_read(buf_text(&out), &answer, &why), 0);
    ck_assert_int_eq(answer.local, on);
    ck_assert_str_eq(answer.address, "[::1]:1");
    buf_reset(&out);
    ck_assert_int_eq(control_error_write("no \"such\" thing", &out), 0);
    ck_assert_int_lt(control_answer_read(buf_text(&out), &answer, &why), 0);
    ck_assert_str_eq(why.text, "the daemon says: no \"such\" thing");
    buf_done(&out);
}
END_TEST

START_TEST(who_watches_is_told_lines)
{
    const struct control_request request = {.watches = true};
    struct control_request again;
    struct exchange_record record;
    struct error why = ERROR_NONE;
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(control_request_write(&request, &out), 0);
    ck_assert_str_eq(out.data, "{\"do\":\"watch\"}\n");
    ck_assert_int_eq(control_request_read(buf_text(&out), &again, &why), 0);
    ck_assert(again.watches);
    buf_reset(&out);
    ck_assert_int_eq(control_standing_write("serving \"here\"", &out), 0);
    ck_assert_int_eq(control_lost_write(3, &out), 0);
    ck_assert_str_eq(out.data,
                     "{\"standing\":\"serving \\\"here\\\"\"}\n{\"lost\":{\"count\":3}}\n");
    buf_reset(&out);
    exchange_record_init(&record);
    ck_assert_int_eq(control_exchange_write(&record, &out), 0);
    ck_assert_int_eq(strncmp(out.data, "{\"exchange\":{\"id\":\"\",", 21), 0);
    ck_assert_str_eq(out.data + out.len - 3, "}}\n");
    ck_assert_ptr_eq(strchr(out.data, '\n'), out.data + out.len - 1);
    buf_done(&out);
}
END_TEST

START_TEST(an_answer_that_is_none_is_told)
{
    static const char *const lines[] = {"",
                                        "{}",
                                        "[]",
                                        "{\"ok\":true}",
                                        "{\"ok\":true,\"local\":\"x\"}",
                                        "{\"ok\":1,\"local\":\"on\"}"};
    struct error why = ERROR_NONE;
    struct control_answer answer;
    ck_assert_int_lt(control_answer_read(text_of(lines[_i]), &answer, &why), 0);
    ck_assert(error_is_set(&why));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control_line");
    TCase *tc = tcase_create("control_line");
    tcase_add_test(tc, who_watches_is_told_lines);
    tcase_add_loop_test(tc, a_request_is_read, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_is_written_is_read, 0, CONTROL_WORD_COUNT);
    tcase_add_loop_test(tc, an_answer_that_is_none_is_told, 0, 6);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
