/* Where a secret can be, what is taken for one, and that no message holds it. */
#include "config_case.h"
#include "settings/secret.h"
#include "settings/settings.h"
#include "text/string_list.h"

#define LONGEST                                                                                    \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

_Static_assert(sizeof(LONGEST) - 1 == SECRET_MAX, "LONGEST");

#define BLANKS "there are blanks around the secret: leave them out"
#define QUOTES "there are quotes around the secret: leave them out"
#define NAME   "there is a NAME= before the secret: leave it out"

static const char *const environment[] = {"KEYX=sk-wrong",
                                          "KEY=sk-env",
                                          "NEWLINE=sk-env\n",
                                          "CRLF=sk-env\r\n",
                                          "TWO=sk-one\nsk-two\n",
                                          "EMPTY=",
                                          "LONG=" LONGEST,
                                          "TOO_LONG=" LONGEST "x",
                                          "REFERENCE=env:KEY",
                                          "LINES=\n",
                                          "TWICE=sk-env\n\n",
                                          "BLANK_BEFORE= sk-env",
                                          "BLANK_BEHIND=sk-env \n",
                                          "TAB_BEHIND=sk-env\t",
                                          "QUOTED=\"sk-env\"\n",
                                          "SINGLE='sk-env'",
                                          "ONE_QUOTE=sk-\"env",
                                          "NAMED=OPENAI_API_KEY=sk-env\n",
                                          "NAMED_LOW=api_key = sk-env",
                                          "EXPORTED=export OPENAI_API_KEY=sk-env",
                                          "NAMED_QUOTED=KEY=\"sk-env\"",
                                          "BASE64=c2VjcmV0czEyMw==",
                                          "EQUALS=sk-a=b",
                                          "BEARER=Bearer sk-env",
                                          "MARKED=\xef\xbb\xbfsk-env",
                                          "LIST= sk-1 ,sk-2\n",
                                          "GAP=sk-1,,sk-2",
                                          "LAST=sk-1,",
                                          "QUOTED_LIST='sk-1',sk-2",
                                          "CREDENTIALS_DIRECTORY=/credentials",
                                          NULL};

static const struct {
    const char *name;
    const char *text;
    const char *secret; /* NULL: refused with why */
    const char *why;
} rows[] = {
    {"a literal", "sk-literal", "sk-literal", NULL},
    {"a literal that holds a colon", "environment:KEY", "environment:KEY", NULL},
    {"a prefix in capitals is a literal", "ENV:KEY", "ENV:KEY", NULL},
    {"a variable", "env:KEY", "sk-env", NULL},
    {"a newline at the end is cut off", "env:NEWLINE", "sk-env", NULL},
    {"and so is CR LF", "env:CRLF", "sk-env", NULL},
    {"a reference is not looked up twice", "env:REFERENCE", "env:KEY", NULL},
    {"the longest", "env:LONG", LONGEST, NULL},
    {"a variable that is not set", "env:NONE", NULL, "the environment variable NONE is not set"},
    {"the beginning of a variable's name", "env:KE", NULL,
     "the environment variable KE is not set"},
    {"an empty variable", "env:EMPTY", NULL, "the secret is empty"},
    {"a variable with a newline only", "env:LINES", NULL, "the secret is empty"},
    {"a variable of two lines", "env:TWO", NULL,
     "the secret holds a control byte (a second line?)"},
    {"only one newline is cut off", "env:TWICE", NULL,
     "the secret holds a control byte (a second line?)"},
    {"too long", "env:TOO_LONG", NULL, "the secret has 513 bytes, 512 are the most"},
    {"a blank before it", "env:BLANK_BEFORE", NULL, BLANKS},
    {"a blank behind it", "env:BLANK_BEHIND", NULL, BLANKS},
    {"a TAB behind it", "env:TAB_BEHIND", NULL, BLANKS},
    {"quotes around it", "env:QUOTED", NULL, QUOTES},
    {"single quotes", "env:SINGLE", NULL, QUOTES},
    {"quotes around a literal", "\"sk-literal\"", NULL, QUOTES},
    {"a quote inside is the secret's own", "env:ONE_QUOTE", "sk-\"env", NULL},
    {"a line of an environment file", "env:NAMED", NULL, NAME},
    {"a line of a settings file", "env:NAMED_LOW", NULL, NAME},
    {"a line of a shell", "env:EXPORTED", NULL, NAME},
    {"a line with quotes", "env:NAMED_QUOTED", NULL, NAME},
    {"base64 ends with =", "env:BASE64", "c2VjcmV0czEyMw==", NULL},
    {"what stands before = is no name", "env:EQUALS", "sk-a=b", NULL},
    {"a whole header", "env:BEARER", NULL, "there is a \"Bearer\" before the secret: leave it out"},
    {"a byte order mark", "env:MARKED", NULL,
     "there is a byte order mark before the secret: save it as plain text"},
    {"a file", "file:/secret", "sk-from-file", NULL},
    {"a file that is not there", "file:/none", NULL, "/none: no such file"},
    {"a path as a shell would read it", "file:~/key", NULL,
     "~/key: no such file; neither ~ nor $NAME is replaced: write the whole path"},
    {"a path with a variable", "file:$HOME/key", NULL,
     "$HOME/key: no such file; neither ~ nor $NAME is replaced: write the whole path"},
    {"a credential", "credential:name", "sk-from-file", NULL},
    {"a credential that is not there", "credential:other", NULL,
     "/credentials/other: no such file"},
};

START_TEST(secrets_are_looked_up)
{
    const struct config_source source = config_case_source("", environment, NULL);
    struct error why = ERROR_NONE;
    char *secret = NULL;
    int r = secret_resolve(text_of(rows[_i].text), SECRET_KEY, &source, &secret, &why);
    ck_assert_msg(r == (rows[_i].secret ? 0 : -EINVAL), "%s: %d", rows[_i].name, r);
    ck_assert_pstr_eq(secret, rows[_i].secret);
    ck_assert_str_eq(why.text, rows[_i].why ? rows[_i].why : "");
    string_wipe(secret);
}
END_TEST

START_TEST(the_value_of_a_header_is_taken_as_it_is)
{
    const struct config_source source = config_case_source("", environment, NULL);
    static const char *const values[][2] = {{"env:NAMED", "OPENAI_API_KEY=sk-env"},
                                            {"env:BEARER", "Bearer sk-env"},
                                            {"env:QUOTED", "\"sk-env\""},
                                            {"env:TOO_LONG", LONGEST "x"}};
    struct error why = ERROR_NONE;
    char *secret = NULL;
    ck_assert_int_eq(secret_resolve(text_of(values[_i][0]), SECRET_HEADER, &source, &secret, &why),
                     0);
    ck_assert_str_eq(secret, values[_i][1]);
    string_wipe(secret);
}
END_TEST

static void check_refused(const struct config_source *source, const char *text, const char *why)
{
    struct error told = ERROR_NONE;
    char *secret = NULL;
    ck_assert_int_eq(secret_resolve(text_of(text), SECRET_KEY, source, &secret, &told), -EINVAL);
    ck_assert_ptr_null(secret);
    ck_assert_str_eq(told.text, why);
}

START_TEST(a_credential_needs_systemd_s_directory)
{
    static const char why[] =
        "$CREDENTIALS_DIRECTORY is not set: systemd's LoadCredential= passes it";
    struct config_source source = config_case_source("", NULL, NULL);
    check_refused(&source, "credential:name", why);
    source.environ_ = LIST("CREDENTIALS_DIRECTORY=");
    check_refused(&source, "credential:name", why);
}
END_TEST

START_TEST(a_file_needs_somebody_who_reads_it)
{
    struct config_source source = config_case_source("", environment, NULL);
    source.read_file = NULL;
    check_refused(&source, "file:/secret", "files cannot be read here");
}
END_TEST

static int fail_silently(void *arg, const char *path, struct buf *out, struct error *reterr)
{
    (void)arg;
    (void)path;
    (void)out;
    (void)reterr;
    return -EACCES;
}

static int read_too_much(void *arg, const char *path, struct buf *out, struct error *reterr)
{
    (void)path;
    (void)reterr;
    int r = 0;
    while (r == 0)
        r = buf_append_string(out, arg);
    return r;
}

START_TEST(a_reader_s_trouble_is_told)
{
    static char much[] = "sk-much";
    struct config_source source = config_case_source("", environment, NULL);
    source.read_file = fail_silently;
    check_refused(&source, "file:/secret", "Permission denied");
    source.read_file = read_too_much;
    source.read_file_arg = much;
    check_refused(&source, "file:/secret", "Message too long");
}
END_TEST

START_TEST(an_endless_path_is_refused)
{
    const struct config_source source = config_case_source("", environment, NULL);
    char text[5001] = "file:/";
    memset(text + 6, 'p', sizeof(text) - 7);
    check_refused(&source, text, "the path is longer than 4096 bytes");
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    const char *keys; /* each with | behind it; with an error those before it */
    const char *from;
    const char *why; /* NULL: fine */
} lists[] = {
    {"one", "sk-1", "sk-1|", "|", NULL},
    {"several, blanks around them", "sk-1 ,\tsk-2, sk-3", "sk-1|sk-2|sk-3|", "|||", NULL},
    {"references among them", "env:KEY, sk-2, credential:name", "sk-env|sk-2|sk-from-file|",
     "KEY||the credential name|", NULL},
    {"a variable that holds a list", "env:LIST", "sk-1|sk-2|", "LIST|LIST|", NULL},
    {"such a one among others", "sk-0,env:LIST,file:/secret", "sk-0|sk-1|sk-2|sk-from-file|",
     "|LIST|LIST|/secret|", NULL},
    {"one with a blank is no list", "env:BLANK_BEHIND", "", "",
     "there are blanks around the secret: leave them out"},
    {"an empty entry", "sk-1,,sk-2", "sk-1|", "|", "key 2: it is empty: there is a comma too many"},
    {"a comma at the end", "sk-1,", "sk-1|", "|", "key 2: it is empty: there is a comma too many"},
    {"a comma at the beginning", ",sk-1", "", "", "key 1: it is empty: there is a comma too many"},
    {"an empty entry in a variable", "sk-0,env:GAP", "sk-0|sk-1|", "|GAP|",
     "key 3: it is empty: there is a comma too many"},
    {"a comma at the end of a variable", "env:LAST", "sk-1|", "LAST|",
     "key 2: it is empty: there is a comma too many"},
    {"an empty variable", "env:EMPTY", "", "", "the secret is empty"},
    {"an empty variable among others", "sk-1,env:EMPTY", "sk-1|", "|",
     "key 2: it is empty: there is a comma too many"},
    {"a variable that is not set", "env:NONE", "", "", "the environment variable NONE is not set"},
    {"a variable among others that is not set", "sk-1,env:NONE", "sk-1|", "|",
     "key 2: the environment variable NONE is not set"},
    {"none among others", "sk-1, none", "sk-1|", "|",
     "key 2: none among others: is there a key or not?"},
    {"quotes around one", "env:QUOTED_LIST", "", "",
     "key 1: there are quotes around the secret: leave them out"},
};

static const char *joined(const struct strings *list)
{
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s|", list->at[i]);
    return text;
}

START_TEST(lists_are_looked_up_key_by_key)
{
    const struct config_source source = config_case_source("", environment, NULL);
    struct error why = ERROR_NONE;
    struct strings keys = {0}, from = {0};
    int r = secret_list_resolve(text_of(lists[_i].text), &source, &keys, &from, &why);
    ck_assert_msg(r == (lists[_i].why ? -EINVAL : 0), "%s: %d", lists[_i].name, r);
    ck_assert_msg(strcmp(joined(&keys), lists[_i].keys) == 0, "%s: %s", lists[_i].name,
                  joined(&keys));
    ck_assert_msg(strcmp(joined(&from), lists[_i].from) == 0, "%s: %s", lists[_i].name,
                  joined(&from));
    ck_assert_str_eq(why.text, lists[_i].why ? lists[_i].why : "");
    string_list_done(&keys);
    string_list_done(&from);
}
END_TEST

START_TEST(a_list_has_an_end)
{
    char list[API_KEYS_MAX * 2 + 2];
    struct error why = ERROR_NONE;
    for (size_t i = 0; i < sizeof(list); i++)
        list[i] = i % 2 == 0 ? 'k' : ',';
    ck_assert_int_eq(secret_list_check(text_make(list, API_KEYS_MAX * 2 - 1), &why), 0);
    ck_assert_int_eq(secret_list_check(text_make(list, API_KEYS_MAX * 2 + 1), &why), -EINVAL);
    ck_assert_str_eq(why.text, "key 65: 64 keys are the most");
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    const char *why; /* NULL: fine */
    bool reference;
} checks[] = {
    {"nothing", "", NULL, false},
    {"a literal", "sk-1", NULL, false},
    {"the longest literal", LONGEST, NULL, false},
    {"a literal that is too long", LONGEST "x", "the secret has 513 bytes, 512 are the most",
     false},
    {"a literal with a control byte", "sk\t1", "the secret holds a control byte (a second line?)",
     false},
    {"a literal with DEL", "sk\x7f", "the secret holds a control byte (a second line?)", false},
    {"a variable, set or not", "env:NONE", NULL, true},
    {"a variable without name", "env:", "a reference to a secret that names nothing", true},
    {"a file without path", "file:", "a reference to a secret that names nothing", true},
    {"a file", "file:../x", NULL, true},
    {"a credential without name", "credential:", "a reference to a secret that names nothing",
     true},
    {"a credential", "credential:openai.key", NULL, true},
    {"a credential outside its directory", "credential:../x",
     "a credential is named without its directory", true},
    {"a credential that is its directory", "credential:.",
     "a credential is named without its directory", true},
    {"a credential that is the directory above", "credential:..",
     "a credential is named without its directory", true},
};

START_TEST(what_can_be_checked_at_once_is)
{
    struct error why = ERROR_NONE;
    int r = secret_check(text_of(checks[_i].text), &why);
    ck_assert_msg(r == (checks[_i].why ? -EINVAL : 0), "%s: %d", checks[_i].name, r);
    ck_assert_str_eq(why.text, checks[_i].why ? checks[_i].why : "");
    ck_assert(secret_is_reference(text_of(checks[_i].text)) == checks[_i].reference);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("secret");
    TCase *tc = tcase_create("secret");
    tcase_add_loop_test(tc, secrets_are_looked_up, 0, ROWS(rows));
    tcase_add_loop_test(tc, the_value_of_a_header_is_taken_as_it_is, 0, 4);
    tcase_add_test(tc, a_credential_needs_systemd_s_directory);
    tcase_add_test(tc, a_file_needs_somebody_who_reads_it);
    tcase_add_test(tc, a_reader_s_trouble_is_told);
    tcase_add_test(tc, an_endless_path_is_refused);
    tcase_add_loop_test(tc, lists_are_looked_up_key_by_key, 0, ROWS(lists));
    tcase_add_test(tc, a_list_has_an_end);
    tcase_add_loop_test(tc, what_can_be_checked_at_once_is, 0, ROWS(checks));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
