/* What stands in the messages beside texts, in the shape of each API. */
#include "json_row.h"
#include "rules/request_parts.h"
#include "unit.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    enum api_path path;
    const char *messages; /* with ' for " */
    size_t count;
    size_t images;
    bool audio;
    bool kept;
} rows[] = {
    {"no message", API_PATH_CHAT, "[]", 0, 0, false, false},
    {"texts", API_PATH_CHAT, "[{'content':'a'},{'content':'image_url'},{'content':null}]", 3, 0,
     false, false},
    {"an image", API_PATH_CHAT, "[{'content':[{'type':'text'},{'type':'image_url'}]}]", 1, 1, false,
     false},
    {"images in two messages", API_PATH_CHAT,
     "[{'content':[{'type':'image_url'},{'type':'image_url'}]},{'content':[{'type':'image_url'}]}]",
     2, 3, false, false},
    {"an image in the form of responses", API_PATH_CHAT, "[{'content':[{'type':'input_image'}]}]",
     1, 1, false, false},
    {"audio", API_PATH_CHAT, "[{'content':[{'type':'input_audio'}]}]", 1, 0, true, false},
    {"a text about images", API_PATH_CHAT, "[{'content':[{'type':'text','text':'image_url'}]}]", 1,
     0, false, false},
    {"messages that are odd", API_PATH_CHAT, "[1,null,'x',[],{'content':[1,{'type':2}]}]", 5, 0,
     false, false},
    {"an image block is Anthropic's", API_PATH_CHAT, "[{'content':[{'type':'image'}]}]", 1, 0,
     false, false},
    {"what a tool gave to responses", API_PATH_RESPONSES, "[{'output':[{'type':'input_image'}]}]",
     1, 1, false, false},
    {"a file of responses", API_PATH_RESPONSES, "[{'content':[{'file_id':'f'}]}]", 1, 0, false,
     true},
    {"an item of responses that is kept", API_PATH_RESPONSES, "[{'type':'item_reference'}]", 1, 0,
     false, true},
    {"Anthropic's blocks", API_PATH_MESSAGES,
     "[{'content':[{'type':'text'},{'type':'image'}]},{'content':'image'}]", 2, 1, false, false},
    {"what a tool gave to Anthropic's", API_PATH_MESSAGES,
     "[{'content':[{'type':'tool_result','content':[{'type':'image'},{'type':'text'}]},"
     "{'type':'tool_result','content':'image'}]}]",
     1, 1, false, false},
    {"odd ones of Anthropic's", API_PATH_MESSAGES, "[1,{'content':[7,{'type':2,'content':[3]}]}]",
     2, 0, false, false},
    {"no array", API_PATH_MESSAGES, "{'content':[{'type':'image'}]}", 0, 0, false, false},
};

START_TEST(the_conversation_is_looked_at)
{
    struct request_facts facts = {0};
    char *messages = json_row_text(rows[_i].messages);
    request_parts_look(rows[_i].path, text_of(messages), &facts);
    ck_assert_msg(facts.messages == rows[_i].count, "%s: %zu", rows[_i].name, facts.messages);
    ck_assert_msg(facts.image_count == rows[_i].images, "%s: %zu", rows[_i].name,
                  facts.image_count);
    ck_assert_int_eq(facts.images, rows[_i].images > 0);
    ck_assert_msg(facts.audio == rows[_i].audio && facts.kept == rows[_i].kept, "%s",
                  rows[_i].name);
    free(messages);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_parts");
    TCase *tc = tcase_create("messages");
    tcase_add_loop_test(tc, the_conversation_is_looked_at, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
