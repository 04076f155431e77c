/* One listens, or none. */
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/notice.h"
#include "unit.h"

START_TEST(who_listens_is_rung_for_each_change)
{
    uint64_t count = 0;
    int fd = eventfd(0, EFD_NONBLOCK);
    notice_change(); /* nobody listens yet */
    notice_to(fd);
    notice_change();
    notice_change();
    ck_assert_int_eq(read(fd, &count, sizeof(count)), sizeof(count));
    ck_assert_uint_eq(count, 2);
    notice_to(-1);
    notice_change();
    ck_assert_int_lt(read(fd, &count, sizeof(count)), 0);
    close(fd);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("notice");
    TCase *tc = tcase_create("bell");
    tcase_add_test(tc, who_listens_is_rung_for_each_change);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
