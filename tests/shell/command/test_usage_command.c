/* Usage files from the disk and from elsewhere. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "command/usage_command.h"
#include "unit.h"

#define A "{\"time\":\"2026-11-28T10:00:00Z\",\"provider\":\"openai\",\"ttft_ms\":100}\n"
#define B "{\"time\":\"2026-11-29T10:00:00Z\",\"provider\":\"ollama\",\"fallback\":\"server\"}\n"

static char folder[] = "/tmp/understudy-usage-XXXXXX";
static char printed[4096], told[4096];

static const char *path_of(const char *name)
{
    static char paths[4][128];
    static size_t next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *bytes)
{
    FILE *file = fopen(path_of(name), "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, strlen(bytes), file), strlen(bytes));
    (void)fclose(file);
}

static void pack_file(const char *name, const char *bytes, const char *mode)
{
    gzFile file = gzopen(path_of(name), mode);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)strlen(bytes)), (int)strlen(bytes));
    ck_assert_int_eq(gzclose(file), Z_OK);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_file("a", A);
    write_file("b", B);
    write_file("broken", A "{\"time\n" B);
}

static void teardown(void)
{
    static const char *const names[] = {"a", "b", "broken", "a.gz", "cut.gz", "out", "err"};
    for (size_t i = 0; i < ROWS(names); i++)
        (void)unlink(path_of(names[i]));
    (void)rmdir(folder);
}

static int divert(int fd, const char *name)
{
    int kept = dup(fd), file = open(path_of(name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert(kept >= 0 && file >= 0 && dup2(file, fd) == fd);
    close(file);
    return kept;
}

static void restore(int fd, int kept, const char *name, char ret[4096])
{
    ck_assert_int_eq(dup2(kept, fd), fd);
    close(kept);
    int file = open(path_of(name), O_RDONLY | O_CLOEXEC);
    ssize_t n = read(file, ret, 4095);
    ret[n > 0 ? n : 0] = '\0';
    close(file);
}

/* The words behind `usage`. */
static int run(const char *const *words)
{
    const char *argv[8] = {"understudy", "usage"};
    const struct loader loader = {.flags = (const char *const[]){NULL}};
    struct cli_call call;
    struct error why = ERROR_NONE;
    int argc = 2;
    for (; words[argc - 2]; argc++)
        argv[argc] = words[argc - 2];
    ck_assert_msg(cli_read(&call, argc, argv, &why) == 0, "%s", why.text);
    int out = divert(STDOUT_FILENO, "out"), err = divert(STDERR_FILENO, "err");
    int status = usage_command(&loader, &call);
    restore(STDOUT_FILENO, out, "out", printed);
    restore(STDERR_FILENO, err, "err", told);
    cli_call_done(&call);
    return status;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

START_TEST(files_are_added_up_together)
{
    ck_assert_int_eq(RUN("--json", "--by", "provider", path_of("a"), path_of("b")), 0);
    ck_assert_str_eq(
        printed, "[\n{\"provider\":\"ollama\",\"requests\":1,\"fallbacks\":1,\"prompt_tokens\":0,"
                 "\"completion_tokens\":0,\"cached_tokens\":0,\"ttft_p50_ms\":null,"
                 "\"ttft_p99_ms\":null},\n"
                 "{\"provider\":\"openai\",\"requests\":1,\"fallbacks\":0,\"prompt_tokens\":0,"
                 "\"completion_tokens\":0,\"cached_tokens\":0,\"ttft_p50_ms\":100,"
                 "\"ttft_p99_ms\":100}\n]\n");
    ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(broken_lines_are_told_and_fail_nothing)
{
    ck_assert_int_eq(RUN("--by", "day", path_of("broken")), 0);
    ck_assert_ptr_nonnull(strstr(printed, "total              2 "));
    ck_assert_ptr_nonnull(strstr(told,
                                 "/broken: 1 of 3 lines are none of a usage file and are left "
                                 "out; the first is line 2: a string is not closed"));
}
END_TEST

START_TEST(what_a_rotation_has_packed_is_read)
{
    pack_file("a.gz", A, "we");
    pack_file("a.gz", B, "ae");
    ck_assert_int_eq(RUN("--by", "provider", path_of("a.gz")), 0);
    ck_assert_ptr_nonnull(strstr(printed, "total            2 "));
    ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(of_a_packed_one_that_is_cut_the_beginning_counts)
{
    struct stat st;
    pack_file("cut.gz", A, "we");
    pack_file("cut.gz", B, "ae");
    ck_assert_int_eq(stat(path_of("cut.gz"), &st), 0);
    ck_assert_int_eq(truncate(path_of("cut.gz"), st.st_size - 12), 0);
    ck_assert_int_eq(RUN("--by", "provider", path_of("cut.gz")), 1);
    ck_assert_ptr_nonnull(strstr(printed, "openai           1 "));
    ck_assert_ptr_nonnull(strstr(told, "/cut.gz: it is packed with gzip, and broken or not whole"));
}
END_TEST

START_TEST(a_file_that_is_not_there_does_not_hide_the_others)
{
    ck_assert_int_eq(RUN(path_of("none"), path_of("a")), 1);
    ck_assert_ptr_nonnull(strstr(printed, "openai"));
    ck_assert_ptr_nonnull(strstr(told, "/none: No such file or directory\n"));
    ck_assert_int_eq(RUN(path_of("none")), 1);
    ck_assert_str_eq(printed, "");
    ck_assert_int_eq(RUN(folder), 1);
    ck_assert_ptr_nonnull(strstr(told, "Is a directory"));
}
END_TEST

START_TEST(standard_input_is_a_file)
{
    int kept = dup(STDIN_FILENO), file = open(path_of("b"), O_RDONLY | O_CLOEXEC);
    ck_assert(dup2(file, STDIN_FILENO) == STDIN_FILENO);
    ck_assert_int_eq(RUN("-"), 0);
    ck_assert_ptr_nonnull(strstr(printed, "2026-11-29  ollama"));
    (void)dup2(kept, STDIN_FILENO);
    close(kept);
    close(file);
}
END_TEST

START_TEST(older_lines_are_left_out)
{
    ck_assert_int_eq(RUN("--since", "2026-11-29", path_of("a"), path_of("b")), 0);
    ck_assert_ptr_null(strstr(printed, "openai"));
    ck_assert_int_eq(RUN("--since", "2026-11-30", path_of("a"), path_of("b")), 0);
    ck_assert_str_eq(printed, "no exchanges\n");
}
END_TEST

static const struct {
    const char *words[3];
    const char *told;
} wrong[] = {
    {{"--by", "dey", "x"}, "understudy: usage: --by: \"dey\" is none of day, provider"},
    {{"--since", "soon", "x"}, "understudy: usage: --since: \"soon\" is no time"},
    {{NULL}, "understudy: usage of what? Name a usage file"},
};

START_TEST(what_is_wrong_is_said)
{
    const char *words[4] = {wrong[_i].words[0], wrong[_i].words[1], wrong[_i].words[2], NULL};
    (void)setenv("HOME", folder, 1);
    (void)unsetenv("XDG_CONFIG_HOME");
    ck_assert_int_eq(run(words), 2);
    ck_assert_msg(strstr(told, wrong[_i].told) != NULL, "%s", told);
    ck_assert_str_eq(printed, "");
}
END_TEST

START_TEST(the_file_of_the_settings_is_read_where_none_is_named)
{
    (void)setenv("HOME", folder, 1);
    (void)unsetenv("XDG_CONFIG_HOME");
    (void)setenv("UNDERSTUDY_LOG_USAGE_FILE", path_of("a"), 1);
    ck_assert_int_eq(RUN("--by", "provider"), 0);
    ck_assert_ptr_nonnull(strstr(printed, "openai           1 "));
    (void)setenv("UNDERSTUDY_LOG_USAGE_FILE", path_of("none"), 1);
    ck_assert_int_eq(RUN("--by", "provider"), 1);
    ck_assert_ptr_nonnull(strstr(told, "[log] usage_file, which the daemon makes when it starts"));
    (void)unsetenv("UNDERSTUDY_LOG_USAGE_FILE");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("usage_command");
    TCase *tc = tcase_create("usage_command");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, files_are_added_up_together);
    tcase_add_test(tc, broken_lines_are_told_and_fail_nothing);
    tcase_add_test(tc, what_a_rotation_has_packed_is_read);
    tcase_add_test(tc, of_a_packed_one_that_is_cut_the_beginning_counts);
    tcase_add_test(tc, a_file_that_is_not_there_does_not_hide_the_others);
    tcase_add_test(tc, standard_input_is_a_file);
    tcase_add_test(tc, older_lines_are_left_out);
    tcase_add_loop_test(tc, what_is_wrong_is_said, 0, ROWS(wrong));
    tcase_add_test(tc, the_file_of_the_settings_is_read_where_none_is_named);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
