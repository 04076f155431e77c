/* One stream of /api/chat out of those of several rounds. */
#include <glob.h>

#include "dialect/weave_row.h"
#include "unit.h"

#undef WEAVE_COMMENT /* lines have none */

#define LINE(message)     "{'model':'m','message':{'role':'assistant'," message "},'done':false}\n"
#define CALL(index, name) "{'function':{'index':" index ",'name':'" name "','arguments':{}}}"
#define CALLS(calls)      LINE("'content':'','tool_calls':[" calls "]")
#define LAST(content, counts)                                                                      \
    "{'model':'m','message':{'role':'assistant','content':'" content "'},'done':true,"             \
    "'done_reason':'stop'" counts "}\n"
#define COUNTS(prompt, answer)                                                                     \
    ",'total_duration':9" prompt ",'prompt_eval_count':" prompt ",'eval_count':" answer

static const struct weave_row rows[] = {
    {"one round without tools",
     {LINE("'content':'Hi'") LAST("", COUNTS("1", "2"))},
     LINE("'content':'Hi'") LAST("", COUNTS("1", "2")),
     0,
     0},
    {"one round with calls of the app's",
     {CALLS(CALL("0", "f") "," CALL("7", "g")) LAST("", "")},
     CALLS(CALL("0", "f") "," CALL("7", "g")) LAST("", ""),
     0,
     2},
    {"a call of ours, then the answer",
     {LINE("'thinking':'h','content':''") CALLS(CALL("0", "us__f")) LAST("", COUNTS("1", "2")),
      LINE("'content':'Hi'") LAST("", COUNTS("3", "4"))},
     LINE("'thinking':'h','content':''")
         LINE("'content':'Hi'") "{'model':'m','message':{'role':'assistant','content':''},'done':"
                                "true,'done_reason':'stop',"
                                "'total_duration':184,'prompt_eval_count':4,'eval_count':6}\n",
     0,
     0},
    {"three rounds, text between",
     {LINE("'content':'a'") CALLS(CALL("0", "us__f")) LAST("", COUNTS("1", "1")),
      LINE("'content':'b'") CALLS(CALL("0", "us__f")) LAST("", COUNTS("1", "1")),
      LINE("'content':'c'") LAST("", COUNTS("1", "1"))},
     LINE("'content':'a'") LINE("'content':'b'") LINE("'content':'c'")
         LAST("", ",'total_duration':273,'prompt_eval_count':3,'eval_count':3"),
     0,
     0},
    {"calls of both: those of the app's count from 0",
     {CALLS(CALL("0", "us__f") ", " CALL("1", "f")) CALLS(CALL("2", "us__g")) CALLS(CALL("3", "g"))
          LAST("", "")},
     CALLS(" " CALL("0", "f")) CALLS(CALL("1", "g")) LAST("", ""),
     2,
     2},
    {"one of the app's before one of ours stays as it came",
     {CALLS(CALL("0", "f") "," CALL("1", "us__f")) LAST("", "")},
     CALLS(CALL("0", "f")) LAST("", ""),
     1,
     1},
    {"calls without an index, and one without a name",
     {CALLS("{'function':{'name':'us__f','arguments':{}}},{'id':'b','function':{'name':'f','"
            "arguments':{}}},{'function':{}}") LAST("", "")},
     CALLS("{'id':'b','function':{'name':'f','arguments':{}}},{'function':{}}") LAST("", ""),
     1,
     1},
    {"text beside a call of ours",
     {LINE("'content':'x','tool_calls':[" CALL("0", "us__f") "]") LAST("", ""), LAST("", "")},
     LINE("'content':'x'") LAST("", ""),
     0,
     0},
    {"all in the last line",
     {"{'model':'m','message':{'role':'assistant','content':'x','tool_calls':[" CALL(
          "0", "us__f") "]},'done':true,'done_reason':'stop','eval_count':1}\n",
      LAST("y", ",'eval_count':2")},
     "{'model':'m','message':{'role':'assistant','content':'x'},'done':false}\n" LAST(
         "y", ",'eval_count':3"),
     0,
     0},
    {"and nobody goes on",
     {"{'model':'m','message':{'role':'assistant','content':'x','tool_calls':[" CALL(
         "0", "us__f") "]},'done':true,'done_reason':'stop','eval_count':1}\n"},
     "{'model':'m','message':{'role':'assistant','content':'x'},'done':false}\n" LAST(
         "", ",'eval_count':1"),
     1,
     0},
    {"ours alone, and nobody goes on",
     {CALLS(CALL("0", "us__f")) LAST("", "")},
     LAST("", ""),
     1,
     0},
    {"ours alone in the last line",
     {"{'message':{'role':'assistant','content':'','tool_calls':[" CALL(
         "0", "us__f") "]},'done':true}\n"},
     "{'message':{'role':'assistant','content':''},'done':true}\n",
     1,
     0},
    {"a last round that counts nothing",
     {CALLS(CALL("0", "us__f")) LAST("", ",'eval_count':1"), LAST("", "")},
     "{'eval_count':1,"
     "'model':'m','message':{'role':'assistant','content':''},'done':true,'done_reason':'stop'}\n",
     0,
     0},
    {"a line that says nothing passes",
     {LINE("'content':''") LAST("", "")},
     LINE("'content':''") LAST("", ""),
     0,
     0},
    {"a line that is no JSON, and one that is no object",
     {"{x\n7\n" LAST("", "")},
     "{x\n7\n" LAST("", ""),
     0,
     0},
    {"an error passes, and what is behind it",
     {LINE("'content':'x'") "{'error':'m'}\n" LAST("", "")},
     LINE("'content':'x'") "{'error':'m'}\n" LAST("", ""),
     0,
     0},
    {"an error behind the end passes",
     {LAST("", "") "{'error':'m'}\n"},
     "{'error':'m'}\n" LAST("", ""),
     0,
     0},
    {"what else is behind the end stays behind it",
     {LAST("", "") "{'x':1}\n"},
     LAST("", "") "{'x':1}\n",
     0,
     0},
    {"a stream that has no end", {LINE("'content':'x'")}, LINE("'content':'x'"), 0, 0},
    {"no round at all", {NULL}, "", 0, 0},
    {"a round of which nothing came", {"", LAST("", "")}, LAST("", ""), 0, 0},
};

START_TEST(rounds_become_one_stream)
{
    weave_row_check(&dialect_ollama, &rows[_i]);
}
END_TEST

START_TEST(a_round_without_calls_of_ours_gives_the_bytes_that_came)
{
    glob_t files;
    ck_assert_int_eq(glob(FIXTURES "ollama-*.ndjson", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        weave_keeps_bytes(&dialect_ollama, strrchr(files.gl_pathv[i], '/') + 1);
    globfree(&files);
}
END_TEST

static const struct {
    const char *name;
    const char *round;
    const char *answer; /* NULL: it makes none */
} answers[] = {
    {"text, thoughts and calls",
     LINE("'content':'','thinking':'h'") LINE("'content':'','thinking':'m'")
         LINE("'content':'a\\n'") CALLS(CALL("0", "us__f")) CALLS(CALL("1", "f"))
             LAST("b", ",'eval_count':1"),
     "{'model':'m','message':{'role':'assistant','content':'a\\nb','thinking':'hm','tool_calls':"
     "[" CALL("0", "us__f") "," CALL("1",
                                     "f") "]},'done':true,'done_reason':'stop','eval_count':1}"},
    {"what else a message has", LINE("'content':'','images':['x'],'signature':'s'") LAST("a", ""),
     "{'model':'m','message':{'role':'assistant','content':'a','images':['x'],'signature':'s'},'"
     "done':true,'done_reason':'stop'}"},
    {"a last line without a message", LINE("'content':'a'") "{'done':true}\n",
     "{'message':{'role':'assistant','content':'a'},'done':true}"},
    {"half an answer", LINE("'content':'a'"), NULL},
    {"an error", LINE("'content':'a'") "{'error':'x'}\n" LAST("", ""), NULL},
    {"nothing", "", NULL},
};

START_TEST(a_round_is_an_answer)
{
    json_t *got = weave_answer_of(&dialect_ollama, answers[_i].round);
    json_t *want = answers[_i].answer ? json_row_load(answers[_i].answer) : NULL;
    char *dump = json_dumps(got, JSON_COMPACT);
    ck_assert_msg(want ? json_equal(got, want) : got == NULL, "%s: %s", answers[_i].name, dump);
    free(dump);
    json_decref(want);
    json_decref(got);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_weave");
    TCase *tc = tcase_create("weave");
    tcase_add_loop_test(tc, rounds_become_one_stream, 0, ROWS(rows));
    tcase_add_test(tc, a_round_without_calls_of_ours_gives_the_bytes_that_came);
    tcase_add_loop_test(tc, a_round_is_an_answer, 0, ROWS(answers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
