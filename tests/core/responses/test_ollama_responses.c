/* What of a request to /v1/responses an Ollama would answer wrongly, or would not hear. */
#include <errno.h>

#include "dialect/dialect.h"
#include "json_row.h"
#include "responses/ollama_responses.h"
#include "unit.h"

#define ROWS(table)   (int)(sizeof(table) / sizeof((table)[0]))
#define ASK(members)  "{'model':'x','input':'hi'" members "}"
#define INPUT(items)  "{'model':'x','input':[" items "]}"
#define PARTS(parts)  INPUT("{'role':'user','content':[" parts "]}")
#define OUTPUT(parts) INPUT("{'type':'function_call_output','call_id':'c','output':" parts "}")

static const struct {
    const char *name;
    const char *body;
    const char *dropped; /* "" = nothing */
    const char *refused; /* NULL = it is taken */
} rows[] = {
    {"a text", ASK(""), "", NULL},
    {"no input", "{'model':'x'}", "", "input is missing"},
    {"an input of nothing", "{'model':'x','input':null}", "", "input is missing"},
    {"an empty text", "{'model':'x','input':''}", "", "input is missing or empty"},
    {"an empty list", INPUT(""), "", "input is missing or empty"},
    {"instructions alone", "{'model':'x','instructions':'i'}", "", NULL},
    {"an input that Ollama itself refuses", "{'model':'x','input':5}", "", NULL},
    {"all that is understood",
     ASK(",'instructions':'i','max_output_tokens':5,'temperature':0.5,'top_p':0.9,'stream':true,"
         "'reasoning':{'effort':'low'}"),
     "", NULL},
    {"the provider's books",
     ASK(",'store':true,'metadata':{'a':'b'},'user':'u','service_tier':'auto','prompt_cache_key':"
         "'k','safety_identifier':'s','stream_options':{}"),
     "", NULL},
    {"a response before", ASK(",'previous_response_id':'resp_1'"), "", "previous_response_id"},
    {"a conversation", ASK(",'conversation':'conv_1'"), "", "conversation"},
    {"none of both", ASK(",'previous_response_id':null,'conversation':null"), "", NULL},
    {"a template", ASK(",'prompt':{'id':'p'}"), "", "template"},
    {"functions", ASK(",'tools':[{'type':'function','name':'f'}]"), "", NULL},
    {"no tools", ASK(",'tools':[]"), "", NULL},
    {"a search", ASK(",'tools':[{'type':'function'},{'type':'web_search'}]"), "", "a tool"},
    {"a tool without a type", ASK(",'tools':[{}]"), "", "a tool"},
    {"a text format", ASK(",'text':{'format':{'type':'text'},'verbosity':'low'}"), "text.verbosity",
     NULL},
    {"a schema", ASK(",'text':{'format':{'type':'json_schema','schema':{}}}"), "", NULL},
    {"any JSON", ASK(",'text':{'format':{'type':'json_object'}}"), "", "text.format"},
    {"choices as they are by default",
     ASK(",'tool_choice':'auto','truncation':'disabled','parallel_tool_calls':true,"
         "'background':false,'include':[]"),
     "", NULL},
    {"other choices",
     ASK(",'tool_choice':{'type':'function','name':'f'},'truncation':'auto',"
         "'parallel_tool_calls':false,'background':true,'include':['x']"),
     "tool_choice, truncation, parallel_tool_calls, background, include", NULL},
    {"members that it does not know", ASK(",'top_logprobs':3,'seed':1,'none':null"),
     "top_logprobs, seed", NULL},
    {"texts", PARTS("{'type':'input_text','text':'a'},{'type':'output_text','text':'b'}"), "",
     NULL},
    {"a message whose content is a text", INPUT("{'role':'user','content':'a'}"), "", NULL},
    {"an image", PARTS("{'type':'input_image','image_url':'data:image/png;base64,aGk='}"), "",
     NULL},
    {"an image elsewhere", PARTS("{'type':'input_image','image_url':'https://a/b.png'}"), "",
     "data URL"},
    {"an image that was uploaded", PARTS("{'type':'input_image','file_id':'f'}"), "", "data URL"},
    {"a file", PARTS("{'type':'input_file','file_data':'x'}"), "", "neither text nor image"},
    {"a part without a type", PARTS("{}"), "", "neither text nor image"},
    {"calls and thoughts", INPUT("{'type':'function_call'},{'type':'reasoning'}"), "", NULL},
    {"the output of a call", OUTPUT("'42'"), "", NULL},
    {"the output of a call in parts", OUTPUT("[{'type':'input_text','text':'42'}]"), "", NULL},
    {"the output of a call with a file", OUTPUT("[{'type':'input_file'}]"), "",
     "neither text nor image"},
    {"a reference", INPUT("{'type':'item_reference','id':'x'}"), "", "an item of the input"},
    {"no object", "[]", "", "not a JSON object"},
    {"no JSON", "{", "", "cannot be read"},
};

START_TEST(every_member_is_understood_named_or_refused)
{
    struct buf dropped;
    struct error why = ERROR_NONE;
    char *body = json_row_text(rows[_i].body);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    int r = ollama_responses_check(text_of(body), &dropped, &why);
    if (rows[_i].refused) {
        ck_assert_msg(r == -EINVAL, "%s: %d", rows[_i].name, r);
        ck_assert_msg(strstr(why.text, rows[_i].refused) != NULL, "%s: %s", rows[_i].name,
                      why.text);
    } else {
        ck_assert_msg(r == 0, "%s: %s", rows[_i].name, why.text);
        ck_assert_msg(text_equals(buf_text(&dropped), rows[_i].dropped), "%s: %s", rows[_i].name,
                      dropped.data);
    }
    buf_done(&dropped);
    free(body);
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    const char *out;
} reasoning[] = {
    {"none", "{'input':'reasoning'}", "{'input':'reasoning'}"},
    {"an effort", "{ 'reasoning' : {'effort':'low'} , 'n':1.0}", "{ 'reasoning' : null , 'n':1.0}"},
    {"the last member", "{'input':'a','reasoning':{'effort':'high'}}",
     "{'input':'a','reasoning':null}"},
    {"twice", "{'reasoning':{},'a':1,'reasoning':{'effort':'low'}}",
     "{'reasoning':null,'a':1,'reasoning':null}"},
    {"of another", "{'input':[{'reasoning':{'effort':'low'}}]}",
     "{'input':[{'reasoning':{'effort':'low'}}]}"},
};

START_TEST(nothing_but_reasoning_is_taken_out)
{
    struct buf out;
    char *body = json_row_text(reasoning[_i].body), *want = json_row_text(reasoning[_i].out);
    buf_init(&out, 1024);
    ck_assert_int_eq(ollama_responses_without_reasoning(text_of(body), &out), 0);
    ck_assert_msg(text_equals(buf_text(&out), want), "%s: %s", reasoning[_i].name, out.data);
    buf_done(&out);
    free(body);
    free(want);
}
END_TEST

static const struct {
    const char *name;
    int64_t context_length;
    int64_t tokens;
    bool fits;
} windows[] = {
    {"the default window", 0, 4096, true},
    {"one more", 0, 4097, false},
    {"a large model's window is not its own", 262144, 4097, false},
    {"a small model's window", 2048, 2048, true},
    {"one more than that", 2048, 2049, false},
};

START_TEST(what_would_be_cut_is_refused)
{
    struct error why = ERROR_NONE;
    const struct ollama_model model = {.context_length = windows[_i].context_length};
    int r = ollama_responses_fit(&model, windows[_i].tokens, &why);
    ck_assert_msg(r == (windows[_i].fits ? 0 : -EMSGSIZE), "%s: %d", windows[_i].name, r);
    ck_assert_msg(error_is_set(&why) == !windows[_i].fits, "%s", windows[_i].name);
}
END_TEST

START_TEST(of_a_model_that_is_not_known_the_default_counts)
{
    struct error why = ERROR_NONE;
    ck_assert_int_eq(ollama_responses_fit(NULL, 4096, &why), 0);
    ck_assert_int_eq(ollama_responses_fit(NULL, 5000, &why), -EMSGSIZE);
    ck_assert_ptr_nonnull(strstr(why.text, "5000 tokens"));
    ck_assert_ptr_nonnull(strstr(why.text, "beyond 4096"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_responses");
    TCase *tc = tcase_create("responses");
    tcase_add_loop_test(tc, every_member_is_understood_named_or_refused, 0, ROWS(rows));
    tcase_add_loop_test(tc, nothing_but_reasoning_is_taken_out, 0, ROWS(reasoning));
    tcase_add_loop_test(tc, what_would_be_cut_is_refused, 0, ROWS(windows));
    tcase_add_test(tc, of_a_model_that_is_not_known_the_default_counts);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
