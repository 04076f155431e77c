/* docs/failures.md tells what the tables and the functions say. */
#include <stdio.h>

#include "tell/explain.h"
#include "tell/explain_what.h"
#include "unit.h"

static const char *const lines[] = {
    "\n| network | the provider could not be reached | yes | yes | 502 | 502 |\n",
    "\n| policy | the provider refused the content | no | no | answer | answer |\n",
    "\n| cancelled | the client went away | no | no | nothing | nothing |\n",
    "\n| timeout | the provider did not answer in time | yes | yes | 504 | 504 |\n",
    "\n| server | the provider reported a fault of its own | yes | yes | answer | 502 |\n",
    "\n| rate_limit | the provider asks to send less | no | yes | answer | 503, Retry-After: 1 |\n",
    "\n| skipped | the provider was not tried | no | yes | 503 | 503 |\n",
    "\n| connect_timeout | no connection within connect_timeout | timeout | no |\n",
    "\n| reset | the connection was reset or closed without an answer | network | yes |\n",
    "\n| 200, an answer | ok | to the client | answer | the same |\n",
    "\n| 200, an error object | server | again after 1s (backoff) | 502 | the same |\n",
    "\n| 200, HTML or no JSON | protocol | again after 1s (backoff) | 502 | the same |\n",
    "\n| 301, 302, 307, 308 | redirect | the next provider (this failure is not retried) | "
    "502 | the same |\n",
    "\n| 400 | request | to the client (the request is at fault) | answer | the same |\n",
    "\n| 404 | request | to the client (the request is at fault) | answer | model |\n",
    "\n| 429 | rate_limit | the next provider (this failure is not retried) | "
    "503, Retry-After: 1 | the same |\n",
    "\n| 429, Retry-After of at most `max_wait` | rate_limit | again after 5s (the wait that the "
    "provider named) | 503, Retry-After: 5 | the same |\n",
    "\n| 429, `insufficient_quota` | quota | the next provider (this failure is not retried) | "
    "502 | the same |\n",
    "\n| 499 | request | to the client (the request is at fault) | answer | server |\n",
    "\n| 505 to 511 | server | the next provider (this status is not retried) | 502 | the same |\n",
    "\n| connect-refused | the connection was refused or the host is unreachable |\n",
    "\n| offline | the machine is offline |\n",
};

START_TEST(the_page_has_the_line)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(explain_print_markdown(&out), 0);
    ck_assert_msg(strstr(out.data, lines[_i]) != NULL, "%s", lines[_i]);
    buf_done(&out);
}
END_TEST

START_TEST(every_class_and_every_end_is_there)
{
    struct buf out;
    char start[64];
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(explain_print_markdown(&out), 0);
    for (unsigned i = 1; i < FAILURE_COUNT; i++) {
        (void)snprintf(start, sizeof(start), "\n| %s | ", failure_word((enum failure)i));
        ck_assert_msg(strstr(out.data, start) != NULL, "%s", start);
    }
    for (unsigned i = 1; i < TRANSPORT_COUNT; i++) {
        (void)snprintf(start, sizeof(start), "\n| %s | ", transport_word((enum transport)i));
        ck_assert_msg(strstr(out.data, start) != NULL, "%s", start);
    }
    buf_done(&out);
}
END_TEST

START_TEST(no_room_for_the_page)
{
    struct buf out;
    buf_init(&out, 3000);
    ck_assert_int_lt(explain_print_markdown(&out), 0);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explain_doc");
    TCase *tc = tcase_create("explain_doc");
    tcase_add_loop_test(tc, the_page_has_the_line, 0, ROWS(lines));
    tcase_add_test(tc, every_class_and_every_end_is_there);
    tcase_add_test(tc, no_room_for_the_page);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
