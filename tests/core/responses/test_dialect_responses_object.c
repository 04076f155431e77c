/* The response as an object: all members that typed clients ask for, whatever was said. */
#include "json_row.h"
#include "responses/dialect_responses.h"
#include "text/count.h"
#include "unit.h"

/* Members that the official SDKs (Python 3.54.0) call required, of the response. */
static const char *const required[] = {"id",     "created_at",          "model",       "object",
                                       "output", "parallel_tool_calls", "tool_choice", "tools"};

static const struct {
    const char *name;
    const char *request;
    const char *want;
} rows[] = {
    {"nothing was said", "{}",
     "{'instructions':null,'metadata':{},'parallel_tool_calls':true,'tool_choice':'auto','tools':"
     "[],'text':{'format':{'type':'text'}},'truncation':'disabled','top_logprobs':0,'store':false,"
     "'background':false,'previous_response_id':null,'usage':null,'error':null}"},
    {"null is nothing", "{'tools':null,'metadata':null,'parallel_tool_calls':null}",
     "{'metadata':{},'parallel_tool_calls':true,'tools':[]}"},
    {"what was said is repeated",
     "{ 'instructions' : 'a b' ,\n'tools':[ {'type':'function',\n 'name':'f'} ],'temperature':"
     "0.25,'tool_choice':{'type':'function','name':'f'},'parallel_tool_calls':false}",
     "{'instructions':'a b','tools':[{'type':'function','name':'f'}],'temperature':0.25,"
     "'tool_choice':{'type':'function','name':'f'},'parallel_tool_calls':false}"},
    {"what is not ours to say is not", "{'store':true,'background':true,'usage':{'a':1}}",
     "{'store':false,'background':false,'usage':null}"},
};

START_TEST(what_the_request_said_is_repeated)
{
    char *request = json_row_text(rows[_i].request);
    struct dialect_responses_writer writer = {
        .base = {.identity = {.id = "resp_X", .model = "m", .created = 1700000000}}};
    struct buf out;
    buf_init(&out, 65536);
    struct jsonwrite json = jsonwrite_to(&out);
    dialect_responses_read_echo(&writer, text_of(request));
    dialect_responses_put_response(&json, NULL, &writer, NULL, NULL);
    ck_assert_int_eq(json.r, 0);
    ck_assert_ptr_null(strchr(out.data, '\n'));
    json_t *response = json_loads(out.data, 0, NULL);
    ck_assert_ptr_nonnull(response);
    for (size_t i = 0; i < COUNT(required); i++)
        ck_assert_msg(!json_is_null(json_object_get(response, required[i])) &&
                          json_object_get(response, required[i]),
                      "there is no %s", required[i]);
    json_row_compare(rows[_i].name, response, rows[_i].want);
    json_row_compare(rows[_i].name, response,
                     "{'id':'resp_X','object':'response','created_at':1700000000,'status':"
                     "'in_progress','model':'m','output':[]}");
    json_decref(response);
    buf_done(&out);
    free(request);
}
END_TEST

static const struct {
    enum chat_finish finish;
    const char *error; /* NULL = none */
    const char *want;
} ends[] = {
    {CHAT_FINISH_STOP, NULL, "{'status':'completed','incomplete_details':null,'error':null}"},
    {CHAT_FINISH_STOP_SEQUENCE, NULL, "{'status':'completed','incomplete_details':null}"},
    {CHAT_FINISH_TOOL_CALLS, NULL, "{'status':'completed','incomplete_details':null}"},
    {CHAT_FINISH_LENGTH, NULL,
     "{'status':'incomplete','incomplete_details':{'reason':'max_output_tokens'}}"},
    {CHAT_FINISH_FILTER, NULL,
     "{'status':'incomplete','incomplete_details':{'reason':'content_filter'}}"},
    {CHAT_FINISH_NONE, "{\"code\":\"c\"}", "{'status':'failed','error':{'code':'c'}}"},
};

START_TEST(its_status_says_how_it_ended)
{
    struct dialect_responses_writer writer = {
        .base = {.identity = {.id = "resp_X", .model = "m", .created = 1}}};
    struct text error = text_of(ends[_i].error);
    struct chat_delta last;
    struct buf out;
    chat_delta_init(&last);
    last.finish = ends[_i].finish;
    last.usage = (struct chat_usage){
        .prompt = 7, .completion = 3, .cached = 5, .cache_written = -1, .reasoning = 2};
    buf_init(&out, 65536);
    struct jsonwrite json = jsonwrite_to(&out);
    dialect_responses_put_response(&json, NULL, &writer, error.at ? NULL : &last,
                                   error.at ? &error : NULL);
    json_t *response = json_loads(out.data, 0, NULL);
    json_row_compare("the end", response, ends[_i].want);
    json_row_compare("usage", response,
                     error.at
                         ? "{'usage':null}"
                         : "{'usage':{'input_tokens':7,'input_tokens_details':{"
                           "'cached_tokens':5,'cache_write_tokens':0},'output_tokens':3,"
                           "'output_tokens_details':{'reasoning_tokens':2},'total_tokens':10}}");
    json_decref(response);
    buf_done(&out);
    chat_delta_done(&last);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses_object");
    TCase *tc = tcase_create("object");
    tcase_add_loop_test(tc, what_the_request_said_is_repeated, 0, ROWS(rows));
    tcase_add_loop_test(tc, its_status_says_how_it_ended, 0, ROWS(ends));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
