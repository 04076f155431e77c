/* Anthropic's answers, whole and in events cut at every byte, as OpenAI's apps get them. */
#include "answer/relay.h"
#include "anthropic/anthropic_stream.h"
#include "anthropic/dialect_anthropic.h"
#include "json_row.h"
#include "text/count.h"
#include "unit.h"
#include "whole.h"

/* What an app has heard: all of it, joined. */
struct heard {
    char text[256], thought[256], calls[512];
    const char *finish;
    bool done, error;
};

static void add(char *to, size_t size, const char *more)
{
    size_t used = strlen(to);
    (void)snprintf(to + used, size - used, "%s", more ? more : "");
}

static const char *string_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* "id name|arguments;" */
static void hear_calls(struct heard *heard, const json_t *calls)
{
    size_t i;
    const json_t *call;
    json_array_foreach (calls, i, call) {
        const json_t *function = json_object_get(call, "function");
        if (string_of(call, "id")) {
            add(heard->calls, sizeof(heard->calls), heard->calls[0] ? ";" : "");
            add(heard->calls, sizeof(heard->calls), string_of(call, "id"));
            add(heard->calls, sizeof(heard->calls), " ");
        }
        if (string_of(function, "name")) {
            add(heard->calls, sizeof(heard->calls), string_of(function, "name"));
            add(heard->calls, sizeof(heard->calls), " ");
        }
        add(heard->calls, sizeof(heard->calls), string_of(function, "arguments"));
    }
}

static const char *static_word(const char *word)
{
    static const char *const words[] = {"stop", "length", "tool_calls", "content_filter"};
    for (size_t i = 0; word && i < COUNT(words); i++)
        if (strcmp(word, words[i]) == 0)
            return words[i];
    return NULL;
}

static void hear_choice(struct heard *heard, const json_t *choice, const char *member)
{
    const json_t *delta = json_object_get(choice, member);
    add(heard->text, sizeof(heard->text), string_of(delta, "content"));
    add(heard->thought, sizeof(heard->thought), string_of(delta, "reasoning_content"));
    hear_calls(heard, json_object_get(delta, "tool_calls"));
    if (string_of(choice, "finish_reason"))
        heard->finish = static_word(string_of(choice, "finish_reason"));
}

static struct heard hear(const char *out)
{
    struct heard heard = {0};
    for (const char *at = out; (at = strstr(at, "data: ")) != NULL; at++) {
        const char *data = at + 6;
        size_t len = strcspn(data, "\n");
        ck_assert(!heard.done);
        if (strncmp(data, "[DONE]", 6) == 0) {
            heard.done = true;
            continue;
        }
        json_t *event = json_loadb(data, len, 0, NULL);
        ck_assert_msg(event != NULL, "%s", data);
        heard.error = heard.error || json_object_get(event, "error");
        hear_choice(&heard, json_array_get(json_object_get(event, "choices"), 0), "delta");
        json_decref(event);
    }
    return heard;
}

static struct relay *translating(void)
{
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_anthropic,
        .identity = {.id = "chatcmpl-X", .model = "claude-x", .created = 1764000000},
        .include_usage = true};
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

#define WEATHER                                                                                    \
    CALL("1", "toolu_1", "f")                                                                      \
    MORE("1", "") MORE("1", "{\\'a\\'") MORE("1", ":\\'\\u00e9\\'}") STOP("1")

static const struct row {
    const char *name;
    const char *stream;
    const char *text, *thought, *calls; /* NULL = nothing */
    const char *finish;
} rows[] = {
    {"a text", HI_WHOLE, "Rain \xc3\xa9.", NULL, NULL, "stop"},
    {"a thought with its signature",
     START THOUGHT("0") THINK("0", "Let me ") THINK("0", "see.") SIGN("0") STOP("0") TEXT("1")
         SAY("1", "Rain.") STOP("1") ENDS("end_turn") OVER,
     "Rain.", "Let me see.", NULL, "stop"},
    {"a text and calls",
     START TEXT("0") SAY("0", "I look.") STOP("0") WEATHER CALL("2", "toolu_2", "now") STOP("2")
         ENDS("tool_use") OVER,
     "I look.", NULL, "toolu_1 f {\"a\":\"\xc3\xa9\"};toolu_2 now {}", "tool_calls"},
    {"a call whose input is told at once, and once more",
     START BLOCK("0", "'type':'tool_use','id':'t1','name':'f','input':{'a':1}")
         MORE("0", "{\\'a\\':1}") STOP("0") ENDS("tool_use") OVER,
     NULL, NULL, "t1 f {\"a\":1}", "tool_calls"},
    {"a call whose input is a text",
     START BLOCK("0", "'type':'tool_use','id':'t1','name':'f','input':'{\\'a\\':1}'") STOP("0")
         ENDS("tool_use") OVER,
     NULL, NULL, "t1 f {\"a\":1}", "tool_calls"},
    {"blocks that others do not know",
     START BLOCK("0", "'type':'server_tool_use','id':'s1','name':'web_search','input':{}")
         MORE("0", "{\\'q\\':1}") STOP("0")
             BLOCK("1", "'type':'web_search_tool_result','tool_use_id':'s1','content':[]") STOP("1")
                 BLOCK("2", "'type':'redacted_thinking','data':'x'") STOP("2") TEXT("3")
                     DELTA("3", "'type':'citations_delta','citation':{'cited_text':'c'}")
                         SAY("3", "a") STOP("3") ENDS("end_turn") OVER,
     "a", NULL, NULL, "stop"},
    {"events that are still to come", START EVENT("tomorrow", ",'x':1") HI ENDS("end_turn") OVER,
     "Rain \xc3\xa9.", NULL, NULL, "stop"},
    {"a block without its end", START TEXT("0") SAY("0", "a") WEATHER ENDS("tool_use") OVER, "a",
     NULL, "toolu_1 f {\"a\":\"\xc3\xa9\"}", "tool_calls"},
    {"a text that is there at the beginning",
     START BLOCK("0", "'type':'text','text':'a'") STOP("0") ENDS("end_turn") OVER, "a", NULL, NULL,
     "stop"},
    {"events without names",
     "data: {'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}\n\n"
     "data: {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'a'}}\n\n"
     "data: {'type':'message_delta','delta':{'stop_reason':'end_turn'}}\n\n"
     "data: {'type':'message_stop'}\n\n",
     "a", NULL, NULL, "stop"},
    {"max_tokens", START HI ENDS("max_tokens") OVER, "Rain \xc3\xa9.", NULL, NULL, "length"},
    {"the window", START HI ENDS("model_context_window_exceeded") OVER, "Rain \xc3\xa9.", NULL,
     NULL, "length"},
    {"a stop sequence", START HI ENDS("stop_sequence") OVER, "Rain \xc3\xa9.", NULL, NULL, "stop"},
    {"a pause", START HI ENDS("pause_turn") OVER, "Rain \xc3\xa9.", NULL, NULL, "stop"},
    {"a refusal", START ENDS("refusal") OVER, NULL, NULL, NULL, "content_filter"},
    {"a reason of tomorrow", START HI ENDS("of_tomorrow") OVER, "Rain \xc3\xa9.", NULL, NULL,
     "stop"},
};

static void compare(const char *name, const char *what, const char *got, const char *want)
{
    ck_assert_msg(strcmp(got, want ? want : "") == 0, "%s: %s: %s", name, what, got);
}

static void check_whole(const struct row *row, const struct relay *relay, const char *out)
{
    struct heard heard = hear(out);
    const struct answer_facts *facts = relay_facts(relay);
    ck_assert_msg(facts->failure == FAILURE_NONE, "%s: %s", row->name, facts->error.message);
    ck_assert(facts->done && facts->content && heard.done && !heard.error);
    compare(row->name, "text", heard.text, row->text);
    compare(row->name, "thought", heard.thought, row->thought);
    compare(row->name, "calls", heard.calls, row->calls);
    compare(row->name, "finish", heard.finish, row->finish);
    ck_assert_int_eq(facts->policy, strcmp(row->finish, "content_filter") == 0);
}

START_TEST(a_stream_says_the_same_however_it_is_cut)
{
    char *in = json_row_text(rows[_i].stream);
    for (size_t cut = 0; cut <= strlen(in); cut++) {
        struct relay *relay = translating();
        relay_feed(relay, text_make(in, cut));
        relay_feed(relay, text_of(in + cut));
        relay_end(relay, TRANSPORT_OK);
        check_whole(&rows[_i], relay, relay_out(relay)->data);
        relay_free(relay);
    }
    free(in);
}
END_TEST

/* Broken off at every byte: nothing that came whole is lost, and no half looks like a whole. */
static void check_half(const struct row *row, const char *in, size_t len, enum transport transport)
{
    struct relay *relay = translating();
    relay_feed(relay, text_make(in, len));
    relay_end(relay, transport);
    const struct answer_facts *facts = relay_facts(relay);
    const char *stop = strstr(in, "message_delta");
    bool told = stop && in + len > strstr(stop, "}}") && transport == TRANSPORT_OK;
    bool over = strstr(in, "message_stop") && len >= strlen(in) - 2;
    if (facts->failure != FAILURE_NONE)
        relay_break(relay);
    struct heard heard = hear(relay_out(relay)->data ? relay_out(relay)->data : "");
    ck_assert_msg(heard.done == (facts->failure == FAILURE_NONE), "%s at %zu", row->name, len);
    ck_assert_msg(heard.error != heard.done, "%s at %zu", row->name, len);
    ck_assert_msg(!heard.done || told || over, "%s at %zu looks whole", row->name, len);
    if (heard.done)
        check_whole(row, relay, relay_out(relay)->data);
    relay_free(relay);
}

START_TEST(no_half_looks_whole)
{
    char *in = json_row_text(rows[_i].stream);
    for (size_t len = 0; len < strlen(in); len++) {
        check_half(&rows[_i], in, len, TRANSPORT_OK);
        check_half(&rows[_i], in, len, TRANSPORT_RESET);
    }
    free(in);
}
END_TEST

START_TEST(usage_counts_the_cache)
{
    char *in = json_row_text(HI_WHOLE);
    struct relay *relay = translating();
    relay_feed(relay, text_of(in));
    ck_assert_int_eq(relay_facts(relay)->prompt_tokens, 16);
    ck_assert_int_eq(relay_facts(relay)->completion_tokens, 5);
    ck_assert_ptr_nonnull(strstr(relay_out(relay)->data,
                                 "\"prompt_tokens\":16,\"completion_tokens\":5,"
                                 "\"total_tokens\":21"));
    relay_free(relay);
    free(in);
}
END_TEST

static const struct {
    const char *name;
    const char *stream;
    enum transport transport;
    enum failure failure;
    bool content;
    const char *message;
} broken[] = {
    {"nothing", "", TRANSPORT_OK, FAILURE_PROTOCOL, false, "the stream ended"},
    {"pings only", START PING PING, TRANSPORT_OK, FAILURE_PROTOCOL, false, "the stream ended"},
    {"an error first", FAILS, TRANSPORT_OK, FAILURE_SERVER, false, "Overloaded"},
    {"an error after text", START TEXT("0") SAY("0", "a") FAILS, TRANSPORT_OK, FAILURE_SERVER, true,
     "Overloaded"},
    {"an error by its name alone", "event: error\ndata: {'error':{'message':'no'}}\n\n",
     TRANSPORT_OK, FAILURE_SERVER, false, "no"},
    {"a limit", EVENT("error", ",'error':{'type':'rate_limit_error','message':'slower'}"),
     TRANSPORT_OK, FAILURE_RATE_LIMIT, false, "slower"},
    {"no credit", EVENT("error", ",'error':{'type':'billing_error','message':'pay'}"), TRANSPORT_OK,
     FAILURE_QUOTA, false, "pay"},
    {"too long",
     EVENT("error", ",'error':{'type':'invalid_request_error','message':"
                    "'prompt is too long: 208310 tokens > 200000 maximum'}"),
     TRANSPORT_OK, FAILURE_CONTEXT, false, "prompt is too long"},
    {"no JSON", "data: {'type':\n\n", TRANSPORT_OK, FAILURE_PROTOCOL, false, "not JSON"},
    {"a web page", "<html>\n\n<body>", TRANSPORT_OK, FAILURE_PROTOCOL, false, "ended"},
    {"a piece of another block", START TEXT("0") SAY("1", "a"), TRANSPORT_OK, FAILURE_PROTOCOL,
     false, "not open"},
    {"a piece without a block", START SAY("0", "a") ENDS("end_turn") OVER, TRANSPORT_OK,
     FAILURE_PROTOCOL, false, "not open"},
    {"a piece behind its block", START TEXT("0") SAY("0", "a") STOP("0") SAY("0", "b"),
     TRANSPORT_OK, FAILURE_PROTOCOL, true, "not open"},
    {"a call without a name", START BLOCK("0", "'type':'tool_use','id':'t1','input':{}"),
     TRANSPORT_OK, FAILURE_PROTOCOL, false, "name of a tool"},
    {"an input that is no object",
     START BLOCK("0", "'type':'tool_use','id':'t1','name':'f','input':[1]"), TRANSPORT_OK,
     FAILURE_PROTOCOL, false, "no JSON object"},
    {"silence", START TEXT("0") SAY("0", "a"), TRANSPORT_IDLE_TIMEOUT, FAILURE_TIMEOUT, true,
     "silence"},
    {"a reset before message_stop", START HI ENDS("end_turn"), TRANSPORT_RESET, FAILURE_NETWORK,
     true, "reset"},
    {"a clean end before message_stop", START HI ENDS("end_turn"), TRANSPORT_OK, FAILURE_NONE, true,
     ""},
    {"silence before message_stop", START HI ENDS("end_turn"), TRANSPORT_IDLE_TIMEOUT, FAILURE_NONE,
     true, ""},
};

START_TEST(a_stream_that_fails_says_why)
{
    char *in = json_row_text(broken[_i].stream);
    struct relay *relay = translating();
    relay_feed(relay, text_of(in));
    relay_end(relay, broken[_i].transport);
    const struct answer_facts *facts = relay_facts(relay);
    ck_assert_msg(facts->failure == broken[_i].failure, "%s: %s %s", broken[_i].name,
                  failure_word(facts->failure), facts->error.message);
    ck_assert_msg(facts->content == broken[_i].content, "%s", broken[_i].name);
    ck_assert_msg(strstr(facts->error.message, broken[_i].message) != NULL, "%s: %s",
                  broken[_i].name, facts->error.message);
    relay_free(relay);
    free(in);
}
END_TEST

/* ---- whole */

#define WHOLE(content, reason)                                                                     \
    "{'model':'claude-x','id':'msg_01','type':'message','role':'assistant','content':[" content    \
    "],'stop_reason':" reason ",'stop_sequence':null,'usage':{'input_tokens':9,"                   \
    "'cache_creation_input_tokens':3,'cache_read_input_tokens':4,'output_tokens':5}}"

static const struct {
    const char *name;
    const char *body;
    enum failure failure;
    const char *want; /* of the first choice; or a part of the reason */
} wholes[] = {
    {"a text", WHOLE("{'type':'text','text':'Rain \\u00e9.'}", "'end_turn'"), FAILURE_NONE,
     "{'content':'Rain \\u00e9.','finish':'stop'}"},
    {"two texts", WHOLE("{'type':'text','text':'a'},{'type':'text','text':'b'}", "'end_turn'"),
     FAILURE_NONE, "{'content':'ab','finish':'stop'}"},
    {"a thought",
     WHOLE("{'type':'thinking','thinking':'hm','signature':'x'},{'type':'text','text':'a'}",
           "'max_tokens'"),
     FAILURE_NONE, "{'content':'a','reasoning_content':'hm','finish':'length'}"},
    {"calls",
     WHOLE("{'type':'tool_use','id':'t1','name':'f','input':{'a': 1.50}},"
           "{'type':'tool_use','id':'t2','name':'g','input':{}}",
           "'tool_use'"),
     FAILURE_NONE,
     "{'content':null,'finish':'tool_calls','tool_calls':[{'id':'t1','type':'function','function':"
     "{'name':'f','arguments':'{\\'a\\': 1.50}'}},{'id':'t2','type':'function','function':"
     "{'name':'g','arguments':'{}'}}]}"},
    {"nothing", WHOLE("", "'end_turn'"), FAILURE_NONE, "{'content':'','finish':'stop'}"},
    {"a refusal", WHOLE("", "'refusal'"), FAILURE_NONE, "{'finish':'content_filter'}"},
    {"no reason", WHOLE("{'type':'text','text':'a'}", "null"), FAILURE_NONE,
     "{'content':'a','finish':'stop'}"},
    {"an error", "{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}",
     FAILURE_SERVER, "Overloaded"},
    {"another object", "{'choices':[]}", FAILURE_PROTOCOL, "no answer"},
    {"no object", "[1]", FAILURE_PROTOCOL, "no answer"},
    {"half", "{'type':'message','content':[", FAILURE_PROTOCOL, "not JSON"},
    {"no body", "", FAILURE_PROTOCOL, "empty"},
    {"a web page", "<html></html>", FAILURE_PROTOCOL, "not JSON"},
};

START_TEST(a_whole_answer_says_the_same)
{
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_anthropic,
        .identity = {.id = "chatcmpl-X", .model = "claude-x", .created = 1764000000}};
    struct answer_facts facts = answer_facts_none();
    struct buf out;
    buf_init(&out, 1 << 20);
    char *body = json_row_text(wholes[_i].body);
    whole_relay(&options, "application/json", text_of(body), &out, &facts);
    ck_assert_msg(facts.failure == wholes[_i].failure, "%s: %s", wholes[_i].name,
                  facts.error.message);
    if (facts.failure != FAILURE_NONE) {
        ck_assert_msg(strstr(facts.error.message, wholes[_i].want) != NULL, "%s: %s",
                      wholes[_i].name, facts.error.message);
    } else {
        json_t *json = json_loadb(out.data, out.len, 0, NULL);
        json_t *choice = json_array_get(json_object_get(json, "choices"), 0);
        json_t *message = json_object_get(choice, "message");
        json_object_set(message, "finish", json_object_get(choice, "finish_reason"));
        json_row_compare(wholes[_i].name, message, wholes[_i].want);
        ck_assert_int_eq(facts.prompt_tokens, 16);
        json_decref(json);
    }
    free(body);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_read");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, a_stream_says_the_same_however_it_is_cut, 0, ROWS(rows));
    tcase_add_loop_test(tc, no_half_looks_whole, 0, ROWS(rows));
    tcase_add_test(tc, usage_counts_the_cache);
    tcase_add_loop_test(tc, a_stream_that_fails_says_why, 0, ROWS(broken));
    tcase_add_loop_test(tc, a_whole_answer_says_the_same, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
