/* Answers as OpenAI writes them: each event of a stream in full, and whole answers. */
#include <errno.h>

#include "dialect/delta_row.h"
#include "dialect/dialect.h"
#include "json_row.h"
#include "unit.h"

#define CHUNK(rest)                                                                                \
    "data: {'id':'chatcmpl-X','object':'chat.completion.chunk','created':1700000000,'model':'m',"  \
    "'system_fingerprint':null,'choices':[" rest "}\n\n"
#define ROLE                                                                                       \
    CHUNK("{'index':0,'delta':{'role':'assistant','content':'','refusal':null},'logprobs':null,"   \
          "'finish_reason':null}]")
#define PIECE(delta) CHUNK("{'index':0,'delta':{" delta "},'logprobs':null,'finish_reason':null}]")
#define FINISH(word) CHUNK("{'index':0,'delta':{},'logprobs':null,'finish_reason':'" word "'}]")
#define DONE         "data: [DONE]\n\n"

/* The call of each number, as a delta has it. */
#define FIRST(number)  CALLED(number, "c1", "f", "{\"x\":1}")
#define SECOND(number) CALLED(number, "", "g", "{\"x\":1}")

static struct dialect_writer a_writer(void)
{
    return (struct dialect_writer){
        .identity = {.id = "chatcmpl-X", .model = "m", .created = 1700000000}};
}

/* Compares out with want in row style, and empties it. */
static void expect(struct buf *out, const char *want_row)
{
    char *want = json_row_text(want_row);
    ck_assert_str_eq(out->len ? out->data : "", want);
    buf_reset(out);
    free(want);
}

static void write_event(struct dialect_writer *writer, const struct chat_delta *delta,
                        struct buf *out)
{
    ck_assert_int_eq(dialect_openai.app->event_write(writer, delta, out), 0);
}

START_TEST(a_stream_has_its_role_first_and_its_finish_alone)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_NONE}, &out);
    expect(&out, "");
    write_event(&writer, &(struct chat_delta){SAYS(SAID("Hel\""))}, &out);
    expect(&out, ROLE PIECE("'content':'Hel\\''"));
    write_event(&writer, &(struct chat_delta){SAYS(SAID("lo"))}, &out);
    expect(&out, PIECE("'content':'lo'"));
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_STOP}, &out);
    expect(&out, FINISH("stop") DONE);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(reasoning_has_both_names)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    write_event(&writer, &(struct chat_delta){SAYS(THOUGHT("hm"))}, &out);
    expect(&out, ROLE PIECE("'reasoning_content':'hm','reasoning':'hm'"));
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(an_answer_without_content_still_has_its_role)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_LENGTH}, &out);
    expect(&out, ROLE FINISH("length") DONE);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(usage_comes_in_its_own_frame_when_asked_for)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.include_usage = writer.begun = true;
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_STOP, TOOK(3, 4)}, &out);
    expect(&out,
           CHUNK("{'index':0,'delta':{},'logprobs':null,'finish_reason':'stop'}],'usage':null")
               CHUNK("],'usage':{'prompt_tokens':3,'completion_tokens':4,'total_tokens':7}") DONE);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(tool_calls_are_numbered_across_lines_and_end_the_turn)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = true;
    write_event(&writer, &(struct chat_delta){SAYS(FIRST(0), SECOND(1))}, &out);
    expect(&out, PIECE("'tool_calls':[{'index':0,'id':'c1','type':'function','function':{'name':"
                       "'f','arguments':'{\\'x\\':1}'}},{'index':1,'id':'call_X_1','type':"
                       "'function','function':{'name':'g','arguments':'{\\'x\\':1}'}}]"));
    write_event(&writer, &(struct chat_delta){SAYS(FIRST(2)), .finish = CHAT_FINISH_STOP}, &out);
    expect(&out, PIECE("'tool_calls':[{'index':2,'id':'c1','type':'function','function':{'name':"
                       "'f','arguments':'{\\'x\\':1}'}}]") FINISH("tool_calls") DONE);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

/* The order of the pieces is kept: what would stand before them in a chunk begins another one. */
START_TEST(pieces_share_a_chunk_as_long_as_they_keep_their_order)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = true;
    write_event(&writer,
                &(struct chat_delta){
                    SAYS(THOUGHT("hm"), SAID("a"), FIRST(0), SAID("b"), SAID("c"), THOUGHT("so"))},
                &out);
    expect(&out, PIECE("'reasoning_content':'hm','reasoning':'hm','content':'a','tool_calls':[{"
                       "'index':0,'id':'c1','type':'function','function':{'name':'f','arguments':"
                       "'{\\'x\\':1}'}}]") PIECE("'content':'b'") PIECE("'content':'c'")
                     PIECE("'reasoning_content':'so','reasoning':'so'"));
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

#define MORE(number, arguments) "{'index':" number ",'function':{'arguments':'" arguments "'}}"

START_TEST(the_arguments_of_a_call_come_in_pieces)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = true;
    write_event(&writer, &(struct chat_delta){SAYS(CALL_BEGINS(0, "c1", "f"))}, &out);
    expect(&out, PIECE("'tool_calls':[{'index':0,'id':'c1','type':'function','function':{'name':"
                       "'f','arguments':''}}]"));
    write_event(&writer,
                &(struct chat_delta){SAYS(CALL_MORE(0, "{"), CALL_MORE(0, "}"), CALL_ENDS(0),
                                          CALL_BEGINS(1, "", "g"), CALL_MORE(1, "["))},
                &out);
    expect(&out, PIECE("'tool_calls':[" MORE("0", "{") "]") PIECE("'tool_calls':[" MORE(
                     "0", "}") ",{'index':1,'id':'call_X_1','type':"
                               "'function','function':{'name':'g','arguments':'['}}]"));
    write_event(&writer, &(struct chat_delta){SAYS(CALL_ENDS(1))}, &out);
    expect(&out, "");
    writer.one_call = true;
    write_event(&writer, &(struct chat_delta){SAYS(CALL_MORE(1, "]"))}, &out);
    expect(&out, "");
    writer.one_call = false;
    writer.legacy_call = true;
    write_event(&writer, &(struct chat_delta){SAYS(CALL_MORE(0, " "))}, &out);
    expect(&out, PIECE("'function_call':{'arguments':' '}"));
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(what_was_cached_and_thought_is_told_where_it_is_known)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = writer.include_usage = true;
    write_event(&writer,
                &(struct chat_delta){.finish = CHAT_FINISH_STOP_SEQUENCE, .usage = {9, 4, 5, 1, 2}},
                &out);
    expect(&out,
           CHUNK("{'index':0,'delta':{},'logprobs':null,'finish_reason':'stop'}],'usage':null")
               CHUNK("],'usage':{'prompt_tokens':9,'completion_tokens':4,'total_tokens':13,"
                     "'prompt_tokens_details':{'cached_tokens':5},'completion_tokens_details':{"
                     "'reasoning_tokens':2}}") DONE);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(calls_that_were_cut_do_not_end_as_calls)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = true;
    writer.calls = 1;
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_LENGTH}, &out);
    expect(&out, FINISH("length") DONE);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(one_call_only_goes_out_when_that_was_asked)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = writer.one_call = true;
    write_event(&writer, &(struct chat_delta){SAYS(FIRST(0), SECOND(1))}, &out);
    expect(&out, PIECE("'tool_calls':[{'index':0,'id':'c1','type':'function','function':{'name':"
                       "'f','arguments':'{\\'x\\':1}'}}]"));
    write_event(&writer, &(struct chat_delta){SAYS(FIRST(2), SECOND(3))}, &out);
    expect(&out, "");
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(logprobs_stand_beside_their_text)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.begun = true;
    write_event(&writer,
                &(struct chat_delta){SAYS(SAID("a")),
                                     .logprobs = text_of("[{\"token\":\"a\",\"logprob\":-0.10}]")},
                &out);
    expect(&out,
           CHUNK("{'index':0,'delta':{'content':'a'},'logprobs':{'content':[{'token':'a',"
                 "'logprob':-0.10,'bytes':null,'top_logprobs':[]}],'refusal':null},'finish_reason':"
                 "null}]"));
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

#define WHOLE(message, logprobs, finish)                                                           \
    "{'id':'chatcmpl-X','object':'chat.completion','created':1700000000,'model':'m',"              \
    "'system_fingerprint':null,'choices':[{'index':0,'message':{'role':'assistant'," message       \
    "},'logprobs':" logprobs ",'finish_reason':'" finish                                           \
    "'}],'usage':{'prompt_tokens':3,'completion_tokens':4,'total_tokens':7}}"

/* The second has nothing, and is no object. */
#define LOGPROBS                                                                                   \
    "[{\"token\":\"a\",\"logprob\":-1e-05,\"bytes\":[97],\"top_logprobs\":[{\"token\":\"a\","      \
    "\"logprob\":-1e-05,\"bytes\":[97]},{\"token\":\"\",\"logprob\":-9}]},1]"

static const struct {
    const char *name;
    struct chat_delta delta;
    bool one_call;
    const char *want;
} wholes[] = {
    {"text",
     {SAYS(SAID("hi")), .finish = CHAT_FINISH_STOP},
     false,
     WHOLE("'content':'hi','refusal':null", "null", "stop")},
    {"an empty text",
     {.finish = CHAT_FINISH_STOP},
     false,
     WHOLE("'content':'','refusal':null", "null", "stop")},
    {"reasoning",
     {SAYS(THOUGHT("2+2"), SAID("4")), .finish = CHAT_FINISH_LENGTH},
     false,
     WHOLE("'content':'4','refusal':null,'reasoning_content':'2+2','reasoning':'2+2'", "null",
           "length")},
    {"tool calls",
     {SAYS(FIRST(0), SECOND(1)), .finish = CHAT_FINISH_STOP},
     false,
     WHOLE("'content':null,'refusal':null,'tool_calls':[{'id':'c1','type':'function','function':"
           "{'name':'f','arguments':'{\\'x\\':1}'}},{'id':'call_X_1','type':'function','function':"
           "{'name':'g','arguments':'{\\'x\\':1}'}}]",
           "null", "tool_calls")},
    {"pieces that are joined",
     {SAYS(SAID("h"), CALL_BEGINS(0, "c1", "f"), CALL_MORE(0, "{"), CALL_BEGINS(1, "c2", "g"),
           CALL_MORE(0, "}"), THOUGHT("x"), SAID("i"), THOUGHT("y")),
      .finish = CHAT_FINISH_TOOL_CALLS},
     false,
     WHOLE("'content':'hi','refusal':null,'reasoning_content':'xy','reasoning':'xy','tool_calls':[{"
           "'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}},{'id':'c2',"
           "'type':'function','function':{'name':'g','arguments':''}}]",
           "null", "tool_calls")},
    {"one tool call of two",
     {SAYS(FIRST(0), SECOND(1)), .finish = CHAT_FINISH_STOP},
     true,
     WHOLE("'content':null,'refusal':null,'tool_calls':[{'id':'c1','type':'function','function':"
           "{'name':'f','arguments':'{\\'x\\':1}'}}]",
           "null", "tool_calls")},
    {"logprobs",
     {SAYS(SAID("a")), .logprobs = {LOGPROBS, sizeof(LOGPROBS) - 1}, .finish = CHAT_FINISH_STOP},
     false,
     WHOLE("'content':'a','refusal':null",
           "{'content':[{'token':'a','logprob':-1e-05,'bytes':[97],'top_logprobs':[{'token':'a',"
           "'logprob':-1e-05,'bytes':[97]},{'token':'','logprob':-9,'bytes':null}]},{'token':null,"
           "'logprob':null,'bytes':null,'top_logprobs':[]}],'refusal':null}",
           "stop")},
};

START_TEST(a_call_of_functions_goes_out_as_function_call)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    struct chat_delta whole = {SAYS(FIRST(0), SECOND(1)), .finish = CHAT_FINISH_STOP, TOOK(3, 4)};
    buf_init(&out, 65536);
    writer.begun = writer.legacy_call = true;
    write_event(&writer, &(struct chat_delta){SAYS(FIRST(0), SECOND(1))}, &out);
    expect(&out, PIECE("'function_call':{'name':'f','arguments':'{\\'x\\':1}'}"));
    write_event(&writer, &(struct chat_delta){SAYS(FIRST(2), SECOND(3))}, &out);
    expect(&out, "");
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_STOP}, &out);
    expect(&out, FINISH("function_call") DONE);
    jsonform_done(&writer.form);
    writer = a_writer();
    writer.legacy_call = true;
    ck_assert_int_eq(dialect_openai.app->answer_write(&writer, &whole, &out), 0);
    expect(&out, WHOLE("'content':null,'refusal':null,'function_call':{'name':'f','arguments':"
                       "'{\\'x\\':1}'}",
                       "null", "function_call"));
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(whole_answers)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    struct chat_delta delta = wholes[_i].delta;
    delta.usage = (struct chat_usage){3, 4, -1, -1, -1};
    writer.one_call = wholes[_i].one_call;
    buf_init(&out, 65536);
    ck_assert_int_eq(dialect_openai.app->answer_write(&writer, &delta, &out), 0);
    expect(&out, wholes[_i].want);
    jsonform_done(&writer.form);
    buf_done(&out);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    struct buf out;
    struct dialect_writer writer = a_writer();
    struct chat_delta delta = {SAYS(SAID("hello")), .finish = CHAT_FINISH_STOP};
    for (size_t max = 0; max < 300; max += 20) {
        buf_init(&out, max);
        writer.begun = false;
        ck_assert_int_eq(dialect_openai.app->event_write(&writer, &delta, &out), -EMSGSIZE);
        buf_done(&out);
        buf_init(&out, max);
        ck_assert_int_eq(dialect_openai.app->answer_write(&writer, &delta, &out), -EMSGSIZE);
        buf_done(&out);
    }
    jsonform_done(&writer.form);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_answer");
    TCase *tc = tcase_create("answers");
    tcase_add_test(tc, a_stream_has_its_role_first_and_its_finish_alone);
    tcase_add_test(tc, reasoning_has_both_names);
    tcase_add_test(tc, an_answer_without_content_still_has_its_role);
    tcase_add_test(tc, usage_comes_in_its_own_frame_when_asked_for);
    tcase_add_test(tc, tool_calls_are_numbered_across_lines_and_end_the_turn);
    tcase_add_test(tc, pieces_share_a_chunk_as_long_as_they_keep_their_order);
    tcase_add_test(tc, the_arguments_of_a_call_come_in_pieces);
    tcase_add_test(tc, what_was_cached_and_thought_is_told_where_it_is_known);
    tcase_add_test(tc, calls_that_were_cut_do_not_end_as_calls);
    tcase_add_test(tc, one_call_only_goes_out_when_that_was_asked);
    tcase_add_test(tc, a_call_of_functions_goes_out_as_function_call);
    tcase_add_test(tc, logprobs_stand_beside_their_text);
    tcase_add_loop_test(tc, whole_answers, 0, ROWS(wholes));
    tcase_add_test(tc, a_full_buffer_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
