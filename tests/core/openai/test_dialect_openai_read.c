/* Answers of servers that speak OpenAI's dialect, each in its own way, as the neutral answer. */
#include "json_row.h"
#include "openai/dialect_openai.h"
#include "unit.h"

#define D(delta)       "{'choices':[{'index':0,'delta':{" delta "},'finish_reason':null}]}"
#define F(reason)      "{'choices':[{'index':0,'delta':{},'finish_reason':'" reason "'}]}"
#define C(index, more) "{'index':" index "," more "}"
#define FN(name, args) "'function':{'name':'" name "','arguments':'" args "'}"
#define ARGS(args)     "'function':{'arguments':'" args "'}"
#define CALLS(calls)   D("'tool_calls':[" calls "]")
#define USAGE                                                                                      \
    "{'choices':[],'usage':{'prompt_tokens':7,'completion_tokens':3,"                              \
    "'prompt_tokens_details':{'cached_tokens':5},"                                                 \
    "'completion_tokens_details':{'reasoning_tokens':2}}}"

/* What a chunk says in short: t text, r reasoning, b begin, m more, e end, f finish, u usage, d
 * done, ! class; chunks are told apart by |. */
static const struct {
    const char *name;
    const char *chunks; /* NUL-separated by \n */
    const char *says;
} rows[] = {
    {"a text",
     D("'role':'assistant','content':''") "\n" D("'content':'Hel'") "\n" D("'content':'lo'") "\n" F(
         "stop") "\n" USAGE "\n[DONE]",
     "|t(Hel)|t(lo)|f1|u(7,3,5,2)|d"},
    {"thoughts by two names",
     D("'reasoning_content':'a'") "\n" D("'reasoning':'b'") "\n" D(
         "'reasoning_content':'c','reasoning':'c'"),
     "r(a)|r(b)|r(c)"},
    {"content in parts",
     D("'content':[{'type':'thinking','thinking':[{'type':'text','text':'h'}]},{"
       "'type':'text','text':'t'}]"),
     "r(h)t(t)"},
    {"a call in pieces",
     CALLS(C("0", "'id':'c1','type':'function'," FN("f", ""))) "\n" CALLS(
         C("0", ARGS("{\\'x\\':"))) "\n" CALLS(C("0", ARGS("1}"))) "\n" F("tool_calls"),
     "b0(c1,f)|m0({\"x\":)|m0(1})|e0f4"},
    {"calls one after the other",
     CALLS(C("0", "'id':'a'," FN("f", "{}"))) "\n" CALLS(C("1", "'id':'b'," FN("g", "{}"))) "\n" F(
         "stop"),
     "b0(a,f)m0({})|e0b1(b,g)m1({})|e1f4"},
    {"all in one chunk",
     "{'choices':[{'delta':{'content':'a','tool_calls':[{'id':'a'," FN("f", "{}") "},{'id':'b'," FN(
         "g", "{}") "}]},'finish_reason':'tool_calls'}]}",
     "t(a)b0(a,f)m0({})e0b1(b,g)m1({})e1f4"},
    {"calls that all have the same index",
     CALLS(C("0", "'id':'a'," FN("f", "{}"))) "\n" CALLS(C("0", "'id':'b'," FN("g", "{}"))),
     "b0(a,f)m0({})|e0b1(b,g)m1({})"},
    {"an id and a name that come again",
     CALLS(C("0", "'id':'a'," FN("f", "{"))) "\n" CALLS(C("0", "'id':'a'," FN("f", "}"))),
     "b0(a,f)m0({)|m0(})"},
    {"calls without an index or an id, one after the other",
     CALLS("{" FN("f", "{}") "}") "\n" CALLS("{" FN("g", "{}") "}"), "b0(,f)m0({})|e0b1(,g)m1({})"},
    {"a piece of a call that has ended",
     CALLS(C("0", "'id':'a'," FN("f", "{}"))) "\n" CALLS(
         C("1", "'id':'b'," FN("g", "{}"))) "\n" CALLS(C("0", ARGS("}"))),
     "b0(a,f)m0({})|e0b1(b,g)m1({})|!protocol"},
    {"calls side by side",
     CALLS(C("0", "'id':'a'," FN("f", "")) "," C("1", "'id':'b'," FN("g", ""))) "\n" CALLS(C(
         "0",
         ARGS(
             "{\\'x\\':\\'}"))) "\n" CALLS(C("1",
                                             ARGS(
                                                 "{"))) "\n" CALLS(C("0",
                                                                     ARGS(
                                                                         "\\'}"))) "\n" CALLS(C("1",
                                                                                                ARGS(
                                                                                                    "}"))) "\n" F("tool_calls"),
     "b0(a,f)b1(b,g)|m0({\"x\":\"})|m1({)|m0(\"})|m1(})|e0e1f4"},
    {"a call that begins before another one is whole",
     CALLS(C("0", "'id':'a'," FN("f", "{"))) "\n" CALLS(
         C("1", "'id':'b'," FN("g", "{}"))) "\n" CALLS(C("0", ARGS("}"))),
     "b0(a,f)m0({)|b1(b,g)m1({})|m0(})"},
    {"a call without a name", CALLS(C("0", "'id':'a'," ARGS("{}"))), "!protocol"},
    {"a name behind its id", CALLS(C("0", "'id':'a'")) "\n" CALLS(C("0", FN("f", "{}"))),
     "|b0(,f)m0({})"},
    {"a call in the older form",
     D("'function_call':{'name':'f','arguments':''}") "\n" D(
         "'function_call':{'arguments':'{}'}") "\n" F("function_call"),
     "b0(,f)|m0({})|e0f4"},
    {"another choice that nobody asked for",
     D("'content':'a'") "\n{'choices':[{'index':1,'delta':{'content':'z'},'finish_reason':'stop'}]}"
                        "\n{'choices':[{'index':1,'delta':{'content':'z'}},{'index':0,'delta':{"
                        "'content':'b'}}]}",
     "t(a)||t(b)"},
    {"nothing of a call that has ended",
     CALLS(C("0", "'id':'a'," FN("f", "{}"))) "\n" CALLS(
         C("1", "'id':'b'," FN("g", "{}"))) "\n" CALLS(C("0", ARGS(""))),
     "b0(a,f)m0({})|e0b1(b,g)m1({})|"},
    {"[DONE] without a finish_reason", CALLS(C("0", "'id':'a'," FN("f", "{}"))) "\n[DONE]",
     "b0(a,f)m0({})|e0f4d"},
    {"a thought beside the other name's null", D("'reasoning_content':null,'reasoning':'b'"),
     "r(b)"},
    {"a message beside no delta", "{'choices':[{'delta':null,'message':{'content':'a'}}]}", "t(a)"},
    {"arguments as an object", CALLS("{'id':'a','function':{'name':'f','arguments':{'x':1}}}"),
     "b0(a,f)m0({\"x\":1})"},
    {"the limit in a call", CALLS(C("0", "'id':'a'," FN("f", "{"))) "\n" F("length"),
     "b0(a,f)m0({)|f3"},
    {"a filter", D("'content':'a'") "\n" F("content_filter"), "t(a)|f5"},
    {"a refusal", D("'refusal':'No.'") "\n" F("stop"), "t(No.)|f5"},
    {"null is nothing",
     "{'choices':[{'delta':{'content':null,'tool_calls':null,'refusal':null,"
     "'reasoning_content':null},'finish_reason':''}]}",
     ""},
    {"an error", D("'content':'a'") "\n{'error':{'message':'m','code':'rate_limit_exceeded'}}",
     "t(a)|!rate_limit"},
    {"an error inside a choice", "{'choices':[{'error':{'message':'m'},'delta':{}}]}", "!server"},
    {"a finish that tells of one", F("error"), "!server"},
    {"nothing at all", "[DONE]", "d!protocol"},
    {"what is no JSON", "hello\n" D("'content':'a'"), "|t(a)"},
    {"half a chunk", D("'content':'a'") "\n{'choices':[{'delta':{'content':'b\n", "t(a)|!protocol"},
};

static void say(struct buf *out, const struct chat_delta *delta, const struct answer_facts *facts)
{
    static const char letters[] = {[CHAT_PIECE_TEXT] = 't',
                                   [CHAT_PIECE_REASONING] = 'r',
                                   [CHAT_PIECE_CALL_BEGIN] = 'b',
                                   [CHAT_PIECE_CALL_MORE] = 'm',
                                   [CHAT_PIECE_CALL_END] = 'e'};
    int r = 0;
    for (size_t i = 0; i < delta->piece_count; i++) {
        const struct chat_piece *piece = &delta->pieces[i];
        char c = letters[piece->kind];
        bool call = piece->kind != CHAT_PIECE_TEXT && piece->kind != CHAT_PIECE_REASONING;
        r |= call ? buf_printf(out, "%c%zu", c, piece->call) : buf_printf(out, "%c", c);
        if (piece->kind == CHAT_PIECE_CALL_BEGIN)
            r |= buf_printf(out, "(%.*s,%.*s)", TEXT_ARG(piece->id), TEXT_ARG(piece->name));
        else if (piece->kind != CHAT_PIECE_CALL_END)
            r |= buf_printf(out, "(%.*s)", TEXT_ARG(piece->text));
    }
    if (delta->finish != CHAT_FINISH_NONE)
        r |= buf_printf(out, "f%d", (int)delta->finish);
    if (delta->usage.prompt >= 0)
        r |= buf_printf(out, "u(%d,%d,%d,%d)", (int)delta->usage.prompt,
                        (int)delta->usage.completion, (int)delta->usage.cached,
                        (int)delta->usage.reasoning);
    if (delta->done)
        r |= buf_append_string(out, "d");
    if (facts->failure != FAILURE_NONE)
        r |= buf_printf(out, "!%s", failure_word(facts->failure));
    ck_assert_int_eq(r, 0);
}

START_TEST(chunks_are_read)
{
    const struct dialect_provider *provider = dialect_openai.provider;
    struct answer_facts facts = answer_facts_none();
    struct chat_delta delta;
    struct buf said;
    char *chunks = json_row_text(rows[_i].chunks), *rest = NULL;
    void *reader = calloc(1, provider->reader_size);
    buf_init(&said, 65536);
    chat_delta_init(&delta);
    for (char *chunk = strtok_r(chunks, "\n", &rest); chunk; chunk = strtok_r(NULL, "\n", &rest)) {
        const struct dialect_event event = {.data = text_of(chunk)};
        if (chunk != chunks)
            ck_assert_int_eq(buf_append_string(&said, "|"), 0);
        provider->event_read(reader, &event, &delta, &facts);
        say(&said, &delta, &facts);
    }
    ck_assert_msg(strcmp(buf_text(&said).at, rows[_i].says) == 0, "%s: %s", rows[_i].name,
                  buf_text(&said).at);
    chat_delta_done(&delta);
    buf_done(&said);
    free(reader);
    free(chunks);
}
END_TEST

#define W(message, reason)                                                                         \
    "{'choices':[{'message':{'role':'assistant'," message "},'finish_reason':'" reason             \
    "'}],'usage':{'prompt_tokens':7,'completion_tokens':3}}"

static const struct {
    const char *name;
    const char *body;
    const char *says;
} wholes[] = {
    {"a text", W("'content':'a'", "stop"), "t(a)f1u(7,3,-1,-1)d"},
    {"thoughts and calls",
     W("'reasoning':'r','content':null,'tool_calls':[{'id':'a','type':"
       "'function'," FN("f", "{}") "}]",
       "tool_calls"),
     "r(r)b0(a,f)m0({})e0f4u(7,3,-1,-1)d"},
    {"the limit in a call",
     W("'content':null,'tool_calls':[{'id':'a'," FN("f", "{") "}]", "length"),
     "b0(a,f)m0({)f3u(7,3,-1,-1)d"},
    {"a call in the older form",
     W("'content':null,'function_call':{'name':'f','arguments':'{}'}", "function_call"),
     "b0(,f)m0({})e0f4u(7,3,-1,-1)d"},
    {"a call without a name", W("'tool_calls':[{'id':'a'," ARGS("{}") "}]", "tool_calls"),
     "u(7,3,-1,-1)d!protocol"},
    {"no reason to end", "{'choices':[{'message':{'content':'a'}}]}", "t(a)f1d"},
    {"an error", "{'error':{'message':'m','code':'insufficient_quota'}}", "!quota"},
    {"no choices", "{'choices':[]}", "!protocol"},
    {"a page", "<html></html>", "!protocol"},
};

START_TEST(whole_answers_are_read)
{
    struct answer_facts facts = answer_facts_none();
    struct chat_delta delta;
    struct buf said;
    char *body = json_row_text(wholes[_i].body);
    buf_init(&said, 65536);
    chat_delta_init(&delta);
    dialect_openai.provider->answer_read(text_of(body), &delta, &facts);
    say(&said, &delta, &facts);
    ck_assert_msg(strcmp(buf_text(&said).at, wholes[_i].says) == 0, "%s: %s", wholes[_i].name,
                  buf_text(&said).at);
    chat_delta_done(&delta);
    buf_done(&said);
    free(body);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_openai_read");
    TCase *tc = tcase_create("read");
    tcase_add_loop_test(tc, chunks_are_read, 0, ROWS(rows));
    tcase_add_loop_test(tc, whole_answers_are_read, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
