/* Entries of the list of models: whose they are, under which names, and what of them stays. */
#include <errno.h>
#include <stdlib.h>

#include "tell/model_page.h"
#include "unit.h"

static struct config_provider provider(const char *name)
{
    return (struct config_provider){.name = (char *)(uintptr_t)name};
}

static struct buf out;

static void setup(void)
{
    buf_init(&out, 1 << 16);
}

static void teardown(void)
{
    buf_done(&out);
}

/* ---- an Ollama's */

static const struct {
    const char *name;
    const char *modified_at;
    const char *entry;
} entries[] = {
    {"ministral-3:3b", "2026-11-24T19:00:00.25+01:00",
     "{\"id\":\"ollama:ministral-3:3b\",\"object\":\"model\",\"created\":1795543200,"
     "\"owned_by\":\"ollama\"}"},
    {"no-date", NULL,
     "{\"id\":\"ollama:no-date\",\"object\":\"model\",\"created\":0,\"owned_by\":\"ollama\"}"},
    {"odd\"name\\", "yesterday",
     "{\"id\":\"ollama:odd\\\"name\\\\\",\"object\":\"model\",\"created\":0,"
     "\"owned_by\":\"ollama\"}"},
};

START_TEST(a_model_of_an_ollama_is_named_with_its_owner)
{
    struct config_provider owner = provider("ollama");
    struct ollama_model model = {.name = (char *)(uintptr_t)entries[_i].name,
                                 .modified_at = (char *)(uintptr_t)entries[_i].modified_at};
    ck_assert_int_eq(model_page_ollama_entry(&owner, &model, &out), 0);
    ck_assert_str_eq(out.data, entries[_i].entry);
}
END_TEST

START_TEST(models_that_leave_the_machine_are_listed_only_where_they_may_be_asked)
{
    struct config_provider owner = provider("o");
    struct ollama_model all[] = {{.name = (char *)(uintptr_t) "a"},
                                 {.name = (char *)(uintptr_t) "b:cloud", .remote = true},
                                 {.name = (char *)(uintptr_t) "c"}};
    const struct ollama_models models = {all, 3, true};
    owner.allow_cloud = _i == 1;
    model_page_add_ollama(&owner, &models, &out);
    ck_assert_int_eq(strstr(out.data, "o:b:cloud") != NULL, _i == 1);
    ck_assert(strstr(out.data, "\"o:a\"") && strstr(out.data, "},{\"id\":\"o:c\""));
    ck_assert_int_ne(out.data[out.len - 1], ',');
}
END_TEST

/* ---- a cloud's */

static const struct {
    const char *name;
    const char *entry;
    const char *named; /* NULL: it is none */
} named[] = {
    {"the id alone changes", "{ \"id\" : \"gpt-4\", \"created\": 1.0, \"x\": 1e400 }",
     "{ \"id\" : \"p:gpt-4\", \"created\": 1.0, \"x\": 1e400 }"},
    {"wherever it stands", "{\"a\":{\"id\":\"no\"},\"id\":\"yes\"}",
     "{\"a\":{\"id\":\"no\"},\"id\":\"p:yes\"}"},
    {"an id with escapes", "{\"id\":\"a\\u0022b\\/c\"}", "{\"id\":\"p:a\\\"b/c\"}"},
    {"an empty id", "{\"id\":\"\"}", "{\"id\":\"p:\"}"},
    {"no id", "{\"name\":\"x\"}", NULL},
    {"an id that is no string", "{\"id\":7}", NULL},
    {"no object", "\"gpt-4\"", NULL},
    {"no JSON", "{\"id\":\"gpt-4\"", NULL},
};

START_TEST(an_entry_gets_its_owners_name)
{
    int r = model_page_named_entry("p", text_of(named[_i].entry), &out);
    ck_assert_msg(r == (named[_i].named ? 0 : -EINVAL), "%s", named[_i].name);
    ck_assert_msg(text_equals(buf_text(&out), named[_i].named ? named[_i].named : ""), "%s: %s",
                  named[_i].name, out.data);
}
END_TEST

START_TEST(the_first_clouds_entries_stay_as_they_came)
{
    struct text list =
        text_of("{\"object\":\"list\",\"data\":[{\"id\": \"a\"} , 7,{\"id\":\"b\"}]}");
    model_page_add_cloud(NULL, list, &out);
    ck_assert_str_eq(out.data, "{\"id\": \"a\"},7,{\"id\":\"b\"}");
}
END_TEST

START_TEST(another_clouds_entries_stand_behind_them_and_what_has_no_id_is_left_out)
{
    model_page_add_cloud(NULL, text_of("{\"data\":[{\"id\":\"a\"}]}"), &out);
    model_page_add_cloud("two", text_of("{\"data\":[7,{\"id\":\"b\"},{},{\"id\":\"c\"}]}"), &out);
    ck_assert_str_eq(out.data, "{\"id\":\"a\"},{\"id\":\"two:b\"},{\"id\":\"two:c\"}");
}
END_TEST

/* Whatever the room is: whole entries, no comma at the end. */
START_TEST(what_does_not_fit_in_is_left_out_whole)
{
    static const char *const lists[] = {"", "{\"id\":\"p:a\"}",
                                        "{\"id\":\"p:a\"},{\"id\":\"p:b\"}"};
    struct text list = text_of("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    size_t whole = strlen(lists[2]);
    for (size_t room = 0; room <= whole; room++) {
        struct buf small;
        buf_init(&small, room);
        model_page_add_cloud("p", list, &small);
        size_t fits = room == whole ? 2 : room >= strlen(lists[1]) ? 1 : 0;
        ck_assert_msg(text_equals(buf_text(&small), lists[fits]), "%zu: %s", room, small.data);
        buf_done(&small);
    }
}
END_TEST

static const struct {
    const char *body;
    bool is;
} lists[] = {
    {"{\"data\":[]}", true},  {"{\"object\":\"list\",\"data\":[{}]}", true},
    {"{\"data\":{}}", false}, {"[]", false},
    {"{\"data\":[}", false},  {"", false},
    {"<html>", false},
};

START_TEST(a_list_of_models_is_known_by_its_data)
{
    ck_assert_msg(model_page_is_list(text_of(lists[_i].body)) == lists[_i].is, "%s",
                  lists[_i].body);
}
END_TEST

/* ---- IDs */

static const struct {
    const char *id;
    const char *owner; /* NULL: nobody's by name */
    const char *rest;
} ids[] = {
    {"ollama:ministral-3:3b", "ollama", "ministral-3:3b"},
    {"ollama%3Aministral-3%3a3b", "ollama", "ministral-3%3a3b"},
    {"ollama%3ax", "ollama", "x"},
    {"gpt-4", NULL, ""},
    {"ministral-3:3b", NULL, ""},
    {"ollama:", NULL, ""},
    {"ollama", NULL, ""},
    {":x", NULL, ""},
    {"ollama%2fx", NULL, ""},
    {"ollama%3", NULL, ""},
    {"", NULL, ""},
};

START_TEST(an_id_names_its_owner)
{
    struct config_provider all[] = {provider("openai"), provider("ollama")};
    struct config config = {.providers = all, .provider_count = 2};
    struct text rest = text_of("");
    const struct config_provider *owner = model_page_owner(&config, text_of(ids[_i].id), &rest);
    ck_assert_msg((owner != NULL) == (ids[_i].owner != NULL), "%s", ids[_i].id);
    if (owner) {
        ck_assert_str_eq(owner->name, ids[_i].owner);
        ck_assert_msg(text_equals(rest, ids[_i].rest), "%s", ids[_i].id);
    }
}
END_TEST

static const struct {
    const char *escaped;
    const char *plain;
} escapes[] = {
    {"ministral-3%3A3b", "ministral-3:3b"},
    {"a%2fb%2Fc", "a/b/c"},
    {"100%", "100%"},
    {"%4", "%4"},
    {"%zz%41", "%zzA"},
    {"%4z", "%4z"},
    {"%+1", "%+1"},
    {"%e2%82%ac", "\xe2\x82\xac"},
    {"", ""},
};

START_TEST(an_id_is_unescaped)
{
    ck_assert_int_eq(model_page_unescape(text_of(escapes[_i].escaped), &out), 0);
    ck_assert_msg(text_equals(buf_text(&out), escapes[_i].plain), "%s", escapes[_i].escaped);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("model_page");
    TCase *tc = tcase_create("model_page");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_model_of_an_ollama_is_named_with_its_owner, 0, ROWS(entries));
    tcase_add_loop_test(tc, models_that_leave_the_machine_are_listed_only_where_they_may_be_asked,
                        0, 2);
    tcase_add_loop_test(tc, an_entry_gets_its_owners_name, 0, ROWS(named));
    tcase_add_test(tc, the_first_clouds_entries_stay_as_they_came);
    tcase_add_test(tc, another_clouds_entries_stand_behind_them_and_what_has_no_id_is_left_out);
    tcase_add_test(tc, what_does_not_fit_in_is_left_out_whole);
    tcase_add_loop_test(tc, a_list_of_models_is_known_by_its_data, 0, ROWS(lists));
    tcase_add_loop_test(tc, an_id_names_its_owner, 0, ROWS(ids));
    tcase_add_loop_test(tc, an_id_is_unescaped, 0, ROWS(escapes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
