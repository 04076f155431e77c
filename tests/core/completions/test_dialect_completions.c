/* Every member of a request for a completion, and what becomes of it. */
#include "dialect/translate_row.h"
#include "unit.h"

#define TELL(members)  "{'model':'x','prompt':'Once'" members "}"
#define PROMPT(prompt) "{'model':'x','prompt':" prompt "}"
#define SAID(text)     "{'messages':[{'role':'user','content':'" text "'}]}"
#define OPTIONS(more)  "{'options':{'num_ctx':8192" more "}}"

static const struct translate_row rows[] = {
    {"a prompt is what the user says", TELL(""),
     "{'model':'m:1','messages':[{'role':'user','content':'Once'}],'stream':false,"
     "'truncate':false,'think':false,'logprobs':null}",
     NULL, NULL, 0},
    {"no thoughts are asked of a model of which nothing is known", TELL(""), "{'think':null}", NULL,
     NULL, UNKNOWN_ABILITIES},
    {"an array of one text", PROMPT("['Once']"), SAID("Once"), NULL, NULL, 0},
    {"an empty prompt", PROMPT("''"), SAID(""), NULL, NULL, 0},
    {"several prompts", PROMPT("['a','b']"), NULL, NULL, "several prompts", 0},
    {"token ids", PROMPT("[1,2,3]"), NULL, NULL, "token ids", 0},
    {"one token id", PROMPT("[1]"), NULL, NULL, "token ids", 0},
    {"several prompts of token ids", PROMPT("[[1],[2]]"), NULL, NULL, "token ids", 0},
    {"a prompt that is a number", PROMPT("7"), NULL, NULL, "no text", 0},
    {"an array of nothing", PROMPT("[]"), NULL, NULL, "no text", 0},
    {"a prompt that is null", PROMPT("null"), NULL, NULL, "prompt is missing", 0},
    {"no prompt", "{'model':'x'}", NULL, NULL, "prompt is missing", 0},
    {"no object", "[]", NULL, NULL, "not a JSON object", 0},
    {"a stream", TELL(",'stream':true,'stream_options':{'include_usage':true}"), "{'stream':true}",
     NULL, NULL, 0},
    {"n of 1", TELL(",'n':1,'best_of':1"), SAID("Once"), NULL, NULL, 0},
    {"n of 2", TELL(",'n':2"), NULL, NULL, "n other than 1", 0},
    {"best_of", TELL(",'best_of':2"), NULL, NULL, "best_of other than 1", 0},
    {"a suffix", TELL(",'suffix':'the end'"), NULL, NULL, "suffix", 0},
    {"an empty suffix", TELL(",'suffix':''"), SAID("Once"), NULL, NULL, 0},
    {"a suffix that is null", TELL(",'suffix':null"), SAID("Once"), NULL, NULL, 0},
    {"a limit", TELL(",'max_tokens':16"), OPTIONS(",'num_predict':16"), NULL, NULL, 0},
    {"a limit of 0", TELL(",'max_tokens':0,'echo':true"), NULL, NULL, "max_tokens of 0", 0},
    {"a limit that is none", TELL(",'max_tokens':'few'"), OPTIONS(""), "max_tokens", NULL, 0},
    {"sampling",
     TELL(",'temperature':0.5,'top_p':0.9,'seed':3,'presence_penalty':1,'stop':['a','b']"),
     OPTIONS(",'temperature':0.5,'top_p':0.9,'presence_penalty':1,'seed':3,'stop':['a','b']"), NULL,
     NULL, 0},
    {"logprobs", TELL(",'logprobs':3"), "{'logprobs':true,'top_logprobs':3}", NULL, NULL, 0},
    {"logprobs of the chosen token only", TELL(",'logprobs':0"),
     "{'logprobs':true,'top_logprobs':null}", NULL, NULL, 0},
    {"logprobs in the manner of chat", TELL(",'logprobs':true"), "{'logprobs':null}", "logprobs",
     NULL, 0},
    {"logprobs of chat that are not wanted", TELL(",'logprobs':false"), "{'logprobs':null}", NULL,
     NULL, 0},
    {"too many logprobs", TELL(",'logprobs':21"), "{'logprobs':null}", "logprobs", NULL, 0},
    {"an echo", TELL(",'echo':true"), SAID("Once"), NULL, NULL, 0},
    {"an echo with logprobs", TELL(",'echo':true,'logprobs':1"), NULL, NULL, "echo with logprobs",
     0},
    {"no echo, and logprobs", TELL(",'echo':false,'logprobs':1"), "{'logprobs':true}", NULL, NULL,
     0},
    {"a bias", TELL(",'logit_bias':{'50256':-100}"), SAID("Once"), "logit_bias", NULL, 0},
    {"an empty bias", TELL(",'logit_bias':{}"), SAID("Once"), NULL, NULL, 0},
    {"a user", TELL(",'user':'u1'"), SAID("Once"), NULL, NULL, 0},
    {"members of chat", TELL(",'messages':[{'role':'system','content':'s'}],'tools':[{}]"),
     SAID("Once"), "messages, tools", NULL, 0},
};

START_TEST(every_member_is_carried_over_named_or_refused)
{
    translate_row_check_of(&dialect_completions, &rows[_i]);
}
END_TEST

START_TEST(thoughts_are_hidden_and_no_stream_is_gone_on_with)
{
    ck_assert(dialect_completions.app->hides_reasoning && !dialect_openai.app->hides_reasoning);
    ck_assert(!dialect_completions.app->said_read && dialect_openai.app->said_read);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_completions");
    TCase *tc = tcase_create("requests");
    tcase_add_loop_test(tc, every_member_is_carried_over_named_or_refused, 0, TRANSLATE_ROWS(rows));
    tcase_add_test(tc, thoughts_are_hidden_and_no_stream_is_gone_on_with);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
