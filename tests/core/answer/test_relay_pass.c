/* Streams of OpenAI's dialect, each cut at every byte: what goes out, and what is known then. */
#include <string.h>

#include "answer/relay.h"
#include "answer/relay_pass.h"
#include "fixture.h"
#include "text/count.h"
#include "unit.h"

#define DONE_FRAME "data: [DONE]\n\n"

#define WHOLE_EVENT(choice)                                                                        \
    "data: {\"object\":\"chat.completion.chunk\",\"id\":\"chatcmpl-1\",\"choices\":[" choice       \
    "]}\n\n"
#define WHOLE_AS_EVENTS                                                                            \
    WHOLE_EVENT("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"},"              \
                "\"finish_reason\":null}")                                                         \
    WHOLE_EVENT("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}") DONE_FRAME

enum { CONTENT = 1, FINISHED = 2, DONE = 4, POLICY = 8 };
#define CUT      "data: {\"id\":\"chatcmpl-Ab12\",\"cho"
#define COMPLETE (CONTENT | FINISHED | DONE)

static const struct {
    const char *file;
    enum transport transport;
    const char *until; /* what is passed on ends before this text; NULL = all is passed on */
    const char *added; /* and this is put behind it */
    unsigned known;
    enum failure failure;
    const char *message; /* part of it */
    int64_t prompt, completion;
} rows[] = {
    {"openai-text.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-text-crlf.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-text-cr.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-usage.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", 9, 12},
    {"openai-tools.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-comments.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-bom.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-one-broken-event.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-filter.sse", TRANSPORT_OK, NULL, "", COMPLETE | POLICY, FAILURE_NONE, "", -1, -1},
    {"openai-two-choices.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-multiline.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-completions.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-error-null.sse", TRANSPORT_OK, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-after-done.sse", TRANSPORT_OK, "data: {\"late\"", "", COMPLETE, FAILURE_NONE, "", -1,
     -1},
    /* What is missing at a clean end is added; what never ended is not passed on. */
    {"openai-done-without-blank-line.sse", TRANSPORT_OK, NULL, "\n\n", COMPLETE, FAILURE_NONE, "",
     -1, -1},
    {"openai-without-done.sse", TRANSPORT_OK, NULL, DONE_FRAME, COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-last-event-open.sse", TRANSPORT_OK, NULL, "\n\n" DONE_FRAME, COMPLETE, FAILURE_NONE,
     "", -1, -1},
    {"openai-last-event-half-open.sse", TRANSPORT_OK, NULL, "\n" DONE_FRAME, COMPLETE, FAILURE_NONE,
     "", -1, -1},
    {"openai-cut-usage-after-finish.sse", TRANSPORT_OK,
     "data: {\"id\":\"chatcmpl-Ab12\",\"choices\":[],\"usa", DONE_FRAME, COMPLETE, FAILURE_NONE, "",
     -1, -1},
    /* After [DONE] the transport does not matter, even without its blank line. */
    {"openai-text.sse", TRANSPORT_RESET, NULL, "", COMPLETE, FAILURE_NONE, "", -1, -1},
    {"openai-done-without-blank-line.sse", TRANSPORT_IDLE_TIMEOUT, NULL, "\n\n", COMPLETE,
     FAILURE_NONE, "", -1, -1},
    /* Nor does the silence of a provider that has told the finish. */
    {"openai-without-done.sse", TRANSPORT_IDLE_TIMEOUT, NULL, DONE_FRAME, COMPLETE, FAILURE_NONE,
     "", -1, -1},
    {"openai-cut-usage-after-finish.sse", TRANSPORT_IDLE_TIMEOUT,
     "data: {\"id\":\"chatcmpl-Ab12\",\"choices\":[],\"usa", DONE_FRAME, COMPLETE, FAILURE_NONE, "",
     -1, -1},
    /* Broken off. */
    {"openai-without-done.sse", TRANSPORT_RESET, NULL, "", CONTENT | FINISHED, FAILURE_NETWORK,
     "reset", -1, -1},
    {"openai-last-event-open.sse", TRANSPORT_TRUNCATED,
     "data: {\"id\":\"chatcmpl-Ab12\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
     "\"model\":\"gpt-4-0613\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{},",
     "", CONTENT, FAILURE_PROTOCOL, "cut off", -1, -1},
    {"openai-cut-after-text.sse", TRANSPORT_OK, CUT, "", CONTENT, FAILURE_PROTOCOL,
     "before the answer was finished", -1, -1},
    {"openai-cut-before-text.sse", TRANSPORT_OK, NULL, "", 0, FAILURE_PROTOCOL,
     "without any content", -1, -1},
    {"openai-cut-before-text.sse", TRANSPORT_IDLE_TIMEOUT, NULL, "", 0, FAILURE_TIMEOUT,
     "idle_timeout", -1, -1},
    {"openai-done-only.sse", TRANSPORT_OK, "data: [DONE]", "", 0, FAILURE_PROTOCOL,
     "without any content", -1, -1},
    {"openai-role-and-done.sse", TRANSPORT_OK, "data: [DONE]", "", 0, FAILURE_PROTOCOL,
     "without any content", -1, -1},
    /* The provider's own errors. */
    {"openai-error-first.sse", TRANSPORT_OK, "data: {\"error\"", "", 0, FAILURE_SERVER,
     "The server had an error", -1, -1},
    {"openai-error-event-first.sse", TRANSPORT_OK, "event: error", "", 0, FAILURE_SERVER,
     "Overloaded", -1, -1},
    {"openai-error-after-text.sse", TRANSPORT_OK, "data: {\"error\"", "", CONTENT, FAILURE_SERVER,
     "upstream died", -1, -1},
    /* A refusal is an answer. */
    {"openai-refusal-first.sse", TRANSPORT_OK, NULL, "", 0, FAILURE_POLICY, "was filtered", -1, -1},
    {"openai-refusal-first.sse", TRANSPORT_RESET, NULL, "", 0, FAILURE_POLICY, "was filtered", -1,
     -1},
    {"openai-whole-refusal.sse", TRANSPORT_OK, NULL, "", 0, FAILURE_POLICY, "was filtered", -1, -1},
    /* No stream at all. */
    {"openai-web-page.sse", TRANSPORT_OK, "<!DOCTYPE", "", 0, FAILURE_PROTOCOL, "web page", -1, -1},
    {"openai-whole-other.sse", TRANSPORT_OK, "{", "", 0, FAILURE_PROTOCOL, "a whole answer", -1,
     -1},
    /* What was asked for, in another form. */
    {"openai-whole-answer.sse", TRANSPORT_OK, "{", WHOLE_AS_EVENTS, COMPLETE, FAILURE_NONE, "", -1,
     -1},
    {"openai-whole-answer.sse", TRANSPORT_RESET, "{", WHOLE_AS_EVENTS, COMPLETE, FAILURE_NONE, "",
     -1, -1},
    {"openai-whole-error.sse", TRANSPORT_OK, "{", "", 0, FAILURE_QUOTA, "exceeded", -1, -1},
    {"openai-whole-error-in-array.sse", TRANSPORT_OK, "[", "", 0, FAILURE_SERVER, "overloaded", -1,
     -1},
    {"openai-plain-text.sse", TRANSPORT_OK, "Internal", "", 0, FAILURE_PROTOCOL,
     "without any content", -1, -1},
};

static unsigned known(const struct answer_facts *facts)
{
    return (facts->content ? CONTENT : 0u) | (facts->finished ? FINISHED : 0u) |
           (facts->done ? DONE : 0u) | (facts->policy ? POLICY : 0u);
}

/* The row's stream in pieces: up to the first cut, up to the second, the rest. */
static void run(int i, struct text stream, const size_t cut[2], struct buf *out,
                struct answer_facts *facts)
{
    struct relay_pass pass;
    ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
    *facts = answer_facts_none();
    relay_pass_feed(&pass, text_make(stream.at, cut[0]), out, facts);
    relay_pass_feed(&pass, text_make(stream.at + cut[0], cut[1] - cut[0]), out, facts);
    relay_pass_feed(&pass, text_skip(stream, cut[1]), out, facts);
    relay_pass_end(&pass, rows[i].transport, out, facts);
    relay_pass_done(&pass);
}

static void check_row(int i, struct text in, const struct buf *out,
                      const struct answer_facts *facts, size_t cut)
{
    const char *end = rows[i].until ? strstr(in.at, rows[i].until) : in.at + in.len;
    ck_assert_msg(end != NULL, "%s has no %s", rows[i].file, rows[i].until);
    size_t passed = (size_t)(end - in.at);
    ck_assert_msg(out->len == passed + strlen(rows[i].added) &&
                      memcmp(buf_text(out).at, in.at, passed) == 0 &&
                      memcmp(buf_text(out).at + passed, rows[i].added, out->len - passed) == 0,
                  "%s cut at %zu: %zu bytes went out: %s", rows[i].file, cut, out->len,
                  buf_text(out).at);
    ck_assert_msg(known(facts) == rows[i].known, "%s cut at %zu: facts %u", rows[i].file, cut,
                  known(facts));
    ck_assert_msg(facts->failure == rows[i].failure, "%s cut at %zu: %s", rows[i].file, cut,
                  failure_word(facts->failure));
    ck_assert_msg(strstr(facts->error.message, rows[i].message) != NULL, "%s cut at %zu: %s",
                  rows[i].file, cut, facts->error.message);
    ck_assert_msg(facts->prompt_tokens == rows[i].prompt &&
                      facts->completion_tokens == rows[i].completion,
                  "%s cut at %zu: usage", rows[i].file, cut);
}

START_TEST(a_stream_comes_out_the_same_wherever_it_is_cut)
{
    struct buf in = fixture_read(rows[_i].file), out;
    struct answer_facts facts;
    buf_init(&out, 1 << 20);
    for (size_t cut = 0; cut <= in.len; cut++) {
        run(_i, buf_text(&in), (const size_t[]){cut, cut}, &out, &facts);
        check_row(_i, buf_text(&in), &out, &facts, cut);
        buf_reset(&out);
    }
    for (size_t cut = 1; cut < in.len; cut++) {
        run(_i, buf_text(&in), (const size_t[]){cut - 1, cut}, &out, &facts);
        check_row(_i, buf_text(&in), &out, &facts, cut);
        buf_reset(&out);
    }
    buf_done(&out);
    buf_done(&in);
}
END_TEST

START_TEST(a_stream_comes_out_the_same_byte_by_byte)
{
    struct buf in = fixture_read(rows[_i].file), out;
    struct answer_facts facts = answer_facts_none();
    struct relay_pass pass;
    ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < in.len; i++)
        relay_pass_feed(&pass, text_make(in.data + i, 1), &out, &facts);
    relay_pass_end(&pass, rows[_i].transport, &out, &facts);
    check_row(_i, buf_text(&in), &out, &facts, 1);
    relay_pass_done(&pass);
    buf_done(&out);
    buf_done(&in);
}
END_TEST

START_TEST(content_is_known_with_the_event_that_brings_it)
{
    struct relay_pass pass;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 4096);
    ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
    relay_pass_feed(&pass,
                    text_of(": hello\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"a\","
                            "\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"delta\":{"
                            "\"content\":\"x\"}}]}\n"),
                    &out, &facts);
    ck_assert(!facts.content);
    relay_pass_feed(&pass, text_of("\n"), &out, &facts);
    ck_assert(facts.content && !facts.finished);
    relay_pass_done(&pass);
    buf_done(&out);
}
END_TEST

START_TEST(one_endless_event_breaks_the_stream)
{
    struct relay_pass pass;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    static char block[65536];
    memset(block, 'x', sizeof(block));
    memcpy(block, "data: ", 6);
    buf_init(&out, 1 << 24);
    ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
    for (size_t fed = 0; fed <= ANSWER_EVENT_MAX + sizeof(block); fed += sizeof(block))
        relay_pass_feed(&pass, text_make(block, sizeof(block)), &out, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(facts.error.message, "too large"));
    ck_assert_uint_eq(out.len, 0);
    relay_pass_done(&pass);
    buf_done(&out);
}
END_TEST

START_TEST(a_whole_answer_without_end_is_not_waited_for)
{
    struct relay_pass pass;
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    static char block[4096];
    memset(block, ' ', sizeof(block));
    block[0] = '{';
    buf_init(&out, 4096);
    ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
    for (int i = 0; i < 600; i++)
        relay_pass_feed(&pass, text_make(block, sizeof(block)), &out, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_PROTOCOL);
    relay_pass_done(&pass);
    buf_done(&out);
}
END_TEST

START_TEST(the_last_word_is_kept_as_it_came)
{
    struct buf in = fixture_read("openai-error-after-text.sse"), out;
    struct answer_facts facts = answer_facts_none();
    struct relay_pass pass;
    const char *error = strstr(in.data, "data: {\"error\""), *end = strstr(error, "\n\n") + 2;
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
    relay_pass_feed(&pass, buf_text(&in), &out, &facts);
    ck_assert_uint_eq(pass.last_word.len, (size_t)(end - error));
    ck_assert_int_eq(memcmp(pass.last_word.data, error, pass.last_word.len), 0);
    relay_pass_done(&pass);
    buf_done(&out);
    buf_done(&in);
}
END_TEST

START_TEST(what_the_app_was_told_is_not_told_again)
{
    static const struct {
        const char *file;
        bool aloud;
    } told[] = {{"openai-error-after-text.sse", true}, {"openai-refusal-first.sse", true},
                {"openai-whole-refusal.sse", true},    {"openai-error-inside.sse", false},
                {"openai-error-first.sse", false},     {"openai-whole-error.sse", false}};
    for (size_t i = 0; i < COUNT(told); i++) {
        struct buf in = fixture_read(told[i].file), out;
        struct answer_facts facts = answer_facts_none();
        struct relay_pass pass;
        buf_init(&out, 1 << 20);
        ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
        relay_pass_feed(&pass, buf_text(&in), &out, &facts);
        ck_assert_int_eq(pass.failed_aloud, told[i].aloud);
        relay_pass_done(&pass);
        buf_done(&out);
        buf_done(&in);
    }
}
END_TEST

START_TEST(what_is_no_stream_may_be_another_thing_the_next_time)
{
    static const struct {
        const char *file;
        bool repeats;
    } told[] = {{"openai-whole-other.sse", false}, {"openai-whole-answer.sse", false},
                {"openai-whole-error.sse", false}, {"openai-whole-without-choices.sse", false},
                {"openai-web-page.sse", false},    {"openai-cut-before-text.sse", false}};
    for (size_t i = 0; i < COUNT(told); i++) {
        struct buf in = fixture_read(told[i].file), out;
        struct answer_facts facts = answer_facts_none();
        struct relay_pass pass;
        buf_init(&out, 1 << 20);
        ck_assert_int_eq(relay_pass_init(&pass, &dialect_openai, false), 0);
        relay_pass_feed(&pass, buf_text(&in), &out, &facts);
        relay_pass_end(&pass, TRANSPORT_OK, &out, &facts);
        ck_assert_msg(facts.repeats == told[i].repeats, "%s", told[i].file);
        relay_pass_done(&pass);
        buf_done(&out);
        buf_done(&in);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("relay_pass");
    TCase *tc = tcase_create("streams");
    int count = ROWS(rows);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_stream_comes_out_the_same_wherever_it_is_cut, 0, count);
    tcase_add_loop_test(tc, a_stream_comes_out_the_same_byte_by_byte, 0, count);
    tcase_add_test(tc, content_is_known_with_the_event_that_brings_it);
    tcase_add_test(tc, one_endless_event_breaks_the_stream);
    tcase_add_test(tc, a_whole_answer_without_end_is_not_waited_for);
    tcase_add_test(tc, the_last_word_is_kept_as_it_came);
    tcase_add_test(tc, what_the_app_was_told_is_not_told_again);
    tcase_add_test(tc, what_is_no_stream_may_be_another_thing_the_next_time);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
