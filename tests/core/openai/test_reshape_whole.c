/* Events as the one answer that they build up. */
#include <string.h>

#include <jansson.h>

#include "fixture.h"
#include "openai/judge.h"
#include "openai/reshape.h"
#include "unit.h"

#define CHUNK(choice)                                                                              \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","      \
    "\"choices\":[" choice "]}\n\n"
#define DELTA(delta) CHUNK("{\"index\":0,\"delta\":" delta ",\"finish_reason\":null}")
#define STOP         CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}")
#define ANSWER(message, finish)                                                                    \
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":["     \
    "{\"index\":0,\"message\":" message ",\"finish_reason\":\"" finish "\"}]}"

static const struct {
    const char *name;
    const char *events;
    const char *whole; /* NULL: a failure */
    enum failure failure;
} rows[] = {
    {"text",
     DELTA("{\"role\":\"assistant\",\"content\":\"\"}") DELTA("{\"content\":\"He\"}")
         DELTA("{\"role\":\"assistant\",\"content\":\"llo\"}") STOP "data: [DONE]\n\n",
     ANSWER("{\"role\":\"assistant\",\"content\":\"Hello\"}", "stop"), FAILURE_NONE},
    {"a clean end without [DONE]", DELTA("{\"content\":\"a\"}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":\"a\"}", "stop"), FAILURE_NONE},
    {"texts beside each other",
     DELTA("{\"content\":\"a\",\"reasoning\":\"x\"}") DELTA("{\"reasoning\":\"y\"}")
         DELTA("{\"content\":\"b\",\"reasoning\":\"z\"}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":\"ab\",\"reasoning\":\"xyz\"}", "stop"),
     FAILURE_NONE},
    {"calls",
     DELTA("{\"content\":null,\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":\"function\","
           "\"function\":{\"name\":\"g\",\"arguments\":\"\"}},{\"index\":0,\"id\":\"a\","
           "\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}")
         DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
               "\"arguments\":\"}\"}},{\"index\":1,\"function\":{\"arguments\":\"[]\"}}]}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"b\",\"type\":"
            "\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"[]\"}},{\"id\":\"a\","
            "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
            "stop"),
     FAILURE_NONE},
    {"usage and a last event without its blank line",
     DELTA("{\"content\":\"a\"}") STOP "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"p\":9}}",
     "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":["
     "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":"
     "\"stop\"}],\"usage\":{\"p\":9}}",
     FAILURE_NONE},
    {"a running count in each event",
     "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"usage\":"
     "{\"p\":9,\"c\":0}}\n\n" STOP
     "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"p\":9,\"c\":1}}\n\n"
     "data: {\"choices\":[],\"usage\":null}\n\n",
     "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":["
     "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":"
     "\"stop\"}],\"usage\":{\"p\":9,\"c\":1}}",
     FAILURE_NONE},
    {"details that say their format each time",
     DELTA("{\"reasoning_details\":[{\"index\":0,\"format\":\"f-1\",\"text\":\"a\"}]}")
         DELTA("{\"reasoning_details\":[{\"index\":0,\"format\":\"f-1\",\"text\":\"b\"}]}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":null,\"reasoning_details\":[{\"index\":0,"
            "\"format\":\"f-1\",\"text\":\"ab\"}]}",
            "stop"),
     FAILURE_NONE},
    {"a completion",
     "data: {\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"a\","
     "\"finish_reason\":null}]}\n\ndata: {\"object\":\"text_completion\",\"choices\":[{\"index\":0,"
     "\"text\":\"b\",\"finish_reason\":\"stop\"}]}\n\n",
     "{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"ab\",\"finish_reason\":"
     "\"stop\"}]}",
     FAILURE_NONE},
    {"an event that is no JSON says nothing", DELTA("{\"content\":\"a\"}") "data: {x\n\n" STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":\"a\"}", "stop"), FAILURE_NONE},
    {"a text that becomes an object",
     DELTA("{\"content\":\"a\"}") DELTA("{\"content\":{\"x\":\"b\",\"y\":\"c\"}}")
         DELTA("{\"content\":\"d\"}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":\"ad\"}", "stop"), FAILURE_NONE},
    {"a list that becomes an object, and a number that does",
     DELTA("{\"content\":\"a\",\"images\":[],\"n\":1}")
         DELTA("{\"images\":{\"x\":\"b\",\"y\":\"c\"},\"n\":{\"x\":\"b\",\"y\":\"c\"}}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":\"a\",\"images\":[],\"n\":1}", "stop"),
     FAILURE_NONE},
    {"an object that becomes a text",
     DELTA("{\"audio\":{\"data\":\"a\"}}") DELTA("{\"audio\":\"b\"}")
         DELTA("{\"audio\":{\"data\":\"c\"}}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":null,\"audio\":{\"data\":\"ac\"}}", "stop"),
     FAILURE_NONE},
    {"half a stream", DELTA("{\"content\":\"a\"}"), NULL, FAILURE_PROTOCOL},
    {"[DONE] alone", "data: [DONE]\n\n", NULL, FAILURE_PROTOCOL},
    {"an error", DELTA("{\"content\":\"a\"}") "data: {\"error\":{\"message\":\"m\"}}\n\n", NULL,
     FAILURE_SERVER},
    {"calls that all have the same index",
     DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
           "\"arguments\":\"{}\"}}]}")
         DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"g\","
               "\"arguments\":\"{\"}}]}")
             DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"function\":"
            "{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{\"name\":\"g\","
            "\"arguments\":\"{}\"}}]}",
            "stop"),
     FAILURE_NONE},
    {"calls without an index",
     DELTA("{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}")
         DELTA("{\"tool_calls\":[{\"function\":{\"arguments\":\"}\"}}]}")
             DELTA("{\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":\"g\","
                   "\"arguments\":\"[]\"}}]}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"function\":"
            "{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{\"name\":\"g\","
            "\"arguments\":\"[]\"}}]}",
            "stop"),
     FAILURE_NONE},
    {"an index out of all reason",
     CHUNK("{\"index\":99999999,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}")
         DELTA("{\"content\":\"a\"}") STOP,
     ANSWER("{\"role\":\"assistant\",\"content\":\"a\"}", "stop"), FAILURE_NONE},
};

START_TEST(events_become_one_answer)
{
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 1 << 16);
    reshape_to_whole(text_of(rows[_i].events), &out, &facts);
    ck_assert_msg(facts.failure == rows[_i].failure, "%s: %s", rows[_i].name, facts.error.message);
    if (rows[_i].whole) {
        json_t *got = json_loadb(out.data, out.len, 0, NULL);
        json_t *expected = json_loads(rows[_i].whole, 0, NULL);
        ck_assert_ptr_nonnull(expected);
        ck_assert_msg(json_equal(got, expected), "%s: %s", rows[_i].name, out.data);
        ck_assert(facts.content && facts.finished && facts.done && facts.reshaped);
        json_decref(got);
        json_decref(expected);
    } else {
        ck_assert_uint_eq(out.len, 0);
    }
    buf_done(&out);
}
END_TEST

/* What becomes of real streams is an answer by the judge's own measure. */
START_TEST(an_answer_made_of_events_is_one)
{
    static const char *const files[] = {"openai-text.sse",     "openai-tools.sse",
                                        "openai-usage.sse",    "openai-two-choices.sse",
                                        "openai-text-cr.sse",  "openai-text-crlf.sse",
                                        "openai-comments.sse", "openai-completions.sse",
                                        "openai-bom.sse",      "openai-multiline.sse"};
    for (int i = 0; i < ROWS(files); i++) {
        struct buf in = fixture_read(files[i]), out;
        struct answer_facts facts = answer_facts_none(), judged = answer_facts_none();
        buf_init(&out, 1 << 20);
        ck_assert_msg(reshape_is_events(buf_text(&in)), "%s", files[i]);
        reshape_to_whole(buf_text(&in), &out, &facts);
        ck_assert_msg(facts.failure == FAILURE_NONE, "%s: %s", files[i], facts.error.message);
        judge_whole((struct text){0}, buf_text(&out), &judged);
        ck_assert_msg(judged.failure == FAILURE_NONE, "%s: %s", files[i], judged.error.message);
        ck_assert_int_eq(judged.completion_tokens, facts.completion_tokens);
        buf_done(&in);
        buf_done(&out);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("reshape_whole");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, events_become_one_answer, 0, ROWS(rows));
    tcase_add_test(tc, an_answer_made_of_events_is_one);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
