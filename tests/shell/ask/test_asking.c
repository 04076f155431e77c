/* Text goes out as it comes, as far as somebody takes it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "ask/asking.h"
#include "unit.h"

#define SAID(text)                                                                                 \
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{"            \
    "\"content\":\"" text "\"}}]}\n\n"

static int ends[2]; /* of a pipe: reads, writes */
static struct asking asking;

static void begin(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    asking = (struct asking){.out = {.fd = ends[1]}};
    ck_assert_int_eq(ask_answer_init(&asking.answer, 4096), 0);
    ask_answer_head(&asking.answer, 200);
}

static void end(void)
{
    ask_answer_done(&asking.answer);
    close(ends[0]);
    close(ends[1]);
}

static void expect(const char *text)
{
    char came[64] = "";
    ck_assert_int_eq(read(ends[0], came, sizeof(came) - 1), (ssize_t)strlen(text));
    ck_assert_str_eq(came, text);
}

START_TEST(what_comes_goes_out_at_once)
{
    ck_assert(asking_take(&asking, text_of(SAID("one "))));
    expect("one ");
    ck_assert(asking.out.in_line);
    ck_assert(asking_take(&asking, text_of(SAID("two\\n"))));
    expect("two\n");
    ck_assert(!asking.out.in_line);
    ck_assert_uint_eq(asking.answer.text.len, 0);
}
END_TEST

START_TEST(a_terminal_gets_it_without_commands)
{
    asking.out.terminal = true;
    ck_assert(asking_take(&asking, text_of(SAID("a\\u001b[2J"))));
    expect("a?[2J");
}
END_TEST

START_TEST(what_is_kept_does_not_go_out)
{
    asking.out.kept = true;
    ck_assert(asking_take(&asking, text_of(SAID("one ") SAID("two"))));
    ck_assert_str_eq(asking.answer.text.data, "one two");
    ck_assert(!asking.out.in_line);
}
END_TEST

START_TEST(who_reads_no_more_is_noticed)
{
    close(ends[0]);
    ck_assert(!asking_take(&asking, text_of(SAID("one"))));
    ck_assert_int_eq(asking.out.error, -EPIPE);
    ck_assert(!asking_take(&asking, text_of(SAID("two"))));
    ends[0] = open("/dev/null", O_RDONLY);
}
END_TEST

static void *read_all(void *arg)
{
    size_t *count = arg;
    char bytes[4096];
    ssize_t n;
    while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
        *count += (size_t)n;
    return NULL;
}

START_TEST(a_slow_reader_is_waited_for)
{
    enum { MUCH = 1 << 20 };
    char *bytes = calloc(1, MUCH);
    size_t count = 0;
    pthread_t reader;
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    ck_assert_int_eq(pthread_create(&reader, NULL, read_all, &count), 0);
    ck_assert_int_eq(ask_out_put(&asking.out, text_make(bytes, MUCH)), 0);
    close(ends[1]);
    (void)pthread_join(reader, NULL);
    ck_assert_uint_eq(count, MUCH);
    ends[1] = open("/dev/null", O_WRONLY);
    free(bytes);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("asking");
    TCase *tc = tcase_create("asking");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, what_comes_goes_out_at_once);
    tcase_add_test(tc, a_terminal_gets_it_without_commands);
    tcase_add_test(tc, what_is_kept_does_not_go_out);
    tcase_add_test(tc, who_reads_no_more_is_noticed);
    tcase_add_test(tc, a_slow_reader_is_waited_for);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
