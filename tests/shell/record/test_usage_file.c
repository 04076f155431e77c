/* The usage file: a line an exchange, whatever happens to the file. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "record/metrics.h"
#include "record/usage_file.h"
#include "unit.h"

static char folder[] = "/tmp/understudy-usage-XXXXXX";
static char path[64], moved[64];

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/usage", folder);
    (void)snprintf(moved, sizeof(moved), "%s/usage.1", folder);
}

static void teardown(void)
{
    usage_file_done();
    (void)unlink(path);
    (void)unlink(moved);
    (void)rmdir(folder);
}

static void write_one(const char *id)
{
    struct exchange_record record;
    exchange_record_init(&record);
    (void)snprintf(record.id, sizeof(record.id), "%s", id);
    record.prompt_tokens = 7;
    usage_file_write(&record);
}

/* The ids of the lines of a file, each with a ';' behind it; each line must be a JSON object. */
static const char *ids_of(const char *file)
{
    static char ids[256];
    char line[1024];
    FILE *lines = fopen(file, "re");
    ids[0] = '\0';
    while (lines && fgets(line, sizeof(line), lines)) {
        json_t *json = json_loads(line, 0, NULL);
        ck_assert_ptr_nonnull(json_object_get(json, "time"));
        ck_assert_int_eq(json_integer_value(json_object_get(json, "prompt_tokens")), 7);
        size_t used = strlen(ids);
        (void)snprintf(ids + used, sizeof(ids) - used, "%s;",
                       json_string_value(json_object_get(json, "id")));
        json_decref(json);
    }
    if (lines)
        (void)fclose(lines);
    return ids;
}

START_TEST(each_exchange_is_a_line_that_is_an_object)
{
    usage_file_open(path);
    write_one("a");
    write_one("b\n\"");
    ck_assert_str_eq(ids_of(path), "a;b\n\";");
}
END_TEST

/* Files may become that large, as on a disk with so much room; check's own, too. */
static void limit_files(rlim_t bytes)
{
    const struct rlimit limit = {bytes, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

/* More than a line takes, and less than two. */
#define ROOM 500

START_TEST(a_line_for_which_there_was_no_room_takes_no_other_with_it)
{
    static char bytes[4096];
    (void)signal(SIGXFSZ, SIG_IGN);
    usage_file_open(path);
    write_one("a");
    limit_files(ROOM);
    write_one("torn");
    write_one("lost");
    ck_assert_int_eq(metrics_sum(METRIC_USAGE_DROPPED), 2);
    limit_files(RLIM_INFINITY);
    write_one("b");
    write_one("c");
    ck_assert_int_eq(metrics_sum(METRIC_USAGE_DROPPED), 2);
    FILE *file = fopen(path, "re");
    size_t len = fread(bytes, 1, sizeof(bytes) - 1, file);
    (void)fclose(file);
    ck_assert_uint_gt(len, ROOM);
    ck_assert_int_eq(bytes[ROOM], '\n');
    file = fopen(moved, "we");
    ck_assert_uint_eq(fwrite(bytes + ROOM + 1, 1, len - ROOM - 1, file), len - ROOM - 1);
    (void)fclose(file);
    ck_assert_str_eq(ids_of(moved), "b;c;");
}
END_TEST

START_TEST(the_file_is_for_its_owner_only)
{
    struct stat st;
    usage_file_open(path);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(lines_are_added_behind_those_that_are_there)
{
    usage_file_open(path);
    write_one("a");
    usage_file_done();
    usage_file_open(path);
    write_one("b");
    ck_assert_str_eq(ids_of(path), "a;b;");
}
END_TEST

START_TEST(after_a_rotation_lines_go_into_the_new_file_once_it_is_opened)
{
    usage_file_open(path);
    write_one("a");
    ck_assert_int_eq(rename(path, moved), 0);
    write_one("b");
    usage_file_open(path);
    write_one("c");
    ck_assert_str_eq(ids_of(moved), "a;b;");
    ck_assert_str_eq(ids_of(path), "c;");
}
END_TEST

START_TEST(a_file_that_is_copied_and_truncated_goes_on_from_its_beginning)
{
    usage_file_open(path);
    write_one("a");
    write_one("b");
    ck_assert_int_eq(truncate(path, 0), 0);
    write_one("c");
    ck_assert_str_eq(ids_of(path), "c;");
}
END_TEST

START_TEST(without_a_path_nothing_is_written)
{
    usage_file_open(path);
    usage_file_open(NULL);
    write_one("a");
    ck_assert_str_eq(ids_of(path), "");
}
END_TEST

START_TEST(a_path_that_cannot_be_opened_is_tried_again_and_costs_no_more_than_its_lines)
{
    int64_t before = metrics_sum(METRIC_USAGE_DROPPED);
    ck_assert_int_eq(rmdir(folder), 0);
    usage_file_open(path);
    write_one("a");
    ck_assert_int_eq(metrics_sum(METRIC_USAGE_DROPPED), before + 1);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    write_one("b");
    ck_assert_str_eq(ids_of(path), "b;");
    ck_assert_int_eq(metrics_sum(METRIC_USAGE_DROPPED), before + 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_file");
    TCase *tc = tcase_create("usage_file");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, each_exchange_is_a_line_that_is_an_object);
    tcase_add_test(tc, a_line_for_which_there_was_no_room_takes_no_other_with_it);
    tcase_add_test(tc, the_file_is_for_its_owner_only);
    tcase_add_test(tc, lines_are_added_behind_those_that_are_there);
    tcase_add_test(tc, after_a_rotation_lines_go_into_the_new_file_once_it_is_opened);
    tcase_add_test(tc, a_file_that_is_copied_and_truncated_goes_on_from_its_beginning);
    tcase_add_test(tc, without_a_path_nothing_is_written);
    tcase_add_test(tc,
                   a_path_that_cannot_be_opened_is_tried_again_and_costs_no_more_than_its_lines);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
