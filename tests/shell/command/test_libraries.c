/* What dpkg's list says of a package, where a library lies, and what this process runs with. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/libraries.h"
#include "unit.h"

#define LIST                                                                                       \
    "Package: curl\nStatus: install ok installed\nVersion: 1-1\n\n"                                \
    "Package: libcurl4\nStatus: deinstall ok config-files\nVersion: 7.0-1\n\n"                     \
    "Package: libcurl4t64\nStatus: install ok installed\nMulti-Arch: same\n"                       \
    "Version: 8.14.1-2+deb13u4\nDescription: a library\n with words\n Version: 9\n\n"              \
    "Package: libubuntu\nStatus: install ok installed\nVersion: 8.5.0-2ubuntu10\n\n"               \
    "Package: last\nStatus: install ok installed\nVersion: 2:3-4"

static const struct {
    const char *name;
    const char *packages;
    const char *version; /* NULL = none */
} rows[] = {
    {"the one that is installed", "libcurl4 libcurl4t64", "8.14.1-2+deb13u4"},
    {"removed", "libcurl4", NULL},
    {"a beginning of a name", "libcurl", NULL},
    {"a name that goes on", "libcurl4t64x", NULL},
    {"Ubuntu's", "libubuntu", NULL},
    {"the last, without a line's end", "last", "2:3-4"},
    {"none", "", NULL},
};

START_TEST(the_version_of_an_installed_package_is_found)
{
    char path[64], version[LIBRARIES_VERSION_MAX] = "";
    (void)snprintf(path, sizeof(path), "/tmp/understudy-status-%d", (int)getpid());
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(LIST, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    bool found = libraries_package_version(path, rows[_i].packages, version);
    (void)unlink(path);
    ck_assert_msg(found == (rows[_i].version != NULL), "%s", rows[_i].name);
    if (found)
        ck_assert_str_eq(version, rows[_i].version);
}
END_TEST

START_TEST(without_dpkg_there_is_none)
{
    char version[LIBRARIES_VERSION_MAX] = "";
    ck_assert(!libraries_package_version("/tmp/understudy-no-such-file", "zlib1g", version));
}
END_TEST

static const struct {
    const char *path;
    bool by_hand;
} places[] = {
    {"/lib/x86_64-linux-gnu/libcurl.so.4", false},
    {"/usr/lib/libcurl.so.4", false},
    {"/usr/lib64/libcurl.so.4", false},
    {"/nix/store/x-curl/lib/libcurl.so.4", false},
    {"/usr/local/lib/libcurl.so.4", true},
    {"/opt/curl/lib/libcurl.so.4", true},
    {"/home/me/libcurl.so.4", true},
};

START_TEST(a_place_tells_who_built_it)
{
    ck_assert_msg(libraries_by_hand(places[_i].path) == places[_i].by_hand, "%s", places[_i].path);
}
END_TEST

START_TEST(every_library_tells_its_version)
{
    struct libraries all;
    libraries_find(&all);
    for (int i = 0; i < ADVISORY_LIBRARY_COUNT; i++)
        ck_assert_msg(all.found[i].version && strchr(all.found[i].version, '.'), "%s",
                      advisory_library_name((enum advisory_library)i));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("libraries");
    TCase *tc = tcase_create("libraries");
    tcase_add_loop_test(tc, the_version_of_an_installed_package_is_found, 0, ROWS(rows));
    tcase_add_test(tc, without_dpkg_there_is_none);
    tcase_add_loop_test(tc, a_place_tells_who_built_it, 0, ROWS(places));
    tcase_add_test(tc, every_library_tells_its_version);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
