/* A model's name that is read and refused, and that nothing but it changes where another one is put
 * in its place. */
#include <errno.h>
#include <stdlib.h>

#include "request/request.h"
#include "request/request_model.h"
#include "unit.h"

#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

static const struct {
    const char *value;
    const char *name; /* NULL: refused */
    const char *why;
} names[] = {
    {"\"gpt-4\"", "gpt-4", NULL},
    {"\"meta\\/llama\"", "meta/llama", NULL},
    {"\"a\xc2\xa0\"", "a\xc2\xa0", NULL},
    {"\"\"", NULL, "model is empty"},
    {"7", NULL, "model is not a string"},
    {"\"a\\n\"", NULL, "a control character"},
    {"\"\x7f\"", NULL, "a control character"},
    {"\"\xc2\x85\"", NULL, "a control character"},
};

START_TEST(a_name_is_read_or_refused)
{
    struct error why = ERROR_NONE;
    char *name = NULL;
    int r = request_model_read(text_of(names[_i].value), &name, &why);
    ck_assert_int_eq(r, names[_i].name ? 0 : -EINVAL);
    ck_assert_pstr_eq(name, names[_i].name);
    if (names[_i].why)
        ck_assert_msg(strstr(why.text, names[_i].why) != NULL, "%s", why.text);
    free(name);
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    const char *model;
    const char *changed;
} changes[] = {
    {"only the value",
     "{ \"model\" : \"gpt-4\" ,\"seed\":12345678901234567890," MESSAGES ",\"t\":0.10}\n", "m:3b",
     "{ \"model\" : \"m:3b\" ,\"seed\":12345678901234567890," MESSAGES ",\"t\":0.10}\n"},
    {"a value written in escapes", "{\"model\":\"g\\u0070t\",\"x\":\"\\/\"," MESSAGES "}", "a",
     "{\"model\":\"a\",\"x\":\"\\/\"," MESSAGES "}"},
    {"a name that needs escapes", "{" MESSAGES ",\"model\":\"x\"}", "a\"\\",
     "{" MESSAGES ",\"model\":\"a\\\"\\\\\"}"},
    {"a null", "{\"model\": null," MESSAGES "}", "a", "{\"model\": \"a\"," MESSAGES "}"},
    {"a body that names none", " {\n" MESSAGES "}", "a", " {\"model\":\"a\",\n" MESSAGES "}"},
};

START_TEST(another_model_changes_nothing_else)
{
    struct request_facts facts;
    struct buf out;
    struct error error = ERROR_NONE;
    ck_assert_msg(request_read(API_PATH_CHAT, text_of(changes[_i].body), &facts, &error) == 0,
                  "%s: %s", changes[_i].name, error.text);
    buf_init(&out, 1000);
    ck_assert_int_eq(
        request_with_model(text_of(changes[_i].body), facts.model_span, changes[_i].model, &out),
        0);
    ck_assert_msg(text_equals(buf_text(&out), changes[_i].changed), "%s: %s", changes[_i].name,
                  out.data);
    for (size_t max = 0; max < strlen(changes[_i].changed); max++) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(request_with_model(text_of(changes[_i].body), facts.model_span,
                                            changes[_i].model, &small),
                         -EMSGSIZE);
        buf_done(&small);
    }
    buf_done(&out);
    request_facts_done(&facts);
}
END_TEST

START_TEST(a_model_put_into_an_empty_object_needs_no_comma)
{
    struct buf out;
    buf_init(&out, 100);
    ck_assert_int_eq(request_with_model(text_of("{ }"), (struct text){0}, "a", &out), 0);
    ck_assert(text_equals(buf_text(&out), "{\"model\":\"a\" }"));
    buf_done(&out);
    request_facts_done(NULL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_model");
    TCase *tc = tcase_create("request_model");
    tcase_add_loop_test(tc, a_name_is_read_or_refused, 0, ROWS(names));
    tcase_add_loop_test(tc, another_model_changes_nothing_else, 0, ROWS(changes));
    tcase_add_test(tc, a_model_put_into_an_empty_object_needs_no_comma);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
