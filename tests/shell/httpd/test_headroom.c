/* What is given back of a connection's memory, and that nothing of what it holds changes. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "httpd/headroom.h"
#include "unit.h"

static char *memory; /* whole pages, one of which stands behind the connection's */
static size_t page, all;

static void setup(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    all = HEADROOM_MEMORY + page;
    memory = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    memset(memory, 0, all);
}

static void teardown(void)
{
    (void)munmap(memory, all);
}

/* How many of its pages take memory. */
static size_t taken(void)
{
    unsigned char in[64];
    size_t count = 0;
    ck_assert_uint_le(all / page, sizeof(in));
    ck_assert_int_eq(mincore(memory, all, in), 0);
    for (size_t i = 0; i < all / page; i++)
        count += in[i] & 1;
    return count;
}

START_TEST(zeros_are_given_back_and_all_else_stays)
{
    size_t before = taken();
    memory[0] = 'P';
    memory[3 * page - 1] = 'x';
    memory[5 * page] = 'y';
    headroom_give_back(memory, false);
    ck_assert_uint_eq(before, all / page);
    ck_assert_uint_eq(taken(), 5); /* these three, the last one, and what stands behind it */
    ck_assert_int_eq(memory[0], 'P');
    ck_assert_int_eq(memory[3 * page - 1], 'x');
    ck_assert_int_eq(memory[5 * page], 'y');
    for (size_t i = 0; i < all; i++)
        ck_assert(memory[i] == '\0' || i == 0 || i == 3 * page - 1 || i == 5 * page);
}
END_TEST

START_TEST(of_a_fresh_one_only_what_was_touched_is_looked_at)
{
    headroom_give_back(memory, true);
    ck_assert_uint_eq(taken(), all / page - HEADROOM_MEMORY / 2 / page);
}
END_TEST

START_TEST(a_page_that_is_not_all_its_own_is_left_alone)
{
    headroom_give_back(memory + 16, false);
    ck_assert_uint_eq(taken(), 3);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("headroom");
    TCase *tc = tcase_create("headroom");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, zeros_are_given_back_and_all_else_stays);
    tcase_add_test(tc, of_a_fresh_one_only_what_was_touched_is_looked_at);
    tcase_add_test(tc, a_page_that_is_not_all_its_own_is_left_alone);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
