/*
 * A dialect that no source knows goes the whole way: requests, whole answers, streams, errors and
 * cuts, as an app's and as a provider's, passed on and translated.
 */
#include <errno.h>

#include "answer/relay.h"
#include "dialect/dialect.h"
#include "json_row.h"
#include "toy_dialect.h"
#include "toy_kind.h"
#include "unit.h"
#include "whole.h"

START_TEST(its_kind_speaks_it)
{
    ck_assert_ptr_eq(dialect_by_word("toy"), &dialect_toy);
    ck_assert_ptr_eq(dialect_spoken(&kind_toy, API_PATH_CHAT), &dialect_toy);
    ck_assert(dialect_translates(&kind_toy, API_PATH_CHAT));
    ck_assert(!dialect_translates(&kind_toy, API_PATH_EMBEDDINGS));
}
END_TEST

static const struct {
    const char *name;
    const struct dialect *app, *speaks;
    const char *body, *want; /* with ' for "; want NULL = refused */
    const char *dropped;
} requests[] = {
    {"OpenAI's app asks a box", &dialect_openai, &dialect_toy,
     "{'messages':[{'role':'system','content':'s'},{'role':'user','content':[{'type':'text','text':"
     "'a'},{'type':'text','text':'b'}]}],'stream':true,'seed':1,'frob':2}",
     "{'bricks':'m','flow':true,'say':['system','s','user','a\\nb']}", "frob"},
    {"what it cannot answer", &dialect_openai, &dialect_toy,
     "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':"
     "'data:image/png;base64,AAAA'}}]}]}",
     NULL, ""},
    {"a toy asks Ollama", &dialect_toy, &dialect_ollama,
     "{'say':['user','hi','box','ho'],'flow':true}",
     "{'model':'m','messages':[{'role':'user','content':'hi'},{'role':'assistant','content':'ho'}],"
     "'stream':true}",
     ""},
    {"a toy asks a box", &dialect_toy, &dialect_toy, "{'say':['user','hi']}",
     "{'bricks':'m','flow':false,'say':['user','hi']}", ""},
    {"a toy says nothing", &dialect_toy, &dialect_ollama, "{'say':[]}", NULL, ""},
};

START_TEST(requests_are_translated)
{
    const struct dialect_target target = {
        .app = requests[_i].app, .speaks = requests[_i].speaks, .model = "m"};
    struct error why = ERROR_NONE;
    struct buf out, dropped;
    char *body = json_row_text(requests[_i].body);
    buf_init(&out, 1 << 16);
    buf_init(&dropped, DIALECT_DROPPED_MAX);
    int r = dialect_translate_request(text_of(body), &target, &out, &dropped, &why);
    ck_assert_msg(r == (requests[_i].want ? 0 : -EINVAL), "%s: %d", requests[_i].name, r);
    ck_assert_int_eq(error_is_set(&why), r < 0);
    if (requests[_i].want) {
        json_t *got = json_loadb(out.data, out.len, 0, NULL);
        json_row_compare(requests[_i].name, got, requests[_i].want);
        json_decref(got);
        ck_assert_msg(text_equals(buf_text(&dropped), requests[_i].dropped), "%s: %s",
                      requests[_i].name, dropped.data);
    }
    free(body);
    buf_done(&out);
    buf_done(&dropped);
}
END_TEST

#define CHUNK(delta, finish)                                                                       \
    "data: {'id':'i','object':'chat.completion.chunk','created':1,'model':'m',"                    \
    "'system_fingerprint':null,'choices':[{'index':0,'delta':{" delta                              \
    "},'logprobs':null,'finish_reason':" finish "}]}\n\n"
#define ROLE CHUNK("'role':'assistant','content':'','refusal':null", "null")
#define BREAK(message)                                                                             \
    "data: {'error':{'message':'" message                                                          \
    "','type':'upstream_error','param':null,'code':'stream_incomplete'}}\n\n"
#define OLLAMA(text) "{'message':{'content':'" text "'},'done':false}\n"
#define OLLAMA_END                                                                                 \
    "{'message':{'content':''},'done':true,'done_reason':'stop','prompt_eval_count':3,"            \
    "'eval_count':2}\n"
#define CUT "the stream ended before the answer was finished"

static const struct {
    const char *name;
    const struct dialect *app, *from;
    const char *in;
    enum transport transport;
    const char *out; /* with the error that ends it, where it failed after content */
    enum failure failure;
    int64_t prompt, completion;
} streams[] = {
    {"a box answers OpenAI's app", &dialect_openai, &dialect_toy,
     "['think','hm']\n['say','hi']\n['build','f',{'x':1}]\n['bye',5,7]\n", TRANSPORT_OK,
     ROLE CHUNK("'reasoning_content':'hm','reasoning':'hm'", "null") CHUNK("'content':'hi'", "null")
         CHUNK("'tool_calls':[{'index':0,'id':'call_i_0','type':'function','function':{'name':'f',"
               "'arguments':'{\\'x\\':1}'}}]",
               "null") CHUNK("", "'tool_calls'") "data: [DONE]\n\n",
     FAILURE_NONE, 5, 7},
    {"the last line lacks its end", &dialect_openai, &dialect_toy, "['say','hi']\n['bye',5,7]",
     TRANSPORT_RESET, ROLE CHUNK("'content':'hi'", "null") CHUNK("", "'stop'") "data: [DONE]\n\n",
     FAILURE_NONE, 5, 7},
    {"how it ended comes before what it took", &dialect_openai, &dialect_toy,
     "['say','hi']\n['full']\n['bye',5,7]\n", TRANSPORT_RESET,
     ROLE CHUNK("'content':'hi'", "null") CHUNK("", "'length'") "data: [DONE]\n\n", FAILURE_NONE, 5,
     7},
    {"what it took is told early, and kept", &dialect_openai, &dialect_toy,
     "['took',5]\n['say','hi']\n['bye']\n", TRANSPORT_OK,
     ROLE CHUNK("'content':'hi'", "null") CHUNK("", "'stop'") "data: [DONE]\n\n", FAILURE_NONE, 5,
     -1},
    {"nothing but bye is missing", &dialect_openai, &dialect_toy, "['say','hi']\n['full']\n",
     TRANSPORT_IDLE_TIMEOUT,
     ROLE CHUNK("'content':'hi'", "null") CHUNK("", "'length'") "data: [DONE]\n\n", FAILURE_NONE,
     -1, -1},
    {"a connection that breaks there makes it a half one", &dialect_openai, &dialect_toy,
     "['say','hi']\n['full']\n", TRANSPORT_RESET,
     ROLE CHUNK("'content':'hi'", "null")
         BREAK("the connection was reset or closed without an answer"),
     FAILURE_NETWORK, -1, -1},
    {"an error before anything was said", &dialect_openai, &dialect_toy, "['oops','no bricks']\n",
     TRANSPORT_OK, "", FAILURE_SERVER, -1, -1},
    {"an error after something was", &dialect_openai, &dialect_toy,
     "['say','hi']\n['oops','no bricks']\n", TRANSPORT_OK,
     ROLE CHUNK("'content':'hi'", "null") BREAK("the box says: no bricks"), FAILURE_SERVER, -1, -1},
    {"a cut", &dialect_openai, &dialect_toy, "['say','hi']\n['sa", TRANSPORT_OK,
     ROLE CHUNK("'content':'hi'", "null") BREAK(CUT), FAILURE_PROTOCOL, -1, -1},
    {"bye is no answer: the reader remembers", &dialect_openai, &dialect_toy, "['bye',1,1]\n",
     TRANSPORT_OK, "", FAILURE_PROTOCOL, -1, -1},
    {"a web page", &dialect_openai, &dialect_toy, "<html>\n", TRANSPORT_OK, "", FAILURE_PROTOCOL,
     -1, -1},
    {"Ollama answers a toy", &dialect_toy, &dialect_ollama, OLLAMA("hi") OLLAMA_END, TRANSPORT_OK,
     "['say','hi']\n['bye',3,2]\n", FAILURE_NONE, 3, 2},
    {"Ollama breaks off", &dialect_toy, &dialect_ollama, OLLAMA("h") OLLAMA("i"), TRANSPORT_OK,
     "['say','h']\n['say','i']\n['oops','" CUT ", after 2']\n", FAILURE_PROTOCOL, -1, -1},
    {"a box answers a toy, byte for byte", &dialect_toy, &dialect_toy,
     "[ 'say' , 'hi' ]\r\n['bye',1,1]\n", TRANSPORT_RESET, "[ 'say' , 'hi' ]\r\n['bye',1,1]\n",
     FAILURE_NONE, -1, -1},
    {"a box breaks off before a toy", &dialect_toy, &dialect_toy, "['say','hi']\n['b", TRANSPORT_OK,
     "['say','hi']\n['oops','the box never says bye']\n", FAILURE_PROTOCOL, -1, -1},
    {"a box tells a toy its error", &dialect_toy, &dialect_toy, "['say','hi']\n['oops','x']\n",
     TRANSPORT_OK, "['say','hi']\n['oops','x']\n", FAILURE_SERVER, -1, -1},
    {"and before anything was said it does not", &dialect_toy, &dialect_toy, "['oops','x']\n",
     TRANSPORT_OK, "", FAILURE_SERVER, -1, -1},
};

static struct relay_options options_of(const struct dialect *app, const struct dialect *from)
{
    return (struct relay_options){.app = app, .from = from, .identity = {"i", "m", 1, NULL, 0}};
}

static void check_stream(int i, struct text in, size_t cut, const char *want)
{
    const struct relay_options options = options_of(streams[i].app, streams[i].from);
    struct relay *relay = relay_new(&options);
    relay_feed(relay, text_make(in.at, cut));
    relay_feed(relay, text_skip(in, cut));
    relay_end(relay, streams[i].transport);
    const struct answer_facts *facts = relay_facts(relay);
    ck_assert_msg(facts->failure == streams[i].failure, "%s, cut at %zu: %s", streams[i].name, cut,
                  facts->error.message);
    ck_assert_msg(facts->prompt_tokens == streams[i].prompt &&
                      facts->completion_tokens == streams[i].completion,
                  "%s, cut at %zu", streams[i].name, cut);
    ck_assert(facts->failure || (facts->content && facts->finished && facts->done));
    if (facts->failure && facts->content)
        relay_break(relay);
    ck_assert_msg(text_equals(buf_text(relay_out(relay)), want), "%s, cut at %zu: %s",
                  streams[i].name, cut, relay_out(relay)->data);
    relay_free(relay);
}

START_TEST(streams_go_out_the_same_wherever_they_are_cut)
{
    char *in = json_row_text(streams[_i].in), *want = json_row_text(streams[_i].out);
    for (size_t cut = 0; cut <= strlen(in); cut++)
        check_stream(_i, text_of(in), cut, want);
    free(in);
    free(want);
}
END_TEST

static const struct {
    const char *name;
    const struct dialect *app, *from;
    const char *in;
    const char *out; /* with ' for "; members of it; NULL = it failed */
} wholes[] = {
    {"a box answers OpenAI's app", &dialect_openai, &dialect_toy,
     "{'all':[['say','h'],['say','i'],['bye',5,7]]}",
     "{'id':'i','choices':[{'index':0,'message':{'role':'assistant','content':'hi','refusal':null},"
     "'logprobs':null,'finish_reason':'stop'}],'usage':{'prompt_tokens':5,'completion_tokens':7,"
     "'total_tokens':12}}"},
    {"Ollama answers a toy", &dialect_toy, &dialect_ollama,
     "{'message':{'content':'hi','tool_calls':[{'function':{'name':'f','arguments':{}}}]},'done':"
     "true,'prompt_eval_count':3,'eval_count':2}",
     "{'all':[['say','hi'],['build','f',{}],['bye',3,2]]}"},
    {"a box answers a toy", &dialect_toy, &dialect_toy, "{'all':[]}", "{'all':[]}"},
    {"an error", &dialect_openai, &dialect_toy, "{'all':[['oops','x']]}", NULL},
    {"no end", &dialect_openai, &dialect_toy, "{'all':[['say','h']]}", NULL},
    {"no answer at all", &dialect_toy, &dialect_toy, "<html>", NULL},
};

START_TEST(whole_answers_go_out)
{
    const struct relay_options options = options_of(wholes[_i].app, wholes[_i].from);
    struct answer_facts facts;
    struct buf out;
    char *in = json_row_text(wholes[_i].in);
    buf_init(&out, 1 << 16);
    whole_relay(&options, "application/json", text_of(in), &out, &facts);
    ck_assert_msg((facts.failure == FAILURE_NONE) == (wholes[_i].out != NULL), "%s: %s",
                  wholes[_i].name, facts.error.message);
    if (wholes[_i].out) {
        json_t *got = json_loadb(out.data, out.len, 0, NULL);
        json_row_compare(wholes[_i].name, got, wholes[_i].out);
        json_decref(got);
    }
    free(in);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("toy_dialect");
    TCase *tc = tcase_create("toy_dialect");
    tcase_add_test(tc, its_kind_speaks_it);
    tcase_add_loop_test(tc, requests_are_translated, 0, ROWS(requests));
    tcase_add_loop_test(tc, streams_go_out_the_same_wherever_they_are_cut, 0, ROWS(streams));
    tcase_add_loop_test(tc, whole_answers_go_out, 0, ROWS(wholes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
