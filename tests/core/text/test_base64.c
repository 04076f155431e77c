/* What is base64, and what only looks so. */
#include <errno.h>

#include "text/base64.h"
#include "unit.h"

static const struct {
    const char *name;
    const char *data;
    const char *wrong; /* part of the reason; NULL = it is base64 */
} rows[] = {
    {"a group", "iVBO", NULL},
    {"all its letters", "AZaz09+/", NULL},
    {"filled up with one", "iVA=", NULL},
    {"filled up with two", "iV==", NULL},
    {"in lines", "iVBO\r\nAAAA\n", NULL},
    {"nothing", "", "empty"},
    {"lines without letters", "\r\n", "not base64"},
    {"only what fills up", "====", "not base64"},
    {"a group that is cut", "iVB", "not base64"},
    {"filled up with three", "i===", "not base64"},
    {"letters behind the end", "iV==AAAA", "not base64"},
    {"the letters of URLs", "iV-_", "not base64"},
    {"a blank", "iV O", "not base64"},
    {"a prefix", "data:image/png;base64,iVBO", "not base64"},
};

START_TEST(base64_is_told_from_what_is_not)
{
    struct error why = ERROR_NONE;
    int r = base64_check(text_of(rows[_i].data), &why);
    ck_assert_msg(r == (rows[_i].wrong ? -EINVAL : 0), "%s: %d", rows[_i].name, r);
    ck_assert_msg(strstr(why.text, rows[_i].wrong ? rows[_i].wrong : "") != NULL, "%s: %s",
                  rows[_i].name, why.text);
}
END_TEST

/* RFC 4648, 10. */
static const struct {
    const char *bytes, *letters;
} written[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xff\xfe\xfb", "//77"}};

START_TEST(bytes_are_written_and_counted)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(base64_write(text_of(written[_i].bytes), &out), 0);
    ck_assert_msg(text_equals(buf_text(&out), written[_i].letters), "%s", written[_i].letters);
    ck_assert_uint_eq(base64_size(buf_text(&out)), strlen(written[_i].bytes));
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("base64");
    TCase *tc = tcase_create("base64");
    tcase_add_loop_test(tc, base64_is_told_from_what_is_not, 0, ROWS(rows));
    tcase_add_loop_test(tc, bytes_are_written_and_counted, 0, ROWS(written));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
