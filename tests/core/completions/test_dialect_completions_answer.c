/* Completions as OpenAI writes them: each event of a stream in full, and whole answers. */
#include <errno.h>

#include "completions/dialect_completions.h"
#include "dialect/delta_row.h"
#include "dialect/dialect.h"
#include "json_row.h"
#include "unit.h"

#define HEAD                                                                                       \
    "{'id':'cmpl-X','object':'text_completion','created':1700000000,'model':'m',"                  \
    "'system_fingerprint':null,'choices':["
#define EVENT(rest)          "data: " HEAD rest "}\n\n"
#define CHOICE(text, finish) LOGGED(text, "null", finish)
#define LOGGED(text, logprobs, finish)                                                             \
    "{'text':'" text "','index':0,'logprobs':" logprobs ",'finish_reason':" finish "}]"
#define PIECE(text)  EVENT(CHOICE(text, "null"))
#define FINISH(word) EVENT(CHOICE("", "'" word "'"))
#define DONE         "data: [DONE]\n\n"
#define USAGE        "'usage':{'prompt_tokens':3,'completion_tokens':4,'total_tokens':7}"

static struct dialect_completions_writer a_writer(void)
{
    return (struct dialect_completions_writer){
        .base = {.identity = {.id = "cmpl-X", .model = "m", .created = 1700000000}}};
}

/* Compares out with want in row style, and empties it. */
static void expect(struct buf *out, const char *want_row)
{
    char *want = json_row_text(want_row);
    ck_assert_str_eq(out->len ? out->data : "", want);
    buf_reset(out);
    free(want);
}

static void write_event(struct dialect_completions_writer *writer, const struct chat_delta *delta,
                        struct buf *out)
{
    ck_assert_int_eq(dialect_completions.app->event_write(&writer->base, delta, out), 0);
}

static const struct chat_delta the_end = {.finish = CHAT_FINISH_STOP, TOOK(3, 4)};

START_TEST(a_stream_is_pieces_and_a_finish)
{
    struct buf out;
    struct dialect_completions_writer writer = a_writer();
    buf_init(&out, 65536);
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_NONE}, &out);
    expect(&out, "");
    write_event(&writer, &(struct chat_delta){SAYS(SAID("up\""))}, &out);
    expect(&out, PIECE("up\\'"));
    write_event(&writer, &the_end, &out);
    expect(&out, FINISH("stop") DONE);
    jsonform_done(&writer.base.form);
    buf_done(&out);
}
END_TEST

START_TEST(an_echo_comes_once_and_first)
{
    struct buf out;
    struct dialect_completions_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.base.echo = text_of("\"Once\\u0020\"");
    write_event(&writer, &(struct chat_delta){SAYS(SAID("upon"))}, &out);
    expect(&out, PIECE("Once ") PIECE("upon"));
    write_event(&writer, &(struct chat_delta){SAYS(SAID(" a"))}, &out);
    expect(&out, PIECE(" a"));
    writer.base.begun = false;
    writer.base.echo = text_of("\"\"");
    write_event(&writer, &(struct chat_delta){SAYS(SAID("time"))}, &out);
    expect(&out, PIECE("time"));
    writer.base.begun = false;
    writer.base.echo = text_of("\"Once\"");
    write_event(&writer, &(struct chat_delta){.finish = CHAT_FINISH_LENGTH}, &out);
    expect(&out, PIECE("Once") FINISH("length") DONE);
    jsonform_done(&writer.base.form);
    buf_done(&out);
}
END_TEST

START_TEST(usage_comes_in_its_own_event_when_asked_for)
{
    struct buf out;
    struct dialect_completions_writer writer = a_writer();
    buf_init(&out, 65536);
    writer.base.include_usage = true;
    write_event(&writer, &(struct chat_delta){SAYS(SAID("a"))}, &out);
    expect(&out, EVENT(CHOICE("a", "null") ",'usage':null"));
    write_event(&writer, &the_end, &out);
    expect(&out, EVENT(CHOICE("", "'stop'") ",'usage':null") EVENT("]," USAGE) DONE);
    jsonform_done(&writer.base.form);
    buf_done(&out);
}
END_TEST

/* The second token is one character of two bytes, the third lacks most. */
#define TOKENS                                                                                     \
    "[{\"token\":\"a\",\"logprob\":-0.10,\"top_logprobs\":[{\"token\":\"a\",\"logprob\":-0.10},"   \
    "{\"token\":\"\\n\",\"logprob\":-3}]},{\"token\":\"\xc3\xa9\",\"logprob\":-1,"                 \
    "\"top_logprobs\":[]},{\"token\":\"bc\"}]"

START_TEST(logprobs_are_lists_side_by_side)
{
    struct buf out;
    struct dialect_completions_writer writer = a_writer();
    struct chat_delta delta = {SAYS(SAID("x")), .logprobs = text_of(TOKENS)};
    buf_init(&out, 65536);
    write_event(&writer, &delta, &out);
    expect(&out, EVENT(LOGGED("x",
                              "{'tokens':['a','\xc3\xa9','bc'],'token_logprobs':[-0.10,-1,null],"
                              "'top_logprobs':[{'a':-0.10,'\\n':-3},{},{}],'text_offset':[0,1,2]}",
                              "null")));
    delta.logprobs = text_of("[{\"token\":\"d\",\"logprob\":-2}]");
    write_event(&writer, &delta, &out);
    expect(&out, EVENT(LOGGED("x",
                              "{'tokens':['d'],'token_logprobs':[-2],'top_logprobs':null,"
                              "'text_offset':[4]}",
                              "null")));
    jsonform_done(&writer.base.form);
    buf_done(&out);
}
END_TEST

static const struct {
    const char *name;
    struct chat_delta delta;
    const char *echo;
    const char *want;
} wholes[] = {
    {"a text", {SAYS(SAID("hi")), .finish = CHAT_FINISH_STOP}, NULL, CHOICE("hi", "'stop'")},
    {"an empty text", {.finish = CHAT_FINISH_LENGTH}, NULL, CHOICE("", "'length'")},
    {"thoughts have no place",
     {SAYS(THOUGHT("2+2"), SAID("4")), .finish = CHAT_FINISH_STOP},
     NULL,
     CHOICE("4", "'stop'")},
    {"an echo",
     {SAYS(SAID(" b")), .finish = CHAT_FINISH_FILTER},
     "\"a\\u00e9\"",
     CHOICE("a\xc3\xa9 b", "'content_filter'")},
};

START_TEST(whole_answers)
{
    struct buf out, want;
    struct dialect_completions_writer writer = a_writer();
    struct chat_delta delta = wholes[_i].delta;
    delta.usage = (struct chat_usage){3, 4, -1, -1, -1};
    writer.base.echo = text_of(wholes[_i].echo);
    buf_init(&out, 65536);
    buf_init(&want, 65536);
    ck_assert_int_eq(dialect_completions.app->answer_write(&writer.base, &delta, &out), 0);
    ck_assert_int_eq(buf_printf(&want, HEAD "%s," USAGE "}", wholes[_i].want), 0);
    expect(&out, want.data);
    buf_done(&out);
    buf_done(&want);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    struct buf out;
    struct dialect_completions_writer writer = a_writer();
    struct chat_delta delta = {SAYS(SAID("hello")), .finish = CHAT_FINISH_STOP};
    writer.base.echo = text_of("\"Once\"");
    for (size_t max = 0; max < 160; max += 20) {
        buf_init(&out, max);
        writer.base.begun = false;
        ck_assert_int_eq(dialect_completions.app->event_write(&writer.base, &delta, &out),
                         -EMSGSIZE);
        buf_done(&out);
        buf_init(&out, max);
        ck_assert_int_eq(dialect_completions.app->answer_write(&writer.base, &delta, &out),
                         -EMSGSIZE);
        buf_done(&out);
    }
    jsonform_done(&writer.base.form);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_completions_answer");
    TCase *tc = tcase_create("answers");
    tcase_add_test(tc, a_stream_is_pieces_and_a_finish);
    tcase_add_test(tc, an_echo_comes_once_and_first);
    tcase_add_test(tc, usage_comes_in_its_own_event_when_asked_for);
    tcase_add_test(tc, logprobs_are_lists_side_by_side);
    tcase_add_loop_test(tc, whole_answers, 0, ROWS(wholes));
    tcase_add_test(tc, a_full_buffer_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
