/* One stream of chat completions out of those of several rounds. */
#include <glob.h>

#include "dialect/weave_row.h"
#include "openai/weave_chunks.h"
#include "unit.h"

static const struct weave_row rows[] = {
    {"one round without tools",
     {BEGIN("1") DELTA("1", "'content':'Hi'") FINISH("1", "stop") USAGE("1", "3") DONE},
     BEGIN("1") DELTA("1", "'content':'Hi'") WEAVE_COMMENT FINISH("1", "stop") USAGE("1", "3") DONE,
     0,
     0},
    {"one round with a call of the app's",
     {BEGIN("1") CALLS("1", CALL("0", "a", "f")) CALLS("1", MORE("0", "{}"))
          FINISH("1", "tool_calls") DONE},
     BEGIN("1") CALLS("1", CALL("0", "a", "f")) CALLS("1", MORE("0", "{}"))
         WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     0,
     1},
    {"a call of ours, then the answer",
     {ASKS("1") DONE, BEGIN("2") DELTA("2", "'content':'Hi'") FINISH("2", "stop") DONE},
     BEGIN("1")
         JSON("'id':'1','object':'chat.completion.chunk','created':11,'model':'m1','choices':["
              "{'index':0,'delta':{'content':'Hi'},'finish_reason':null}]")
             WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"text before the call, and the sum of usage",
     {BEGIN("1") DELTA("1", "'content':'Hm. '") CALLS("1", CALL("0", "a", "us__f"))
          FINISH("1", "tool_calls") USAGE("1", "3") DONE,
      BEGIN("1") CALLS("1", CALL("0", "b", "us__g")) FINISH("1", "tool_calls") USAGE("1", "4") DONE,
      BEGIN("1") DELTA("1", "'content':'Hi'") FINISH("1", "stop") USAGE("1", "5") DONE},
     BEGIN("1") DELTA("1", "'content':'Hm. '") DELTA("1", "'content':'Hi'")
         WEAVE_COMMENT FINISH("1", "stop") USAGE("1", "12") DONE,
     0,
     0},
    {"calls of both: those of the app's count from 0",
     {BEGIN("1") CALLS("1", CALL("0", "a", "us__f")) CALLS("1", MORE("0", "{"))
          CALLS("1", CALL("1", "b", "f")) CALLS("1", MORE("0", "}")) CALLS("1", MORE("1", "{}"))
              CALLS("1", CALL("2", "c", "us__f") "," CALL("3", "d", "g") "," MORE("1", " "))
                  FINISH("1", "tool_calls") DONE},
     BEGIN("1") CALLS("1", CALL("0", "b", "f")) CALLS("1", MORE("0", "{}")) CALLS(
         "1", CALL("1", "d", "g") "," MORE("0", " ")) WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     2,
     2},
    {"one of the app's before one of ours stays as it came",
     {BEGIN("1") CALLS("1", CALL("0", "a", "f")) CALLS("1", CALL("1", "b", "us__f"))
          CALLS("1", MORE("0", "{}")) FINISH("1", "tool_calls") DONE},
     BEGIN("1") CALLS("1", CALL("0", "a", "f")) CALLS("1", MORE("0", "{}"))
         WEAVE_COMMENT FINISH("1", "tool_calls") DONE,
     1,
     1},
    {"ours alone, and nobody goes on: it ends as one without calls",
     {ASKS("1") DONE},
     BEGIN("1") WEAVE_COMMENT FINISH("1", "stop") DONE,
     1,
     0},
    {"all in one event, text with it",
     {CHUNK("1", "{'index':0,'delta':{'role':'assistant','content':'Hm','tool_calls':[" CALL(
                     "0", "a", "us__f") "]},'finish_reason':'tool_calls'}") DONE,
      BEGIN("1") FINISH("1", "stop") DONE},
     DELTA("1", "'role':'assistant','content':'Hm'") WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"the role with the call, and usage with the finish",
     {DELTA("1", "'role':'assistant','content':null,'tool_calls':[" CALL("0", "a", "us__f") "]")
          JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'x'},'finish_reason':'tool_"
                         "calls'}],'usage':{'p':1}") DONE,
      JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'role':'assistant','content':'y'},'finish_"
                     "reason':'stop'}],'usage':{'p':2}") DONE},
     DELTA("1", "'role':'assistant','content':null")
         JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'x'},'finish_reason':null}]")
             WEAVE_COMMENT JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'y'},'finish_"
                                          "reason':'stop'}],'usage':{'p':3}") DONE,
     0,
     0},
    {"a running count of usage goes on",
     {JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'x'}}],'usage':{'p':1}")
          CALLS("1", CALL("0", "a", "us__f"))
              JSON(HEAD("1") ",'choices':[{'index':0,'delta':{},'finish_reason':'tool_calls'}],'"
                             "usage':{'p':2}") DONE,
      JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'y'}}],'usage':{'p':1}") JSON(HEAD(
          "1") ",'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],'usage':{'p':3}") DONE},
     JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'x'}}],'usage':{'p':1}")
         JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'y'}}],'usage':{'p':3}")
             WEAVE_COMMENT JSON(HEAD(
                 "1") ",'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],'usage':{'p':5}")
                 DONE,
     0,
     0},
    {"the role with each event of one round",
     {BEGIN("1") DELTA("1", "'role':'assistant','content':'x'") FINISH("1", "stop") DONE},
     BEGIN("1") DELTA("1", "'role':'assistant','content':'x'") WEAVE_COMMENT FINISH("1", "stop")
         DONE,
     0,
     0},
    {"usage with the finish, which the last round does not tell",
     {CALLS("1", CALL("0", "a", "us__f")) JSON(HEAD(
          "1") ",'choices':[{'index':0,'delta':{},'finish_reason':'tool_calls'}],'usage':{'p':2}")
          DONE,
      DELTA("1", "'content':'y'") FINISH("1", "stop") DONE},
     DELTA("1", "'content':'y'") WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"usage that the last round does not tell",
     {ASKS("1") USAGE("1", "3") DONE, DELTA("2", "'content':'Hi'") FINISH("1", "stop") DONE},
     BEGIN("1") DELTA("1", "'content':'Hi'") WEAVE_COMMENT FINISH("1", "stop")
         JSON("'object':'chat.completion.chunk','id':'1','created':11,'model':'m1','choices':[],'"
              "usage':{'prompt_tokens':3}") DONE,
     0,
     0},
    {"what was asked apart, and is null before",
     {JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'x'}}],'usage':null")
          FINISH("1", "stop") DONE},
     JSON(HEAD("1") ",'choices':[{'index':0,'delta':{'content':'x'}}],'usage':null")
         WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"the first id counts, not an empty one before it",
     {JSON("'id':'','created':0,'model':'','choices':[],'prompt_filter_results':[]") ASKS("1") DONE,
      JSON("'id':'','created':0,'model':'','choices':[],'prompt_filter_results':[]")
          FINISH("2", "stop") DONE},
     JSON("'id':'','created':0,'model':'','choices':[],'prompt_filter_results':[]") BEGIN("1")
         JSON("'id':'','created':0,'model':'','choices':[],'prompt_filter_results':[]")
             WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"other choices pass at once",
     {CHUNK("1", "{'index':1,'delta':{'role':'assistant','content':'x'}}") ASKS("1")
          CHUNK("1", "{'index':1,'delta':{'content':'y'},'finish_reason':'stop'}") DONE,
      BEGIN("1") FINISH("1", "stop") DONE},
     CHUNK("1", "{'index':1,'delta':{'role':'assistant','content':'x'}}") BEGIN("1")
         CHUNK("1", "{'index':1,'delta':{'content':'y'},'finish_reason':'stop'}")
             WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"beside ours in one event, too",
     {CHUNK("1", "{'index':0,'delta':{'tool_calls':[" CALL(
                     "0", "a",
                     "us__f") "]},'finish_reason':'tool_calls'},"
                              "{'index':1,'delta':{'content':'y'},'finish_reason':'stop'}") DONE},
     CHUNK("1", "{'index':0,'delta':{},'finish_reason':null},{'index':1,'delta':{'content':'y'},'"
                "finish_reason':'stop'}") WEAVE_COMMENT FINISH("1", "stop") DONE,
     1,
     0},
    {"reasoning passes, also in later rounds",
     {BEGIN("1") DELTA("1", "'reasoning_content':'h'") CALLS("1", CALL("0", "a", "us__f"))
          FINISH("1", "tool_calls") DONE,
      DELTA("1", "'role':'assistant','reasoning_content':'i','content':null") FINISH("1", "stop")
          DONE},
     BEGIN("1") DELTA("1", "'reasoning_content':'h'") DELTA(
         "1", "'reasoning_content':'i','content':null") WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
    {"comments, and data that is no JSON",
     {": hello\n\n" BEGIN("1") "data: {x\n\n" FINISH("1", "stop") "data: {y\n\n: bye\n\n" DONE
                                                                  "\n"},
     ": hello\n\n" BEGIN("1") "data: {x\n\n" WEAVE_COMMENT FINISH(
         "1", "stop") "data: {y\n\n: bye\n\n" DONE "\n",
     0,
     0},
    {"an error passes, and what is behind it",
     {BEGIN("1") "data: {'error':{'message':'m'}}\n\n" DONE},
     BEGIN("1") "data: {'error':{'message':'m'}}\n\n" DONE WEAVE_COMMENT,
     0,
     0},
    {"also behind the end that is held",
     {FINISH("1", "stop") "data: {'error':{'message':'m'}}\n\n"},
     "data: {'error':{'message':'m'}}\n\n" WEAVE_COMMENT FINISH("1", "stop"),
     0,
     0},
    {"data of several lines, in an event that changes",
     {ASKS("1") DONE,
      "data: {'id':'2',\ndata: 'choices':[{'index':0,'delta':{'content':'x y'}}]}\n\n" FINISH(
          "1", "stop") DONE},
     BEGIN(
         "1") "data: {'id':'1','choices':[{'index':0,'delta':{'content':'x y'}}]}\n\n" WEAVE_COMMENT
         FINISH("1", "stop") DONE,
     0,
     0},
    {"a stream that has no end", {BEGIN("1")}, BEGIN("1") WEAVE_COMMENT, 0, 0},
    {"no round at all", {NULL}, WEAVE_COMMENT, 0, 0},
    {"a round of which nothing came",
     {"", FINISH("1", "stop") DONE},
     WEAVE_COMMENT FINISH("1", "stop") DONE,
     0,
     0},
};

START_TEST(rounds_become_one_stream)
{
    weave_row_check(&dialect_openai, &rows[_i]);
}
END_TEST

/* All the real streams that there are, those that fail among them. */
START_TEST(a_round_without_calls_of_ours_gives_the_bytes_that_came)
{
    glob_t files;
    ck_assert_int_eq(glob(FIXTURES "openai-*.sse", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        if (!strstr(files.gl_pathv[i], "two-choices"))
            weave_keeps_bytes(&dialect_openai, strrchr(files.gl_pathv[i], '/') + 1);
    globfree(&files);
}
END_TEST

static const struct {
    const char *name;
    const char *round;
    const char *message; /* of the answer; NULL: it makes none */
} answers[] = {
    {"calls", ASKS("1") DONE,
     "{'role':'assistant','content':'','tool_calls':[{'id':'a','type':'function','function':{'name'"
     ":'us__f','arguments':'{}'}}]}"},
    {"what has to travel back",
     BEGIN("1") DELTA("1", "'reasoning_content':'h'") DELTA("1", "'reasoning_content':'m'") DELTA(
         "1",
         "'reasoning_details':[{'type':'reasoning.text','index':0,'text':'x','signature':'s'}]")
         CALLS("1", "{'index':0,'id':'a','type':'function','function':{'name':'us__f','arguments':'"
                    "{}'},'extra_content':{'google':{'thought_signature':'t'}}}")
             FINISH("1", "tool_calls"),
     "{'role':'assistant','content':'','reasoning_content':'hm','reasoning_details':[{'type':'"
     "reasoning.text','index':0,'text':'x','signature':'s'}],"
     "'tool_calls':[{'id':'a','type':'function','function':{'name':'us__f','arguments':'{}'},'"
     "extra_content':{'google':{'thought_signature':'t'}}}]}"},
    {"half an answer", BEGIN("1"), NULL},
    {"an error", BEGIN("1") "data: {'error':{'message':'m'}}\n\n", NULL},
    {"nothing", "", NULL},
};

START_TEST(a_round_is_an_answer)
{
    json_t *got = weave_answer_of(&dialect_openai, answers[_i].round);
    if (!answers[_i].message) {
        ck_assert_msg(got == NULL, "%s", answers[_i].name);
        return;
    }
    json_t *want = json_row_load(answers[_i].message);
    const json_t *choice = json_array_get(json_object_get(got, "choices"), 0);
    char *dump = json_dumps(got, JSON_COMPACT);
    ck_assert_msg(json_equal(json_object_get(choice, "message"), want), "%s: %s", answers[_i].name,
                  dump);
    free(dump);
    json_decref(want);
    json_decref(got);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("openai_weave");
    TCase *tc = tcase_create("weave");
    tcase_add_loop_test(tc, rounds_become_one_stream, 0, ROWS(rows));
    tcase_add_test(tc, a_round_without_calls_of_ours_gives_the_bytes_that_came);
    tcase_add_loop_test(tc, a_round_is_an_answer, 0, ROWS(answers));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
