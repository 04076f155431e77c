/* What is asked, of words and standard input. */
#include <errno.h>

#include "ask/ask_request.h"
#include "unit.h"

#define BODY(system, content)                                                                      \
    "{\"messages\":[" system "{\"role\":\"user\",\"content\":\"" content "\"}],\"stream\":true}"

static const struct {
    const char *name;
    struct ask_request request; /* texts are set below */
    const char *text, *piped;
    const char *body; /* NULL: refused */
    const char *why;
} rows[] = {
    {"a text", {0}, "Hi", "", BODY("", "Hi"), ""},
    {"what is piped in", {0}, "", "a\nb\n", BODY("", "a\\nb\\n"), ""},
    {"both, with an empty line between", {0}, "Sum up:", "a\n", BODY("", "Sum up:\\n\\na\\n"), ""},
    {"blanks are nothing", {0}, "Hi", " \n\t\r\n", BODY("", "Hi"), ""},
    {"a system's text",
     {.system = "Be \"brief\"."},
     "Hi",
     "",
     BODY("{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\"},", "Hi"),
     ""},
    {"a model",
     {.model = "gpt-4"},
     "Hi",
     "",
     "{\"model\":\"gpt-4\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}",
     ""},
    {"with its usage",
     {.usage = true},
     "Hi",
     "",
     "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true,\"stream_options\":{"
     "\"include_usage\":true}}",
     ""},
    {"nothing", {0}, "", "", NULL, "there is nothing to ask: TEXT is needed, or standard input"},
    {"nothing but blanks", {0}, " ", "\n", NULL, "there is nothing to ask: "},
    {"a text that is none", {0}, "a\xc3", "", NULL, "TEXT is no UTF-8 from byte 2 on: "},
    {"a surrogate", {0}, "", "\xed\xa0\x80", NULL, "standard input is no UTF-8 from byte 1 on: "},
    {"a model that is none", {.model = "\xff"}, "Hi", "", NULL, "MODEL is no UTF-8 from byte 1"},
    {"a system's text that is none", {.system = "\xff"}, "Hi", "", NULL, "SYSTEM is no UTF-8"},
};

START_TEST(a_request_is_made)
{
    struct ask_request request = rows[_i].request;
    struct error why = ERROR_NONE;
    struct buf out;
    buf_init(&out, 4096);
    request.text = text_of(rows[_i].text);
    request.piped = text_of(rows[_i].piped);
    int r = ask_request_write(&request, &out, &why);
    ck_assert_msg(r == (rows[_i].body ? 0 : -EINVAL), "%s: %s", rows[_i].name, why.text);
    if (rows[_i].body)
        ck_assert_str_eq(buf_text(&out).at, rows[_i].body);
    ck_assert_msg(text_starts(text_of(why.text), rows[_i].why), "%s: %s", rows[_i].name, why.text);
    buf_done(&out);
}
END_TEST

START_TEST(a_nul_is_told_with_its_place)
{
    const struct ask_request request = {.piped = text_make("ab\0c", 4)};
    struct error why = ERROR_NONE;
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(ask_request_write(&request, &out, &why), -EINVAL);
    ck_assert_str_eq(why.text, "standard input holds a NUL at byte 3: only text can be asked");
    buf_done(&out);
}
END_TEST

START_TEST(what_is_too_long_is_told)
{
    const struct ask_request request = {.text = text_of("Hi")};
    struct error why = ERROR_NONE;
    struct buf out;
    for (size_t max = 0; max < strlen(BODY("", "Hi")); max++) {
        buf_init(&out, max);
        ck_assert_int_eq(ask_request_write(&request, &out, &why), -EMSGSIZE);
        buf_done(&out);
    }
}
END_TEST

static const struct {
    const char *system;
    bool setting;
} systems[] = {
    {"provider.openai.model=x", true},
    {"server.listen=127.0.0.1:1", true},
    {"model gpt-4.1.ollama=y", true},
    {"Answer with x=y.", false},
    {"Be brief.", false},
    {"", false},
    {"server", false},
    {"server=", false},
    {"no.such=section", false},
    {"provider. First line\nthen a=b", false},
};

START_TEST(a_setting_is_known_where_the_systems_text_should_stand)
{
    ck_assert_msg(ask_is_setting(systems[_i].system) == systems[_i].setting, "%s",
                  systems[_i].system);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_request");
    TCase *tc = tcase_create("ask_request");
    tcase_add_loop_test(tc, a_request_is_made, 0, ROWS(rows));
    tcase_add_test(tc, a_nul_is_told_with_its_place);
    tcase_add_test(tc, what_is_too_long_is_told);
    tcase_add_loop_test(tc, a_setting_is_known_where_the_systems_text_should_stand, 0,
                        ROWS(systems));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
