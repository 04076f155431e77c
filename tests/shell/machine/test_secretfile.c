/* Which files may hold a secret, and what is said about those that may not. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/secretfile.h"
#include "unit.h"

#define SECRET "sk-CANARY-0123456789"

static char directory[64];
static char path[128];

static void setup(void)
{
    (void)snprintf(directory, sizeof(directory), "/tmp/understudy-secret-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/key", directory);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void teardown(void)
{
    char link[160];
    (void)snprintf(link, sizeof(link), "%s.link", path);
    (void)unlink(link);
    (void)unlink(path);
    (void)rmdir(path);
    (void)rmdir(directory);
}

static void write_file(size_t len, mode_t mode)
{
    char bytes[SECRETFILE_MAX_BYTES + 2];
    memset(bytes, 'k', sizeof(bytes));
    memcpy(bytes, SECRET, strlen(SECRET));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

/* Reads name and holds the message to its rules; gives what secretfile_read returned. */
static int read_secret(const char *name, size_t *ret_len, struct error *error)
{
    struct buf out;
    buf_init(&out, (size_t)2 * SECRETFILE_MAX_BYTES);
    *error = ERROR_NONE;
    int r = secretfile_read(NULL, name, &out, error);
    *ret_len = out.len;
    ck_assert_int_eq(r < 0, error_is_set(error));
    ck_assert_ptr_null(strstr(error->text, "CANARY"));
    ck_assert(r < 0 || strncmp(out.data ? out.data : "", SECRET, out.len) == 0 ||
              out.len > strlen(SECRET));
    buf_done(&out);
    return r;
}

static const struct {
    const char *name;
    mode_t mode;
    size_t len;
    bool credential; /* the folder is systemd's */
    int r;
    const char *says;
} files[] = {
    {"only the owner may read it", 0600, 20, false, 0, ""},
    {"nobody may write it", 0400, 20, false, 0, ""},
    {"an empty file is read", 0600, 0, false, 0, ""},
    {"the largest", 0600, SECRETFILE_MAX_BYTES, false, 0, ""},
    {"one byte more", 0600, SECRETFILE_MAX_BYTES + 1, false, -EFBIG, "too large"},
    {"a group of ours may read it", 0640, 20, false, 0, ""},
    {"others may read it", 0604, 20, false, -EPERM, "chmod 600 /tmp/"},
    {"others may write it", 0602, 20, false, -EPERM, "chmod 600 /tmp/"},
    {"a credential of systemd shows group bits", 0440, 20, true, 0, ""},
    {"a secret of a container is open to all", 0444, 20, true, 0, ""},
    {"one that others may write is not", 0446, 20, true, -EPERM, "can be written by others"},
};

START_TEST(permissions_and_sizes)
{
    struct error error;
    size_t len;
    write_file(files[_i].len, files[_i].mode);
    if (files[_i].credential)
        (void)setenv("CREDENTIALS_DIRECTORY", directory, 1);
    int r = read_secret(path, &len, &error);
    ck_assert_msg(r == files[_i].r && strstr(error.text, files[_i].says), "%s: %d %s",
                  files[_i].name, r, error.text);
    ck_assert_uint_eq(len, r == 0 ? files[_i].len : 0);
}
END_TEST

START_TEST(a_link_is_followed)
{
    struct error error;
    char link[160];
    size_t len;
    write_file(strlen(SECRET), _i ? 0604 : 0600);
    (void)snprintf(link, sizeof(link), "%s.link", path);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(read_secret(link, &len, &error), _i ? -EPERM : 0);
    ck_assert_uint_eq(len, _i ? 0 : strlen(SECRET));
}
END_TEST

/* A directory beside it that holds nothing but a link to it is not where it is. */
START_TEST(a_link_below_the_credentials_directory_is_not_trusted)
{
    struct error error;
    char top[96], link[160];
    size_t len;
    write_file(20, 0604);
    (void)snprintf(top, sizeof(top), "%s.d", directory);
    (void)snprintf(link, sizeof(link), "%s/key", top);
    ck_assert_int_eq(mkdir(top, 0700), 0);
    ck_assert_int_eq(symlink(path, link), 0);
    (void)setenv("CREDENTIALS_DIRECTORY", top, 1);
    int r = read_secret(link, &len, &error);
    (void)unlink(link);
    (void)rmdir(top);
    ck_assert_int_eq(r, -EPERM);
}
END_TEST

/* Kubernetes: key -> ..data/key, ..data -> ..2026_11_28, and all of it below one directory. */
START_TEST(links_inside_of_the_credentials_directory_are_followed)
{
    struct error error;
    char link[160];
    size_t len;
    write_file(20, 0644);
    (void)snprintf(link, sizeof(link), "%s.link", path);
    ck_assert_int_eq(symlink("key", link), 0);
    (void)setenv("CREDENTIALS_DIRECTORY", directory, 1);
    ck_assert_int_eq(read_secret(link, &len, &error), 0);
}
END_TEST

START_TEST(a_group_that_is_not_ours_is_refused)
{
    struct error error;
    size_t len;
    if (geteuid() != 0)
        return;
    write_file(20, 0640);
    ck_assert_int_eq(chown(path, 0, 12345), 0);
    ck_assert_int_eq(read_secret(path, &len, &error), -EPERM);
    ck_assert_ptr_nonnull(strstr(error.text, "gid 12345"));
    ck_assert_ptr_nonnull(strstr(error.text, "chmod 600"));
    (void)setenv("CREDENTIALS_DIRECTORY", directory, 1);
    ck_assert_int_eq(chown(path, 12345, 12345), 0);
    ck_assert_int_eq(read_secret(path, &len, &error), 0);
}
END_TEST

START_TEST(what_is_no_file_is_refused_at_once)
{
    struct error error;
    size_t len;
    ck_assert_int_eq(_i ? mkfifo(path, 0600) : mkdir(path, 0700), 0);
    ck_assert_int_eq(read_secret(path, &len, &error), _i ? -EINVAL : -EISDIR);
    ck_assert_ptr_nonnull(strstr(error.text, "not a regular file"));
}
END_TEST

START_TEST(a_missing_file_is_named)
{
    struct error error;
    size_t len;
    ck_assert_int_eq(read_secret(path, &len, &error), -ENOENT);
    ck_assert_ptr_nonnull(strstr(error.text, path));
}
END_TEST

START_TEST(another_users_file_is_refused)
{
    struct error error;
    size_t len;
    if (geteuid() != 0)
        return;
    write_file(20, 0600);
    ck_assert_int_eq(chown(path, 12345, 12345), 0);
    ck_assert_int_eq(read_secret(path, &len, &error), -EPERM);
    ck_assert_ptr_nonnull(strstr(error.text, "uid 12345"));
}
END_TEST

static const char *const endings[] = {"-other", "/x", "/ke"};

START_TEST(only_the_credentials_directory_itself_is_trusted)
{
    struct error error;
    char other[96];
    size_t len;
    (void)snprintf(other, sizeof(other), "%s%s", directory, endings[_i]);
    (void)setenv("CREDENTIALS_DIRECTORY", other, 1);
    write_file(20, 0604);
    ck_assert_int_eq(read_secret(path, &len, &error), -EPERM);
}
END_TEST

START_TEST(a_way_out_of_the_credentials_directory_is_not_trusted)
{
    struct error error;
    char inside[96], round[224];
    size_t len;
    (void)snprintf(inside, sizeof(inside), "%s/in", directory);
    (void)snprintf(round, sizeof(round), "%s/../key", inside);
    ck_assert_int_eq(mkdir(inside, 0700), 0);
    (void)setenv("CREDENTIALS_DIRECTORY", inside, 1);
    write_file(20, 0604);
    int r = read_secret(round, &len, &error);
    (void)rmdir(inside);
    ck_assert_int_eq(r, -EPERM);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("secretfile");
    TCase *t = tcase_create("secretfile");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, permissions_and_sizes, 0, ROWS(files));
    tcase_add_loop_test(t, a_link_is_followed, 0, 2);
    tcase_add_test(t, a_link_below_the_credentials_directory_is_not_trusted);
    tcase_add_test(t, links_inside_of_the_credentials_directory_are_followed);
    tcase_add_test(t, a_group_that_is_not_ours_is_refused);
    tcase_add_loop_test(t, what_is_no_file_is_refused_at_once, 0, 2);
    tcase_add_test(t, a_missing_file_is_named);
    tcase_add_test(t, another_users_file_is_refused);
    tcase_add_loop_test(t, only_the_credentials_directory_itself_is_trusted, 0, ROWS(endings));
    tcase_add_test(t, a_way_out_of_the_credentials_directory_is_not_trusted);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
