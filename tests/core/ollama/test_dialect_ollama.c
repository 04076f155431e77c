/* The request for /api/chat: what is sent along, and what is refused beforehand. */
#include "dialect/translate_row.h"
#include "unit.h"

#define IMAGE(type)                                                                                \
    "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:" type    \
    ";base64,AAAA'}}]}]}"
#define AUDIO                                                                                      \
    "{'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'AAAA',"   \
    "'format':'wav'}}]}]}"

static const struct translate_row rows[] = {
    {"png", IMAGE("image/png"), "{'messages':[{'role':'user','content':'','images':['AAAA']}]}",
     NULL, NULL, 0},
    {"jpg", IMAGE("image/jpg"), "{'messages':[{'role':'user','content':'','images':['AAAA']}]}",
     NULL, NULL, 0},
    {"WEBP", IMAGE("image/WEBP"), "{'messages':[{'role':'user','content':'','images':['AAAA']}]}",
     NULL, NULL, 0},
    {"no media type", IMAGE(""), "{'messages':[{'role':'user','content':'','images':['AAAA']}]}",
     NULL, NULL, 0},
    {"gif is refused", IMAGE("image/gif"), NULL, NULL, "png, jpeg and webp", 0},
    {"an image for a model that cannot see is refused", IMAGE("image/png"), NULL, NULL,
     "m:1 cannot see images", OLLAMA_CAN_VISION},
    {"an image for a model of which nothing is known", IMAGE("image/png"),
     "{'messages':[{'role':'user','content':'','images':['AAAA']}]}", NULL, NULL,
     UNKNOWN_ABILITIES},
    {"audio goes among the images", AUDIO,
     "{'messages':[{'role':'user','content':'','images':['AAAA']}]}", NULL, NULL, 0},
    {"audio for a model that cannot hear is refused", AUDIO, NULL, NULL, "m:1 cannot hear audio",
     OLLAMA_CAN_AUDIO},
    {"keep_alive is a string", ASK(""), "{'keep_alive':'5m'}", NULL, NULL, 0},
    {"a repeat_penalty of 0 is left out and named", ASK(",'repeat_penalty':0,'seed':-1"),
     "{'options':{'num_ctx':8192,'seed':-1}}", "repeat_penalty", NULL, 0},
    {"a negative repeat_last_n is left out and named",
     ASK(",'repeat_last_n':-1,'repeat_penalty':0.1"),
     "{'options':{'num_ctx':8192,'repeat_penalty':0.1}}", "repeat_last_n", NULL, 0},
    {"a real that no 32 bits hold is left out and named", ASK(",'temperature':1e300"),
     "{'options':{'num_ctx':8192}}", "temperature", NULL, 0},
};

START_TEST(requests_are_written_or_refused)
{
    translate_row_check(&rows[_i]);
}
END_TEST

static const struct {
    const char *name;
    const char *keep_alive;
    int64_t num_ctx;
    const char *want;
} targets[] = {
    {"a duration", "30m", 4096, "{'keep_alive':'30m','options':{'num_ctx':4096}}"},
    {"for ever", "-1", 4096, "{'keep_alive':-1}"},
    {"a negative duration", "-1m", 4096, "{'keep_alive':'-1m'}"},
    {"seconds", "300", 4096, "{'keep_alive':300}"},
    {"not at all", "0", 4096, "{'keep_alive':0}"},
    {"a fraction", "1.5", 4096, "{'keep_alive':1.5}"},
    {"no number that JSON knows", "0x10", 4096, "{'keep_alive':'0x10'}"},
    {"infinity is a word", "inf", 4096, "{'keep_alive':'inf'}"},
    {"more than a double", "1e999", 4096, "{'keep_alive':'1e999'}"},
    {"not said", NULL, 4096, "{'keep_alive':null}"},
    {"empty", "", 4096, "{'keep_alive':null}"},
    {"no context window", "5m", 0, "{'options':{}}"},
};

START_TEST(keep_alive_and_num_ctx_have_their_types)
{
    struct buf out, dropped;
    struct error why = ERROR_NONE;
    struct dialect_target target = {.app = &dialect_openai,
                                    .speaks = &dialect_ollama,
                                    .model = "m",
                                    .num_ctx = targets[_i].num_ctx,
                                    .keep_alive = targets[_i].keep_alive};
    buf_init(&out, 4096);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    char *body = json_row_text(ASK(""));
    ck_assert_int_eq(dialect_translate_request(text_of(body), &target, &out, &dropped, &why), 0);
    json_t *got = json_loadb(out.data, out.len, 0, NULL);
    ck_assert_ptr_nonnull(got);
    json_row_compare(targets[_i].name, got, targets[_i].want);
    json_decref(got);
    free(body);
    buf_done(&out);
    buf_done(&dropped);
}
END_TEST

/* What other dialects ask: rows that set one thing in a request of one message. */
static void a_document(struct chat_request *request)
{
    *chat_add_part(request->messages, CHAT_PART_DOCUMENT) =
        (struct chat_part){.kind = CHAT_PART_DOCUMENT,
                           .source = CHAT_SOURCE_TEXT,
                           .data = text_of("all"),
                           .title = text_of("T")};
}

static void a_pdf(struct chat_request *request)
{
    chat_add_part(request->messages, CHAT_PART_DOCUMENT)->media = text_of("application/pdf");
}

static void a_url(struct chat_request *request)
{
    chat_add_part(request->messages, CHAT_PART_IMAGE)->source = CHAT_SOURCE_URL;
}

static void a_custom_tool(struct chat_request *request)
{
    *chat_add_tool(request) = (struct chat_tool){
        .kind = CHAT_TOOL_CUSTOM, .name = text_of("patch"), .format = text_of("a patch")};
    chat_add_part(request->messages, CHAT_PART_CALL)->call =
        (struct chat_call){.name = text_of("patch"), .arguments = text_of("*"), .custom = true};
}

static void thinking(struct chat_request *request)
{
    request->thinking = CHAT_THINKING_ADAPTIVE;
}

static void no_thinking(struct chat_request *request)
{
    request->thinking = CHAT_THINKING_OFF;
    request->effort = CHAT_EFFORT_HIGH;
}

static const struct {
    const char *name;
    void (*ask)(struct chat_request *request);
    const char *want; /* NULL: refused */
    const char *reason;
} asked[] = {
    {"a document that is text", a_document, "{'messages':[{'role':'user','content':'T\\nall'}]}",
     ""},
    {"another document", a_pdf, NULL, "no documents but those that are text"},
    {"an image by its URL", a_url, NULL, "an image by its URL is not fetched"},
    {"a tool that takes a text is a function with one string", a_custom_tool,
     "{'tools':[{'type':'function','function':{'name':'patch','parameters':{'type':'object',"
     "'properties':{'input':{'type':'string','description':'a patch'}},'required':['input']}}}],"
     "'messages':[{'role':'user','content':'','tool_calls':[{'function':{'index':0,'name':'patch',"
     "'arguments':{'input':'*'}}}]}]}",
     ""},
    {"thinking without how much", thinking, "{'think':true}", ""},
    {"no thinking, however much", no_thinking, "{'think':false}", ""},
};

START_TEST(what_other_dialects_ask_is_written)
{
    struct chat_request request;
    struct buf out;
    struct error why = ERROR_NONE;
    const struct dialect_target target = {
        .model = "m", .capabilities_known = true, .capabilities = ALL_ABILITIES};
    buf_init(&out, 65536);
    chat_request_init(&request, NULL);
    ck_assert_ptr_nonnull(chat_add_message(&request, CHAT_ROLE_USER));
    asked[_i].ask(&request);
    int r = dialect_ollama.provider->request_write(&request, &target, &out, &why);
    ck_assert_msg(r == (asked[_i].want ? 0 : -EINVAL), "%s: %d", asked[_i].name, r);
    ck_assert_msg(strstr(why.text, asked[_i].reason) != NULL, "%s: %s", asked[_i].name, why.text);
    if (asked[_i].want) {
        json_t *got = json_loadb(out.data, out.len, 0, NULL);
        json_row_compare(asked[_i].name, got, asked[_i].want);
        json_decref(got);
    }
    chat_request_done(&request);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama");
    TCase *tc = tcase_create("requests");
    tcase_add_loop_test(tc, requests_are_written_or_refused, 0, TRANSLATE_ROWS(rows));
    tcase_add_loop_test(tc, keep_alive_and_num_ctx_have_their_types, 0, ROWS(targets));
    tcase_add_loop_test(tc, what_other_dialects_ask_is_written, 0, TRANSLATE_ROWS(asked));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
