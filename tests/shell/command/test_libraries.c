/* What dpkg's list says of a package, where a library lies, and what this process runs with. */
#include <stdio.h>
#include <string.h>

#include "command/libraries.h"
#include "unit.h"

#define LIST                                                                                       \
    "curl installed 1-1\nlibcurl4 config-files 7.0-1\nlibcurl4t64 installed 8.14.1-2+deb13u4\n"    \
    "libubuntu installed 8.5.0-2ubuntu10\nlibnone not-installed \nlibempty installed \n"           \
    "last installed 2:3-4"

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
    {"known, but not there", "libnone", NULL},
    {"no version", "libempty", NULL},
    {"none", "", NULL},
};

START_TEST(the_version_of_an_installed_package_is_found)
{
    char version[LIBRARIES_VERSION_MAX] = "";
    bool found = libraries_package_version(text_of(LIST), rows[_i].packages, version);
    ck_assert_msg(found == (rows[_i].version != NULL), "%s", rows[_i].name);
    ck_assert_str_eq(version, found ? rows[_i].version : "");
    ck_assert(!libraries_package_version(text_of(""), rows[_i].packages, version));
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
    tcase_add_loop_test(tc, a_place_tells_who_built_it, 0, ROWS(places));
    tcase_add_test(tc, every_library_tells_its_version);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
