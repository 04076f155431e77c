/* What is said on the control socket. */
#include "control/control_line.h"
#include "unit.h"

static const struct {
    const char *line;
    int r;
    bool sets, on;
} rows[] = {
    {"{\"do\":\"local\"}", 0, false, false},
    {"{\"do\":\"local\",\"set\":\"on\"}", 0, true, true},
    {" {\"set\":\"off\", \"do\":\"local\", \"more\":1} ", 0, true, false},
    {"{\"do\":\"local\",\"set\":\"maybe\"}", -1, false, false},
    {"{\"do\":\"local\",\"set\":true}", -1, false, false},
    {"{\"do\":\"local\",\"set\":null}", -1, false, false},
    {"{\"do\":\"dance\"}", -1, false, false},
    {"{\"do\":1}", -1, false, false},
    {"{\"do\":\"local\",\"do\":\"local\"}", -1, false, false},
    {"[\"local\"]", -1, false, false},
    {"\"local\"", -1, false, false},
    {"", -1, false, false},
    {"{\"do\":\"local\"", -1, false, false},
    {"{\"do\":\"local\"} x", -1, false, false},
};

START_TEST(a_request_is_read)
{
    struct control_request request;
    struct error why = ERROR_NONE;
    int r = control_request_read(text_of(rows[_i].line), &request, &why);
    ck_assert_msg((r < 0) == (rows[_i].r < 0), "%s", rows[_i].line);
    ck_assert_int_eq(error_is_set(&why), r < 0);
    if (r == 0)
        ck_assert(request.sets == rows[_i].sets && (!request.sets || request.on == rows[_i].on));
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct control_request request = {.sets = _i > 0, .on = _i == 2}, again;
    struct error why = ERROR_NONE;
    struct buf out;
    bool local = false;
    buf_init(&out, 1000);
    ck_assert_int_eq(control_request_write(&request, &out), 0);
    ck_assert_int_eq(out.data[out.len - 1], '\n');
    ck_assert_int_eq(control_request_read(buf_text(&out), &again, &why), 0);
    ck_assert(again.sets == request.sets && again.on == request.on);
    buf_reset(&out);
    ck_assert_int_eq(control_answer_write(request.on, &out), 0);
    ck_assert_int_eq(control_answer_read(buf_text(&out), &local, &why), 0);
    ck_assert_int_eq(local, request.on);
    buf_reset(&out);
    ck_assert_int_eq(control_error_write("no \"such\" thing", &out), 0);
    ck_assert_int_lt(control_answer_read(buf_text(&out), &local, &why), 0);
    ck_assert_str_eq(why.text, "the daemon says: no \"such\" thing");
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
    bool local;
    ck_assert_int_lt(control_answer_read(text_of(lines[_i]), &local, &why), 0);
    ck_assert(error_is_set(&why));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("control_line");
    TCase *tc = tcase_create("control_line");
    tcase_add_loop_test(tc, a_request_is_read, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_is_written_is_read, 0, 3);
    tcase_add_loop_test(tc, an_answer_that_is_none_is_told, 0, 6);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
