/* A stream of chat that is passed on: when it is over, what is added, what is told where it breaks.
 */
#include <string.h>

#include "json_row.h"
#include "openai/dialect_openai.h"
#include "openai/judge.h"
#include "unit.h"

#define TEXT   "{'choices':[{'index':0,'delta':{'content':'x'}}]}"
#define FINISH "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"
#define CUT    "the stream ended before the answer was finished"
#define EMPTY  "the stream ended without any content"

static const struct dialect_judge *const judge = &dialect_openai_judge;

static void take(struct judge *state, const char *data, struct answer_facts *facts)
{
    char *bytes = json_row_text(data);
    const struct dialect_event event = {.data = text_of(bytes)};
    judge->event(state, &event, facts);
    free(bytes);
}

static const struct {
    const char *name;
    const char *events[3]; /* with ' for " */
    enum transport transport;
    const char *added;
    bool done;
    enum failure failure;
    const char *why;
} ends[] = {
    {"only [DONE] is missing", {TEXT, FINISH}, TRANSPORT_OK, "data: [DONE]\n\n", true, 0, ""},
    {"silence behind the end",
     {TEXT, FINISH},
     TRANSPORT_IDLE_TIMEOUT,
     "data: [DONE]\n\n",
     true,
     0,
     ""},
    {"a reset behind the end", {TEXT, FINISH}, TRANSPORT_RESET, "", false, FAILURE_NETWORK, NULL},
    {"half an answer", {TEXT}, TRANSPORT_OK, "", false, FAILURE_PROTOCOL, CUT},
    {"half an answer, silent", {TEXT}, TRANSPORT_IDLE_TIMEOUT, "", false, FAILURE_TIMEOUT, NULL},
    {"nothing", {NULL}, TRANSPORT_OK, "", false, FAILURE_PROTOCOL, EMPTY},
};

START_TEST(an_end_is_whole_or_told)
{
    struct judge state = {0};
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 4096);
    for (const char *const *event = ends[_i].events; *event; event++)
        take(&state, *event, &facts);
    judge->end(&state, ends[_i].transport, &out, &facts);
    ck_assert_msg(facts.done == ends[_i].done && facts.failure == ends[_i].failure, "%s: class %s",
                  ends[_i].name, failure_word(facts.failure));
    ck_assert_msg(text_equals(buf_text(&out), ends[_i].added), "%s", ends[_i].name);
    if (ends[_i].why)
        ck_assert_str_eq(facts.error.message, ends[_i].why);
    buf_done(&out);
}
END_TEST

START_TEST(done_with_nothing_before_it_is_no_answer)
{
    struct judge state = {0};
    struct answer_facts facts = answer_facts_none();
    take(&state, "[DONE]", &facts);
    ck_assert(!facts.done && facts.failure == FAILURE_PROTOCOL);
    ck_assert_str_eq(facts.error.message, EMPTY);
}
END_TEST

static const struct {
    const char *name;
    const char *data;
    bool clean;
    enum dialect_rest rest;
} rests[] = {
    {"[DONE]", " [DONE]", true, DIALECT_REST_CLOSED},
    {"[DONE] before a reset", "[DONE]", false, DIALECT_REST_CLOSED},
    {"an event", "{}", true, DIALECT_REST_CLOSED},
    {"an event before a reset may be half a one", "{}", false, DIALECT_REST_LEFT_OUT},
    {"half an event", "{\"choices\":[", true, DIALECT_REST_LEFT_OUT},
};

START_TEST(what_no_line_end_closes_counts_when_it_is_whole)
{
    struct judge state = {0};
    const struct dialect_event event = {.data = text_of(rests[_i].data)};
    ck_assert_msg(judge->rest(&state, &event, rests[_i].clean) == rests[_i].rest, "%s",
                  rests[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *body; /* where a stream was asked for */
    bool reshaped;
    enum failure failure;
} wholes[] = {
    {"an answer",
     "{'object':'chat.completion','choices':[{'index':0,'message':{'content':'x'},"
     "'finish_reason':'stop'}]}",
     true, 0},
    {"an error", "{'error':{'code':'insufficient_quota','message':'m'}}", false, FAILURE_QUOTA},
    {"a web page", "<html>", false, FAILURE_PROTOCOL},
};

START_TEST(a_whole_answer_is_told_in_events)
{
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    char *body = json_row_text(wholes[_i].body);
    buf_init(&out, 4096);
    judge->from_whole(text_of(body), false, &out, &facts);
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: class %s", wholes[_i].name,
                  failure_word(facts.failure));
    ck_assert_int_eq(facts.reshaped, wholes[_i].reshaped);
    ck_assert_int_eq(out.len && strstr(out.data, "data: [DONE]\n\n"), wholes[_i].reshaped);
    buf_done(&out);
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_judge");
    TCase *tc = tcase_create("streams");
    tcase_add_loop_test(tc, an_end_is_whole_or_told, 0, ROWS(ends));
    tcase_add_test(tc, done_with_nothing_before_it_is_no_answer);
    tcase_add_loop_test(tc, what_no_line_end_closes_counts_when_it_is_whole, 0, ROWS(rests));
    tcase_add_loop_test(tc, a_whole_answer_is_told_in_events, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
