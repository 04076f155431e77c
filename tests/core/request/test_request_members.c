/* Members that are taken out of a request or get another name, and that nothing else changes. */
#include <errno.h>
#include <stdlib.h>

#include "json/jsonspan.h"
#include "request/request_members.h"
#include "settings/option.h"
#include "unit.h"

static const struct row {
    const char *name, *drop, *rename, *body;
    const char *want;    /* NULL: as it came */
    const char *dropped; /* NULL: nothing */
} rows[] = {
    /* Where the comma goes. */
    {"the first", "a", "", "{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":2,\"c\":3}", "a"},
    {"one between two", "b", "", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"c\":3}", "b"},
    {"the last", "c", "", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"b\":2}", "c"},
    {"the last two", "b, c", "", "{\"a\":1, \"b\":2, \"c\":3}", "{\"a\":1}", "b, c"},
    {"the first and the last", "a, c", "", "{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":2}", "a, c"},
    {"all", "a, b", "", "{ \"a\":1, \"b\":2 }", "{  }", "a, b"},
    {"the only one", "a", "", "{\"a\":1}", "{}", "a"},
    {"blanks stay", "b", "", "{ \"a\" : 1 ,\n\t\"b\" : 2 ,\n\t\"c\" : 3 }\n",
     "{ \"a\" : 1 ,\n\t\n\t\"c\" : 3 }\n", "b"},
    {"blanks before the last comma stay", "b", "", "{\"a\": 1 , \"b\": 2 }", "{\"a\": 1  }", "b"},
    {"they are named in the order of the request", "a, b", "", "{\"b\":1,\"x\":0,\"a\":2}",
     "{\"x\":0}", "b, a"},
    {"none that is not there", "a, z", "", "{\"a\":1,\"b\":2}", "{\"b\":2}", "a"},
    /* What is meant by a name. */
    {"written in escapes", "ab", "", "{\"\\u0061b\":1,\"c\":2}", "{\"c\":2}", "ab"},
    {"in other letters", "ab", "", "{\"AB\":1}", NULL, NULL},
    {"twice", "a", "", "{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":2}", "a"},
    {"inside another", "a", "", "{\"b\":{\"a\":1},\"c\":[{\"a\":1}],\"d\":\"a\"}", NULL, NULL},
    {"with a dot of its own", "a.b", "", "{\"a.b\":1}", NULL, NULL},
    {"whatever it holds", "a", "", "{\"a\":[{\"x\":\"}],\\\"\"},{}],\"b\":1e400}", "{\"b\":1e400}",
     "a"},
    /* One level down. */
    {"inside an object", "o.a", "", "{\"o\":{\"a\":1,\"b\":2},\"a\":3}",
     "{\"o\":{\"b\":2},\"a\":3}", "o.a"},
    {"an object may be left empty", "o.a", "", "{\"o\": { \"a\":1 } ,\"b\":2}",
     "{\"o\": {  } ,\"b\":2}", "o.a"},
    {"an object written in escapes", "o.a", "", "{\"\\u006f\":{\"\\u0061\":1}}", "{\"\\u006f\":{}}",
     "o.a"},
    {"in both of two", "o.a", "", "{\"o\":{\"a\":1},\"o\":{\"b\":0,\"a\":1}}",
     "{\"o\":{},\"o\":{\"b\":0}}", "o.a"},
    {"not in a list", "o.a", "", "{\"o\":[{\"a\":1}]}", NULL, NULL},
    {"not two levels down", "o.a", "", "{\"o\":{\"o\":{\"a\":1}}}", NULL, NULL},
    {"the object and what is in it", "o, o.a", "", "{\"o\":{\"a\":1},\"b\":2}", "{\"b\":2}", "o"},
    {"behind a longer one", "o.a, x", "", "{\"o\":{\"b\":1,\"a\":2},\"x\":3}", "{\"o\":{\"b\":1}}",
     "o.a, x"},
    /* Renamed. */
    {"a new name", "", "a:bc", "{ \"a\" : 1.0 }", "{ \"bc\" : 1.0 }", NULL},
    {"not where the new one is", "", "a:b", "{\"a\":1,\"b\":2}", NULL, NULL},
    {"not where the new one is in escapes", "", "a:b", "{\"a\":1,\"\\u0062\":2}", NULL, NULL},
    {"where the new one is dropped", "b", "a:b", "{\"a\":1,\"b\":2}", "{\"b\":1}", "b"},
    {"not what is dropped", "a", "a:b", "{\"a\":1,\"c\":2}", "{\"c\":2}", "a"},
    {"the new name is not dropped again", "b", "a:b", "{\"a\":1}", "{\"b\":1}", NULL},
    {"once, not along a chain", "", "a:b, b:c", "{\"a\":1}", "{\"b\":1}", NULL},
    {"by what was there at first", "", "a:b, b:c", "{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", NULL},
    {"the first of two old names", "", "a:c, b:c", "{\"b\":1,\"a\":2}", "{\"b\":1,\"c\":2}", NULL},
    {"the second where the first is not", "", "a:c, b:c", "{\"b\":1}", "{\"c\":1}", NULL},
    {"to the second where the first is there", "", "a:b, a:c", "{\"a\":1,\"b\":2}",
     "{\"c\":1,\"b\":2}", NULL},
    {"twice, so both", "", "a:b", "{\"a\":1,\"a\":2}", "{\"b\":1,\"b\":2}", NULL},
    {"twice beside the new one, so neither", "", "a:b", "{\"a\":1,\"a\":2,\"b\":3}", NULL, NULL},
    {"in each object by what is in it", "", "o.a:o.b", "{\"o\":{\"a\":1,\"b\":2},\"o\":{\"a\":3}}",
     "{\"o\":{\"a\":1,\"b\":2},\"o\":{\"b\":3}}", NULL},
    {"inside an object", "", "o.a:o.b", "{\"o\":{\"a\":1},\"a\":2}", "{\"o\":{\"b\":1},\"a\":2}",
     NULL},
    {"inside one that is renamed", "o.x", "o:p, o.a:o.b", "{\"o\":{\"a\":1,\"x\":0}}",
     "{\"p\":{\"b\":1}}", "o.x"},
    /* What is not touched. */
    {"no rule", "", "", "{\"a\":1}", NULL, NULL},
    {"a list", "a", "", "[{\"a\":1}]", NULL, NULL},
    {"no JSON", "a", "", "{\"a\":1,\"b\":}", NULL, NULL},
    {"nothing", "a", "", "", NULL, NULL},
    {"an empty object", "a", "a:b", "{}", NULL, NULL},
};

static const struct option *row_of(const char *key)
{
    return option_find(SECTION_PROVIDER, text_of(key));
}

static void provider_init(struct config_provider *provider, const char *drop, const char *rename)
{
    *provider = (struct config_provider){0};
    ck_assert_int_eq(option_store(row_of("drop"), text_of(drop), provider, NULL), 0);
    ck_assert_int_eq(option_store(row_of("rename"), text_of(rename), provider, NULL), 0);
}

static void provider_done(struct config_provider *provider)
{
    option_release(row_of("drop"), provider);
    option_release(row_of("rename"), provider);
}

START_TEST(nothing_else_changes)
{
    const struct row *row = &rows[_i];
    struct config_provider provider;
    struct buf out, dropped;
    bool changed = !row->want;
    provider_init(&provider, row->drop, row->rename);
    buf_init(&out, 1000);
    buf_init(&dropped, 1000);
    ck_assert_int_eq(
        request_members_change(text_of(row->body), &provider, &out, &dropped, &changed), 0);
    ck_assert_msg(changed == (row->want != NULL), "%s", row->name);
    ck_assert_msg(text_equals(buf_text(&out), row->want ? row->want : ""), "%s: %s", row->name,
                  out.data);
    ck_assert_msg(text_equals(buf_text(&dropped), row->dropped ? row->dropped : ""), "%s: %s",
                  row->name, dropped.data);
    for (size_t max = 0; row->want && max < strlen(row->want); max++) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(
            request_members_change(text_of(row->body), &provider, &small, &dropped, &changed),
            -EMSGSIZE);
        buf_done(&small);
    }
    buf_done(&out);
    buf_done(&dropped);
    provider_done(&provider);
}
END_TEST

/* As many megabytes as a long conversation with pictures may have. */
START_TEST(a_large_body_is_changed_at_both_ends)
{
    static const char head[] = "{\"a\":1,\"messages\":[\"", tail[] = "\"],\"n\":1,\"a\":2}";
    const size_t middle = 8u << 20;
    struct config_provider provider;
    struct buf body, out, dropped;
    bool changed;
    provider_init(&provider, "a", "n:m");
    buf_init(&body, SIZE_MAX);
    buf_init(&out, SIZE_MAX);
    buf_init(&dropped, 100);
    char *filling = malloc(middle);
    ck_assert_ptr_nonnull(filling);
    memset(filling, 'x', middle);
    ck_assert_int_eq(buf_append_string(&body, head), 0);
    ck_assert_int_eq(buf_append(&body, filling, middle), 0);
    ck_assert_int_eq(buf_append_string(&body, tail), 0);
    ck_assert_int_eq(request_members_change(buf_text(&body), &provider, &out, &dropped, &changed),
                     0);
    ck_assert(text_starts(buf_text(&out), "{\"messages\":[\"xxx"));
    ck_assert(text_ends(buf_text(&out), "xxx\"],\"m\":1}"));
    ck_assert_uint_eq(out.len, strlen("{\"messages\":[\"\"],\"m\":1}") + middle);
    free(filling);
    buf_done(&body);
    buf_done(&out);
    buf_done(&dropped);
    provider_done(&provider);
}
END_TEST

static void write_object(char out[200], const char *const *members, unsigned count, unsigned picked)
{
    (void)snprintf(out, 2, "{");
    for (unsigned i = 0; i < count; i++)
        if (picked & 1u << i)
            (void)snprintf(out + strlen(out), 200 - strlen(out), "%s%s", out[1] ? "," : "",
                           members[i]);
    (void)snprintf(out + strlen(out), 2, "}");
}

/* A name that was found is found again, until none is there; the rest keeps its bytes and order. */
START_TEST(what_is_made_of_any_members_is_their_rest)
{
    static const char *const members[] = {"\"a\":1",       "\"b\":{\"a\":2}", "\"a\" : [1,{}]",
                                          "\"\\u0061\":0", "\"c\":\"a\"",     "\"d\":-0.0"};
    struct config_provider provider;
    provider_init(&provider, "a", "");
    for (unsigned picked = 0; picked < 1u << ROWS(members); picked++) {
        char body[200], want[200];
        struct buf out, dropped;
        bool changed;
        write_object(body, members, ROWS(members), picked);
        write_object(want, members, ROWS(members), picked & ~13u);
        buf_init(&out, 1000);
        buf_init(&dropped, 100);
        ck_assert_int_eq(request_members_change(text_of(body), &provider, &out, &dropped, &changed),
                         0);
        ck_assert_int_eq(changed, (picked & 13u) != 0);
        ck_assert_str_eq(changed ? out.data : body, want);
        buf_done(&out);
        buf_done(&dropped);
    }
    provider_done(&provider);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_members");
    TCase *tc = tcase_create("request_members");
    tcase_add_loop_test(tc, nothing_else_changes, 0, ROWS(rows));
    tcase_add_test(tc, a_large_body_is_changed_at_both_ends);
    tcase_add_test(tc, what_is_made_of_any_members_is_their_rest);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
