/* What the kernel tells of this process. */
#include <fcntl.h>
#include <unistd.h>

#include "machine/process.h"
#include "unit.h"

START_TEST(each_descriptor_that_is_open_counts_once)
{
    enum { MORE = 300 };
    int fds[MORE];
    int64_t before = process_open_fds();
    ck_assert_int_ge(before, 3);
    for (int i = 0; i < MORE; i++) {
        fds[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
        ck_assert_int_ge(fds[i], 0);
    }
    ck_assert_int_eq(process_open_fds(), before + MORE);
    for (int i = 0; i < MORE; i++)
        close(fds[i]);
    ck_assert_int_eq(process_open_fds(), before);
    ck_assert_int_le(before, process_max_fds());
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("process");
    TCase *tc = tcase_create("process");
    tcase_add_test(tc, each_descriptor_that_is_open_counts_once);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
