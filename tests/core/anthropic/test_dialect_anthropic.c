/* A Messages request: each member of its root, and what nobody else can carry. */
#include "anthropic/anthropic_row.h"
#include "anthropic/dialect_anthropic.h"
#include "unit.h"

static const struct anthropic_row rows[] = {
    {"the least that is asked", HELLO(""),
     "{'messages':[{'user':[{'text':'hi'}]}],'tools':[],'stop':[],'choice':'auto','format':'text',"
     "'max_tokens':9,'effort':'unset','thinking':'off','stream':null,'user':null,'one_call':null,"
     "'temperature':null}",
     NULL, NULL, false},
    {"a stream", HELLO(",'stream':true"), "{'stream':true}", NULL, NULL, false},
    {"no stream", HELLO(",'stream':false"), "{'stream':null}", NULL, NULL, false},
    {"null is absent", HELLO(",'stream':null,'system':null,'tools':null,'container':null"),
     "{'stream':null,'tools':[]}", NULL, NULL, false},
    {"numbers", HELLO(",'temperature':0.5,'top_p':1,'top_k':40"),
     "{'temperature':0.5,'top_p':1,'top_k':40}", NULL, NULL, false},
    {"texts to stop at, empty ones left out", HELLO(",'stop_sequences':['a','','\\n\\nHuman:']"),
     "{'stop':['a','\\n\\nHuman:']}", NULL, NULL, false},
    {"without max_tokens there is no limit", "{'messages':[{'role':'user','content':'hi'}]}",
     "{'max_tokens':0}", NULL, NULL, false},
    {"max_tokens 0 asks for no answer: the shortest one",
     "{'max_tokens':0,'messages':[{'role':'user','content':'hi'}]}", "{'max_tokens':1}",
     "max_tokens", NULL, false},
    {"thinking with a budget", HELLO(",'thinking':{'type':'enabled','budget_tokens':2048}"),
     "{'thinking':'on','thinking_budget':2048,'effort':'unset'}", NULL, NULL, false},
    {"thinking as it sees fit, shown in short",
     HELLO(",'thinking':{'type':'adaptive','display':'summarized'}"), "{'thinking':'adaptive'}",
     NULL, NULL, false},
    {"thinking that is not to be shown is named",
     HELLO(",'thinking':{'type':'adaptive','display':'omitted','new':1}"),
     "{'thinking':'adaptive'}", "thinking.new, thinking.display", NULL, false},
    {"no thinking", HELLO(",'thinking':{'type':'disabled'}"), "{'thinking':'off'}", NULL, NULL,
     false},
    {"an effort alone says it all", HELLO(",'output_config':{'effort':'low'}"),
     "{'thinking':'unset','effort':'low'}", NULL, NULL, false},
    {"an effort beside thinking",
     HELLO(",'thinking':{'type':'adaptive'},'output_config':{'effort':'xhigh'}"),
     "{'thinking':'adaptive','effort':'max'}", NULL, NULL, false},
    {"an effort that nobody knows is named", HELLO(",'output_config':{'effort':'heroic'}"),
     "{'thinking':'off','effort':'unset'}", "output_config.effort", NULL, false},
    {"a format",
     HELLO(",'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}"),
     "{'format':'schema','schema':{'type':'object'},'schema_name':null}", NULL, NULL, false},
    {"a format by its older name",
     HELLO(",'output_format':{'type':'json_schema','schema':{'type':'object'}}"),
     "{'format':'schema','schema':{'type':'object'}}", NULL, NULL, false},
    {"what else an output is to be is named",
     HELLO(",'output_config':{'task_budget':{'total':1},'format':{'type':'json_schema','schema':{},"
           "'x':1}}"),
     "{'format':'schema'}", "output_config.task_budget, output_config.format.x", NULL, false},
    {"who asks", HELLO(",'metadata':{'user_id':'u-1'}"), "{'user':'u-1'}", NULL, NULL, false},
    {"what only concerns the provider's books and caches is silent",
     HELLO(",'service_tier':'auto','cache_control':{'type':'ephemeral'},'diagnostics':{},"
           "'user_profile_id':'p','workspace_id':'w'"),
     "{'max_tokens':9}", NULL, NULL, false},
    {"what only Anthropic has is named",
     HELLO(
         ",'container':'c','mcp_servers':[{'url':'https://x'}],'context_management':{'edits':[{}]},"
         "'speed':'fast','something_new':true"),
     "{'max_tokens':9}", "container, mcp_servers, context_management, speed, something_new", NULL,
     false},
    {"what is empty asks for nothing", HELLO(",'mcp_servers':[],'context_management':{}"),
     "{'max_tokens':9}", NULL, NULL, false},

    {"no JSON", "{", NULL, NULL, "the JSON cannot be read", false},
    {"no object", "[]", NULL, NULL, "the request is not a JSON object", false},
    {"no messages", "{'max_tokens':9}", NULL, NULL, "messages is missing", false},
    {"messages that are null", "{'messages':null}", NULL, NULL, "messages is missing", false},
    {"a stream that is a text", HELLO(",'stream':'yes'"), NULL, NULL,
     "stream is neither true nor false", false},
    {"a limit that is a text", HELLO(",'max_tokens':'9'"), NULL, NULL,
     "max_tokens is not a whole number above 0", false},
    {"a limit with a fraction", HELLO(",'max_tokens':1.5"), NULL, NULL,
     "max_tokens is not a whole number above 0", false},
    {"a limit below 0", HELLO(",'max_tokens':-1"), NULL, NULL,
     "max_tokens is not a whole number above 0", false},
    {"stop_sequences that is a text", HELLO(",'stop_sequences':'a'"), NULL, NULL,
     "stop_sequences is not an array of texts", false},
    {"a stop sequence that is a number", HELLO(",'stop_sequences':['a',1]"), NULL, NULL,
     "stop_sequences[1] is not a text", false},
    {"a temperature that is a text", HELLO(",'temperature':'hot'"), NULL, NULL,
     "temperature is not a number", false},
    {"a top_k with a fraction", HELLO(",'top_k':1.5"), NULL, NULL, "top_k is not a whole number",
     false},
    {"thinking of an unknown kind", HELLO(",'thinking':{'type':'loud'}"), NULL, NULL,
     "thinking.type is none of enabled, adaptive and disabled", false},
    {"thinking that is a flag", HELLO(",'thinking':true"), NULL, NULL,
     "thinking.type is none of enabled, adaptive and disabled", false},
    {"a budget that is a text", HELLO(",'thinking':{'type':'enabled','budget_tokens':'1'}"), NULL,
     NULL, "thinking.budget_tokens is not a whole number above 0", false},
    {"an effort that is a number", HELLO(",'output_config':{'effort':1}"), NULL, NULL,
     "output_config.effort is not a text", false},
    {"a format of an unknown kind", HELLO(",'output_config':{'format':{'type':'grammar'}}"), NULL,
     NULL, "the output format is of a type that cannot be translated", false},
    {"a format without a schema", HELLO(",'output_config':{'format':{'type':'json_schema'}}"), NULL,
     NULL, "the output format has no schema that is an object", false},
};

START_TEST(each_member_is_carried_named_silent_or_refused)
{
    anthropic_row_check(&rows[_i]);
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    const char *field;
} fields[] = {
    {"nothing was asked", HELLO(""), NULL},
    {"thinking", HELLO(",'thinking':{'type':'adaptive'}"), "thinking"},
    {"an effort", HELLO(",'output_config':{'effort':'low'}"), "output_config.effort"},
    {"both", HELLO(",'output_config':{'effort':'low'},'thinking':{'type':'adaptive'}"), "thinking"},
};

START_TEST(what_may_be_left_out_has_the_name_that_it_was_asked_by)
{
    struct chat_request request;
    struct error why = ERROR_NONE;
    struct buf dropped;
    char *body = json_row_text(fields[_i].body);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    chat_request_init(&request, &dropped);
    ck_assert_int_eq(dialect_anthropic_request_read(text_of(body), &request, &why), 0);
    chat_drop(&request, request.effort_field);
    ck_assert_msg(text_equals(buf_text(&dropped), fields[_i].field ? fields[_i].field : ""), "%s",
                  fields[_i].name);
    ck_assert_str_eq(request.limit_field, "max_tokens");
    chat_request_done(&request);
    buf_done(&dropped);
    free(body);
}
END_TEST

/* As Claude Code 2.1 asks (seen on the wire 2026-11-28), shortened. */
static const struct anthropic_row claude_code = {
    "a first turn",
    "{'model':'claude-opus-4-8','max_tokens':32000,'stream':true,"
    "'system':[{'type':'text','text':'x-anthropic-billing-header: cc_version=2.1.9; cch=0a1b2;'},"
    "{'type':'text','text':'You are Claude Code.','cache_control':{'type':'ephemeral'}},"
    "{'type':'text','text':'# Tone','cache_control':{'type':'ephemeral','ttl':'1h'}}],"
    "'messages':[{'role':'user','content':[{'type':'text','text':'<system-reminder>'},"
    "{'type':'text','text':'fix it','cache_control':{'type':'ephemeral'}}]}],"
    "'tools':[{'name':'Bash','description':'Runs','input_schema':{'type':'object','properties':"
    "{'command':{'type':'string'}},'required':['command']},'eager_input_streaming':true}],"
    "'metadata':{'user_id':'user_1_session_2'},'thinking':{'type':'adaptive'},"
    "'output_config':{'effort':'medium'},'context_management':{'edits':[{'type':"
    "'clear_thinking_20251015','keep':'all'}]}}",
    "{'messages':[{'system':[{'text':'You are Claude Code.'},{'text':'# Tone'}]},"
    "{'user':[{'text':'<system-reminder>'},{'text':'fix it'}]}],"
    "'tools':[{'name':'Bash','description':'Runs','parameters':{'type':'object','properties':"
    "{'command':{'type':'string'}},'required':['command']}}],"
    "'thinking':'adaptive','effort':'medium','stream':true,'max_tokens':32000,"
    "'user':'user_1_session_2'}",
    "context_management",
    NULL,
    true,
};

START_TEST(claude_code_is_understood)
{
    anthropic_row_check(&claude_code);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic");
    TCase *tc = tcase_create("requests");
    tcase_add_loop_test(tc, each_member_is_carried_named_silent_or_refused, 0,
                        ANTHROPIC_ROWS(rows));
    tcase_add_loop_test(tc, what_may_be_left_out_has_the_name_that_it_was_asked_by, 0,
                        ANTHROPIC_ROWS(fields));
    tcase_add_test(tc, claude_code_is_understood);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
