/* Values that a field can hold as they are, and others. */
#include <errno.h>
#include <string.h>

#include "mcp/mcp_field.h"
#include "unit.h"

static const struct {
    const char *value, *field;
} values[] = {
    {"plain", "X: plain"},
    {"a b~!", "X: a b~!"},
    {"", "X: =?base64?"
         "?="},
    {" a", "X: =?base64?IGE=?="},
    {"a ", "X: =?base64?YSA=?="},
    {"a\tb", "X: =?base64?YQli?="},
    {"a\x7f", "X: =?base64?YX8=?="},
    {"=?base64?YQ==?=", "X: =?base64?PT9iYXNlNjQ/WVE9PT89?="},
    {"=?base64?", "X: =?base64?"},
};

START_TEST(a_value_goes_as_it_is_or_in_base64)
{
    struct buf out;
    buf_init(&out, 1000);
    ck_assert_int_eq(mcp_field_write(text_of("X"), text_of(values[_i].value), &out), 0);
    ck_assert_str_eq(out.data, values[_i].field);
    ck_assert_uint_eq(out.len, strlen(out.data) + 1);
    buf_done(&out);
}
END_TEST

START_TEST(without_room_there_is_an_error)
{
    struct buf out;
    for (size_t max = 0; max < strlen("X: =?base64?YX8=?=") + 1; max++) {
        buf_init(&out, max);
        ck_assert_int_eq(mcp_field_write(text_of("X"), text_of("a\x7f"), &out), -EMSGSIZE);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_field");
    TCase *tc = tcase_create("mcp_field");
    tcase_add_loop_test(tc, a_value_goes_as_it_is_or_in_base64, 0, ROWS(values));
    tcase_add_test(tc, without_room_there_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
