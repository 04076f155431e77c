/* What the modes of a file and of its folder let others do. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/fileaccess.h"
#include "unit.h"

static char folder[64], path[128];

static void setup(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/understudy-access-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void teardown(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

static const struct {
    const char *name;
    mode_t file, folder;
    struct file_access others;
} rows[] = {
    {"ours alone", 0600, 0700, {0}},
    {"a file that all can read", 0644, 0755, {.read = true}},
    {"that our group can read", 0640, 0755, {0}},
    {"that our group can write", 0660, 0700, {0}},
    {"that all can write", 0602, 0700, {.write = true}},
    {"a folder in which all can write", 0600, 0777, {.replace = true}},
    {"in which our group can", 0600, 0770, {0}},
    {"in which each can take out his own only", 0600, 01777, {0}},
    {"all of it", 0666, 0777, {true, true, true}},
};

START_TEST(others_can_do_what_the_modes_say)
{
    ck_assert_int_eq(chmod(path, rows[_i].file), 0);
    ck_assert_int_eq(chmod(folder, rows[_i].folder), 0);
    struct file_access others = fileaccess_of_others(path);
    ck_assert_msg(others.read == rows[_i].others.read && others.write == rows[_i].others.write &&
                      others.replace == rows[_i].others.replace,
                  "%s", rows[_i].name);
}
END_TEST

START_TEST(a_group_of_strangers_counts_as_others)
{
    const gid_t strangers = 65533;
    if (fileaccess_is_our_group(strangers) || chown(path, (uid_t)-1, strangers) < 0 ||
        chown(folder, (uid_t)-1, strangers) < 0)
        return; /* only root may give files away */
    ck_assert_int_eq(chmod(path, 0660), 0);
    ck_assert_int_eq(chmod(folder, 0770), 0);
    struct file_access others = fileaccess_of_others(path);
    ck_assert(!others.read && others.write && others.replace);
}
END_TEST

START_TEST(what_is_no_regular_file_is_not_told)
{
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert(!fileaccess_of_others(folder).write);
    ck_assert(!fileaccess_of_others("/dev/full").write);
    ck_assert(!fileaccess_of_others("/nowhere/at/all").replace);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("fileaccess");
    TCase *tc = tcase_create("fileaccess");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, others_can_do_what_the_modes_say, 0, ROWS(rows));
    tcase_add_test(tc, a_group_of_strangers_counts_as_others);
    tcase_add_test(tc, what_is_no_regular_file_is_not_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
