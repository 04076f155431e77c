/* Answers of the Responses API: every event in its order, and the whole that they make. */
#include <errno.h>
#include <stdio.h>

#include "json_row.h"
#include "responses/dialect_responses.h"
#include "responses/responses_client.h"
#include "text/count.h"
#include "unit.h"

static const char asked[] =
    "{\"model\":\"x\",\n \"input\":\"hi\", \"temperature\":0.50,\"metadata\":{\"a\" : \"b\\n\"},"
    "\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"custom\",\"name\":\"patch\"},"
    "{\"type\":\"namespace\",\"name\":\"mcp__a__\",\"tools\":[{\"type\":\"function\",\"name\":"
    "\"g\"}]}]}";

/* A row tells pieces in short: t:text r:reasoning b:call,id,name B: the same of a custom tool
 * m:call,more e:call, and f:finish; one of | begins another event. */
struct story {
    const char *name;
    const char *pieces;
    const char *types;  /* of the events behind in_progress, without "response." */
    const char *output; /* of the response at the end */
    const char *status;
    bool one_call;
};

#define MESSAGE(n, said)                                                                           \
    "{'id':'msg_X_" n "','type':'message','status':'completed','role':'assistant','content':[{"    \
    "'type':'output_text','text':'" said "','annotations':[],'logprobs':[]}]}"
#define THOUGHT(n, said)                                                                           \
    "{'id':'rs_X_" n "','type':'reasoning','summary':[{'type':'summary_text','text':'" said "'}]}"
#define BEGIN    " output_item.added "
#define TEXTS(n) BEGIN "content_part.added" n " output_text.done content_part.done output_item.done"
#define ONE      " output_text.delta"
#define THOUGHTS                                                                                   \
    BEGIN "reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done " \
          "reasoning_summary_part.done output_item.done"
#define CALL(n) BEGIN n "function_call_arguments.done output_item.done"
#define MORE    "function_call_arguments.delta "

static const struct story stories[] = {
    {"nothing at all", "f:stop", "completed", "[]", "completed", false},
    {"a text in pieces", "t:Hel|t:lo|f:stop", TEXTS(ONE ONE) " completed",
     "[" MESSAGE("0", "Hello") "]", "completed", false},
    {"pieces of nothing are no events", "t:|t:a|t:|f:stop", TEXTS(ONE) " completed",
     "[" MESSAGE("0", "a") "]", "completed", false},
    {"a thought, then a text", "r:hm|t:a|f:stop", THOUGHTS TEXTS(ONE) " completed",
     "[" THOUGHT("0", "hm") "," MESSAGE("1", "a") "]", "completed", false},
    {"all in one event", "r:hm t:a b:0,c1,f m:0,{'x':1} e:0 f:stop",
     THOUGHTS TEXTS(ONE) CALL(MORE) " completed",
     "[" THOUGHT("0", "hm") "," MESSAGE(
         "1", "a") ",{'id':'fc_X_2','type':'function_call',"
                   "'status':'completed','arguments':'{\\'x\\':1}','call_id':'c1','name':'f'}]",
     "completed", false},
    {"a thought between texts makes two messages", "t:a|r:hm|t:b|f:stop",
     TEXTS(ONE) THOUGHTS TEXTS(ONE) " completed",
     "[" MESSAGE("0", "a") "," THOUGHT("1", "hm") "," MESSAGE("2", "b") "]", "completed", false},
    {"a call without an id and arguments", "b:0,,f|e:0|f:calls", CALL(MORE) " completed",
     "[{'id':'fc_X_0','type':'function_call','status':'completed','arguments':'{}',"
     "'call_id':'call_X_0','name':'f'}]",
     "completed", false},
    {"a tool of a group", "b:0,c,mcp__a__g m:0,{} e:0 f:calls", CALL(MORE) " completed",
     "[{'id':'fc_X_0','type':'function_call','status':'completed','arguments':'{}','call_id':'c',"
     "'name':'g','namespace':'mcp__a__'}]",
     "completed", false},
    {"a tool that nobody offered", "b:0,c,h m:0,{} e:0 f:calls", CALL(MORE) " completed",
     "[{'id':'fc_X_0','type':'function_call','status':'completed','arguments':'{}','call_id':'c',"
     "'name':'h'}]",
     "completed", false},
    {"two calls side by side", "b:0,c,f b:1,d,f|m:0,{ m:1,{|m:1,} m:0,}|e:1 e:0|f:calls",
     BEGIN BEGIN MORE MORE MORE MORE "function_call_arguments.done output_item.done "
                                     "function_call_arguments.done output_item.done completed",
     "[{'id':'fc_X_0','type':'function_call','status':'completed','arguments':'{}','call_id':'c',"
     "'name':'f'},{'id':'fc_X_1','type':'function_call','status':'completed','arguments':'{}',"
     "'call_id':'d','name':'f'}]",
     "completed", false},
    {"only the first call where one was asked for",
     "b:0,c,f m:0,{} e:0 b:1,d,f m:1,{'x':1} e:1 f:calls", CALL(MORE) " completed",
     "[{'id':'fc_X_0','type':'function_call','status':'completed','arguments':'{}','call_id':'c',"
     "'name':'f'}]",
     "completed", true},
    {"a call that nobody ended", "b:0,c,f m:0,{}|f:calls", CALL(MORE) " completed",
     "[{'id':'fc_X_0','type':'function_call','status':'completed','arguments':'{}','call_id':'c',"
     "'name':'f'}]",
     "completed", false},
    {"the limit in a text", "t:a|f:length", TEXTS(ONE) " incomplete",
     "[{'id':'msg_X_0','type':'message','status':'incomplete','role':'assistant','content':[{"
     "'type':'output_text','text':'a','annotations':[],'logprobs':[]}]}]",
     "incomplete", false},
    {"the limit in a call: it is never done", "t:a b:0,c,f m:0,{'x'|f:length",
     TEXTS(ONE) BEGIN MORE " incomplete",
     "[" MESSAGE("0", "a") ",{'id':'fc_X_1','type':'function_call','status':'incomplete',"
                           "'arguments':'{\\'x\\'','call_id':'c','name':'f'}]",
     "incomplete", false},
    {"a refusal", "t:a|f:filter", TEXTS(ONE) " incomplete",
     "[{'id':'msg_X_0','type':'message','status':'incomplete','role':'assistant','content':[{"
     "'type':'output_text','text':'a','annotations':[],'logprobs':[]}]}]",
     "incomplete", false},
    {"a custom tool that was asked for as a function",
     "b:0,c,patch m:0,{'inp|m:0,ut':'a\\nb'}|e:0|f:calls",
     BEGIN "custom_tool_call_input.delta custom_tool_call_input.done output_item.done completed",
     "[{'id':'ctc_X_0','type':'custom_tool_call','status':'completed','input':'a\\nb',"
     "'call_id':'c','name':'patch'}]",
     "completed", false},
    {"a custom tool's only argument by another name", "b:0,c,patch m:0,{'patch':'p'} e:0 f:calls",
     BEGIN "custom_tool_call_input.delta custom_tool_call_input.done output_item.done completed",
     "[{'id':'ctc_X_0','type':'custom_tool_call','status':'completed','input':'p','call_id':'c',"
     "'name':'patch'}]",
     "completed", false},
    {"a custom tool with what is no input", "b:0,c,patch m:0,{'a':1} e:0 f:calls",
     BEGIN "custom_tool_call_input.delta custom_tool_call_input.done output_item.done completed",
     "[{'id':'ctc_X_0','type':'custom_tool_call','status':'completed','input':'{\\'a\\':1}',"
     "'call_id':'c','name':'patch'}]",
     "completed", false},
    {"a custom tool called as one", "B:0,c,patch m:0,a|m:0,b e:0 f:calls",
     BEGIN "custom_tool_call_input.delta custom_tool_call_input.delta "
           "custom_tool_call_input.done output_item.done completed",
     "[{'id':'ctc_X_0','type':'custom_tool_call','status':'completed','input':'ab','call_id':'c',"
     "'name':'patch'}]",
     "completed", false},
};

static enum chat_finish finish_of(const char *word)
{
    static const struct {
        const char *word;
        enum chat_finish finish;
    } words[] = {{"stop", CHAT_FINISH_STOP},
                 {"length", CHAT_FINISH_LENGTH},
                 {"calls", CHAT_FINISH_TOOL_CALLS},
                 {"filter", CHAT_FINISH_FILTER}};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].finish;
    ck_abort_msg("no such finish: %s", word);
}

/* "0,rest": the number of a call, and what stands behind it. */
static const char *call_number(const char *at, size_t *ret)
{
    *ret = (size_t)strtoul(at, NULL, 10);
    const char *comma = strchr(at, ',');
    return comma ? comma + 1 : "";
}

static void add(struct chat_delta *delta, const char *word)
{
    static const struct {
        char c;
        enum chat_piece_kind kind;
    } kinds[] = {{'t', CHAT_PIECE_TEXT},       {'r', CHAT_PIECE_REASONING},
                 {'b', CHAT_PIECE_CALL_BEGIN}, {'B', CHAT_PIECE_CALL_BEGIN},
                 {'m', CHAT_PIECE_CALL_MORE},  {'e', CHAT_PIECE_CALL_END}};
    const char *rest = word + 2;
    if (word[0] == 'f') {
        delta->finish = finish_of(rest);
        return;
    }
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (kinds[i].c != word[0])
            continue;
        struct chat_piece *piece = chat_add_piece(delta, kinds[i].kind);
        if (piece->kind != CHAT_PIECE_TEXT && piece->kind != CHAT_PIECE_REASONING)
            rest = call_number(rest, &piece->call);
        piece->text = text_of(rest);
        if (piece->kind == CHAT_PIECE_CALL_BEGIN) {
            const char *comma = strchr(rest, ',');
            piece->text = (struct text){0};
            piece->id = text_make(rest, (size_t)(comma - rest));
            piece->name = text_of(comma + 1);
            piece->custom = word[0] == 'B';
        }
    }
}

static struct dialect_responses_writer a_writer(const struct story *story)
{
    return (struct dialect_responses_writer){
        .base = {.identity = {.id = "resp_X", .model = "m", .created = 1700000000},
                 .request = text_of(asked),
                 .one_call = story->one_call}};
}

/* The pieces, told in one event where whole, else as the row says. The text is cut up. */
static void tell(char *pieces, struct dialect_responses_writer *writer,
                 struct responses_client *client, struct buf *out)
{
    struct chat_delta delta;
    char *rest = NULL, *more = NULL;
    chat_delta_init(&delta);
    for (char *event = strtok_r(pieces, "|", &rest); event; event = strtok_r(NULL, "|", &rest)) {
        for (char *word = strtok_r(event, " ", &more); word; word = strtok_r(NULL, " ", &more))
            add(&delta, word);
        if (client) {
            ck_assert_int_eq(dialect_responses_event_write(&writer->base, &delta, out), 0);
            responses_take(client, out);
            chat_delta_reset(&delta);
        }
    }
    delta.usage.prompt = 7;
    delta.usage.completion = 3;
    if (!client)
        ck_assert_int_eq(dialect_responses_answer_write(&writer->base, &delta, out), 0);
    chat_delta_done(&delta);
}

/* "a b" is what the events are called behind the first two. */
static void check_types(const struct story *story, const json_t *types)
{
    char *words = strdup(story->types), *rest = NULL;
    size_t i = 2;
    ck_assert_str_eq(json_string_value(json_array_get(types, 0)), "response.created");
    ck_assert_str_eq(json_string_value(json_array_get(types, 1)), "response.in_progress");
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest), i++) {
        const char *type = json_string_value(json_array_get(types, i));
        ck_assert_msg(type && strcmp(type + strlen("response."), word) == 0,
                      "%s: event %zu is %s, not %s", story->name, i, type ? type : "none", word);
    }
    ck_assert_msg(json_array_size(types) == i, "%s: more events than %zu", story->name, i);
    free(words);
}

static void check_response(const struct story *story, const json_t *response)
{
    size_t len = strlen(story->output) + 32;
    char *want = malloc(len);
    (void)snprintf(want, len, "{'output':%s}", story->output);
    json_row_compare(story->name, response, want);
    ck_assert_str_eq(responses_string(response, "status"), story->status);
    free(want);
}

START_TEST(a_stream_is_told_event_by_event)
{
    const struct story *story = &stories[_i];
    struct dialect_responses_writer writer = a_writer(story);
    struct responses_client client;
    struct buf out;
    char *pieces = json_row_text(story->pieces);
    buf_init(&out, 1 << 20);
    responses_client_init(&client);
    tell(pieces, &writer, &client, &out);
    ck_assert_msg(client.last != NULL, "%s: it has no end", story->name);
    check_types(story, client.types);
    check_response(story, client.last);
    responses_client_done(&client);
    dialect_responses_writer_done(&writer.base);
    jsonform_done(&writer.base.form);
    buf_done(&out);
    free(pieces);
}
END_TEST

START_TEST(a_whole_answer_is_what_the_stream_ends_with)
{
    const struct story *story = &stories[_i];
    struct dialect_responses_writer writer = a_writer(story);
    struct buf out;
    char *pieces = json_row_text(story->pieces);
    buf_init(&out, 1 << 20);
    tell(pieces, &writer, NULL, &out);
    json_t *response = json_loadb(out.data, out.len, 0, NULL);
    check_response(story, response);
    json_row_compare(story->name, response,
                     "{'usage':{'input_tokens':7,'input_tokens_details':{'cached_tokens':0,"
                     "'cache_write_tokens':0},'output_tokens':3,'output_tokens_details':{"
                     "'reasoning_tokens':0},'total_tokens':10}}");
    json_decref(response);
    dialect_responses_writer_done(&writer.base);
    jsonform_done(&writer.base.form);
    buf_done(&out);
    free(pieces);
}
END_TEST

START_TEST(logprobs_stand_beside_their_piece_and_in_the_whole)
{
    static const struct story story = {.name = "logprobs"};
    struct dialect_responses_writer writer = a_writer(&story);
    struct chat_delta delta;
    struct buf out;
    buf_init(&out, 1 << 20);
    chat_delta_init(&delta);
    for (int i = 0; i < 2; i++) {
        chat_delta_reset(&delta);
        ck_assert_int_eq(chat_say(&delta, CHAT_PIECE_TEXT, text_of(i ? "b" : "a")), 0);
        delta.logprobs = text_of(i ? "[{\"token\":\"b\",\"logprob\":-2}]"
                                   : "[{\"token\":\"a\",\"logprob\":-1,\"bytes\":[97]}]");
        ck_assert_int_eq(dialect_responses_event_write(&writer.base, &delta, &out), 0);
        ck_assert_ptr_nonnull(strstr(out.data, i ? "\"delta\":\"b\",\"logprobs\":[{\"token\":\"b\""
                                                 : "\"delta\":\"a\",\"logprobs\":[{\"token\":"
                                                   "\"a\""));
        buf_reset(&out);
    }
    chat_delta_reset(&delta);
    delta.finish = CHAT_FINISH_STOP;
    ck_assert_int_eq(dialect_responses_event_write(&writer.base, &delta, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.data, "\"logprobs\":[{\"token\":\"a\",\"logprob\":-1,"
                                           "\"bytes\":[97],\"top_logprobs\":[]},{\"token\":\"b\""));
    chat_delta_done(&delta);
    dialect_responses_writer_done(&writer.base);
    jsonform_done(&writer.base.form);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_responses_answer");
    TCase *tc = tcase_create("answer");
    tcase_add_loop_test(tc, a_stream_is_told_event_by_event, 0, ROWS(stories));
    tcase_add_loop_test(tc, a_whole_answer_is_what_the_stream_ends_with, 0, ROWS(stories));
    tcase_add_test(tc, logprobs_stand_beside_their_piece_and_in_the_whole);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
