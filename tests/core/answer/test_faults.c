/*
 * One judge for each dialect, and the same faults for all of them: what breaks a stream or only
 * looks as if it did, in each dialect's own bytes, cut at every byte. What is passed on is what
 * came; what fails before content is not passed on; and no half is taken for a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/relay.h"
#include "anthropic/anthropic_stream.h"
#include "dialect/dialect.h"
#include "fixture.h"
#include "json_row.h"
#include "text/count.h"
#include "unit.h"
#include "whole.h"

#define RESPONSE(name, rest) EVENT(name, rest)
#define RESPONSE_TEXT                                                                              \
    RESPONSE("response.created", ",'sequence_number':0,'response':{'id':'resp_1'}")                \
    RESPONSE("response.output_text.delta", ",'sequence_number':1,'delta':'Hi'")                    \
    RESPONSE("response.output_text.delta", ",'sequence_number':2,'delta':' you'")
#define RESPONSE_ENDS                                                                              \
    RESPONSE("response.completed", ",'sequence_number':3,'response':{'id':'resp_1','status':"      \
                                   "'completed'}")
#define CHUNK(choice) "data: {'id':'c','choices':[{'index':0," choice "}]}\n\n"
#define SAYS(text)    CHUNK("'delta':{'content':'" text "'},'finish_reason':null")
#define GOES_ON(text) CHUNK("'text':'" text "','finish_reason':null")
#define LINE(rest)    "{'model':'m','created_at':'2026-01-01T00:00:00Z'," rest "}\n"
#define TALKS(text)   LINE("'message':{'role':'assistant','content':'" text "'},'done':false")
#define ANSWERS(text) LINE("'response':'" text "','done':false")

static const struct told {
    const struct dialect *dialect;
    const char *begins; /* with ' for ": two texts, */
    const char *ends;   /* and the end */
    const char *fails;  /* an error, as an event */
    const char *empty;  /* what is no content */
    const char *whole;  /* the answer as it is told without a stream */
} tolds[] = {
    {&dialect_openai, SAYS("Hi") SAYS(" you"),
     CHUNK("'delta':{},'finish_reason':'stop'") "data: [DONE]\n\n",
     "data: {'error':{'message':'boom','type':'server_error'}}\n\n",
     CHUNK("'delta':{'role':'assistant','content':''},'finish_reason':null"),
     "{'choices':[{'message':{'role':'assistant','content':'Hi'},'finish_reason':'stop'}]}"},
    {&dialect_completions, GOES_ON("Hi") GOES_ON(" you"),
     CHUNK("'text':'','finish_reason':'stop'") "data: [DONE]\n\n",
     "data: {'error':{'message':'boom','type':'server_error'}}\n\n",
     CHUNK("'text':'','finish_reason':null"),
     "{'choices':[{'text':'Hi','index':0,'finish_reason':'stop'}]}"},
    {&dialect_responses, RESPONSE_TEXT, RESPONSE_ENDS,
     RESPONSE("response.failed",
              ",'sequence_number':3,'response':{'status':'failed','error':{'code':"
              "'server_error','message':'boom'}}"),
     RESPONSE("response.created", ",'sequence_number':0,'response':{'id':'resp_1'}"),
     "{'id':'resp_1','object':'response','status':'completed','output':[]}"},
    {&dialect_anthropic, START TEXT("0") SAY("0", "Hi") SAY("0", " you") STOP("0"),
     ENDS("end_turn") OVER, FAILS, START PING TEXT("0") SAY("0", ""),
     "{'type':'message','content':[{'type':'text','text':'Hi'}],'stop_reason':'end_turn'}"},
    {&dialect_ollama, TALKS("Hi") TALKS(" you"),
     LINE("'message':{'role':'assistant','content':''},'done':true,'done_reason':'stop'"),
     "{'error':'boom'}\n", TALKS(""),
     "{'model':'m','message':{'role':'assistant','content':'Hi'},'done':true,'done_reason':'stop'"
     "}"},
    {&dialect_generate, ANSWERS("Hi") ANSWERS(" you"),
     LINE("'response':'','done':true,'done_reason':'stop'"), "{'error':'boom'}\n", ANSWERS(""),
     "{'model':'m','response':'Hi','done':true,'done_reason':'stop'}"},
};

/* ---- the same bytes in other manners */

static void add(struct buf *out, const char *at, size_t len)
{
    ck_assert_int_eq(buf_append(out, at, len), 0);
}

/* end in place of each line's end, before in front of each line that says data, space behind it. */
static void in_lines(const char *text, const char *end, const char *before, const char *data,
                     struct buf *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (strncmp(text, "data: ", 6) == 0) {
            add(out, before, strlen(before));
            add(out, data, strlen(data));
            add(out, text + 6, len - 6);
        } else {
            add(out, text, len);
        }
        text += len;
        if (*text == '\n') {
            add(out, end, strlen(end));
            text++;
        }
    }
}

/* Each event's data in two lines, cut behind its first comma. */
static void in_two_lines(const char *text, struct buf *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), comma = strcspn(text, ",");
        bool cut = strncmp(text, "data: ", 6) == 0 && comma < len;
        add(out, text, cut ? comma + 1 : len);
        if (cut) {
            add(out, "\ndata: ", 7);
            add(out, text + comma + 1, len - comma - 1);
        }
        text += len;
        if (*text == '\n') {
            add(out, "\n", 1);
            text++;
        }
    }
}

enum manner {
    PLAIN,
    CRLF,
    CR,
    BOM,
    COMMENTS,
    FIELDS,
    NO_SPACE,
    TWO_LINES,
    OPEN_END, /* without what closes the last event */
    ODD_BYTES /* a NUL and bytes that are no UTF-8, in a comment or a text */
};

static struct buf written(const struct told *told, const char *rows, enum manner manner)
{
    static const struct {
        const char *end, *before, *data;
    } ways[] = {[PLAIN] = {"\n", "", "data: "},
                [CRLF] = {"\r\n", "", "data: "},
                [CR] = {"\r", "", "data: "},
                [BOM] = {"\n", "", "data: "},
                [COMMENTS] = {"\n", ": keep alive\n", "data: "},
                [FIELDS] = {"\n", "id: 7\nretry: 9\n", "data: "},
                [NO_SPACE] = {"\n", "", "data:"},
                [TWO_LINES] = {"\n", "", "data: "},
                [OPEN_END] = {"\n", "", "data: "},
                [ODD_BYTES] = {"\n", "", "data: "}};
    char *text = json_row_text(rows);
    struct buf out;
    buf_init(&out, 1 << 20);
    if (manner == BOM)
        add(&out, "\xef\xbb\xbf", 3);
    if (manner == ODD_BYTES && told->dialect->framing == DIALECT_SSE)
        add(&out, ": \xff\xfe \0 \n", 8);
    if (manner == TWO_LINES)
        in_two_lines(text, &out);
    else
        in_lines(text, ways[manner].end, ways[manner].before, ways[manner].data, &out);
    while (manner == OPEN_END && out.len && out.data[out.len - 1] == '\n')
        out.len--;
    free(text);
    return out;
}

/* Lines of JSON have no events to be written otherwise. */
static bool has_manner(const struct told *told, enum manner manner)
{
    return told->dialect->framing == DIALECT_SSE || manner == PLAIN || manner == CRLF ||
           manner == OPEN_END;
}

static struct relay *passing(const struct told *told)
{
    const struct relay_options options = {.app = told->dialect, .from = told->dialect};
    struct relay *relay = relay_new(&options);
    ck_assert_ptr_nonnull(relay);
    return relay;
}

static struct relay *passed(const struct told *told, struct text bytes, size_t cut,
                            enum transport transport)
{
    struct relay *relay = passing(told);
    relay_feed(relay, text_make(bytes.at, cut));
    relay_feed(relay, text_skip(bytes, cut));
    relay_end(relay, transport);
    return relay;
}

static struct text without_end(struct text text)
{
    while (text.len && strchr("\r\n", text.at[text.len - 1]) && text.at[text.len - 1])
        text.len--;
    return text;
}

static char *both(const char *a, const char *b)
{
    char *text = malloc(strlen(a) + strlen(b) + 1);
    ck_assert_ptr_nonnull(text);
    (void)snprintf(text, strlen(a) + strlen(b) + 1, "%s%s", a, b);
    return text;
}

/* ---- what is whole, however it is written */

START_TEST(in_every_manner_it_is_passed_on_as_it_came)
{
    const struct told *told = &tolds[_i];
    char *rows = both(told->begins, told->ends);
    for (int manner = PLAIN; manner <= ODD_BYTES; manner++) {
        if (!has_manner(told, (enum manner)manner))
            continue;
        struct buf in = written(told, rows, (enum manner)manner);
        for (size_t cut = 0; cut <= in.len; cut++) {
            struct relay *relay = passed(told, buf_text(&in), cut, TRANSPORT_OK);
            const struct answer_facts *facts = relay_facts(relay);
            ck_assert_msg(facts->done && facts->content, "%s, manner %d, cut at %zu: %s",
                          told->dialect->word, manner, cut, facts->error.message);
            ck_assert_msg(
                text_same(without_end(buf_text(relay_out(relay))), without_end(buf_text(&in))),
                "%s, manner %d, cut at %zu:\n%s", told->dialect->word, manner, cut,
                relay_out(relay)->data);
            relay_free(relay);
        }
        buf_done(&in);
    }
    free(rows);
}
END_TEST

/* As an app of that dialect would take it. */
static bool taken_for_whole(const struct told *told, struct text bytes)
{
    struct relay *relay = passed(told, bytes, 0, TRANSPORT_OK);
    bool whole = relay_facts(relay)->failure == FAILURE_NONE;
    relay_free(relay);
    return whole;
}

START_TEST(cut_off_anywhere_it_is_taken_for_no_whole)
{
    static const enum transport ends[] = {TRANSPORT_OK, TRANSPORT_RESET, TRANSPORT_IDLE_TIMEOUT,
                                          TRANSPORT_TRUNCATED};
    const struct told *told = &tolds[_i];
    char *rows = both(told->begins, told->ends);
    struct buf in = written(told, rows, PLAIN), begins = written(told, told->begins, PLAIN);
    for (size_t len = 0; len < in.len; len++)
        for (size_t e = 0; e < COUNT(ends); e++) {
            struct relay *relay = passed(told, text_make(in.data, len), len, ends[e]);
            const struct answer_facts *facts = relay_facts(relay);
            bool failed = facts->failure != FAILURE_NONE;
            ck_assert_msg(failed != facts->done, "%s, %zu bytes", told->dialect->word, len);
            ck_assert_msg(failed || len > begins.len, "%s, %zu bytes look whole",
                          told->dialect->word, len);
            if (failed && facts->content)
                relay_break(relay);
            if (facts->content)
                ck_assert_msg(taken_for_whole(told, buf_text(relay_out(relay))) != failed,
                              "%s, %zu bytes, %s:\n%s", told->dialect->word, len,
                              transport_word(ends[e]), relay_out(relay)->data);
            relay_free(relay);
        }
    buf_done(&begins);
    buf_done(&in);
    free(rows);
}
END_TEST

/* ---- what is none */

START_TEST(what_fails_before_content_is_not_passed_on)
{
    const struct told *told = &tolds[_i];
    const char *const nothings[] = {"",          "\n\n",      "<!DOCTYPE html><html>login</html>",
                                    told->fails, told->empty, "{\"unheard\":1}\n"};
    for (size_t n = 0; n < COUNT(nothings); n++) {
        struct buf in = written(told, nothings[n], PLAIN);
        for (size_t cut = 0; cut <= in.len; cut++) {
            struct relay *relay = passed(told, buf_text(&in), cut, TRANSPORT_OK);
            const struct answer_facts *facts = relay_facts(relay);
            ck_assert_msg(facts->failure != FAILURE_NONE && !facts->content,
                          "%s, no. %zu, cut at %zu", told->dialect->word, n, cut);
            ck_assert_msg(nothings[n] != told->fails || relay_out(relay)->len == 0,
                          "%s: its error goes out", told->dialect->word);
            relay_free(relay);
        }
        buf_done(&in);
    }
}
END_TEST

START_TEST(an_error_behind_content_is_a_failure_that_is_told)
{
    const struct told *told = &tolds[_i];
    char *rows = both(told->begins, told->fails);
    struct buf in = written(told, rows, PLAIN);
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct relay *relay = passed(told, buf_text(&in), cut, TRANSPORT_OK);
        const struct answer_facts *facts = relay_facts(relay);
        ck_assert_msg(facts->failure != FAILURE_NONE && facts->content && !facts->done,
                      "%s, cut at %zu", told->dialect->word, cut);
        relay_break(relay);
        ck_assert_msg(!taken_for_whole(told, buf_text(relay_out(relay))), "%s, cut at %zu:\n%s",
                      told->dialect->word, cut, relay_out(relay)->data);
        ck_assert_msg(strstr(relay_out(relay)->data, "boom") ||
                          strstr(relay_out(relay)->data, "Overloaded"),
                      "%s: it is not told:\n%s", told->dialect->word, relay_out(relay)->data);
        relay_free(relay);
    }
    buf_done(&in);
    free(rows);
}
END_TEST

START_TEST(an_event_without_an_end_breaks_the_stream)
{
    static char block[1 << 16];
    const struct told *told = &tolds[_i];
    struct buf in = written(told, told->begins, PLAIN);
    struct relay *relay = passing(told);
    memset(block, 'x', sizeof(block));
    relay_feed(relay, buf_text(&in));
    relay_feed(relay, text_of(told->dialect->framing == DIALECT_SSE ? "data: \"" : "\""));
    for (size_t fed = 0; fed <= told->dialect->judge->event_max; fed += sizeof(block))
        relay_feed(relay, text_make(block, sizeof(block)));
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_PROTOCOL);
    ck_assert(relay_facts(relay)->content);
    ck_assert_uint_le(relay_out(relay)->len, in.len);
    relay_free(relay);
    buf_done(&in);
}
END_TEST

/* A whole answer where a stream was asked for: told in events, or refused, but never as it is. */
START_TEST(the_other_form_is_never_passed_on_as_it_is)
{
    const struct told *told = &tolds[_i];
    if (told->dialect->framing == DIALECT_NDJSON) /* there it is a stream of one line */
        return;
    struct buf in = written(told, told->whole, PLAIN);
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct relay *relay = passed(told, buf_text(&in), cut, TRANSPORT_OK);
        const struct answer_facts *facts = relay_facts(relay);
        const char *out = relay_out(relay)->data ? relay_out(relay)->data : "";
        ck_assert_msg(facts->done != (facts->failure != FAILURE_NONE), "%s, cut at %zu",
                      told->dialect->word, cut);
        ck_assert_msg(*out != '{' && (!facts->done || facts->reshaped), "%s, cut at %zu: %s",
                      told->dialect->word, cut, out);
        relay_free(relay);
    }
    buf_done(&in);
}
END_TEST

/* ---- whole answers */

static void judged_whole(const struct told *told, const char *type, struct text body,
                         struct buf *out, struct answer_facts *ret)
{
    const struct relay_options options = {.app = told->dialect, .from = told->dialect};
    buf_init(out, 1 << 20);
    whole_relay(&options, type, body, out, ret);
}

START_TEST(a_whole_answer_is_passed_on_as_it_came_or_not_at_all)
{
    const struct told *told = &tolds[_i];
    struct buf in = written(told, told->whole, PLAIN);
    struct text body = without_end(buf_text(&in));
    for (size_t len = 0; len <= body.len; len++) {
        struct answer_facts facts;
        struct buf out;
        bool whole = len == body.len;
        judged_whole(told, "application/json", text_make(body.at, len), &out, &facts);
        ck_assert_msg((facts.failure == FAILURE_NONE) == whole, "%s, %zu bytes: %s",
                      told->dialect->word, len, facts.error.message);
        ck_assert_msg(whole ? text_same(buf_text(&out), body) : out.len == 0, "%s, %zu bytes",
                      told->dialect->word, len);
        buf_done(&out);
    }
    buf_done(&in);
}
END_TEST

/* A login page, whatever it says that it is; another's answer; an error with a good status; events,
 * unless they are put together. */
START_TEST(what_is_no_whole_answer_is_not_passed_on)
{
    const struct told *told = &tolds[_i];
    char *events = both(told->begins, told->ends);
    const struct {
        const char *type, *body;
    } nothings[] = {{"text/html", "<!DOCTYPE html><html>login</html>"},
                    {"application/json", "<!DOCTYPE html><html>login</html>"},
                    {"application/json", "[]"},
                    {"application/json", "\"Hi\""},
                    {"application/json", "{'error':{'message':'boom','type':'server_error'}}"},
                    {"application/json", " \n"},
                    {"text/event-stream", events}};
    for (size_t n = 0; n < COUNT(nothings); n++) {
        struct answer_facts facts;
        struct buf in = written(told, nothings[n].body, PLAIN), out;
        judged_whole(told, nothings[n].type, buf_text(&in), &out, &facts);
        ck_assert_msg(facts.failure != FAILURE_NONE || facts.reshaped, "%s, no. %zu",
                      told->dialect->word, n);
        ck_assert_msg(facts.failure != FAILURE_NONE ? out.len == 0 : out.data[0] == '{',
                      "%s, no. %zu: %s", told->dialect->word, n, out.data);
        buf_done(&in);
        buf_done(&out);
    }
    free(events);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("faults");
    TCase *tc = tcase_create("faults");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, in_every_manner_it_is_passed_on_as_it_came, 0, ROWS(tolds));
    tcase_add_loop_test(tc, cut_off_anywhere_it_is_taken_for_no_whole, 0, ROWS(tolds));
    tcase_add_loop_test(tc, what_fails_before_content_is_not_passed_on, 0, ROWS(tolds));
    tcase_add_loop_test(tc, an_error_behind_content_is_a_failure_that_is_told, 0, ROWS(tolds));
    tcase_add_loop_test(tc, an_event_without_an_end_breaks_the_stream, 0, ROWS(tolds));
    tcase_add_loop_test(tc, the_other_form_is_never_passed_on_as_it_is, 0, ROWS(tolds));
    tcase_add_loop_test(tc, a_whole_answer_is_passed_on_as_it_came_or_not_at_all, 0, ROWS(tolds));
    tcase_add_loop_test(tc, what_is_no_whole_answer_is_not_passed_on, 0, ROWS(tolds));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
