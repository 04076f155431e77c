/* What is remembered of a stream that has gone out, at every split, and when it is of no use. */
#include <stdio.h>
#include <string.h>

#include "answer/resume.h"
#include "request/request.h"
#include "text/count.h"
#include "unit.h"

#define HEAD          "{\"id\":\"chatcmpl-1\",\"created\":1700000000,\"model\":\"m\",\"choices\":"
#define CHOICE(delta) "[{\"index\":0,\"delta\":" delta ",\"finish_reason\":null}]}"
#define EVENT(delta)  "data: " HEAD CHOICE(delta) "\n\n"
#define ROLE          EVENT("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}")
#define HELLO         EVENT("{\"content\":\"Hello\"}")

static const struct {
    const char *name;
    const char *stream;
    const char *text; /* NULL = nothing can go on from here */
} rows[] = {
    {"content is put together", ROLE HELLO EVENT("{\"content\":\" world\"}"), "Hello world"},
    {"escapes are decoded", HELLO EVENT("{\"content\":\" \\u00e9\\n\\ud83c\\udfad\"}"),
     "Hello \xc3\xa9\n\xf0\x9f\x8e\xad"},
    {"an event that is cut does not count", HELLO "data: " HEAD "[{\"index\":0,\"del", "Hello"},
    {"comments and reasoning are passed over",
     ": hi\n\n" EVENT("{\"reasoning\":\"hm\"}") EVENT("{\"reasoning_content\":\"hm\"}") HELLO,
     "Hello"},
    {"CR LF ends lines too", "data: " HEAD CHOICE("{\"content\":\"a\"}") "\r\n\r\n", "a"},
    {"an event without choices is passed over",
     HELLO "data: {\"id\":\"x\",\"choices\":[],\"usage\":{}}\n\n", "Hello"},
    {"an empty list of tool calls is none", EVENT("{\"content\":\"a\",\"tool_calls\":[]}"), "a"},
    {"before any content there is nothing", ROLE, NULL},
    {"a tool call is in the way", HELLO EVENT("{\"tool_calls\":[{\"index\":0}]}"), NULL},
    {"a function call is in the way", HELLO EVENT("{\"function_call\":{\"name\":\"f\"}}"), NULL},
    {"a refusal is in the way", HELLO EVENT("{\"refusal\":\"no\"}"), NULL},
    {"a second choice is in the way",
     HELLO "data: " HEAD "[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\n", NULL},
    {"logprobs are in the way",
     "data: " HEAD
     "[{\"index\":0,\"delta\":{\"content\":\"b\"},\"logprobs\":{\"content\":[1]}}]}\n\n",
     NULL},
    {"after a finish_reason nothing is missing",
     HELLO "data: " HEAD "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", NULL},
    {"an error event is in the way", HELLO "data: {\"error\":{\"message\":\"x\"}}\n\n", NULL},
    {"an event that is no JSON is in the way", HELLO "data: {\"id\n\n", NULL},
    {"content that is no text is in the way", EVENT("{\"content\":[1]}"), NULL},
    {"without an id nothing can go on",
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n", NULL},
};

static void check_row(size_t row, size_t split)
{
    struct resume resume;
    struct text all = text_of(rows[row].stream);
    resume_init(&resume, &dialect_openai);
    resume_feed(&resume, text_make(all.at, split));
    resume_feed(&resume, text_skip(all, split));
    ck_assert_msg(resume_possible(&resume) == (rows[row].text != NULL), "%s, split at %zu",
                  rows[row].name, split);
    if (rows[row].text) {
        ck_assert_msg(text_equals(buf_text(&resume.text), rows[row].text), "%s, split at %zu: %s",
                      rows[row].name, split, resume.text.data);
        ck_assert(text_equals(buf_text(&resume.id), "chatcmpl-1"));
        ck_assert_int_eq(resume.created, 1700000000);
    }
    resume_done(&resume);
}

START_TEST(it_remembers_at_every_split)
{
    for (size_t split = 0; split <= strlen(rows[_i].stream); split++)
        check_row((size_t)_i, split);
}
END_TEST

START_TEST(an_answer_of_more_than_a_megabyte_is_not_gone_on_with)
{
    static char piece[8192];
    struct resume resume;
    char event[sizeof(piece) + 256];
    memset(piece, 'x', sizeof(piece) - 1);
    resume_init(&resume, &dialect_openai);
    (void)snprintf(event, sizeof(event), "data: " HEAD CHOICE("{\"content\":\"%s\"}") "\n\n",
                   piece);
    for (size_t sent = 0; sent + sizeof(piece) - 1 <= RESUME_TEXT_MAX; sent += sizeof(piece) - 1)
        resume_feed(&resume, text_of(event));
    ck_assert(resume_possible(&resume));
    resume_feed(&resume, text_of(event));
    ck_assert(!resume_possible(&resume));
    resume_done(&resume);
}
END_TEST

static const struct {
    const char *name;
    const char *member;
    bool suits;
} requests[] = {
    {"plain text suits", "\"n\":1", true},
    {"text as the format suits", "\"response_format\":{\"type\":\"text\"}", true},
    {"several choices do not", "\"n\":2", false},
    {"a JSON schema does not", "\"response_format\":{\"type\":\"json_schema\"}", false},
    {"a JSON object does not", "\"response_format\":{\"type\":\"json_object\"}", false},
    {"logprobs do not", "\"logprobs\":true", false},
    {"logprobs that are off do", "\"logprobs\":false", true},
};

START_TEST(it_depends_on_what_was_asked_for)
{
    struct request_facts facts;
    struct error why = ERROR_NONE;
    char body[256];
    (void)snprintf(body, sizeof(body), "{\"messages\":[],%s}", requests[_i].member);
    ck_assert_int_eq(request_read(API_PATH_CHAT, text_of(body), &facts, &why), 0);
    ck_assert_msg(resume_suits(&facts) == requests[_i].suits, "%s", requests[_i].name);
    request_facts_done(&facts);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("resume");
    TCase *t = tcase_create("resume");
    tcase_add_loop_test(t, it_remembers_at_every_split, 0, COUNT(rows));
    tcase_add_test(t, an_answer_of_more_than_a_megabyte_is_not_gone_on_with);
    tcase_add_loop_test(t, it_depends_on_what_was_asked_for, 0, COUNT(requests));
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
