/* A stream that broke is gone on with: whoever wrote its beginning, the whole is one answer. */
#include <errno.h>
#include <stdio.h>

#include "json_row.h"
#include "responses/dialect_responses.h"
#include "responses_client.h"
#include "text/count.h"
#include "unit.h"

#define AT "'item_id':'msg_7','output_index':1,'content_index':0"

/* As a cloud begins, with ids of its own. */
static const char *const begun[] = {
    "{'type':'response.created','sequence_number':0,'response':{'id':'resp_c','status':"
    "'in_progress'}}",
    "{'type':'response.output_item.added','sequence_number':1,'output_index':0,'item':{'id':'rs_7',"
    "'type':'reasoning','summary':[]}}",
    "{'type':'response.reasoning_summary_text.delta','sequence_number':2,'item_id':'rs_7',"
    "'output_index':0,'summary_index':0,'delta':'hm'}",
    "{'type':'response.output_item.done','sequence_number':3,'output_index':0,'item':{'id':'rs_7',"
    "'type':'reasoning','summary':[{'type':'summary_text','text':'hm'}],'encrypted_content':'x'}}",
    "{'type':'response.output_item.added','sequence_number':4,'output_index':1,'item':{'id':"
    "'msg_7','type':'message','content':[]}}",
    "{'type':'response.content_part.added','sequence_number':5," AT ",'part':{'type':'output_text',"
    "'text':''}}",
    "{'type':'response.output_text.delta','sequence_number':6," AT ",'delta':'Once \\n'}",
};

static struct dialect_responses_writer a_writer(void)
{
    return (struct dialect_responses_writer){
        .base = {.identity = {.id = "resp_c", .model = "m", .created = 1700000000},
                 .request = text_of("{\"user\":\"u\"}")}};
}

static void follow(struct dialect_responses_writer *writer, struct responses_client *client,
                   const char *row)
{
    char *event = json_row_text(row), name[64];
    json_t *json = json_loads(event, 0, NULL);
    (void)snprintf(name, sizeof(name), "%s", responses_string(json, "type"));
    json_decref(json);
    ck_assert_int_eq(dialect_responses_follow(&writer->base, text_of(event)), 0);
    if (client)
        responses_take_event(client, name, event);
    free(event);
}

static void go_on(struct dialect_responses_writer *writer, struct responses_client *client)
{
    struct chat_delta delta;
    struct buf out;
    buf_init(&out, 1 << 20);
    chat_delta_init(&delta);
    ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, text_of("upon")), 0);
    delta.finish = CHAT_FINISH_STOP;
    ck_assert_int_eq(dialect_responses_event_write(&writer->base, &delta, &out), 0);
    responses_take(client, &out);
    chat_delta_done(&delta);
    buf_done(&out);
}

START_TEST(the_end_holds_what_both_have_told)
{
    struct dialect_responses_writer first = a_writer(), second = a_writer();
    struct responses_client client;
    responses_client_init(&client);
    for (size_t i = 0; i < COUNT(begun); i++)
        follow(&first, &client, begun[i]);
    ck_assert_int_eq(dialect_responses_copy(&second.base, &first.base), 0);
    dialect_responses_writer_done(&first.base);
    jsonform_done(&first.base.form);
    go_on(&second, &client);
    ck_assert_ptr_nonnull(client.last);
    json_row_compare("the end", client.last,
                     "{'id':'resp_c','status':'completed','user':'u','output':[{'id':'rs_7','type':"
                     "'reasoning','summary':[{'type':'summary_text','text':'hm'}],"
                     "'encrypted_content':'x'},{'id':'msg_7','type':'message','status':'completed',"
                     "'role':'assistant','content':[{'type':'output_text','text':'Once \\nupon',"
                     "'annotations':[],'logprobs':[]}]}]}");
    responses_client_done(&client);
    dialect_responses_writer_done(&second.base);
    jsonform_done(&second.base.form);
}
END_TEST

/* What we have written ourselves is followed like any other. */
START_TEST(our_own_events_are_followed_too)
{
    struct dialect_responses_writer ours = a_writer(), other = a_writer();
    struct responses_client client;
    struct chat_delta delta;
    struct buf out;
    buf_init(&out, 1 << 20);
    responses_client_init(&client);
    chat_delta_init(&delta);
    ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_REASONING, text_of("hm")), 0);
    ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, text_of("Once ")), 0);
    ck_assert_int_eq(dialect_responses_event_write(&ours.base, &delta, &out), 0);
    for (char *data = strstr(out.data, "\ndata: "); data; data = strstr(data, "\ndata: ")) {
        data += 7;
        ck_assert_int_eq(dialect_responses_follow(
                             &other.base, text_make(data, (size_t)(strchr(data, '\n') - data))),
                         0);
    }
    responses_take(&client, &out);
    go_on(&other, &client);
    ck_assert_str_eq(responses_said(json_array_get(json_object_get(client.last, "output"), 1)),
                     "Once upon");
    responses_client_done(&client);
    dialect_responses_writer_done(&ours.base);
    jsonform_done(&ours.base.form);
    dialect_responses_writer_done(&other.base);
    jsonform_done(&other.base.form);
    chat_delta_done(&delta);
    buf_done(&out);
}
END_TEST

static const char *const others[] = {
    ("{'type':'response.output_item.added','sequence_number':7,'output_index':2,'item':{'type':"
     "'function_call'}}"),
    "{'type':'response.output_text.delta','output_index':1,'delta':'a'}",
    "{'type':'response.output_text.delta','sequence_number':7,'output_index':9,'delta':'a'}",
    "{'type':'response.output_text.delta','sequence_number':7,'output_index':0,'delta':'a'}",
    "{'type':'response.output_item.done','sequence_number':7,'output_index':9,'item':{}}",
};

START_TEST(what_cannot_be_gone_on_with_is_told)
{
    struct dialect_responses_writer writer = a_writer();
    char *event = json_row_text(others[_i]);
    for (size_t i = 0; i < COUNT(begun); i++)
        follow(&writer, NULL, begun[i]);
    ck_assert_int_eq(dialect_responses_follow(&writer.base, text_of(event)), -ENOTSUP);
    dialect_responses_writer_done(&writer.base);
    jsonform_done(&writer.base.form);
    free(event);
}
END_TEST

/* o other, u uncertain, f finished, - nothing, x none of the API's */
static const struct {
    const char *event;
    const char *says;
    const char *text;
    enum chat_finish finish;
} saids[] = {
    {"{'type':'response.created','response':{'id':'resp_1','created_at':7}}", "-", "", 0},
    {"{'type':'response.output_text.delta','delta':'a\\n','logprobs':[]}", "-", "a\n", 0},
    {"{'type':'response.output_text.delta','delta':'a','logprobs':[{'token':'a'}]}", "u", "a", 0},
    {"{'type':'response.reasoning_summary_text.delta','delta':'a'}", "-", "", 0},
    {"{'type':'response.output_item.added','item':{'type':'message'}}", "-", "", 0},
    {"{'type':'response.output_item.added','item':{'type':'reasoning'}}", "-", "", 0},
    {"{'type':'response.output_item.added','item':{'type':'function_call'}}", "o", "", 0},
    {"{'type':'response.function_call_arguments.delta','delta':'a'}", "o", "", 0},
    {"{'type':'response.refusal.delta','delta':'a'}", "o", "", 0},
    {"{'type':'response.completed','response':{}}", "f", "", CHAT_FINISH_STOP},
    {"{'type':'response.incomplete','response':{'incomplete_details':{'reason':"
     "'max_output_tokens'}}}",
     "f", "", CHAT_FINISH_LENGTH},
    {"{'type':'response.incomplete','response':{'incomplete_details':{'reason':"
     "'content_filter'}}}",
     "f", "", CHAT_FINISH_FILTER},
    {"{'type':'response.failed'}", "u", "", 0},
    {"{'type':'error'}", "u", "", 0},
    {"{'choices':[]}", "u", "", 0},
    {"[DONE]", "x", "", 0},
    {"7", "x", "", 0},
};

START_TEST(what_an_event_says_is_known)
{
    struct dialect_said said;
    struct buf content;
    char *event = json_row_text(saids[_i].event);
    buf_init(&content, 64);
    int r = dialect_responses_said_read(text_of(event), &content, &said);
    ck_assert_int_eq(r, saids[_i].says[0] == 'x' ? -EPROTO : 0);
    ck_assert_int_eq(said.other, saids[_i].says[0] == 'o');
    ck_assert_int_eq(said.uncertain, saids[_i].says[0] == 'u');
    ck_assert_int_eq(said.finish, saids[_i].finish);
    ck_assert_str_eq(buf_text(&content).at, saids[_i].text);
    if (_i == 0) {
        ck_assert(text_equals(said.id, "\"resp_1\""));
        ck_assert_int_eq(said.created, 7);
    }
    buf_done(&content);
    free(event);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses_follow");
    TCase *tc = tcase_create("follow");
    tcase_add_test(tc, the_end_holds_what_both_have_told);
    tcase_add_test(tc, our_own_events_are_followed_too);
    tcase_add_loop_test(tc, what_cannot_be_gone_on_with_is_told, 0, ROWS(others));
    tcase_add_loop_test(tc, what_an_event_says_is_known, 0, ROWS(saids));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
