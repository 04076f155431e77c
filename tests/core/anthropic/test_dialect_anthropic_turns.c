/* Parts of messages that no chat of OpenAI's has, as blocks. */
#include <errno.h>

#include "anthropic/dialect_anthropic.h"
#include "json_row.h"
#include "unit.h"

#define TEXT(x)              "{'type':'text','text':'" x "'}"
#define USER(x)              "{'role':'user','content':[" x "]}"
#define MODEL(x)             "{'role':'assistant','content':[" x "]}"
#define USE(id, name, input) "{'type':'tool_use','id':'" id "','name':'" name "','input':" input "}"

/* A custom tool, a result that is an error, a document: no chat of OpenAI's has them. */
static const struct {
    const char *name;
    struct chat_part parts[2];
    const char *messages;
    const char *refused;
} parts[] = {
    {"a PDF",
     {{.kind = CHAT_PART_DOCUMENT,
       .source = CHAT_SOURCE_BASE64,
       .data = {"JVBERi0=", 8},
       .media = {"application/pdf", 15},
       .title = {"t", 1},
       .context = {"c", 1}}},
     "[" USER("{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':"
              "'JVBERi0='},'title':'t','context':'c'}") "]",
     NULL},
    {"a text as a document",
     {{.kind = CHAT_PART_DOCUMENT, .source = CHAT_SOURCE_TEXT, .data = {"x", 1}}},
     "[" USER(
         "{'type':'document','source':{'type':'text','media_type':'text/plain','data':'x'}}") "]",
     NULL},
    {"a document by its URL",
     {{.kind = CHAT_PART_DOCUMENT, .source = CHAT_SOURCE_URL, .data = {"https://x", 9}}},
     "[" USER("{'type':'document','source':{'type':'url','url':'https://x'}}") "]",
     NULL},
    {"a document of another type",
     {{.kind = CHAT_PART_DOCUMENT,
       .source = CHAT_SOURCE_BASE64,
       .data = {"x", 1},
       .media = {"application/msword", 18}}},
     NULL,
     "PDF or text"},
    {"what was thought is its own",
     {{.kind = CHAT_PART_REASONING, .data = {"hm", 2}}, {.kind = CHAT_PART_TEXT, .data = {"a", 1}}},
     "[" USER(TEXT("a")) "]",
     NULL},
};

static json_t *write_neutral(const struct chat_request *request, struct error *why)
{
    const struct dialect_target target = {.model = "claude-x"};
    struct buf out;
    buf_init(&out, 1 << 20);
    int r = dialect_anthropic_provider.request_write(request, &target, &out, why);
    json_t *got = r == 0 ? json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL) : NULL;
    ck_assert(r == -EINVAL || got != NULL);
    buf_done(&out);
    return got;
}

START_TEST(parts_are_blocks)
{
    struct error why = ERROR_NONE;
    struct chat_part own[2] = {parts[_i].parts[0], parts[_i].parts[1]};
    struct chat_message message = {
        .role = CHAT_ROLE_USER, .parts = own, .part_count = own[1].data.len ? 2 : 1};
    const struct chat_request request = {.messages = &message, .message_count = 1};
    json_t *got = write_neutral(&request, &why);
    if (parts[_i].refused) {
        ck_assert(!got && strstr(why.text, parts[_i].refused));
        return;
    }
    json_t *want = json_row_load(parts[_i].messages);
    ck_assert_msg(json_equal(json_object_get(got, "messages"), want), "%s", parts[_i].name);
    json_decref(want);
    json_decref(got);
}
END_TEST

START_TEST(a_tool_that_takes_a_text_takes_an_object)
{
    struct error why = ERROR_NONE;
    struct chat_part call = {.kind = CHAT_PART_CALL,
                             .call = {text_of("c1"), text_of("patch"), text_of("+a"), true}};
    struct chat_part gone = {.kind = CHAT_PART_TEXT, .data = text_of("no")};
    struct chat_message messages[] = {
        {.role = CHAT_ROLE_ASSISTANT, .parts = &call, .part_count = 1},
        {.role = CHAT_ROLE_TOOL,
         .parts = &gone,
         .part_count = 1,
         .call_id = text_of("c1"),
         .is_error = true}};
    struct chat_tool tool = {
        .kind = CHAT_TOOL_CUSTOM, .name = text_of("patch"), .format = text_of("start: x")};
    const struct chat_request request = {
        .messages = messages, .message_count = 2, .tools = &tool, .tool_count = 1};
    json_t *got = write_neutral(&request, &why);
    json_row_compare(
        "custom", got,
        "{'messages':[" USER(TEXT("Begin.")) "," MODEL(USE(
            "c1", "patch",
            "{'input':'+a'}")) "," USER("{'type':'tool_result','tool_use_id':'c1','content':'no','"
                                        "is_error':true}") "],"
                                                           "'tools':[{'name':'patch','input_schema'"
                                                           ":{'type':'object','properties':{'input'"
                                                           ":"
                                                           "{'type':'string','description':'start: "
                                                           "x'}},'required':['input']}}]}");
    json_decref(got);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_turns");
    TCase *tc = tcase_create("turns");
    tcase_add_loop_test(tc, parts_are_blocks, 0, (int)(sizeof(parts) / sizeof(parts[0])));
    tcase_add_test(tc, a_tool_that_takes_a_text_takes_an_object);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
