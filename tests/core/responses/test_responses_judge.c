/* What an event or a whole answer of the Responses API says about how it stands. */
#include "json_row.h"
#include "responses/responses_judge.h"
#include "unit.h"

/* What shall be said: c content, d done, p policy, - nothing, x none of the API's. */
static const struct {
    const char *name;
    const char *data;
    const char *says;
    enum failure failure;
    int64_t prompt, completion;
} events[] = {
    {"it was created", "{'type':'response.created','response':{'error':null}}", "-", 0, -1, -1},
    {"a message begins", "{'type':'response.output_item.added','item':{'type':'message'}}", "-", 0,
     -1, -1},
    {"a thought begins", "{'type':'response.output_item.added','item':{'type':'reasoning'}}", "-",
     0, -1, -1},
    {"a call begins", "{'type':'response.output_item.added','item':{'type':'function_call'}}", "c",
     0, -1, -1},
    {"a custom call", "{'type':'response.output_item.added','item':{'type':'custom_tool_call'}}",
     "c", 0, -1, -1},
    {"a search of the cloud's",
     "{'type':'response.output_item.added','item':{'type':"
     "'web_search_call'}}",
     "c", 0, -1, -1},
    {"a piece", "{'type':'response.output_text.delta','delta':'a'}", "c", 0, -1, -1},
    {"a piece of nothing", "{'type':'response.output_text.delta','delta':''}", "-", 0, -1, -1},
    {"a piece without any", "{'type':'response.output_text.delta'}", "-", 0, -1, -1},
    {"a thought's", "{'type':'response.reasoning_summary_text.delta','delta':'a'}", "c", 0, -1, -1},
    {"a patch's", "{'type':'response.custom_tool_call_input.delta','delta':'*** Begin'}", "c", 0,
     -1, -1},
    {"a search under way", "{'type':'response.web_search_call.searching','item_id':'ws_1'}", "-", 0,
     -1, -1},
    {"a refusal's", "{'type':'response.refusal.delta','delta':'a'}", "c", 0, -1, -1},
    {"arguments", "{'type':'response.function_call_arguments.delta','delta':'{'}", "c", 0, -1, -1},
    {"what is done", "{'type':'response.output_text.done','text':'a'}", "-", 0, -1, -1},
    {"the end",
     "{'type':'response.completed','response':{'status':'completed','error':null,"
     "'usage':{'input_tokens':7,'output_tokens':3}}}",
     "cd", 0, 7, 3},
    {"the end without a word", "{'type':'response.completed'}", "cd", 0, -1, -1},
    {"the limit",
     "{'type':'response.incomplete','response':{'status':'incomplete',"
     "'incomplete_details':{'reason':'max_output_tokens'}}}",
     "cd", 0, -1, -1},
    {"a filter",
     "{'type':'response.incomplete','response':{'status':'incomplete',"
     "'incomplete_details':{'reason':'content_filter'}}}",
     "cdp", 0, -1, -1},
    {"it failed",
     "{'type':'response.failed','response':{'status':'failed','error':{'code':"
     "'server_error','message':'m'}}}",
     "-", FAILURE_SERVER, -1, -1},
    {"it failed for a limit",
     "{'type':'response.failed','response':{'error':{'code':"
     "'rate_limit_exceeded','message':'m'}}}",
     "-", FAILURE_RATE_LIMIT, -1, -1},
    {"it was too long",
     "{'type':'response.failed','response':{'error':{'code':"
     "'context_length_exceeded','message':'m'}}}",
     "-", FAILURE_CONTEXT, -1, -1},
    {"it failed without a word", "{'type':'response.failed','response':{'error':null}}", "-",
     FAILURE_SERVER, -1, -1},
    {"it failed without a response", "{'type':'response.failed'}", "-", FAILURE_SERVER, -1, -1},
    {"an error", "{'type':'error','code':'server_error','message':'m','param':null}", "-",
     FAILURE_SERVER, -1, -1},
    {"an error for quota", "{'type':'error','code':'insufficient_quota','message':'m'}", "-",
     FAILURE_QUOTA, -1, -1},
    {"an error as an object",
     "{'type':'error','error':{'code':'insufficient_quota','message':"
     "'m'}}",
     "-", FAILURE_QUOTA, -1, -1},
    {"no JSON", "hello", "x", 0, -1, -1},
    {"the end that others say", "[DONE]", "x", 0, -1, -1},
    {"a chunk of chat", "{'object':'chat.completion.chunk','choices':[]}", "x", 0, -1, -1},
    {"a type that is no text", "{'type':7}", "x", 0, -1, -1},
};

START_TEST(what_came_from_a_cache_is_read)
{
    struct answer_facts event = answer_facts_none(), whole = answer_facts_none();
    static const char response[] =
        "{'object':'response','status':'completed','usage':{'input_tokens':7,'output_tokens':3,"
        "'input_tokens_details':{'cached_tokens':5}}}";
    char *body = json_row_text(response);
    struct buf data;
    buf_init(&data, 1000);
    ck_assert_int_eq(buf_printf(&data, "{\"type\":\"response.completed\",\"response\":%s}", body),
                     0);
    ck_assert(responses_judge_event(buf_text(&data), &event));
    responses_judge_whole(text_of("application/json"), text_of(body), &whole);
    ck_assert_int_eq(event.cached_tokens, 5);
    ck_assert_int_eq(whole.cached_tokens, 5);
    buf_done(&data);

    free(body);
}
END_TEST

static void check(const char *name, const struct answer_facts *facts, const char *says,
                  enum failure failure)
{
    ck_assert_msg(facts->failure == failure, "%s: class %s", name, failure_word(facts->failure));
    ck_assert_msg(facts->content == (strchr(says, 'c') != NULL), "%s: content", name);
    ck_assert_msg(facts->done == (strchr(says, 'd') != NULL), "%s: done", name);
    ck_assert_msg(facts->finished == facts->done, "%s: finished", name);
    ck_assert_msg(facts->policy == (strchr(says, 'p') != NULL), "%s: policy", name);
}

START_TEST(an_event_says_how_the_stream_stands)
{
    struct answer_facts facts = answer_facts_none();
    char *data = json_row_text(events[_i].data);
    bool ours = responses_judge_event(text_of(data), &facts);
    ck_assert_msg(ours == (events[_i].says[0] != 'x'), "%s: whose is it", events[_i].name);
    check(events[_i].name, &facts, events[_i].says, events[_i].failure);
    ck_assert_int_eq(facts.prompt_tokens, events[_i].prompt);
    ck_assert_int_eq(facts.completion_tokens, events[_i].completion);
    free(data);
}
END_TEST

static const struct {
    const char *name;
    const char *type; /* NULL = not told */
    const char *body;
    const char *says;
    enum failure failure;
    bool repeats;
} wholes[] = {
    {"an answer", "application/json", "{'status':'completed','error':null,'output':[]}", "cd", 0,
     false},
    {"one for later", NULL, "{'status':'queued','output':[]}", "cd", 0, false},
    {"another's", NULL, "{'id':'resp_1','n':1.0}", "cd", 0, false},
    {"a filter", NULL, "{'status':'incomplete','incomplete_details':{'reason':'content_filter'}}",
     "cdp", 0, false},
    {"it failed", NULL, "{'status':'failed','error':{'code':'server_error','message':'m'}}", "-",
     FAILURE_SERVER, false},
    {"an error in a 200", NULL, "{'error':{'code':'insufficient_quota','message':'m'}}", "-",
     FAILURE_QUOTA, false},
    {"nothing", NULL, " ", "-", FAILURE_PROTOCOL, false},
    {"a page", "text/html", "<html>Sign in</html>", "-", FAILURE_PROTOCOL, false},
    {"half of one", NULL, "{'status':'completed','output':[", "-", FAILURE_PROTOCOL, false},
    {"a list", NULL, "[]", "-", FAILURE_PROTOCOL, false},
    {"events", "text/event-stream", "event: response.created\ndata: {}\n\n", "-", FAILURE_PROTOCOL,
     true},
};

START_TEST(a_whole_answer_is_one_or_not)
{
    struct answer_facts facts = answer_facts_none();
    char *body = json_row_text(wholes[_i].body);
    responses_judge_whole(text_of(wholes[_i].type), text_of(body), &facts);
    check(wholes[_i].name, &facts, wholes[_i].says, wholes[_i].failure);
    ck_assert_msg(facts.repeats == wholes[_i].repeats, "%s: repeats", wholes[_i].name);
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responses_judge");
    TCase *tc = tcase_create("judge");
    tcase_add_loop_test(tc, an_event_says_how_the_stream_stands, 0, ROWS(events));
    tcase_add_loop_test(tc, a_whole_answer_is_one_or_not, 0, ROWS(wholes));
    tcase_add_test(tc, what_came_from_a_cache_is_read);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
