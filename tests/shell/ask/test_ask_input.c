/* Standard input, until its end. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "ask/ask_input.h"
#include "unit.h"

#define MAX 100000

static int ends[2];
static struct buf got;
static struct error why;

static void begin(void)
{
    ck_assert_int_eq(pipe(ends), 0);
    buf_init(&got, MAX);
    why = ERROR_NONE;
}

static void end(void)
{
    buf_done(&got);
    close(ends[0]);
}

/* So many bytes, in pieces that no block ends at. */
static void *write_some(void *arg)
{
    char bytes[777];
    memset(bytes, 'x', sizeof(bytes));
    for (size_t left = *(size_t *)arg; left > 0;) {
        ssize_t n = write(ends[1], bytes, left < sizeof(bytes) ? left : sizeof(bytes));
        left -= n > 0 ? (size_t)n : left;
    }
    close(ends[1]);
    return NULL;
}

static int read_of(size_t bytes)
{
    pthread_t writer;
    ck_assert_int_eq(pthread_create(&writer, NULL, write_some, &bytes), 0);
    int r = ask_input_read(ends[0], &got, &why);
    char rest[4096];
    while (read(ends[0], rest, sizeof(rest)) > 0)
        continue;
    (void)pthread_join(writer, NULL);
    return r;
}

START_TEST(all_of_it_is_read)
{
    static const size_t sizes[] = {0, 1, 65536, 65537, MAX};
    (void)fcntl(ends[0], F_SETFL, _i % 2 ? O_NONBLOCK : 0);
    int r = ask_input_read(-1, &got, NULL);
    ck_assert_int_eq(r, -EBADF);
    ck_assert_int_eq(read_of(sizes[_i]), 0);
    ck_assert_uint_eq(got.len, sizes[_i]);
}
END_TEST

START_TEST(more_than_may_be_is_told)
{
    ck_assert_int_eq(read_of(MAX + 1), -EMSGSIZE);
    ck_assert_str_eq(why.text, "standard input is longer than 100000 bytes, which is all that a "
                               "request may have ([server] max_body)");
}
END_TEST

START_TEST(what_cannot_be_read_is_told)
{
    int folder = open("/", O_RDONLY);
    close(ends[1]);
    ck_assert_int_eq(ask_input_read(folder, &got, &why), -EISDIR);
    ck_assert_str_eq(why.text, "standard input cannot be read: Is a directory");
    close(folder);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_input");
    TCase *tc = tcase_create("ask_input");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_loop_test(tc, all_of_it_is_read, 0, 5);
    tcase_add_test(tc, more_than_may_be_is_told);
    tcase_add_test(tc, what_cannot_be_read_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
