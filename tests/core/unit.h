/*
 * Every tests/core/test_X.c is a program of its own: UNIT_MAIN(suite) runs what suite() returns,
 * prints what failed, and ends with check's line of counts.
 */
#ifndef UNDERSTUDY_UNIT_H
#define UNDERSTUDY_UNIT_H

#include <stdlib.h>

#include <check.h>

/* How often tcase_add_loop_test has to call a test of that table. */
#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

#define UNIT_MAIN(suite)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        SRunner *runner = srunner_create(suite());                                                 \
        srunner_run_all(runner, CK_ENV);                                                           \
        int failed = srunner_ntests_failed(runner);                                                \
        srunner_free(runner);                                                                      \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                          \
    }

#endif
