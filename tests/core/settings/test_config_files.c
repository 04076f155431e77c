/* What is said of files with which others could do more than they should. */
#include "config_case.h"
#include "settings/setting.h"

struct row {
    const char *name;
    const char *settings;
    const char *path; /* of which something is known */
    struct file_access others;
    const char *warnings; /* joined by a comma; "": none */
};

static const struct row *at;

static struct file_access others_access(const char *path)
{
    return strcmp(path, at->path) == 0 ? at->others : (struct file_access){0};
}

#define CAN_READ                                                                                   \
    {                                                                                              \
        .read = true                                                                               \
    }
#define CAN_WRITE                                                                                  \
    {                                                                                              \
        .write = true                                                                              \
    }
#define CAN_REPLACE                                                                                \
    {                                                                                              \
        .replace = true                                                                            \
    }
#define KEY_FILE "[provider openai]\napi_key = file:/secret\n"
#define IN_FOLDER(path, folder)                                                                    \
    "others can write to the folder of " path ", and so put another file in its place; better: "   \
    "chmod go-w " folder
#define USAGE "[log]\nusage_file = /var/log/usage\n"
#define TELLS " /var/log/usage, which tells who asked whom for how much, and when; better: chmod "

static const struct row rows[] = {
    {"settings without a secret may be read", "[retry]\nattempts = 2\n", "f.ini", CAN_READ, ""},
    {"but not written", "[retry]\nattempts = 2\n", "f.ini", CAN_WRITE,
     "others can write to f.ini, and so decide where the keys are sent; better: chmod go-w f.ini"},
    {"nor replaced", "", "f.ini", CAN_REPLACE, IN_FOLDER("f.ini", ".")},
    {"a key's file may not be replaced", KEY_FILE, "/secret", CAN_REPLACE,
     "f.ini:2: " IN_FOLDER("/secret", "/")},
    {"that it can be read or written is an error elsewhere", KEY_FILE, "/secret", CAN_WRITE, ""},
    {"one of a list", "[server]\ntokens = env:TOKEN, file:/credentials/name\n", "/credentials/name",
     CAN_REPLACE, "f.ini:2: " IN_FOLDER("/credentials/name", "/credentials")},
    {"what is no secret is no file", "[provider openai]\nmodel = file:/secret\n", "/secret",
     CAN_REPLACE, ""},
    {"the usage file may not be read", USAGE, "/var/log/usage", CAN_READ,
     "f.ini:2: [log] usage_file: others can read" TELLS "600 /var/log/usage"},
    {"nor written", USAGE, "/var/log/usage", CAN_WRITE,
     "f.ini:2: [log] usage_file: others can write to" TELLS "600 /var/log/usage"},
    {"its folder is nobody's secret", USAGE, "/var/log/usage", CAN_REPLACE, ""},
};

START_TEST(what_others_can_do_is_told)
{
    at = &rows[_i];
    const char *variables[] = {"TOKEN=t", NULL};
    struct config_source source = config_case_source(at->settings, variables, NULL);
    struct config_case test = {0};
    source.others_access = others_access;
    test.r = config_load(&source, &test.config, &test.errors);
    ck_assert_msg(test.r == 0, "%s", at->name);
    ck_assert_msg(strcmp(config_case_join(&test.errors.warnings), at->warnings) == 0, "%s: %s",
                  at->name, config_case_join(&test.errors.warnings));
    config_case_done(&test);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("config_files");
    TCase *tc = tcase_create("config_files");
    tcase_add_loop_test(tc, what_others_can_do_is_told, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
