/* Ids of tool calls that are made to fit, and that nothing else changes. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "json/jsonspan.h"
#include "travel/tool_ids.h"
#include "unit.h"

#define CALL(id)   "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"" id "\",\"n\":1.0}]}"
#define RESULT(id) "{\"tool_call_id\":\"" id "\",\"role\":\"tool\",\"content\":\"" id "\"}"
#define USE(id)    "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"" id "\"}]}"
#define USED(id)                                                                                   \
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"" id "\"}]}"

/* Ids of want are those of these bodies: "~" stands for nine letters and digits. */
static const struct row {
    const char *name;
    enum preset_ids taken;
    const char *body, *want; /* NULL: as it came */
} rows[] = {
    {"a call and its result", PRESET_IDS_NINE,
     "{ \"messages\" : [" CALL("call_1") " , " RESULT("call_1") "]}\n",
     "{ \"messages\" : [{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"~\",\"n\":1.0}]} , "
     "{\"tool_call_id\":\"~\",\"role\":\"tool\",\"content\":\"call_1\"}]}\n"},
    {"one that fits stays", PRESET_IDS_NINE,
     "{\"messages\":[" CALL("D681PevKs") "," RESULT("D681PevKs") "]}", NULL},
    {"nine with another byte do not", PRESET_IDS_NINE, "{\"messages\":[" CALL("D681PevK-") "]}",
     "{\"messages\":[" CALL("~") "]}"},
    {"nor ten", PRESET_IDS_NINE, "{\"messages\":[" CALL("D681PevKs0") "]}",
     "{\"messages\":[" CALL("~") "]}"},
    {"nor nothing", PRESET_IDS_NINE, "{\"messages\":[" CALL("") "]}",
     "{\"messages\":[" CALL("~") "]}"},
    {"written in escapes it fits", PRESET_IDS_NINE, "{\"messages\":[" CALL("\\u0044681PevKs") "]}",
     NULL},
    {"written in escapes it does not", PRESET_IDS_NINE,
     "{\"messages\":[{\"tool_\\u0063alls\":[{\"\\u0069d\":\"\\u0063all\"}]}]}",
     "{\"messages\":[{\"tool_\\u0063alls\":[{\"\\u0069d\":\"~\"}]}]}"},
    {"several calls", PRESET_IDS_NINE,
     "{\"messages\":[{\"tool_calls\":[{\"id\":\"a\"},{\"x\":0},{\"id\":\"b\"}]}]}",
     "{\"messages\":[{\"tool_calls\":[{\"id\":\"~\"},{\"x\":0},{\"id\":\"~\"}]}]}"},
    {"blocks", PRESET_IDS_NINE, "{\"messages\":[" USE("a") "," USED("a") "]}",
     "{\"messages\":[" USE("~") "," USED("~") "]}"},
    {"other ids", PRESET_IDS_NINE,
     "{\"id\":\"a\",\"messages\":[{\"id\":\"b\",\"content\":[{\"type\":\"text\",\"id\":\"c\"}],"
     "\"tool_calls\":[{\"function\":{\"id\":\"d\"}}]}],\"tool_call_id\":\"e\"}",
     NULL},
    {"no text", PRESET_IDS_NINE,
     "{\"messages\":[{\"tool_calls\":[{\"id\":17},{\"id\":null}],\"tool_call_id\":{}}]}", NULL},
    {"no list", PRESET_IDS_NINE, "{\"messages\":{\"tool_calls\":\"x\"}}", NULL},
    {"words are taken", PRESET_IDS_WORD, "{\"messages\":[" USE("toolu_01-A") "]}", NULL},
    {"what is no word is not", PRESET_IDS_WORD, "{\"messages\":[" USE("functions.f:0") "]}",
     "{\"messages\":[" USE("~") "]}"},
    {"any is taken", PRESET_IDS_ANY, "{\"messages\":[" CALL("call_1") "]}", NULL},
    {"no JSON", PRESET_IDS_NINE, "{\"messages\":[" CALL("call_1") "}", NULL},
    {"nothing at all", PRESET_IDS_NINE, "", NULL},
};

static int change(const char *body, enum preset_ids taken, struct buf *out, bool *ret_changed)
{
    return tool_ids_change(text_of(body), taken, out, ret_changed);
}

/* Is text want, with nine letters and digits for each "~"? */
static bool is_like(const char *text, const char *want)
{
    for (; *want; want++) {
        size_t n = *want == '~' ? 9 : 0;
        if (n == 0 && *text++ != *want)
            return false;
        for (; n > 0; n--)
            if (!isalnum((unsigned char)*text++))
                return false;
    }
    return *text == '\0';
}

START_TEST(only_ids_that_do_not_fit_change)
{
    const struct row *row = &rows[_i];
    struct buf out, again;
    bool changed = !row->want;
    buf_init(&out, 1000);
    ck_assert_int_eq(change(row->body, row->taken, &out, &changed), 0);
    ck_assert_msg(changed == (row->want != NULL), "%s", row->name);
    ck_assert_msg(is_like(out.data ? out.data : "", row->want ? row->want : ""), "%s: %s",
                  row->name, out.data);
    for (size_t max = 0; row->want && max < out.len; max++) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(change(row->body, row->taken, &small, &changed), -EMSGSIZE);
        buf_done(&small);
    }
    buf_init(&again, 1000);
    if (row->want) {
        ck_assert_int_eq(change(out.data, row->taken, &again, &changed), 0);
        ck_assert(!changed);
    }
    buf_done(&again);
    buf_done(&out);
}
END_TEST

/* So the next request of the conversation has the same one, on every machine. */
START_TEST(an_id_always_becomes_the_same)
{
    struct buf one, two;
    bool changed;
    buf_init(&one, 1000);
    buf_init(&two, 1000);
    ck_assert_int_eq(change("{\"messages\":[" CALL("call_1") "]}", PRESET_IDS_NINE, &one, &changed),
                     0);
    ck_assert_int_eq(change("{\"messages\":[" CALL("call_0") "," RESULT("call_0") "," CALL(
                                "call_1") "," RESULT("\\u0063all_1") "]}",
                            PRESET_IDS_NINE, &two, &changed),
                     0);
    ck_assert_ptr_nonnull(strstr(one.data, "\"id\":\"NISMwHxxg\""));
    ck_assert_ptr_nonnull(strstr(two.data, "\"id\":\"NISMwHxxg\""));
    ck_assert_ptr_nonnull(strstr(two.data, "\"tool_call_id\":\"NISMwHxxg\""));
    buf_done(&one);
    buf_done(&two);
}
END_TEST

/* One that is there already, and fits, is another call's. */
START_TEST(what_another_call_has_is_passed_over)
{
    struct buf out;
    bool changed;
    buf_init(&out, 1000);
    ck_assert_int_eq(change("{\"messages\":[" CALL("call_1") "," CALL("NISMwHxxg") "]}",
                            PRESET_IDS_NINE, &out, &changed),
                     0);
    const char *found = strstr(out.data, "NISMwHxxg");
    ck_assert(changed && found && !strstr(found + 1, "NISMwHxxg"));
    buf_done(&out);
}
END_TEST

#define MANY 20000

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

START_TEST(no_two_ids_become_the_same)
{
    static char made[MANY][10];
    struct buf body, out;
    bool changed;
    struct text messages, message, calls, call, id;
    size_t at = 0, n = 0;
    buf_init(&body, SIZE_MAX);
    buf_init(&out, SIZE_MAX);
    ck_assert_int_eq(buf_append_string(&body, "{\"messages\":["), 0);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(
            buf_printf(&body, "%s{\"tool_calls\":[{\"id\":\"call_%d\"}]}", i ? "," : "", i), 0);
    ck_assert_int_eq(buf_append_string(&body, "]}"), 0);
    ck_assert_int_eq(change(body.data, PRESET_IDS_NINE, &out, &changed), 0);
    ck_assert(jsonspan_get(buf_text(&out), "messages", &messages));
    for (; jsonspan_next(messages, &at, &message); n++) {
        ck_assert(jsonspan_get(message, "tool_calls", &calls) && jsonspan_item(calls, 0, &call) &&
                  jsonspan_get(call, "id", &id));
        (void)snprintf(made[n], sizeof(made[n]), "%.*s", 9, id.at + 1);
    }
    ck_assert_uint_eq(n, MANY);
    qsort(made, MANY, sizeof(made[0]), compare);
    for (size_t i = 1; i < MANY; i++)
        ck_assert_str_ne(made[i - 1], made[i]);
    buf_done(&body);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_ids");
    TCase *tc = tcase_create("tool_ids");
    tcase_add_loop_test(tc, only_ids_that_do_not_fit_change, 0, ROWS(rows));
    tcase_add_test(tc, an_id_always_becomes_the_same);
    tcase_add_test(tc, what_another_call_has_is_passed_over);
    tcase_add_test(tc, no_two_ids_become_the_same);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
