/* What stands in the messages beside texts, in the shape of each API. */
#include <errno.h>

#include "json_row.h"
#include "request/request.h"
#include "request/request_parts.h"
#include "unit.h"

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
    char *messages = json_row_text(rows[_i].messages);
    struct request_parts parts = request_parts_look(rows[_i].path, text_of(messages));
    ck_assert_msg(parts.messages == rows[_i].count, "%s: %zu", rows[_i].name, parts.messages);
    ck_assert_msg(parts.images == rows[_i].images, "%s: %zu", rows[_i].name, parts.images);
    ck_assert_msg(parts.audio == rows[_i].audio && parts.kept == rows[_i].kept, "%s",
                  rows[_i].name);
    free(messages);
}
END_TEST

/* What the walk could take for something else: looked at as each API would. */
static const char *const odd[] = {
    "[{'output':[{'type':'input_image'}],'content':'x'}]",
    "[{'content':'x','output':[{'type':'input_image','file_id':'f'}]}]",
    "[{'content':null,'output':[{'type':'input_audio'}]}]",
    "[{'output':[{'type':'item_reference'}]},{'content':[{'type':'input_image'}]}]",
    "[{'content':[{'type':'image','type':'image_url'}],'content':[{'type':'image_url'}]}]",
    "[{'content':[{'type':'input_image'}]},{},{'content':'x'},{'type':'item_reference'}]",
    "[{'content':{'type':'image_url'},'images':['a','b']},{'images':'x'},{'images':[]}]",
    "[{'content':[[{'type':'image_url'}],{'content':[{'type':'image'}],'type':'image'}]}]",
    "[{'content':[{'content':[{'content':[{'type':'image'}]}]}]}]",
    "[{'content':[{'file_id':7},{'file_id':''}],'file_id':null}]",
    "[{'file_id':'f'},[{'content':[{'type':'image_url'}]}]]",
    "[{'c\\u006fntent':[{'typ\\u0065':'im\\u0061ge_url'}]}]",
    "{'content':[{'type':'image_url'}]}",
    "'messages'",
};

static void expect_same_in_the_walk(enum api_path path, const char *member, const char *messages)
{
    struct request_parts_walk walk;
    struct jsonscan scan;
    struct buf body;
    buf_init(&body, 1 << 16);
    ck_assert_int_eq(buf_printf(&body, "{\"x\":{\"%s\":[{}]},\"%s\":%s,\"%s\":[{}]}", member,
                                member, messages, member),
                     0);
    request_parts_begin(&walk, path);
    jsonscan_begin(&scan, walk.rows, REQUEST_PARTS_ROWS, request_parts_each, &walk);
    ck_assert_int_eq(jsonscan_end(&scan, buf_text(&body), NULL), 0);
    ck_assert(text_equals(walk.rows[0].value, messages));
    struct request_parts want = request_parts_look(path, walk.rows[0].value);
    ck_assert_msg(walk.found.messages == want.messages && walk.found.images == want.images &&
                      walk.found.audio == want.audio && walk.found.kept == want.kept &&
                      walk.found.wrong == want.wrong && walk.found.wrong_at == want.wrong_at,
                  "%d: %s: %zu images", (int)path, messages, walk.found.images);
    buf_done(&body);
}

START_TEST(the_walk_over_the_body_finds_the_same)
{
    static const enum api_path paths[] = {API_PATH_CHAT, API_PATH_RESPONSES, API_PATH_MESSAGES,
                                          API_PATH_COUNT_TOKENS, API_PATH_API_CHAT};
    char *messages = json_row_text(_i < ROWS(rows) ? rows[_i].messages : odd[_i - ROWS(rows)]);
    for (int i = 0; i < ROWS(paths); i++)
        expect_same_in_the_walk(paths[i], paths[i] == API_PATH_RESPONSES ? "input" : "messages",
                                messages);
    free(messages);
}
END_TEST

START_TEST(of_messages_that_are_there_twice_the_last_are_looked_at)
{
    struct request_facts facts;
    ck_assert_int_eq(
        request_read(API_PATH_CHAT,
                     text_of("{\"messages\":[{\"content\":[{\"type\":\"image_url\"}]}],"
                             "\"messages\":[{\"content\":\"a\"},{\"content\":\"b\"}]}"),
                     &facts, NULL),
        0);
    ck_assert(!facts.images);
    ck_assert_uint_eq(facts.messages, 2);
    request_facts_done(&facts);
}
END_TEST

static const struct {
    const char *name;
    const char *messages; /* with ' for " */
    const char *wrong;    /* NULL = nothing */
} turns[] = {
    {"texts and blocks", "[{'role':'user','content':'a'},{'role':'x','content':[7]}]", NULL},
    {"none", "[]", NULL},
    {"no object", "[{'role':'user','content':'a'},7]", "messages[1]: it is not an object"},
    {"no role", "[{'content':'a'}]", "messages[0]: its role is not a text"},
    {"a role that is a number", "[{'role':1,'content':'a'}]",
     "messages[0]: its role is not a text"},
    {"no content", "[{'role':'user'}]",
     "messages[0]: its content is neither a text nor an array of blocks"},
    {"content that is a number", "[{'role':'user','content':7}]",
     "messages[0]: its content is neither a text nor an array of blocks"},
    {"content that is null", "[{'role':'user','content':null}]",
     "messages[0]: its content is neither a text nor an array of blocks"},
};

START_TEST(what_no_provider_takes_is_found)
{
    struct error why = ERROR_NONE;
    struct request_facts facts;
    char *messages = json_row_text(turns[_i].messages);
    /* Of two the last counts, which is not the one that is walked over with the body. */
    for (int twice = 0; twice < 2; twice++) {
        struct buf body;
        buf_init(&body, 1 << 10);
        ck_assert_int_eq(
            buf_printf(&body, "{%s\"messages\":%s}", twice ? "\"messages\":[]," : "", messages), 0);
        int r = request_read(API_PATH_MESSAGES, buf_text(&body), &facts, &why);
        ck_assert_msg(r == (turns[_i].wrong ? -EINVAL : 0), "%s: %d", turns[_i].name, r);
        ck_assert_msg(strcmp(why.text, turns[_i].wrong ? turns[_i].wrong : "") == 0, "%s: %s",
                      turns[_i].name, why.text);
        if (r == 0)
            request_facts_done(&facts);
        buf_done(&body);
    }
    free(messages);
}
END_TEST

START_TEST(only_anthropics_are_checked)
{
    static const char body[] = "{\"messages\":[{\"role\":\"user\",\"content\":7}]}";
    struct request_facts facts;
    struct error why = ERROR_NONE;
    ck_assert_int_eq(request_read(API_PATH_MESSAGES, text_of(body), &facts, &why), -EINVAL);
    ck_assert_int_eq(request_read(API_PATH_CHAT, text_of(body), &facts, &why), 0);
    request_facts_done(&facts);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request_parts");
    TCase *tc = tcase_create("messages");
    tcase_add_loop_test(tc, the_conversation_is_looked_at, 0, ROWS(rows));
    tcase_add_loop_test(tc, the_walk_over_the_body_finds_the_same, 0, ROWS(rows) + ROWS(odd));
    tcase_add_test(tc, of_messages_that_are_there_twice_the_last_are_looked_at);
    tcase_add_loop_test(tc, what_no_provider_takes_is_found, 0, ROWS(turns));
    tcase_add_test(tc, only_anthropics_are_checked);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
