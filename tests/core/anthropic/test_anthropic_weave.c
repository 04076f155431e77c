/* Messages of several rounds in one stream. */
#include "anthropic/anthropic_client.h"
#include "anthropic/anthropic_stream.h"
#include "anthropic/anthropic_weave.h"
#include "anthropic/dialect_anthropic.h"
#include "dialect/weave_test.h"
#include "json/jsonspan.h"
#include "unit.h"

#define LOOK(n)    CALL(n, "toolu_1", "sky__today") MORE(n, "{\\\"day\\\":") MORE(n, "1}") STOP(n)
#define THEIRS(n)  CALL(n, "toolu_2", "open_door") MORE(n, "{}") STOP(n)
#define SAID(n, t) TEXT(n) SAY(n, t) STOP(n)
#define SECOND                                                                                     \
    EVENT("message_start",                                                                         \
          ",'message':{'model':'claude-x','id':'msg_02','type':'message','role':"                  \
          "'assistant','content':[],'stop_reason':null,'stop_sequence':null,"                      \
          "'usage':{'input_tokens':20,'output_tokens':2,'service_tier':'batch'}}")
#define ENDS_WITH(reason, usage)                                                                   \
    EVENT("message_delta",                                                                         \
          ",'delta':{'stop_reason':'" reason "','stop_sequence':null},'usage':{" usage "}")
#define SUM(input, output)                                                                         \
    "'input_tokens':" input ",'output_tokens':" output                                             \
    ",'service_tier':'batch','cache_creation_input_tokens':3,'cache_read_input_tokens':4"
#define RAN ": ran\n"

static const struct {
    const char *name;
    const char *rounds[4];
    const char *want;
} rows[] = {
    {"one round goes out as it came", {HI_WHOLE}, HI_WHOLE},
    {"and so with calls of the app",
     {START SAID("0", "a") THEIRS("1") ENDS("tool_use") OVER},
     START SAID("0", "a") THEIRS("1") ENDS("tool_use") OVER},
    {"and what nobody knows",
     {"id: 7\n" START EVENT("tomorrow", ",'index':3") ": hm\n\ndata: no JSON\n\n" HI ENDS(
         "end_turn") PING OVER "data: [DONE]\n\n"},
     "id: 7\n" START EVENT("tomorrow", ",'index':3") ": hm\n\ndata: no JSON\n\n" HI ENDS("end_turn")
         PING OVER "data: [DONE]\n\n"},
    {"our call is held back, numbers go on, usage is the sum",
     {START SAID("0", "Look. ") LOOK("1") ENDS("tool_use") OVER,
      SECOND THOUGHT("0") THINK("0", "hm") SIGN("0") STOP("0") SAID("1", "Rain.") ENDS("end_turn")
          OVER},
     START SAID("0", "Look. ") THOUGHT("1") THINK("1", "hm") SIGN("1") STOP("1") SAID("2", "Rain.")
         RAN ENDS_WITH("end_turn", SUM("29", "10")) OVER},
    {"three rounds, the first of which says nothing",
     {START LOOK("0") ENDS("tool_use") OVER,
      SECOND SAID("0", "a") LOOK("1") LOOK("2") ENDS("tool_use") OVER,
      SECOND SAID("0", "b") ENDS("max_tokens") OVER},
     START SAID("0", "a") SAID("1", "b") RAN ENDS_WITH("max_tokens", SUM("49", "15")) OVER},
    {"a turn with both: the app gets its own",
     {START LOOK("0") SAID("1", "a") THEIRS("2") LOOK("3") ENDS("tool_use") OVER},
     START SAID("0", "a") THEIRS("1") ENDS("tool_use") OVER},
    {"ours alone are held back at the end, too",
     {START SAID("0", "a") LOOK("1") ENDS("tool_use") OVER},
     START SAID("0", "a") ENDS("end_turn") OVER},
    {"a call that was cut off",
     {START CALL("0", "t", "sky__today") MORE("0", "{") STOP("0") ENDS("max_tokens") OVER},
     START ENDS("max_tokens") OVER},
    {"a name with escapes is the same name",
     {START CALL("0", "t", "s\\u006by__today") STOP("0") ENDS("tool_use") OVER},
     START ENDS("end_turn") OVER},
    {"what Anthropic runs itself is no call",
     {START BLOCK("0", "'type':'server_tool_use','id':'s','name':'sky__x','input':{}")
          MORE("0", "{}") STOP("0") ENDS("end_turn") OVER},
     START BLOCK("0", "'type':'server_tool_use','id':'s','name':'sky__x','input':{}")
         MORE("0", "{}") STOP("0") ENDS("end_turn") OVER},
    {"usage that the end alone tells, and again",
     {EVENT("message_start", ",'message':{'id':'m'}") LOOK("0") ENDS_WITH(
          "tool_use", "'output_tokens':1") ENDS_WITH("tool_use", "'output_tokens':3") OVER,
      EVENT("message_start", ",'message':{'id':'n'}") SAID("0", "a")
          EVENT("message_delta", ",'delta':{'stop_reason':'end_turn'}") OVER},
     EVENT("message_start", ",'message':{'id':'m'}") SAID("0", "a") RAN
     "event: message_delta\ndata: {'usage':{'output_tokens':3},'type':'message_delta','delta':{"
     "'stop_reason':'end_turn'}}\n\n" OVER},
    {"details of usage",
     {START LOOK("0") ENDS_WITH("tool_use", "'output_tokens':3,'server_tool_use':{'web_search_"
                                            "requests':1},'speed':'fast','input_tokens':null") OVER,
      START SAID("0", "a") ENDS_WITH("end_turn", "'output_tokens':4,'server_tool_use':{'web_search_"
                                                 "requests':2,'web_fetch_requests':1},'speed':"
                                                 "'slow'") OVER},
     START SAID("0", "a") RAN ENDS_WITH(
         "end_turn", "'input_tokens':18,'cache_creation_input_tokens':6,'cache_read_input_tokens':"
                     "8,'output_tokens':7,'server_tool_use':{'web_search_requests':3,'web_fetch_"
                     "requests':1},'speed':'slow'") OVER},
    {"an error passes at any time",
     {START SAID("0", "a") LOOK("1") ENDS("tool_use") OVER, SECOND TEXT("0") FAILS},
     START SAID("0", "a") TEXT("1") FAILS RAN},
    {"an error behind the end", {START ENDS("end_turn") FAILS}, START FAILS ENDS("end_turn")},
    {"lines end as they came, and comments stay",
     {START LOOK("0") SAID("1", "a") ": c\r\nevent: content_block_start\r\ndata:{ 'index' : 2 , "
                                     "'type':'content_block_start','content_block':{'type':'text',"
                                     "'text':''}}\r\n\r\n" STOP("2") ENDS("end_turn") OVER},
     START SAID("0", "a") ": c\r\nevent: content_block_start\r\ndata:{ 'index' : 1 , "
                          "'type':'content_block_start','content_block':{'type':'text',"
                          "'text':''}}\r\n\r\n" STOP("1") ENDS("end_turn") OVER},
    {"data of several lines goes out in one",
     {START LOOK("0") "event: content_block_stop\ndata: {'type':\ndata: 'content_block_stop',\n"
                      "data:  'index': 1 }\n\n" ENDS("end_turn") OVER},
     START "event: content_block_stop\ndata: {'type':'content_block_stop','index':0}\n\n" ENDS(
         "end_turn") OVER},
    {"a number that has no block, and one that is none",
     {START LOOK("0") STOP("5") STOP("'x'") STOP("-1") DELTA("null", "'type':'text_delta'")
          ENDS("end_turn") OVER},
     START STOP("4") STOP("'x'") STOP("-1") DELTA("null", "'type':'text_delta'") ENDS("end_turn")
         OVER},
};

START_TEST(rounds_are_one_stream)
{
    weave_test_check(rows[_i].name, &dialect_anthropic_rounds, rows[_i].rounds, rows[_i].want);
}
END_TEST

START_TEST(too_little_room_is_said)
{
    weave_test_no_room(&dialect_anthropic_rounds, rows[_i].rounds);
}
END_TEST

/* ---- the answer of a round */

#define MESSAGE(content, stop, usage)                                                              \
    "{'model':'claude-x','id':'msg_01','type':'message','role':'assistant','content':[" content    \
    "],'stop_reason':" stop ",'stop_sequence':null,'usage':{'input_tokens':9,'cache_creation_"     \
    "input_tokens':3,'cache_read_input_tokens':4,'output_tokens':" usage "}}"

static const struct {
    const char *name;
    const char *stream;
    const char *want; /* NULL = it has none */
} answers[] = {
    {"texts, thoughts and calls as they would have come whole",
     START THOUGHT("0") THINK("0", "h\\u00e9") THINK("0", "m\\\\n") SIGN("0") STOP("0")
         SAID("1", "\\ud83d") SAY("1", "\\ude00") LOOK("2") THEIRS("3") ENDS("tool_use") OVER,
     MESSAGE("{'type':'thinking','thinking':'h\\u00e9m\\\\n','signature':'EqQB'},"
             "{'type':'text','text':'\\ud83d\\ude00'},"
             "{'type':'tool_use','id':'toolu_1','name':'sky__today','input':{'day':1}},"
             "{'type':'tool_use','id':'toolu_2','name':'open_door','input':{}}",
             "'tool_use'", "5")},
    {"what is hidden stays whole",
     START BLOCK("0", "'type':'redacted_thinking','data':'Eq/+=='") STOP("0") ENDS("end_turn"),
     MESSAGE("{'type':'redacted_thinking','data':'Eq/+=='}", "'end_turn'", "5")},
    {"a block begins with something",
     START BLOCK("0", "'type':'text','text':'Hel','citations':[1]") SAY("0", "lo")
         DELTA("0", "'type':'citations_delta','citation':{'cited_text':'x','n':2}")
             DELTA("0", "'type':'citations_delta','citation':3") STOP("0") ENDS("end_turn"),
     MESSAGE("{'type':'text','text':'Hello','citations':[1,{'cited_text':'x','n':2},3]}",
             "'end_turn'", "5")},
    {"members that a block did not begin with",
     START BLOCK("0", "'type':'thinking'") THINK("0", "hm") SIGN("0") STOP("0")
         BLOCK("1", "'type':'text'") SAY("1", "a")
             DELTA("1", "'type':'citations_delta','citation':3") STOP("1") ENDS("end_turn"),
     MESSAGE("{'type':'thinking','thinking':'hm','signature':'EqQB'},"
             "{'type':'text','text':'a','citations':[3]}",
             "'end_turn'", "5")},
    {"blocks of tomorrow, and those of Anthropic's tools",
     START BLOCK("0", "'type':'compaction','content':null")
         DELTA("0", "'type':'compaction_delta','content':'c','encrypted_content':'e'") STOP("0")
             BLOCK("1", "'type':'server_tool_use','id':'s','name':'web_search','input':{}")
                 MORE("1", "{\\\"q\\\":\\\"a\\\\u0022\\\"}") STOP("1")
                     BLOCK("2", "'type':'web_search_tool_result','content':[{'a':[ ]}]") STOP("2")
                         ENDS("pause_turn"),
     MESSAGE("{'type':'compaction','content':'c','encrypted_content':'e'},"
             "{'type':'server_tool_use','id':'s','name':'web_search','input':{'q':'a\\u0022'}},"
             "{'type':'web_search_tool_result','content':[{'a':[ ]}]}",
             "'pause_turn'", "5")},
    {"input that was cut off is a text",
     START CALL("0", "t", "sky__x") MORE("0", "{\\\"a\\\":") STOP("0") ENDS("max_tokens"),
     MESSAGE("{'type':'tool_use','id':'t','name':'sky__x','input':'{\\\"a\\\":'}", "'max_tokens'",
             "5")},
    {"nothing at all", START OVER, MESSAGE("", "null", "1")},
    {"a delta of another kind, and of no block",
     START TEXT("0") MORE("0", "{}") SAY("0", "a") SAY("7", "b") STOP("0") ENDS("end_turn"),
     MESSAGE("{'type':'text','text':'a'}", "'end_turn'", "5")},
    {"a block that is none",
     START EVENT("content_block_start", ",'index':0,'content_block':7") SAID("1", "a")
         ENDS("end_turn"),
     MESSAGE("{'type':'text','text':'a'}", "'end_turn'", "5")},
    {"no message", SAID("0", "a") ENDS("end_turn") OVER, NULL},
};

START_TEST(a_round_is_an_answer)
{
    weave_test_is_answer(&dialect_anthropic_rounds, answers[_i].name, answers[_i].stream,
                         answers[_i].want);
}
END_TEST

/* The calls of one round, told while they come. */
START_TEST(calls_are_counted)
{
    struct weave_test test;
    char *stream = json_row_text(START LOOK("0") THEIRS("1") LOOK("2") ENDS("tool_use") OVER);
    weave_test_begin(&test, &dialect_anthropic_rounds, weave_test_is_ours);
    ck_assert_int_eq(weave_test_feed(&test, text_of(stream)), 0);
    ck_assert_uint_eq(test.weaver->ours, 2);
    ck_assert_uint_eq(test.weaver->theirs, 1);
    weave_test_next(&test, NULL);
    weave_test_done(&test);
    free(stream);
}
END_TEST

/* More blocks than anybody has: of the app they pass, ours cannot be held back. */
START_TEST(numbers_are_bounded)
{
    static const char *const streams[] = {START TEXT("4096") SAY("4096", "a") STOP("4096"),
                                          START TEXT("99999999999999999999") STOP("-5"),
                                          START CALL("4096", "t", "sky__x"),
                                          START CALL("-1", "t", "sky__x")};
    weave_test_number(&dialect_anthropic_rounds, streams[_i], _i < 2);
}
END_TEST

START_TEST(memory_runs_out)
{
    static const char *const rounds[] = {
        EVENT("message_start", ",'message':{'id':'m','content':[],'usage':{'in':3,'out':1}}")
            THOUGHT("0") THINK("0", "hm") SIGN("0") STOP("0")
                BLOCK("1", "'type':'text','text':'a','citations':[1]") SAY("1", "b")
                    DELTA("1", "'type':'citations_delta','citation':3") STOP("1") LOOK("2")
                        CALL("3", "t", "sky__x") MORE("3", "{") STOP("3")
                            ENDS_WITH("tool_use", "'out':5,'of':{'a':1}") OVER,
        EVENT("message_start", ",'message':{'id':'n','usage':{'in':4,'of':{'a':2}}}") LOOK("0")
            SAID("1", "Rain.") THEIRS("2") ENDS_WITH("tool_use", "'out':7") OVER,
        NULL};
    weave_test_memory(&dialect_anthropic_rounds, rounds);
}
END_TEST

#define DEEP START CALL("0", "t", "sky__x") MORE("0", "@") STOP("0")

START_TEST(depth_is_bounded)
{
    weave_test_depth(&dialect_anthropic_rounds, DEEP);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("anthropic_weave");
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
