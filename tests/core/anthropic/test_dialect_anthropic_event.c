/* Streams as Anthropic writes them: their bytes, and what a client makes of them. */
#include <errno.h>

#include "anthropic/anthropic_client.h"
#include "anthropic/dialect_anthropic.h"
#include "dialect/pieces.h"
#include "json_row.h"
#include "unit.h"

#define EVENT(name, rest) "event: " name "\ndata: {'type':'" name "'" rest "}\n\n"
#define USAGE(in, out)                                                                             \
    "'usage':{'input_tokens':" in ",'cache_creation_input_tokens':0,'cache_read_input_tokens':0,"  \
    "'output_tokens':" out "}"
#define START                                                                                      \
    EVENT("message_start",                                                                         \
          ",'message':{'id':'msg_X','type':'message','role':'assistant','model':'llama:1',"        \
          "'content':[],'stop_reason':null,'stop_sequence':null," USAGE("0", "0") "}")
#define BLOCK(n, rest)    EVENT("content_block_start", ",'index':" n ",'content_block':{" rest "}")
#define DELTA(n, rest)    EVENT("content_block_delta", ",'index':" n ",'delta':{" rest "}")
#define STOP(n)           EVENT("content_block_stop", ",'index':" n)
#define TEXT(n)           BLOCK(n, "'type':'text','text':''")
#define SAY(n, text)      DELTA(n, "'type':'text_delta','text':'" text "'")
#define CALL(n, id, name) BLOCK(n, "'type':'tool_use','id':'" id "','name':'" name "','input':{}")
#define MORE(n, json)     DELTA(n, "'type':'input_json_delta','partial_json':'" json "'")
#define END(reason)                                                                                \
    EVENT("message_delta",                                                                         \
          ",'delta':{'stop_reason':'" reason "','stop_sequence':null}," USAGE("7", "3"))           \
    EVENT("message_stop", "")

static const struct {
    const char *name;
    const char *pieces;
    const char *want;
} bytes[] = {
    {"nothing yet", "t:", START},
    {"a text", "t:Hel|t:lo|f:stop",
     START TEXT("0") SAY("0", "Hel") SAY("0", "lo") STOP("0") END("end_turn")},
    {"a thought, a text", "r:hm t:a|f:stop",
     START BLOCK("0", "'type':'thinking','thinking':'','signature':''")
         DELTA("0", "'type':'thinking_delta','thinking':'hm'") STOP("0") TEXT("1") SAY("1", "a")
             STOP("1") END("end_turn")},
    {"a text and calls", "t:a|b:0,call_1,f|m:0,{'x'|m:0,:1}|e:0|b:1,,g m:1,{} e:1|f:stop",
     START TEXT("0") SAY("0", "a") STOP("0") CALL("1", "call_1", "f") MORE("1", "{\\'x\\'")
         MORE("1", ":1}") STOP("1") CALL("2", "toolu_X_1", "g") MORE("2", "{}") STOP("2")
             END("tool_use")},
    {"an end without content", "f:length", START END("max_tokens")},
    {"what waits for a call to end", "b:0,c,f|m:0,{|b:1,d,g|t:z|m:1,{|m:0,}|e:0|m:1,}|e:1|f:calls",
     START CALL("0", "c", "f") MORE("0", "{") MORE("0", "}") STOP("0") CALL("1", "d", "g")
         MORE("1", "{") MORE("1", "}") STOP("1") TEXT("2") SAY("2", "z") STOP("2") END("tool_use")},
};

/* What is written to. */
struct stream {
    struct dialect_anthropic_writer writer;
    struct buf out;
    int r;
};

static void stream_init(struct stream *stream, bool one_call)
{
    *stream = (struct stream){
        .writer = {
            .base = {.identity = {.id = "chatcmpl-X", .model = "llama:1", .created = 1700000000},
                     .one_call = one_call}}};
    buf_init(&stream->out, 64 << 20);
}

static void stream_done(struct stream *stream)
{
    dialect_anthropic_writer_done(&stream->writer.base);
    jsonform_done(&stream->writer.base.form);
    buf_done(&stream->out);
}

static void take_event(void *arg, const struct chat_delta *delta)
{
    struct stream *stream = arg;
    if (stream->r == 0)
        stream->r = dialect_anthropic_event_write(&stream->writer.base, delta, &stream->out);
}

static void take_whole(void *arg, const struct chat_delta *delta)
{
    struct stream *stream = arg;
    stream->r = dialect_anthropic_answer_write(&stream->writer.base, delta, &stream->out);
}

START_TEST(a_stream_has_these_bytes)
{
    struct stream stream;
    char *want = json_row_text(bytes[_i].want);
    stream_init(&stream, false);
    pieces_tell(bytes[_i].pieces, false, take_event, &stream);
    ck_assert_int_eq(stream.r, 0);
    ck_assert_msg(strcmp(stream.out.data, want) == 0, "%s:\n%s\n%s", bytes[_i].name,
                  stream.out.data, want);
    free(want);
    stream_done(&stream);
}
END_TEST

static const char *const stories[] = {
    "f:stop",
    "t:Hel|t:lo|f:stop",
    "t:|r:|t:a|f:stop",
    "r:2+2|r:=4|t:4|f:stop",
    "t:a|r:hm|t:b|r:so|f:filter",
    "r:a t:b r:c t:d b:0,c,f m:0,{} e:0 r:e f:calls",
    "t:a|b:0,call_1,f|m:0,{'x'|m:0,:1.5}|e:0|b:1,call.b,g|e:1|b:2,,h|m:2,{}|e:2|f:stop",
    "b:0,c,f b:1,d,g|m:0,{ m:1,{|m:1,} m:0,} e:1|t:z|e:0 f:calls",
    "b:0,c,f|b:1,d,g|b:2,e,h|m:2,{}|e:2|m:1,{|m:0,{'a':|m:0,1}|m:1,}|t:tail|f:calls",
    "b:0,c,f|m:0,{}|t:text_behind|b:1,d,g|m:1,{'x':'y'}|r:thought|f:stop",
    "b:0,c,f b:1,d,g b:2,e,h e:1|e:0|m:2,{}|e:2|f:calls",
    "b:0,c,f m:0,{'x':1} e:0|f:length",
    "t:a|f:sequence",
};

static json_t *whole_of(const char *story, bool one_call)
{
    struct stream stream;
    stream_init(&stream, one_call);
    pieces_tell(story, true, take_whole, &stream);
    ck_assert_int_eq(stream.r, 0);
    json_t *whole = json_loadb(stream.out.data, stream.out.len, 0, NULL);
    stream_done(&stream);
    return whole;
}

/* The same blocks in any order: what waited comes later than in a whole answer. */
static bool same_blocks(const json_t *a, const json_t *b)
{
    size_t i, j;
    json_t *one, *other, *left = json_deep_copy(b);
    json_array_foreach (a, i, one) {
        json_array_foreach (left, j, other)
            if (json_equal(one, other))
                break;
        if (j == json_array_size(left) || json_array_remove(left, j) < 0)
            break;
    }
    bool same = i == json_array_size(a) && json_array_size(left) == 0;
    json_decref(left);
    return same;
}

static void check_story(const char *story, bool one_call)
{
    struct stream stream;
    struct anthropic_client client;
    stream_init(&stream, one_call);
    anthropic_client_init(&client);
    pieces_tell(story, false, take_event, &stream);
    ck_assert_msg(stream.r == 0, "%s: %d", story, stream.r);
    for (size_t i = 0; i < stream.out.len; i++) {
        ck_assert_msg(!client.stopped, "%s: it has an end before its end", story);
        anthropic_take(&client, text_make(stream.out.data + i, 1));
    }
    ck_assert_msg(client.stopped, "%s: it has no end", story);
    json_t *whole = whole_of(story, one_call);
    ck_assert_msg(
        same_blocks(json_object_get(client.message, "content"), json_object_get(whole, "content")),
        "%s: %s", story, json_dumps(client.message, 0));
    json_object_del(client.message, "content");
    json_object_del(whole, "content");
    ck_assert_msg(json_equal(client.message, whole), "%s: %s", story,
                  json_dumps(client.message, 0));
    json_decref(whole);
    anthropic_client_done(&client);
    stream_done(&stream);
}

START_TEST(a_client_makes_the_whole_answer_of_it)
{
    check_story(stories[_i], false);
    check_story(stories[_i], true);
}
END_TEST

START_TEST(a_stream_that_breaks_has_no_end)
{
    struct stream stream;
    stream_init(&stream, false);
    pieces_tell("r:hm|t:a|b:0,c,f|m:0,{|t:z", false, take_event, &stream);
    ck_assert_int_eq(stream.r, 0);
    ck_assert_ptr_null(strstr(stream.out.data, "message_delta"));
    ck_assert_ptr_null(strstr(stream.out.data, "message_stop"));
    stream_done(&stream);
}
END_TEST

START_TEST(a_call_cut_by_the_limit_is_not_to_be_run)
{
    struct stream stream;
    stream_init(&stream, false);
    pieces_tell("b:0,c,f|m:0,{'x'|f:length", false, take_event, &stream);
    ck_assert_int_eq(stream.r, 0);
    ck_assert_ptr_nonnull(strstr(stream.out.data, "\"stop_reason\":\"max_tokens\""));
    stream_done(&stream);
}
END_TEST

START_TEST(a_piece_of_a_call_that_has_ended_is_not_lost_silently)
{
    struct stream stream;
    stream_init(&stream, false);
    pieces_tell("b:0,c,f m:0,{} e:0|m:0,x|f:calls", false, take_event, &stream);
    ck_assert_int_eq(stream.r, -EPROTO);
    stream_done(&stream);
}
END_TEST

START_TEST(what_waits_is_no_more_than_16_mb)
{
    struct stream stream;
    struct chat_delta delta;
    size_t megabyte = 1 << 20;
    char *noise = calloc(1, megabyte);
    memset(noise, 'x', megabyte);
    stream_init(&stream, false);
    chat_delta_init(&delta);
    chat_add_piece(&delta, CHAT_PIECE_CALL_BEGIN)->name = text_of("f");
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, text_make(noise, megabyte)), 0);
    ck_assert_int_eq(dialect_anthropic_event_write(&stream.writer.base, &delta, &stream.out), 0);
    chat_delta_reset(&delta);
    ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, text_of("x")), 0);
    ck_assert_int_eq(dialect_anthropic_event_write(&stream.writer.base, &delta, &stream.out),
                     -EMSGSIZE);
    chat_delta_done(&delta);
    free(noise);
    stream_done(&stream);
}
END_TEST

START_TEST(a_window_that_was_too_small_is_told_at_the_end)
{
    struct stream stream;
    stream_init(&stream, false);
    stream.writer.base.window = 9;
    pieces_tell("t:a|f:stop", false, take_event, &stream);
    ck_assert_ptr_nonnull(strstr(stream.out.data, "\"understudy\":{\"warning\":"
                                                  "\"window_exceeded\",\"num_ctx\":9"));
    stream_done(&stream);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_event");
    TCase *tc = tcase_create("streams");
    tcase_add_loop_test(tc, a_stream_has_these_bytes, 0, ROWS(bytes));
    tcase_add_loop_test(tc, a_client_makes_the_whole_answer_of_it, 0, ROWS(stories));
    tcase_add_test(tc, a_stream_that_breaks_has_no_end);
    tcase_add_test(tc, a_call_cut_by_the_limit_is_not_to_be_run);
    tcase_add_test(tc, a_piece_of_a_call_that_has_ended_is_not_lost_silently);
    tcase_add_test(tc, what_waits_is_no_more_than_16_mb);
    tcase_add_test(tc, a_window_that_was_too_small_is_told_at_the_end);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
