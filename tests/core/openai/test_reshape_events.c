/* A whole answer as events, and events as a whole answer: there and back. */
#include <string.h>

#include <jansson.h>

#include "openai/judge.h"
#include "openai/reshape.h"
#include "unit.h"

#define HEAD                                                                                       \
    "\"object\":\"chat.completion.chunk\",\"id\":\"c-1\",\"created\":1700000000,\"model\":\"m\","  \
    "\"x_new\":1.50"
#define EVENT(choice) "data: {" HEAD ",\"choices\":[" choice "]}\n\n"
#define DONE          "data: [DONE]\n\n"
#define WHOLE(choices)                                                                             \
    "{\n  \"id\": \"c-1\",\n  \"object\": \"chat.completion\",\n  \"created\": 1700000000,\n"      \
    "  \"model\": \"m\", \"x_new\": 1.50,\r\n \"choices\": [" choices "],\n"                       \
    "  \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 12345678901234567890}\n}\n"

static const struct {
    const char *name;
    const char *whole;
    bool usage;
    const char *events;
} rows[] = {
    {"text",
     WHOLE("{\"index\": 0, \"message\": {\"role\": \"assistant\", \"content\": \"a  \\\" b\"},"
           " \"logprobs\": null, \"finish_reason\": \"length\"}"),
     false,
     EVENT("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a  \\\" b\"},"
           "\"logprobs\":null,\"finish_reason\":null}")
         EVENT("{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}") DONE},
    {"usage, where it was asked for",
     WHOLE("{\"message\": {\"content\": \"a\"}, \"finish_reason\": \"stop\"}"), true,
     EVENT("{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}")
         EVENT("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}") "data: {" HEAD
                                                                        ",\"choices\":[],\"usage\":"
                                                                        "{\"prompt_tokens\":9,"
                                                                        "\"completion_tokens\":"
                                                                        "12345678901234567890}}"
                                                                        "\n\n" DONE},
    {"calls get their numbers",
     WHOLE("{\"index\": 0, \"message\": {\"content\": null, \"tool_calls\": [{\"id\": \"a\"},"
           " {\"id\": \"b\", \"index\": 7}]}, \"finish_reason\": \"tool_calls\"}"),
     false,
     EVENT("{\"index\":0,\"delta\":{\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"a\"},"
           "{\"index\":1,\"id\":\"b\"}]},\"finish_reason\":null}")
         EVENT("{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}") DONE},
    {"two choices, one without an end",
     WHOLE("{\"message\": {\"content\": \"a\"}, \"finish_reason\": null},"
           "{\"index\": 1, \"message\": {\"content\": \"b\"}, \"finish_reason\": \"stop\"}"),
     false,
     EVENT("{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}")
         EVENT("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}")
             EVENT("{\"index\":1,\"delta\":{\"content\":\"b\"},\"finish_reason\":null}")
                 EVENT("{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}") DONE},
    {"a completion",
     "{\"id\": \"c\", \"object\": \"text_completion\", \"choices\": [{\"text\": \"a b\","
     " \"index\": 0, \"finish_reason\": \"stop\"}]}",
     true,
     "data: {\"object\":\"text_completion\",\"id\":\"c\",\"choices\":[{\"text\":\"a b\","
     "\"index\":0,\"finish_reason\":\"stop\"}]}\n\n" DONE},
};

START_TEST(a_whole_answer_is_told_in_events)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(reshape_to_events(text_of(rows[_i].whole), rows[_i].usage, &out), 0);
    ck_assert_msg(strcmp(out.data, rows[_i].events) == 0, "%s:\n%s\n%s", rows[_i].name, out.data,
                  rows[_i].events);
    for (size_t max = 0; max < out.len; max += 7) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_lt(reshape_to_events(text_of(rows[_i].whole), rows[_i].usage, &small), 0);
        buf_done(&small);
    }
    buf_done(&out);
}
END_TEST

START_TEST(events_are_told_from_other_bodies)
{
    static const char *const events[] = {"data: x", "\357\273\277event: x", ": c", "\n\nid: 1",
                                         "retry: 3"};
    static const char *const others[] = {"{\"data:\":1}", "[]", "", "dat", "<p>", "datax"};
    for (int i = 0; i < ROWS(events); i++)
        ck_assert_msg(reshape_is_events(text_of(events[i])), "%s", events[i]);
    for (int i = 0; i < ROWS(others); i++)
        ck_assert_msg(!reshape_is_events(text_of(others[i])), "%s", others[i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("reshape_events");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, a_whole_answer_is_told_in_events, 0, ROWS(rows));
    tcase_add_test(tc, events_are_told_from_other_bodies);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
