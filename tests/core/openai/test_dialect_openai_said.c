/* What an event said, for who goes on with its stream. */
#include <errno.h>

#include "json_row.h"
#include "openai/dialect_openai.h"
#include "unit.h"

#define EVENT(choice)  "{'id':'i','created':7,'choices':[" choice "]}"
#define DELTA(members) EVENT("{'index':0,'delta':{" members "}}")

static const struct {
    const char *name;
    const char *event; /* with ' for " */
    int r;
    const char *content;
    bool other, uncertain;
    enum chat_finish finish;
} rows[] = {
    {"a text", DELTA("'content':'h\\u0069'"), 0, "hi", false, false, CHAT_FINISH_NONE},
    {"the role", DELTA("'role':'assistant','content':''"), 0, "", false, false, CHAT_FINISH_NONE},
    {"a thought is passed over", DELTA("'reasoning':'hm','content':'a'"), 0, "a", false, false,
     CHAT_FINISH_NONE},
    {"a call", DELTA("'tool_calls':[{'index':0}]"), 0, "", true, false, CHAT_FINISH_NONE},
    {"a refusal", DELTA("'refusal':'no'"), 0, "", true, false, CHAT_FINISH_NONE},
    {"empty ones are none", DELTA("'tool_calls':[],'refusal':null,'images':[]"), 0, "", false,
     false, CHAT_FINISH_NONE},
    {"what nobody knows", DELTA("'images':[{}]"), 0, "", false, true, CHAT_FINISH_NONE},
    {"another choice", EVENT("{'index':1,'delta':{'content':'a'}}"), 0, "a", false, true,
     CHAT_FINISH_NONE},
    {"logprobs", EVENT("{'index':0,'delta':{},'logprobs':{'content':[]}}"), 0, "", false, true,
     CHAT_FINISH_NONE},
    {"none of them", EVENT("{'index':0,'delta':{},'logprobs':null,'finish_reason':null}"), 0, "",
     false, false, CHAT_FINISH_NONE},
    {"the end", EVENT("{'index':0,'delta':{},'finish_reason':'stop'}"), 0, "", false, false,
     CHAT_FINISH_STOP},
    {"the end at the limit", EVENT("{'index':0,'delta':{},'finish_reason':'length'}"), 0, "", false,
     false, CHAT_FINISH_LENGTH},
    {"a filter", EVENT("{'index':0,'finish_reason':'content_filter'}"), 0, "", false, false,
     CHAT_FINISH_FILTER},
    {"usage alone", "{'id':'i','created':7,'choices':[],'usage':{}}", 0, "", false, false,
     CHAT_FINISH_NONE},
    {"an error", "{'id':'i','created':7,'error':{'message':'x'}}", 0, "", false, true,
     CHAT_FINISH_NONE},
    {"no JSON", "[DONE]", -EPROTO, "", false, false, CHAT_FINISH_NONE},
    {"no object", "[]", -EPROTO, "", false, false, CHAT_FINISH_NONE},
};

START_TEST(an_event_is_read)
{
    struct dialect_said said;
    struct buf content;
    char *event = json_row_text(rows[_i].event);
    buf_init(&content, 100);
    ck_assert_int_eq(dialect_openai_said_read(text_of(event), &content, &said), rows[_i].r);
    ck_assert_msg(text_equals(buf_text(&content), rows[_i].content), "%s: %s", rows[_i].name,
                  content.data);
    ck_assert_msg(said.other == rows[_i].other && said.uncertain == rows[_i].uncertain &&
                      said.finish == rows[_i].finish,
                  "%s", rows[_i].name);
    if (rows[_i].r == 0) {
        ck_assert(text_equals(said.id, "\"i\""));
        ck_assert_int_eq(said.created, 7);
    }
    buf_done(&content);
    free(event);
}
END_TEST

START_TEST(a_text_without_room_is_told)
{
    struct dialect_said said;
    struct buf content;
    buf_init(&content, 2);
    ck_assert_int_eq(
        dialect_openai_said_read(text_of("{\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}"),
                                 &content, &said),
        -EMSGSIZE);
    buf_done(&content);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_said");
    TCase *tc = tcase_create("said");
    tcase_add_loop_test(tc, an_event_is_read, 0, ROWS(rows));
    tcase_add_test(tc, a_text_without_room_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
