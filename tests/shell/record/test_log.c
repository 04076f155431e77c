/* What reaches standard error, and that nothing that happens to it holds the process up. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "../stderr_read.h"
#include "record/log.h"
#include "unit.h"

START_TEST(a_text_line_has_time_level_event_and_fields)
{
    redirect(_i);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_info("listening", LOG_STR("address", "127.0.0.1:11411"));
    const char *line = written();
    int year, end = 0;
    (void)sscanf(line, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ%n", &year, &end);
    ck_assert_int_eq(end, 24);
    ck_assert_str_eq(line + end, " level=info event=listening address=127.0.0.1:11411\n");
}
END_TEST

START_TEST(an_event_needs_no_fields)
{
    redirect(false);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_warning("drain");
    ck_assert_ptr_nonnull(strstr(written(), " level=warning event=drain\n"));
}
END_TEST

START_TEST(a_json_line_is_an_object_with_numbers)
{
    json_int_t n;
    int truth;
    const char *ts, *level, *event;
    redirect(false);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    log_error("exchange", LOG_INT("status", 502), LOG_BOOL("stream", true));
    json_t *line = json_loads(written(), JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(line);
    ck_assert_int_eq(json_unpack(line, "{s:s,s:s,s:s,s:I,s:b!}", "ts", &ts, "level", &level,
                                 "event", &event, "status", &n, "stream", &truth),
                     0);
    ck_assert_str_eq(level, "error");
    ck_assert_str_eq(event, "exchange");
    ck_assert_int_eq(n, 502);
    ck_assert_int_eq(truth, 1);
    json_decref(line);
}
END_TEST

START_TEST(levels_are_obeyed)
{
    static const char *const words[] = {"event=e\n", "event=w\n", "event=i\n", "event=d\n"};
    redirect(false);
    log_setup((enum log_level)_i, LOG_FORMAT_TEXT);
    log_error("e");
    log_warning("w");
    log_info("i");
    log_debug("d");
    const char *text = written();
    for (int level = 0; level < 4; level++)
        ck_assert_int_eq(strstr(text, words[level]) != NULL, level <= _i);
}
END_TEST

START_TEST(fields_of_an_unwanted_line_are_not_evaluated)
{
    int evaluated = 0;
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_debug("d", LOG_INT("n", ++evaluated));
    ck_assert_int_eq(evaluated, 0);
}
END_TEST

static const struct {
    const char *name;
    const char *start;
    bool ours;
} journals[] = {
    {"the journal gets a priority instead of a time", "<4>level=warning event=w\n", true},
    {"another process's journal stream is not ours", "2", false},
};

START_TEST(the_journal_is_recognised)
{
    char stream[64];
    struct stat st;
    redirect(true);
    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino + (journals[_i].ours ? 0 : 1));
    (void)setenv("JOURNAL_STREAM", stream, 1);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_warning("w");
    const char *text = written();
    ck_assert_msg(strncmp(text, journals[_i].start, strlen(journals[_i].start)) == 0, "%s: %s",
                  journals[_i].name, text);
    ck_assert_str_eq(log_priority(LOG_LEVEL_WARNING), journals[_i].ours ? "<4>" : "");
}
END_TEST

START_TEST(a_json_line_is_one_object_in_the_journal_too)
{
    char stream[64];
    struct stat st;
    redirect(true);
    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    (void)setenv("JOURNAL_STREAM", stream, 1);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    log_error("e");
    const char *text = written();
    ck_assert_msg(strncmp(text, "{\"ts\":\"", 7) == 0, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "\"level\":\"error\",\"event\":\"e\"}\n"));
}
END_TEST

static void log_long(const char *event)
{
    char bytes[1000];
    memset(bytes, 'x', sizeof(bytes));
    log_info(event, LOG_TEXT("bytes", text_make(bytes, sizeof(bytes))));
}

/* Fills what is behind standard error; gives the number of lines that were taken. */
static int fill(void)
{
    int lines = 0;
    for (; log_dropped() == 0; lines++)
        log_long("fill");
    return lines - 1;
}

static int count_of(const char *text, const char *needle)
{
    int n = 0;
    for (; (text = strstr(text, needle)) != NULL; text++)
        n++;
    return n;
}

/* How many lines the log says are missing. */
static int told(const char *text)
{
    static const char start[] = "level=warning event=log_dropped lines=";
    int sum = 0;
    for (; (text = strstr(text, start)) != NULL; text++)
        sum += (int)strtol(text + strlen(start), NULL, 10);
    return sum;
}

/* A short line, that of the log itself, may still find room where a long one does not. */
START_TEST(a_full_pipe_drops_whole_lines_and_tells)
{
    redirect(_i);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    int lines = fill();
    log_long("lost");
    log_long("lost");
    ck_assert_uint_eq(log_dropped(), 3);
    const char *text = written();
    int told_at_once = told(text);
    ck_assert_int_eq(count_of(text, "xx\n"), lines);
    ck_assert_int_eq(count_of(text, "event=lost"), 0);
    log_info("found");
    text = written();
    ck_assert_int_eq(told_at_once + told(text), 3);
    ck_assert_ptr_nonnull(strstr(text, "event=found\n"));
    log_info("again");
    ck_assert_int_eq(told(written()), 0);
}
END_TEST

START_TEST(a_line_for_which_a_disk_had_no_room_takes_no_other_with_it)
{
    char name[] = "/tmp/understudy-log-XXXXXX";
    struct rlimit limit = {100, RLIM_INFINITY};
    (void)signal(SIGXFSZ, SIG_IGN);
    reader = mkstemp(name);
    (void)unlink(name);
    ck_assert_int_ge(dup2(reader, STDERR_FILENO), 0);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    (void)setrlimit(RLIMIT_FSIZE, &limit); /* of check's own file, too */
    log_info("whole");
    log_long("torn");
    log_info("lost");
    limit.rlim_cur = RLIM_INFINITY;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    log_info("after");
    (void)lseek(reader, 0, SEEK_SET);
    const char *text = written();
    ck_assert_int_eq(text[100], '\n');
    ck_assert_int_eq(told(text + 101), 2);
    ck_assert_ptr_nonnull(strstr(text, "event=after\n"));
}
END_TEST

START_TEST(the_descriptors_of_others_stay_blocking)
{
    redirect(false);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(a_reader_that_has_gone_is_survived)
{
    redirect(_i);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    close(reader);
    log_info("unheard");
    ck_assert_uint_eq(log_dropped(), 1);
}
END_TEST

START_TEST(errno_survives)
{
    redirect(false);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    close(reader);
    errno = EXDEV;
    log_info("unheard");
    ck_assert_int_eq(errno, EXDEV);
}
END_TEST

#define THREADS 4
#define EACH    50

static void *chatter(void *arg)
{
    char bytes[300];
    memset(bytes, *(char *)arg, sizeof(bytes));
    for (int i = 0; i < EACH; i++)
        log_info("chatter", LOG_TEXT("bytes", text_make(bytes, sizeof(bytes))));
    return NULL;
}

START_TEST(threads_do_not_mix_their_lines)
{
    pthread_t threads[THREADS];
    char letters[] = "abcd";
    redirect(false);
    (void)fcntl(reader, F_SETPIPE_SZ, 1 << 20);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, chatter, &letters[i]), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    const char *text = written();
    int whole = 0;
    for (const char *at = text; (at = strstr(at, "bytes=")) != NULL; at++) {
        char letter[2] = {at[6], '\0'};
        whole += strspn(at + 6, letter) == 300 && at[306] == '\n';
    }
    ck_assert_int_eq(whole, THREADS * EACH);
}
END_TEST

static void *shout(void *arg)
{
    (void)arg;
    for (int i = 0; i < EACH; i++)
        log_long("shout");
    return NULL;
}

/* As in a container, where the pipe is another user's: no descriptor is left to open it again with.
 */
START_TEST(a_full_pipe_that_cannot_be_opened_again_holds_no_thread_up)
{
    pthread_t threads[THREADS];
    struct rlimit before;
    redirect(false);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {3, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, shout, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    ck_assert_uint_gt(log_dropped(), 0);
    int whole = count_of(written(), "xx\n");
    ck_assert_uint_ge((uint64_t)whole + log_dropped(), THREADS * EACH);
    ck_assert_int_gt(whole, 30);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("log");
    TCase *t = tcase_create("log");
    tcase_add_loop_test(t, a_text_line_has_time_level_event_and_fields, 0, 2);
    tcase_add_test(t, an_event_needs_no_fields);
    tcase_add_test(t, a_json_line_is_an_object_with_numbers);
    tcase_add_loop_test(t, levels_are_obeyed, 0, 4);
    tcase_add_test(t, fields_of_an_unwanted_line_are_not_evaluated);
    tcase_add_loop_test(t, the_journal_is_recognised, 0, ROWS(journals));
    tcase_add_loop_test(t, a_full_pipe_drops_whole_lines_and_tells, 0, 2);
    tcase_add_test(t, a_line_for_which_a_disk_had_no_room_takes_no_other_with_it);
    tcase_add_test(t, the_descriptors_of_others_stay_blocking);
    tcase_add_loop_test(t, a_reader_that_has_gone_is_survived, 0, 2);
    tcase_add_test(t, errno_survives);
    tcase_add_test(t, threads_do_not_mix_their_lines);
    tcase_add_test(t, a_full_pipe_that_cannot_be_opened_again_holds_no_thread_up);
    tcase_add_test(t, a_json_line_is_one_object_in_the_journal_too);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
