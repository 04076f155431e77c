/* What a provider refuses of another one's history, and the request without it. */
#include <errno.h>

#include "json/jsonspan.h"
#include "travel/foreign.h"
#include "unit.h"

#define OURS           "{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"\"}"
#define BARE           "{\"type\":\"thinking\",\"thinking\":\"Hm.\"}"
#define SIGNED         "{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"EqQB\"}"
#define HIDDEN         "{\"type\":\"redacted_thinking\",\"data\":\"x\"}"
#define TEXT           "{\"type\":\"text\",\"text\":\"thinking\"}"
#define SAYS(blocks)   "{\"role\":\"assistant\",\"content\":[" blocks "]}"
#define BODY(messages) "{\"messages\":[" messages "],\"thinking\":{\"type\":\"adaptive\"}}"

#define ALL_REASONING (FOREIGN_REASONING_CONTENT | FOREIGN_REASONING | FOREIGN_REASONING_DETAILS)

static const struct row {
    const char *name;
    unsigned foreign;
    const char *body, *want; /* NULL: as it came */
    const char *dropped;     /* NULL: nothing */
} rows[] = {
    {"reasoning_content of a message", FOREIGN_REASONING_CONTENT,
     "{ \"messages\":[ {\"role\":\"assistant\", \"reasoning_content\":\"Hm.\" "
     ",\"content\":\"a\"}]}",
     "{ \"messages\":[ {\"role\":\"assistant\", \"content\":\"a\"}]}",
     "messages.reasoning_content"},
    {"not its other names", FOREIGN_REASONING_CONTENT,
     "{\"messages\":[{\"reasoning\":\"Hm.\",\"reasoning_details\":[]}]}", NULL, NULL},
    {"all its names", ALL_REASONING,
     "{\"messages\":[{\"content\":\"a\",\"reasoning\":\"b\",\"reasoning_content\":\"c\","
     "\"reasoning_details\":[{}]},{\"reasoning\":null,\"content\":\"\"}]}",
     "{\"messages\":[{\"content\":\"a\"},{\"content\":\"\"}]}",
     "messages.reasoning, messages.reasoning_content, messages.reasoning_details"},
    {"in escapes", FOREIGN_REASONING, "{\"\\u006dessages\":[{\"r\\u0065asoning\":\"b\",\"a\":1}]}",
     "{\"\\u006dessages\":[{\"a\":1}]}", "messages.reasoning"},
    {"not on top, nor deeper", FOREIGN_REASONING,
     "{\"reasoning\":{\"effort\":\"low\"},\"messages\":[{\"content\":[{\"reasoning\":1}],"
     "\"tool_calls\":[{\"reasoning\":1}]}]}",
     NULL, NULL},
    {"extra_content of a call", FOREIGN_EXTRA_CONTENT,
     "{\"messages\":[{\"tool_calls\":[{\"id\":\"a\",\"extra_content\":{\"google\":{}}},"
     "{\"id\":\"b\"}],\"extra_content\":1}]}",
     "{\"messages\":[{\"tool_calls\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"extra_content\":1}]}",
     "messages.tool_calls.extra_content"},
    {"an unsigned thought", FOREIGN_UNSIGNED, BODY(SAYS(OURS " , " TEXT)), BODY(SAYS(" " TEXT)),
     "messages.thinking"},
    {"one without the member", FOREIGN_UNSIGNED, BODY(SAYS(TEXT "," BARE)), BODY(SAYS(TEXT)),
     "messages.thinking"},
    {"beside a signed one", FOREIGN_UNSIGNED, BODY(SAYS(SIGNED "," TEXT) "," SAYS(OURS "," TEXT)),
     BODY(SAYS(SIGNED "," TEXT) "," SAYS(TEXT)), "messages.thinking"},
    {"signed ones, and hidden ones", FOREIGN_SIGNED,
     BODY(SAYS(SIGNED "," HIDDEN "," OURS "," TEXT)), BODY(SAYS(OURS "," TEXT)),
     "messages.thinking"},
    {"all of them", FOREIGN_SIGNED | FOREIGN_UNSIGNED, BODY(SAYS(SIGNED "," OURS "," TEXT)),
     BODY(SAYS(TEXT)), "messages.thinking"},
    {"a message of nothing else goes", FOREIGN_UNSIGNED,
     BODY("{\"role\":\"user\",\"content\":\"a\"}," SAYS(
         OURS) ",{\"role\":\"user\",\"content\":\"b\"}"),
     BODY("{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}"),
     "messages.thinking"},
    {"one that was empty stays", FOREIGN_UNSIGNED, BODY(SAYS("")), NULL, NULL},
    {"a text stays", FOREIGN_UNSIGNED | FOREIGN_SIGNED, BODY(SAYS(TEXT)), NULL, NULL},
    {"an item that nobody keeps", FOREIGN_UNKEPT,
     "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"encrypted_content\":null},"
     "{\"type\":\"reasoning\",\"encrypted_content\":\"x\"},{\"type\":\"message\"}]}",
     "{\"input\":[{\"type\":\"reasoning\",\"encrypted_content\":\"x\"},{\"type\":\"message\"}]}",
     "input.reasoning"},
    {"a thought without what it led to", FOREIGN_ORPHAN,
     "{\"input\":[{\"type\":\"reasoning\",\"id\":1} , {\"type\":\"reasoning\",\"id\":2},"
     "{\"type\":\"message\",\"role\":\"assistant\"},{\"type\":\"reasoning\",\"id\":3},"
     "{\"role\":\"user\"},{\"type\":\"reasoning\",\"id\":4},{\"type\":\"function_call\"},"
     "{\"type\":\"reasoning\",\"id\":5,\"encrypted_content\":\"x\"}\n]}",
     "{\"input\":[ {\"type\":\"reasoning\",\"id\":2},"
     "{\"type\":\"message\",\"role\":\"assistant\"},"
     "{\"role\":\"user\"},{\"type\":\"reasoning\",\"id\":4},{\"type\":\"function_call\"}\n]}",
     "input.reasoning"},
    {"an input that is a text", FOREIGN_UNKEPT, "{\"input\":\"reasoning\"}", NULL, NULL},
    {"nothing", 0, BODY(SAYS(OURS)), NULL, NULL},
    {"no JSON", FOREIGN_UNSIGNED, BODY(SAYS(OURS) ","), NULL, NULL},
    {"a list", FOREIGN_UNSIGNED, "[" BODY(SAYS(OURS)) "]", NULL, NULL},
};

START_TEST(nothing_else_changes)
{
    const struct row *row = &rows[_i];
    struct buf out, dropped;
    bool changed = !row->want;
    buf_init(&out, 1000);
    buf_init(&dropped, 1000);
    ck_assert_int_eq(foreign_leave_out(text_of(row->body), row->foreign, &out, &dropped, &changed),
                     0);
    ck_assert_msg(changed == (row->want != NULL), "%s", row->name);
    ck_assert_msg(text_equals(buf_text(&out), row->want ? row->want : ""), "%s: %s", row->name,
                  out.data);
    ck_assert_msg(text_equals(buf_text(&dropped), row->dropped ? row->dropped : ""), "%s: %s",
                  row->name, dropped.data);
    for (size_t max = 0; row->want && max < strlen(row->want); max++) {
        struct buf small;
        buf_init(&small, max);
        ck_assert_int_eq(
            foreign_leave_out(text_of(row->body), row->foreign, &small, &dropped, &changed),
            -EMSGSIZE);
        buf_done(&small);
    }
    buf_done(&out);
    buf_done(&dropped);
}
END_TEST

#define THOUGHT "{\"messages\":[{\"reasoning_content\":\"Hm.\",\"reasoning\":\"Hm.\"}]}"
#define CALLED  "{\"messages\":[{\"tool_calls\":[{\"extra_content\":{}}]}]}"

static const struct refusal {
    const char *name, *says, *body;
    unsigned without, meant;
} refusals[] = {
    {"Groq",
     "{\"error\":{\"message\":\"'messages.1' : for 'role:assistant' the following must be "
     "satisfied[('messages.1' : property 'reasoning_content' is unsupported)]\"}}",
     THOUGHT, 0, FOREIGN_REASONING_CONTENT},
    {"Cerebras",
     "{\"message\":\"messages.2.assistant.reasoning_content: property "
     "'messages.2.assistant.reasoning_content' is unsupported\",\"code\":\"wrong_api_format\"}",
     THOUGHT, 0, FOREIGN_REASONING_CONTENT},
    {"Mistral, of two at once",
     "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"messages\",1,\"assistant\","
     "\"reasoning_content\"],\"msg\":\"Extra inputs are not permitted\"},{\"type\":"
     "\"extra_forbidden\",\"loc\":[\"body\",\"messages\",1,\"assistant\",\"reasoning\"]}]}",
     THOUGHT, 0, FOREIGN_REASONING_CONTENT | FOREIGN_REASONING},
    {"what is left out already is not meant again", "reasoning_content is unsupported", THOUGHT,
     FOREIGN_REASONING_CONTENT, 0},
    {"what the request does not have", "reasoning_details is unsupported", THOUGHT, 0, 0},
    {"extra_content", "Unknown name \"extra_content\" at 'messages[1].tool_calls[0]'", CALLED, 0,
     FOREIGN_EXTRA_CONTENT},
    {"that it is missing is no refusal",
     "The `reasoning_content` in the thinking mode must be passed back to the API.", THOUGHT, 0, 0},
    {"a part of a longer word", "property 'my_reasoning_content_x' is unsupported", THOUGHT, 0, 0},
    {"something else", "property 'logprobs' is unsupported", THOUGHT, 0, 0},
    {"Anthropic", "messages.1.content.0: Invalid `signature` in `thinking` block",
     BODY(SAYS(OURS "," SIGNED)), 0, FOREIGN_UNSIGNED},
    {"Anthropic, where it is missing", "messages.1.content.0.thinking.signature: Field required",
     BODY(SAYS(BARE)), 0, FOREIGN_UNSIGNED},
    {"then the signed ones", "Invalid `signature` in `thinking` block", BODY(SAYS(OURS "," SIGNED)),
     FOREIGN_UNSIGNED, FOREIGN_SIGNED},
    {"at once where none is unsigned", "Invalid signature in thinking block",
     BODY(SAYS(SIGNED "," TEXT)), 0, FOREIGN_SIGNED},
    {"then nothing is left", "Invalid signature in thinking block", BODY(SAYS(SIGNED "," TEXT)),
     FOREIGN_SIGNED, 0},
    {"no signature", "Expected `thinking`, but found `tool_use`", BODY(SAYS(OURS)), 0, 0},
    {"OpenAI",
     "{\"error\":{\"message\":\"Item with id 'rs_1' not found. Items are not persisted when "
     "`store` is set to false.\"}}",
     "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\"}]}", 0, FOREIGN_UNKEPT},
    {"OpenAI, of what is not there",
     "{\"error\":{\"message\":\"Item 'rs_1' of type 'reasoning' was provided without its required "
     "following item.\"}}",
     "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\"}]}", 0, FOREIGN_ORPHAN},
    {"and all of it is there",
     "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
     "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\"},{\"type\":\"message\"}]}", 0, 0},
    {"another item", "Item with id 'msg_1' not found.",
     "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\"}]}", 0, 0},
    {"nothing", "", THOUGHT, 0, 0},
};

START_TEST(what_is_meant_is_told_by_its_words_and_is_there)
{
    const struct refusal *row = &refusals[_i];
    unsigned meant = foreign_refused(text_of(row->says), text_of(row->body), row->without);
    ck_assert_msg(meant == row->meant, "%s: %u", row->name, meant);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("foreign");
    TCase *tc = tcase_create("foreign");
    tcase_add_loop_test(tc, nothing_else_changes, 0, ROWS(rows));
    tcase_add_loop_test(tc, what_is_meant_is_told_by_its_words_and_is_there, 0, ROWS(refusals));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
