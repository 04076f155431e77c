/* Responses of several rounds in one stream. */
#include "dialect/weave_test.h"
#include "json/jsonspan.h"
#include "responses/dialect_responses.h"
#include "responses/responses_stream.h"
#include "responses/responses_weave.h"
#include "unit.h"

/* Three events of a text, and of a call. */
#define TEXT(a, b, c, i, id, t)                                                                    \
    ADDED(a, i, TEXT_ITEM(id, "in_progress", ""))                                                  \
    MORE("output_text.delta", b, i, ",'item_id':'" id "','delta':'" t "'") DONE(c, i, SAID(id, t))
#define CALL(a, b, c, i, name)                                                                     \
    ADDED(a, i, CALL_ITEM(name, "in_progress", ""))                                                \
    MORE("function_call_arguments.delta", b, i, ",'item_id':'fc_" name "','delta':'{}'")           \
    DONE(c, i, CALL_ITEM(name, "completed", "{}"))
#define HI  BEGIN("r1") TEXT("2", "3", "4", "0", "m1", "Hi") ENDS("5", "r1", SAID("m1", "Hi"), "{}")
#define RAN ": ran\n"
#define FAILS(n, id)                                                                               \
    EVENT("failed", n, ",'response':{'id':'" id "','status':'failed'},'error':{'code':'x'}")

static const struct {
    const char *name;
    const char *rounds[4];
    const char *want;
} rows[] = {
    {"one round goes out as it came", {HI}, HI},
    {"and so with calls of the app, an empty output and what nobody knows",
     {"id: 7\n" BEGIN("r1") CALL("2", "3", "4", "0", "open")
          EVENT("tomorrow", "9", "") ": hm\n\ndata: no JSON\n\n" ENDS(
              "5", "r1", "", "{ 'input_tokens':1}") "data: [DONE]\n\n"},
     "id: 7\n" BEGIN("r1") CALL("2", "3", "4", "0", "open")
         EVENT("tomorrow", "9", "") ": hm\n\ndata: no JSON\n\n" ENDS(
             "5", "r1", "", "{ 'input_tokens':1}") "data: [DONE]\n\n"},
    {"and without numbers",
     {"data: {'type':'response.created'}\n\ndata: {'type':'response.output_item.added'}\n\n"
      "data: {'type':'response.output_item.done','item':{'type':'message'}}\n\n"
      "data: {'type':'response.completed'}\n\n"},
     "data: {'type':'response.created'}\n\ndata: {'type':'response.output_item.added'}\n\n"
     "data: {'type':'response.output_item.done','item':{'type':'message'}}\n\n"
     "data: {'type':'response.completed'}\n\n"},
    {"our call is held back, numbers go on, usage is the sum",
     {BEGIN("r1") TEXT("2", "3", "4", "0", "m1", "Look. ") CALL("5", "6", "7", "1", "sky__x")
          ENDS("8", "r1", SAID("m1", "Look. ") "," LOOKED, USED("9", "5", "4")),
      BEGIN("r2") TEXT("2", "3", "4", "0", "m2", "Rain.")
          ENDS("5", "r2", SAID("m2", "Rain."), USED("20", "2", "16"))},
     BEGIN("r1") TEXT("2", "3", "4", "0", "m1", "Look. ") TEXT("5", "6", "7", "1", "m2", "Rain.")
         RAN ENDS("8", "r1", SAID("m1", "Look. ") "," SAID("m2", "Rain."), USED("29", "7", "20"))},
    {"three rounds, the first of which says nothing",
     {BEGIN("r1") CALL("2", "3", "4", "0", "sky__x") ENDS("5", "r1", "", "null"),
      BEGIN("r2") CALL("2", "3", "4", "0", "sky__x") TEXT("5", "6", "7", "1", "m2", "a")
          CALL("8", "9", "10", "2", "sky__y") ENDS("11", "r2", "", USED("1", "2", "0")),
      BEGIN("r3") TEXT("2", "3", "4", "0", "m3", "b") ENDS("5", "r3", "", USED("3", "4", "0"))},
     BEGIN("r1") TEXT("2", "3", "4", "0", "m2", "a") TEXT("5", "6", "7", "1", "m3", "b")
         RAN ENDS("8", "r1", SAID("m2", "a") "," SAID("m3", "b"), USED("4", "6", "0"))},
    {"a turn with both: the app gets its own",
     {BEGIN("r1") CALL("2", "3", "4", "0", "sky__x") CALL("5", "6", "7", "1", "open")
          ENDS("8", "r1", LOOKED "," OPENED, "{}")},
     BEGIN("r1") CALL("2", "3", "4", "0", "open") ENDS("5", "r1", OPENED, "{}")},
    {"two calls side by side",
     {BEGIN("r1") ADDED("2", "0", CALL_ITEM("sky__x", "in_progress", ""))
          ADDED("3", "1", CALL_ITEM("open", "in_progress", ""))
              MORE("function_call_arguments.delta", "4", "0", ",'delta':'{}'")
                  MORE("function_call_arguments.delta", "5", "1", ",'delta':'{}'")
                      DONE("6", "1", OPENED) DONE("7", "0", LOOKED) ENDS("8", "r1", "", "{}")},
     BEGIN("r1") ADDED("2", "0", CALL_ITEM("open", "in_progress", ""))
         MORE("function_call_arguments.delta", "3", "0", ",'delta':'{}'") DONE("4", "0", OPENED)
             ENDS("5", "r1", OPENED, "{}")},
    {"a function of a group, and a custom tool, are the app's",
     {BEGIN("r1") ADDED("2", "0", "{'type':'function_call','namespace':'g','name':'sky__x'}")
          ADDED("3", "1", "{'type':'custom_tool_call','name':'sky__x'}") ENDS("4", "r1", "", "{}")},
     BEGIN("r1") ADDED("2", "0", "{'type':'function_call','namespace':'g','name':'sky__x'}")
         ADDED("3", "1", "{'type':'custom_tool_call','name':'sky__x'}") ENDS("4", "r1", "", "{}")},
    {"an item that was not told to have ended: the output counts",
     {BEGIN("r1") ADDED("2", "0", TEXT_ITEM("m1", "in_progress", "")) DONE("3", "1", LOOKED)
          ENDS("4", "r1", SAID("m1", "a") "," LOOKED, "{}"),
      BEGIN("r2") DONE("2", "0", SAID("m2", "b")) ENDS("3", "r2", "", "{}")},
     BEGIN("r1") ADDED("2", "0", TEXT_ITEM("m1", "in_progress", "")) DONE("3", "1", SAID("m2", "b"))
         RAN ENDS("4", "r1", SAID("m1", "a") "," SAID("m2", "b"), "{}")},
    {"all items with one number",
     {BEGIN("r1") DONE("2", "0", SAID("m1", "a")) DONE("3", "0", LOOKED)
          MORE("function_call_arguments.done", "4", "0", "") DONE("5", "0", SAID("m2", "b"))
              ENDS("6", "r1", "", "{}")},
     BEGIN("r1") DONE("2", "0", SAID("m1", "a")) DONE("3", "0", SAID("m2", "b"))
         ENDS("4", "r1", SAID("m1", "a") "," SAID("m2", "b"), "{}")},
    {"a call of ours that began without its name",
     {BEGIN("r1") ADDED("2", "0", "{'type':'function_call'}") DONE("3", "0", LOOKED)
          DONE("4", "1", SAID("m", "a")) ENDS("5", "r1", "", "{}")},
     BEGIN("r1") ADDED("2", "0", "{'type':'function_call'}") DONE("3", "1", SAID("m", "a"))
         ENDS("4", "r1", SAID("m", "a"), "{}")},
    {"a call of ours that only the end tells",
     {BEGIN("r1") ENDS("2", "r1", LOOKED "," OPENED, "{}")},
     BEGIN("r1") ENDS("2", "r1", OPENED, "{}")},
    {"incomplete is an end, and another id and usage are put where there are none",
     {BEGIN("r1") DONE("2", "0", LOOKED) ENDS("3", "r1", "", USED("1", "2", "0")),
      EVENT("incomplete", "0", ",'response':{ 'status':'incomplete','id':null}")},
     BEGIN("r1") RAN EVENT("incomplete", "2",
                           ",'response':{'output':[],'usage':" USED(
                               "1", "2", "0") ", 'status':'incomplete','id':'r1'}")},
    {"a response that is empty, and none",
     {BEGIN("r1") DONE("2", "0", LOOKED) ENDS("3", "r1", "", "{'n':1}"),
      DONE("0", "0", LOOKED) EVENT("completed", "1", ",'response':{}") EVENT("completed", "2", "")},
     BEGIN("r1") RAN EVENT("completed", "2", ",'response':{'output':[],'usage':{'n':1}}")
         EVENT("completed", "3", "")},
    {"a failure passes at any time, as one of the response that began",
     {BEGIN("r1") DONE("2", "0", LOOKED) ENDS("3", "r1", "", "{}"),
      BEGIN("r2") DONE("2", "0", SAID("m2", "a")) FAILS("3", "r2")},
     BEGIN("r1") DONE("2", "0", SAID("m2", "a")) FAILS("3", "r1") RAN},
    {"an error behind the end",
     {BEGIN("r1") ENDS("2", "r1", "", "{}") "event: error\ndata: {'type':'error'}\n\n"},
     BEGIN("r1") "event: error\ndata: {'type':'error'}\n\n" ENDS("2", "r1", "", "{}")},
    {"what is queued is told once",
     {EVENT("queued", "0", RESPONSE("r1", "queued", "", "null")) DONE("1", "0", LOOKED)
          ENDS("2", "r1", "", "null"),
      EVENT("queued", "0", RESPONSE("r2", "queued", "", "null")) DONE("1", "0", SAID("m", "a"))
          ENDS("2", "r2", "", "null")},
     EVENT("queued", "0", RESPONSE("r1", "queued", "", "null")) DONE("1", "0", SAID("m", "a"))
         RAN ENDS("2", "r1", SAID("m", "a"), "null")},
    {"lines end as they came; data of several lines goes out in one",
     {BEGIN("r1") DONE("2", "0", LOOKED) ": c\r\nevent: x\r\ndata:{ 'sequence_number' : "
                                         "3,'type':'x', 'output_index' :1 }\r\n\r\n"
                                         "data: {'type':'x',\ndata: 'output_index': 1}\n\n" ENDS(
                                             "4", "r1", "", "{}")},
     BEGIN("r1") ": c\r\nevent: x\r\ndata:{ 'sequence_number' : 2,'type':'x', 'output_index' :0 "
                 "}\r\n\r\ndata: {'type':'x','output_index':0}\n\n" ENDS("3", "r1", "", "{}")},
    {"numbers at their bounds",
     {BEGIN("r1") DONE("2", "0", LOOKED) EVENT("x", "9223372036854775807", "")
          EVENT("x", "-9223372036854775808", "") EVENT("x", "'3'", "") ENDS("7.0", "r1", "", "{}"),
      EVENT("x", "-9223372036854775808", "") EVENT("x", "1.5", "") ENDS("1", "r1", "", "{}")},
     BEGIN("r1") EVENT("x", "9223372036854775806", "") EVENT("x", "-9223372036854775808", "")
         EVENT("x", "'3'", "") EVENT("x", "-9223372036854775807", "") EVENT("x", "1.5", "")
             RAN ENDS("2", "r1", "", "{}")},
};

START_TEST(rounds_are_one_stream)
{
    weave_test_check(rows[_i].name, &dialect_responses_rounds, rows[_i].rounds, rows[_i].want);
}
END_TEST

START_TEST(too_little_room_is_said)
{
    weave_test_no_room(&dialect_responses_rounds, rows[_i].rounds);
}
END_TEST

/* ---- the answer of a round */

#define THOUGHT "{'id':'rs_1','type':'reasoning','summary':[],'encrypted_content':'gAA/+=='}"

static const struct {
    const char *name;
    const char *stream;
    const char *want; /* NULL = it has none */
} answers[] = {
    {"items as they ended, the response as it ended",
     BEGIN("r1") DONE("2", "0", THOUGHT) TEXT("3", "4", "5", "1", "m1", "a")
         CALL("6", "7", "8", "2", "sky__x") ENDS("9", "r1", "{}", "{'input_tokens':1}"),
     "{'id':'r1','object':'response','status':'completed','output':[" THOUGHT
     "," SAID("m1", "a") "," LOOKED "],'usage':{'input_tokens':1}}"},
    {"in the order in which they began",
     BEGIN("r1") ADDED("2", "0", TEXT_ITEM("m1", "in_progress", "")) DONE("3", "1", LOOKED)
         DONE("4", "0", SAID("m1", "a")) ENDS("5", "r1", "", "{}"),
     "{'id':'r1','object':'response','status':'completed','output':[" SAID(
         "m1", "a") "," LOOKED "],'usage':{}}"},
    {"one did not end: the output counts",
     BEGIN("r1") ADDED("2", "0", TEXT_ITEM("m1", "in_progress", "")) DONE("3", "1", LOOKED)
         ENDS("4", "r1", SAID("m1", "a") " , " LOOKED, "{}"),
     "{'id':'r1','object':'response','status':'completed','output':[" SAID(
         "m1", "a") " , " LOOKED "],'usage':{}}"},
    {"and where it is empty, those that did",
     BEGIN("r1") ADDED("2", "0", TEXT_ITEM("m1", "in_progress", "")) DONE("3", "1", LOOKED)
         ENDS("4", "r1", "", "{}"),
     "{'id':'r1','object':'response','status':'completed','output':[" LOOKED "],'usage':{}}"},
    {"no items", BEGIN("r1") ENDS("2", "r1", LOOKED, "{}"),
     "{'id':'r1','object':'response','status':'completed','output':[" LOOKED "],'usage':{}}"},
    {"no response", DONE("0", "0", LOOKED), NULL},
    {"a response that is none", EVENT("completed", "0", ",'response':7"), NULL},
};

START_TEST(a_round_is_an_answer)
{
    weave_test_is_answer(&dialect_responses_rounds, answers[_i].name, answers[_i].stream,
                         answers[_i].want);
}
END_TEST

/* The calls of one round, told while they come: once each. */
START_TEST(calls_are_counted)
{
    struct weave_test test;
    char *stream = json_row_text(BEGIN("r1") CALL("2", "3", "4", "0", "sky__x")
                                     CALL("5", "6", "7", "1", "open") DONE("8", "2", LOOKED)
                                         DONE("9", "3", "{'type':'shell_call'}")
                                             DONE("9", "4", "{'type':'web_search_call'}"));
    weave_test_begin(&test, &dialect_responses_rounds, weave_test_is_ours);
    ck_assert_int_eq(weave_test_feed(&test, text_of(stream)), 0);
    ck_assert_uint_eq(test.weaver->ours, 2);
    ck_assert_uint_eq(test.weaver->theirs, 2);
    weave_test_next(&test, NULL);
    free(stream);
    stream = json_row_text(BEGIN("r2") ADDED("2", "0", "{'type':'function_call'}")
                               DONE("3", "0", LOOKED) ADDED("4", "1", OPENED));
    ck_assert_int_eq(weave_test_feed(&test, text_of(stream)), 0);
    ck_assert_uint_eq(test.weaver->ours, 1);
    ck_assert_uint_eq(test.weaver->theirs, 1);
    weave_test_done(&test);
    free(stream);
}
END_TEST

/* More items than anybody has: of the app they pass, ours cannot be held back. */
START_TEST(numbers_are_bounded)
{
    static const char *const streams[] = {
        BEGIN("r1") DONE("2", "4096", OPENED), BEGIN("r1") DONE("2", "4096", LOOKED),
        BEGIN("r1") ADDED("2", "-1", LOOKED),
        "data: {'type':'response.output_item.added','item':" LOOKED "}\n\n"};
    weave_test_number(&dialect_responses_rounds, streams[_i], _i < 1);
}
END_TEST

START_TEST(memory_runs_out)
{
    static const char *const rounds[] = {
        BEGIN("r1") DONE("2", "0", THOUGHT) TEXT("3", "4", "5", "1", "m1", "Look. ")
            CALL("6", "7", "8", "2", "sky__x") ENDS("9", "r1", "", "{'in':1,'of':{'a':1}}"),
        BEGIN("r2") CALL("2", "3", "4", "0", "sky__x") TEXT("5", "6", "7", "1", "m2", "Rain.")
            CALL("8", "9", "10", "2", "open") ENDS("11", "r2", "", "{'in':2,'of':{'a':4}}"),
        NULL};
    weave_test_memory(&dialect_responses_rounds, rounds);
}
END_TEST

#define DEEP BEGIN("r1") DONE("2", "0", "{'type':'x','y':@}")

START_TEST(depth_is_bounded)
{
    weave_test_depth(&dialect_responses_rounds, DEEP);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responses_weave");
    TCase *tc = tcase_create("weave");
    tcase_add_loop_test(tc, rounds_are_one_stream, 0, ROWS(rows));
    tcase_add_loop_test(tc, too_little_room_is_said, 0, ROWS(rows));
    tcase_add_loop_test(tc, a_round_is_an_answer, 0, ROWS(answers));
    tcase_add_test(tc, calls_are_counted);
    tcase_add_loop_test(tc, numbers_are_bounded, 0, 4);
    tcase_add_test(tc, memory_runs_out);
    tcase_add_test(tc, depth_is_bounded);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
