/* Whole answers as Anthropic writes them. */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "dialect/pieces.h"
#include "json_row.h"
#include "unit.h"

struct answer {
    const char *name;
    const char *pieces;
    const char *content;
    const char *stop_reason;
    bool one_call;
};

static const struct answer rows[] = {
    {"nothing", "f:stop", "[]", "end_turn", false},
    {"a text in pieces", "t:Hel|t:lo|f:stop", "[{'type':'text','text':'Hello'}]", "end_turn",
     false},
    {"pieces of nothing", "t:|r:|f:stop", "[]", "end_turn", false},
    {"a thought, a text", "r:2+2|r:=4|t:4|f:stop",
     "[{'type':'thinking','thinking':'2+2=4','signature':''},{'type':'text','text':'4'}]",
     "end_turn", false},
    {"a thought between texts", "t:a|r:hm|t:b|f:stop",
     "[{'type':'text','text':'a'},{'type':'thinking','thinking':'hm','signature':''},"
     "{'type':'text','text':'b'}]",
     "end_turn", false},
    {"calls, whose ids stay where they fit",
     "t:a|b:0,call_a-1,f|m:0,{'x'|m:0,:1.50}|e:0|b:1,call.b,g|e:1|b:2,,h|m:2,{}|e:2|f:stop",
     "[{'type':'text','text':'a'},{'type':'tool_use','id':'call_a-1','name':'f','input':{'x':1.50}"
     "},{'type':'tool_use','id':'toolu_X_1','name':'g','input':{}},{'type':'tool_use','id':"
     "'toolu_X_2','name':'h','input':{}}]",
     "tool_use", false},
    {"an id that is too long",
     "b:0,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,f|e:0|f:calls",
     "[{'type':'tool_use','id':'toolu_X_0','name':'f','input':{}}]", "tool_use", false},
    {"calls side by side", "b:0,c,f b:1,d,g m:0,{ m:1,{ m:1,} m:0,} t:z f:calls",
     "[{'type':'tool_use','id':'c','name':'f','input':{}},{'type':'tool_use','id':'d','name':'g',"
     "'input':{}},{'type':'text','text':'z'}]",
     "tool_use", false},
    {"the first call only, where one was asked for",
     "b:0,c,f m:0,{} e:0 b:1,d,g m:1,{'x':1} e:1 f:calls",
     "[{'type':'tool_use','id':'c','name':'f','input':{}}]", "tool_use", true},
    {"calls that were promised and never came", "t:a f:calls", "[{'type':'text','text':'a'}]",
     "end_turn", false},
    {"the limit in a text", "t:a f:length", "[{'type':'text','text':'a'}]", "max_tokens", false},
    {"the limit in a call: it is left out", "t:a b:0,c,f m:0,{'x' f:length",
     "[{'type':'text','text':'a'}]", "max_tokens", false},
    {"the limit behind a call", "b:0,c,f m:0,{} e:0 f:length",
     "[{'type':'tool_use','id':'c','name':'f','input':{}}]", "max_tokens", false},
    {"a refusal", "t:a f:filter", "[{'type':'text','text':'a'}]", "refusal", false},
};

struct taking {
    struct dialect_anthropic_writer writer;
    struct buf out;
    int r;
};

static void take(void *arg, const struct chat_delta *delta)
{
    struct taking *taking = arg;
    taking->r = dialect_anthropic_answer_write(&taking->writer.base, delta, &taking->out);
}

static void write_whole(const char *pieces, bool one_call, struct taking *ret)
{
    *ret = (struct taking){
        .writer = {
            .base = {.identity = {.id = "chatcmpl-X", .model = "llama:1", .created = 1700000000},
                     .one_call = one_call}}};
    buf_init(&ret->out, 1 << 20);
    pieces_tell(pieces, true, take, ret);
}

START_TEST(an_answer_is_a_message)
{
    struct taking taking;
    write_whole(rows[_i].pieces, rows[_i].one_call, &taking);
    ck_assert_msg(taking.r == 0, "%s: %d", rows[_i].name, taking.r);
    json_t *got = json_loadb(taking.out.data, taking.out.len, 0, NULL);
    json_t *want = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:n, s:o}", "id", "msg_X", "type",
                             "message", "role", "assistant", "model", "llama:1", "content",
                             json_row_load(rows[_i].content), "stop_reason", rows[_i].stop_reason,
                             "stop_sequence", "usage",
                             json_row_load("{'input_tokens':7,'cache_creation_input_tokens':0,"
                                           "'cache_read_input_tokens':0,'output_tokens':3}"));
    ck_assert_msg(json_equal(got, want), "%s: %s", rows[_i].name, taking.out.data);
    json_decref(got);
    json_decref(want);
    buf_done(&taking.out);
}
END_TEST

START_TEST(numbers_of_a_call_keep_their_digits)
{
    struct taking taking;
    write_whole("b:0,c,f m:0,{'n':12345678901234567890.10} e:0 f:calls", false, &taking);
    ck_assert_ptr_nonnull(strstr(taking.out.data, "\"input\":{\"n\":12345678901234567890.10}"));
    buf_done(&taking.out);
}
END_TEST

START_TEST(the_sequence_at_which_it_stopped_is_told)
{
    struct taking taking;
    write_whole("t:a f:sequence", false, &taking);
    ck_assert_ptr_nonnull(strstr(taking.out.data, "\"stop_reason\":\"stop_sequence\","
                                                  "\"stop_sequence\":\"END\""));
    buf_done(&taking.out);
}
END_TEST

START_TEST(what_is_not_told_is_0_tokens)
{
    struct dialect_anthropic_writer writer = {
        .base = {.identity = {.id = "msg_Y", .model = "m", .created = 0}}};
    struct chat_delta delta;
    struct buf out;
    chat_delta_init(&delta);
    buf_init(&out, 1 << 20);
    delta.finish = CHAT_FINISH_STOP;
    delta.usage.cached = 5;
    ck_assert_int_eq(dialect_anthropic_answer_write(&writer.base, &delta, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.data, "{\"id\":\"msg_Y\""));
    ck_assert_ptr_nonnull(strstr(out.data, "{\"input_tokens\":0,\"cache_creation_input_tokens\":0,"
                                           "\"cache_read_input_tokens\":0,\"output_tokens\":0}"));
    buf_done(&out);
    chat_delta_done(&delta);
}
END_TEST

static const char *const unusable[] = {
    "b:0,c,f m:0,{'x' f:calls",
    "b:0,c,f m:0,[] e:0 f:calls",
    "b:0,c,f m:0,null e:0 f:stop",
};

START_TEST(a_call_that_is_no_object_makes_the_answer_useless)
{
    struct taking taking;
    write_whole(unusable[_i], false, &taking);
    ck_assert_msg(taking.r == -EPROTO, "%s: %d", unusable[_i], taking.r);
    buf_done(&taking.out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_answer");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, an_answer_is_a_message, 0, ROWS(rows));
    tcase_add_test(tc, numbers_of_a_call_keep_their_digits);
    tcase_add_test(tc, the_sequence_at_which_it_stopped_is_told);
    tcase_add_test(tc, what_is_not_told_is_0_tokens);
    tcase_add_loop_test(tc, a_call_that_is_no_object_makes_the_answer_useless, 0, ROWS(unusable));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
