/* Lines and whole answers of Ollama, of both generations. */
#include <errno.h>

#include "json_row.h"
#include "ollama/dialect_ollama.h"
#include "unit.h"

#define MESSAGE(members) "{'model':'m','created_at':'2026-11-24T02:19:51.1Z','message':" members

static const struct {
    const char *name;
    const char *line;
    const char *content;
    const char *reasoning;
    enum chat_finish finish;
    int64_t prompt, completion;
    const char *logprobs;
} lines[] = {
    {"a piece of text", MESSAGE("{'role':'assistant','content':'Hel'},'done':false}"), "Hel", "",
     CHAT_FINISH_NONE, 0, 0, ""},
    {"a piece of thought",
     MESSAGE("{'role':'assistant','content':'','thinking':'Hm'},'done':false}"), "", "Hm",
     CHAT_FINISH_NONE, 0, 0, ""},
    {"escapes are decoded",
     MESSAGE("{'content':'\\u003cb\\u003e \\ud83d\\ude00\\n'},'done':false}"),
     "<b> \xf0\x9f\x98\x80\n", "", CHAT_FINISH_NONE, 0, 0, ""},
    {"content null", MESSAGE("{'content':null},'done':false}"), "", "", CHAT_FINISH_NONE, 0, 0, ""},
    {"the end",
     MESSAGE("{'role':'assistant','content':''},'done':true,'done_reason':'stop',"
             "'prompt_eval_count':26,'eval_count':298}"),
     "", "", CHAT_FINISH_STOP, 26, 298, ""},
    {"the end at the limit", MESSAGE("{'content':''},'done':true,'done_reason':'length'}"), "", "",
     CHAT_FINISH_LENGTH, 0, 0, ""},
    {"an end for a reason nobody knows",
     MESSAGE("{'content':''},'done':true,'done_reason':'moon'}"), "", "", CHAT_FINISH_STOP, 0, 0,
     ""},
    {"an end without a reason or a message", "{'model':'m','done':true}", "", "", CHAT_FINISH_STOP,
     0, 0, ""},
    {"text on the last line", MESSAGE("{'content':'all'},'done':true,'done_reason':'stop'}"), "all",
     "", CHAT_FINISH_STOP, 0, 0, ""},
    {"counts that are no counts",
     MESSAGE("{'content':''},'done':true,'prompt_eval_count':-3,'eval_count':"
             "99999999999999999999}"),
     "", "", CHAT_FINISH_STOP, 0, 0, ""},
    {"logprobs keep their bytes",
     MESSAGE("{'content':'a'},'done':false,'logprobs':[{'token':'a','logprob':-0.10}]}"), "a", "",
     CHAT_FINISH_NONE, 0, 0, "[{'token':'a','logprob':-0.10}]"},
    {"a piece of what is generated", "{'model':'m','response':'Hel','done':false}", "Hel", "",
     CHAT_FINISH_NONE, 0, 0, ""},
    {"a thought before it", "{'model':'m','response':'','thinking':'Hm','done':false}", "", "Hm",
     CHAT_FINISH_NONE, 0, 0, ""},
    {"its end",
     "{'model':'m','response':'','done':true,'done_reason':'length','context':[1,2],"
     "'prompt_eval_count':26,'eval_count':298}",
     "", "", CHAT_FINISH_LENGTH, 26, 298, ""},
    {"no logprobs", MESSAGE("{'content':'a'},'done':false,'logprobs':[]}"), "a", "",
     CHAT_FINISH_NONE, 0, 0, ""},
};

/* All that it says in pieces of that kind. */
static bool says(const struct chat_delta *delta, enum chat_piece_kind kind, size_t call,
                 const char *want)
{
    struct buf all;
    buf_init(&all, 4096);
    bool same = chat_join(delta, kind, call, &all) == 0 && text_equals(buf_text(&all), want);
    buf_done(&all);
    return same;
}

static void read_line(const char *line, struct chat_delta *delta, struct answer_facts *facts)
{
    const struct dialect_event event = {.data = text_of(line)};
    *facts = answer_facts_none();
    dialect_ollama_event_read(NULL, &event, delta, facts);
}

START_TEST(lines_are_read)
{
    struct chat_delta delta;
    struct answer_facts facts;
    char *line = json_row_text(lines[_i].line), *logprobs = json_row_text(lines[_i].logprobs);
    chat_delta_init(&delta);
    for (int again = 0; again < 2; again++) {
        read_line(line, &delta, &facts);
        ck_assert_msg(facts.failure == FAILURE_NONE, "%s: %s", lines[_i].name, facts.error.message);
        ck_assert_msg(says(&delta, CHAT_PIECE_TEXT, 0, lines[_i].content) &&
                          says(&delta, CHAT_PIECE_REASONING, 0, lines[_i].reasoning) &&
                          text_equals(delta.logprobs, logprobs) &&
                          delta.finish == lines[_i].finish &&
                          delta.done == (delta.finish != CHAT_FINISH_NONE) &&
                          delta.usage.prompt == (delta.done ? lines[_i].prompt : -1) &&
                          delta.usage.completion == (delta.done ? lines[_i].completion : -1) &&
                          delta.calls == 0,
                      "%s", lines[_i].name);
    }
    chat_delta_done(&delta);
    free(line);
    free(logprobs);
}
END_TEST

static const struct {
    const char *name;
    const char *calls;
    size_t count;
    const char *id, *function, *arguments; /* of the last */
} calls[] = {
    {"as 0.33 writes them",
     "[{'id':'call_abcd1234','function':{'index':0,'name':'w','arguments':{'city':'Paris'}}}]", 1,
     "call_abcd1234", "w", "{'city':'Paris'}"},
    {"without an id, as 0.24 and older", "[{'function':{'name':'w','arguments':{}}}]", 1, "", "w",
     "{}"},
    {"two of them",
     "[{'id':'a','function':{'name':'w','arguments':{}}},{'id':'b','function':{'name':'t',"
     "'arguments':{'z':'UTC'}}}]",
     2, "b", "t", "{'z':'UTC'}"},
    {"numbers keep every digit",
     "[{'function':{'name':'w','arguments':{'a':0.1,'b':12345678901234567890,'c':1E5}}}]", 1, "",
     "w", "{'a':0.1,'b':12345678901234567890,'c':1E5}"},
    {"Go's escapes of < > & are undone, others are not",
     "[{'function':{'name':'w','arguments':{'h':'\\u003cb\\u003e\\u0026\\n\\\\u003c\\u00e9'}}}]", 1,
     "", "w", "{'h':'<b>&\\n\\\\u003c\\u00e9'}"},
    {"no arguments", "[{'function':{'name':'w'}}]", 1, "", "w", "{}"},
    {"arguments null", "[{'function':{'name':'w','arguments':null}}]", 1, "", "w", "{}"},
    {"arguments as a string", "[{'function':{'name':'w','arguments':'{}'}}]", 1, "", "w", "{}"},
    {"more than the first room",
     "[{'function':{'name':'a'}},{'function':{'name':'b'}},{'function':{'name':'c'}},"
     "{'function':{'name':'d'}},{'function':{'name':'e'}}]",
     5, "", "e", "{}"},
};

START_TEST(tool_calls_are_read)
{
    struct chat_delta delta;
    struct answer_facts facts;
    struct buf line;
    char *json = json_row_text(calls[_i].calls), *arguments = json_row_text(calls[_i].arguments);
    buf_init(&line, 4096);
    ck_assert_int_eq(buf_printf(&line,
                                "{\"message\":{\"content\":\"\",\"tool_calls\":%s},"
                                "\"done\":false}",
                                json),
                     0);
    chat_delta_init(&delta);
    read_line(line.data, &delta, &facts);
    ck_assert_int_eq(facts.failure, FAILURE_NONE);
    ck_assert_uint_eq(delta.calls, calls[_i].count);
    ck_assert_uint_eq(delta.piece_count, 3 * calls[_i].count);
    const struct chat_piece *last = &delta.pieces[delta.piece_count - 3];
    ck_assert_msg(last->kind == CHAT_PIECE_CALL_BEGIN && text_equals(last->id, calls[_i].id) &&
                      text_equals(last->name, calls[_i].function) &&
                      says(&delta, CHAT_PIECE_CALL_MORE, calls[_i].count - 1, arguments),
                  "%s: %.*s", calls[_i].name, TEXT_ARG(last[1].text));
    chat_delta_done(&delta);
    buf_done(&line);
    free(json);
    free(arguments);
}
END_TEST

static const struct {
    const char *name;
    const char *body;
    const char *reason;
    bool whole_only;
    enum failure failure;
} broken[] = {
    {"nothing", "", "not JSON", false, FAILURE_PROTOCOL},
    {"cut JSON", "{'message':{'content':'a'", "not JSON", false, FAILURE_PROTOCOL},
    {"a web page", "<html>", "not JSON", false, FAILURE_PROTOCOL},
    {"an array", "[]", "no answer", false, FAILURE_PROTOCOL},
    {"an object of something else", "{'status':'pulling'}", "no answer", false, FAILURE_PROTOCOL},
    {"a message that is none", "{'message':'hi','done':false}", "no answer", false,
     FAILURE_PROTOCOL},
    {"arguments that are no object",
     "{'message':{'tool_calls':[{'function':{'name':'w','arguments':[1]}}]},'done':false}",
     "no JSON object", false, FAILURE_PROTOCOL},
    {"a call without a name", "{'message':{'tool_calls':[{'function':{}}]},'done':false}",
     "without the name", false, FAILURE_PROTOCOL},
    {"the model was only loaded", "{'message':{'content':''},'done':true,'done_reason':'load'}",
     "instead of answering", false, FAILURE_PROTOCOL},
    {"the model was unloaded", "{'message':{'content':''},'done':true,'done_reason':'unload'}",
     "instead of answering", false, FAILURE_PROTOCOL},
    {"a runner that gave up", "{'message':{'content':'ha ha'},'done':false}", "before its answer",
     true, FAILURE_PROTOCOL},
    {"an error", "{'error':'unexpected EOF'}", "unexpected EOF", false, FAILURE_SERVER},
    {"an error that says why", "{'error':'the input length exceeds the context length'}",
     "exceeds the context", false, FAILURE_CONTEXT},
    {"an error of nothing", "{'error':''}", "without a message", false, FAILURE_SERVER},
};

START_TEST(what_is_no_answer_is_told)
{
    struct chat_delta delta;
    struct answer_facts facts;
    char *body = json_row_text(broken[_i].body);
    chat_delta_init(&delta);
    if (!broken[_i].whole_only) {
        read_line(body, &delta, &facts);
        ck_assert_int_eq(facts.failure, broken[_i].failure);
        ck_assert_msg(strstr(facts.error.message, broken[_i].reason) != NULL, "%s",
                      facts.error.message);
    }
    facts = answer_facts_none();
    dialect_ollama_answer_read(text_of(body), &delta, &facts);
    const char *reason = body[0] ? broken[_i].reason : "is empty";
    ck_assert_int_eq(facts.failure, broken[_i].failure);
    ck_assert_msg(strstr(facts.error.message, reason) != NULL, "%s", facts.error.message);
    chat_delta_done(&delta);
    free(body);
}
END_TEST

/* ---- what went out */

static const struct {
    const char *name, *line;
    int r;
    const char *content;
    bool other, uncertain;
    enum chat_finish finish;
} said[] = {
    {"a text", MESSAGE("{'role':'assistant','content':'a\\u00e9'},'done':false}"), 0, "a\xc3\xa9",
     false, false, CHAT_FINISH_NONE},
    {"a text that is generated", "{'response':'a','done':false}", 0, "a", false, false,
     CHAT_FINISH_NONE},
    {"a thought is passed over", MESSAGE("{'content':'','thinking':'Hm'},'done':false}"), 0, "",
     false, false, CHAT_FINISH_NONE},
    {"a call is none", MESSAGE("{'content':'','tool_calls':[{}]},'done':false}"), 0, "", true,
     false, CHAT_FINISH_NONE},
    {"no call", MESSAGE("{'content':'a','tool_calls':[]},'done':false}"), 0, "a", false, false,
     CHAT_FINISH_NONE},
    {"logprobs could not be kept to", MESSAGE("{'content':'a'},'logprobs':[{}]}"), 0, "a", false,
     true, CHAT_FINISH_NONE},
    {"an error", "{'error':'x'}", 0, "", false, true, CHAT_FINISH_NONE},
    {"the end", MESSAGE("{'content':''},'done':true,'done_reason':'stop'}"), 0, "", false, false,
     CHAT_FINISH_STOP},
    {"the end at the limit", "{'response':'a','done':true,'done_reason':'length'}", 0, "a", false,
     false, CHAT_FINISH_LENGTH},
    {"a refusal", "{'response':'','done':true,'done_reason':'content_filter'}", 0, "", false, false,
     CHAT_FINISH_FILTER},
    {"an end without a reason", "{'done':true}", 0, "", false, false, CHAT_FINISH_STOP},
    {"no JSON", "{'done'", -EPROTO, "", false, false, CHAT_FINISH_NONE},
    {"no object", "[1]", -EPROTO, "", false, false, CHAT_FINISH_NONE},
};

START_TEST(what_a_line_said_is_known)
{
    char *line = json_row_text(said[_i].line);
    struct dialect_said got;
    struct buf content;
    buf_init(&content, 4096);
    int r = dialect_ollama_said_read(text_of(line), &content, &got);
    ck_assert_msg(r == said[_i].r, "%s: %d", said[_i].name, r);
    ck_assert_msg(text_equals(buf_text(&content), said[_i].content), "%s", said[_i].name);
    ck_assert_msg(got.other == said[_i].other && got.uncertain == said[_i].uncertain &&
                      got.finish == said[_i].finish && got.id.at == NULL,
                  "%s", said[_i].name);
    free(line);
    buf_done(&content);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_answer");
    TCase *tc = tcase_create("answers");
    tcase_add_loop_test(tc, lines_are_read, 0, ROWS(lines));
    tcase_add_loop_test(tc, tool_calls_are_read, 0, ROWS(calls));
    tcase_add_loop_test(tc, what_is_no_answer_is_told, 0, ROWS(broken));
    tcase_add_loop_test(tc, what_a_line_said_is_known, 0, ROWS(said));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
