/* Pieces of calls in the events of a stream: which call they belong to, and what the app gets of
 * them. */
#include <stdio.h>

#include "dialect/weave_row.h"
#include "openai/openai_weave.h"
#include "openai/weave_chunks.h"
#include "unit.h"

static const struct weave_row rows[] = {
    {"calls that all have the same index",
     {CALLS("1", CALL("0", "a", "us__f")) CALLS("1", CALL("0", "b", "f")) CALLS(
         "1", MORE("0", "{}")) CALLS("1", CALL("0", "c", "g")) FINISH("1", "tool_calls") DONE},
     CALLS("1", CALL("0", "b", "f")) CALLS("1", MORE("0", "{}")) CALLS("1", CALL("1", "c", "g"))
         WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     1,
     2},
    {"calls of the app's alone stay as they came, whatever their index",
     {CALLS("1", CALL("0", "b", "f")) CALLS("1", CALL("0", "c", "g"))
          CALLS("1", "{'id':'d','function':{'name':'h'}}") FINISH("1", "tool_calls") DONE},
     CALLS("1", CALL("0", "b", "f")) CALLS("1", CALL("0", "c", "g")) CALLS(
         "1", "{'id':'d','function':{'name':'h'}}") WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     0,
     3},
    {"the name with each piece",
     {CALLS("1", CALL("0", "a", "us__f")) CALLS("1", CALL("0", "a", "us__f")) CALLS(
         "1", CALL("1", "b", "f")) CALLS("1", CALL("1", "b", "f")) FINISH("1", "tool_calls") DONE},
     CALLS("1", CALL("0", "b", "f")) CALLS("1", CALL("0", "b", "f"))
         WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     1,
     1},
    {"calls without an index",
     {CALLS("1", "{'id':'a','function':{'name':'us__f','arguments':'{}'}}")
          CALLS("1", "{'id':'b','function':{'name':'f','arguments':'{}'}}")
              CALLS("1", "{'id':'c','function':{'name':'g','arguments':'{}'}}")
                  FINISH("1", "tool_calls") DONE},
     CALLS("1", "{'index':0,'id':'b','function':{'name':'f','arguments':'{}'}}")
         CALLS("1", "{'index':1,'id':'c','function':{'name':'g','arguments':'{}'}}")
             WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     1,
     2},
    {"the name of a call behind its first piece",
     {CALLS("1", "{'index':0,'id':'a','type':'function'}") CALLS("1", "{'index':1,'id':'b'}")
          CALLS("1", "{'index':0,'function':{'name':'us__f'}}")
              CALLS("1", "{'index':1,'function':{'name':'f'}}") FINISH("1", "tool_calls") DONE},
     CALLS("1", "{'index':0,'id':'b'},{'index':0,'function':{'name':'f'}}")
         WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     1,
     1},
    {"and in the same event",
     {CALLS("1", "{'index':0,'id':'b'},{'index':0,'function':{'name':'f'}}")
          FINISH("1", "tool_calls") DONE},
     CALLS("1", "{'index':0,'id':'b'},{'index':0,'function':{'name':'f'}}")
         WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     0,
     1},
    {"a name that is escaped",
     {CALLS("1", CALL("0", "a", "\\u0075s__f")) FINISH("1", "stop") DONE},
     WEAVE_COMMENT FINISH("1", "stop") DONE,
     1,
     0},
    {"a custom tool of the app's",
     {CALLS("1", "{'index':0,'id':'a','type':'custom','custom':{'name':'c','input':''}}")
          CALLS("1", "{'index':0,'custom':{'input':'x'}}") FINISH("1", "tool_calls") DONE},
     CALLS("1", "{'index':0,'id':'a','type':'custom','custom':{'name':'c','input':''}}") CALLS(
         "1", "{'index':0,'custom':{'input':'x'}}") WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     0,
     1},
    {"function_call, as it was before tools",
     {DELTA("1", "'function_call':{'name':'f','arguments':''}")
          DELTA("1", "'function_call':{'arguments':'{}'}") FINISH("1", "function_call") DONE},
     DELTA("1", "'function_call':{'name':'f','arguments':''}") DELTA(
         "1", "'function_call':{'arguments':'{}'}") WEAVE_COMMENT FINISH("1", "function_call") DONE,
     0,
     1},
    {"function_call of ours",
     {DELTA("1", "'function_call':{'name':'us__f','arguments':''}")
          DELTA("1", "'function_call':{'arguments':'{}'}") FINISH("1", "function_call") DONE},
     WEAVE_COMMENT FINISH("1", "stop") DONE,
     1,
     0},
};

START_TEST(pieces_belong_to_calls)
{
    weave_row_check(&dialect_openai, &rows[_i]);
}
END_TEST

/* One more than can be. */
START_TEST(too_many_calls_are_refused)
{
    struct tool_weaver *weaver = tool_weaver_new(dialect_openai.tools, weave_is_ours, NULL);
    struct buf out;
    size_t rest;
    int r = 0;
    buf_init(&out, SIZE_MAX);
    for (int i = 0; r == 0 && i < 1025; i++) {
        char call[200];
        (void)snprintf(call, sizeof(call),
                       "data: "
                       "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"function\":{"
                       "\"name\":\"f\"}}]}}]}\n\n",
                       i);
        r = weave_stream(&dialect_openai, weaver, text_of(call), &out, &rest);
        ck_assert_int_eq(r, i < 1024 ? 0 : -EMSGSIZE);
    }
    buf_done(&out);
    tool_weaver_free(dialect_openai.tools, weaver);
}
END_TEST

START_TEST(data_is_told_on_one_line)
{
    struct buf out;
    buf_init(&out, SIZE_MAX);
    ck_assert_int_eq(openai_weave_write_data(text_of("{\"a\": \"b c\"}"), &out), 0);
    ck_assert_int_eq(openai_weave_write_data(text_of("{\n\"a\": \"b\\nc\"}"), &out), 0);
    ck_assert_str_eq(out.data, "data: {\"a\": \"b c\"}\n\ndata: {\"a\":\"b\\nc\"}\n\n");
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("openai_weave_chunk");
    TCase *tc = tcase_create("pieces");
    tcase_add_loop_test(tc, pieces_belong_to_calls, 0, ROWS(rows));
    tcase_add_test(tc, too_many_calls_are_refused);
    tcase_add_test(tc, data_is_told_on_one_line);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
