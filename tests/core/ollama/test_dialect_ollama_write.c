/* Answers to Ollama's own apps, by lines and whole. */
#include "dialect/pieces.h"
#include "json_row.h"
#include "ollama/dialect_ollama.h"
#include "unit.h"

static int64_t at_ms = 5250;

static int64_t now_ms(void)
{
    return at_ms;
}

struct taking {
    struct dialect_ollama_writer writer;
    int (*write)(struct dialect_writer *writer, const struct chat_delta *delta, struct buf *out);
    struct buf out;
    int r;
};

static void take(void *arg, const struct chat_delta *delta)
{
    struct taking *taking = arg;
    if (taking->r == 0)
        taking->r = taking->write(&taking->writer.base, delta, &taking->out);
}

static void tell(const char *pieces, bool whole, bool generate, struct taking *ret)
{
    *ret = (struct taking){.writer.base = {.identity = {.model = "true:1",
                                                        .created = 1700000000,
                                                        .now_ms = now_ms,
                                                        .begun_ms = 3000},
                                           .request = text_of("{\"model\":\"as\\u0020asked\"}")},
                           .write = whole      ? generate ? dialect_generate_answer_write
                                                          : dialect_ollama_answer_write
                                    : generate ? dialect_generate_event_write
                                               : dialect_ollama_event_write};
    buf_init(&ret->out, 1 << 20);
    pieces_tell(pieces, whole, take, ret);
    dialect_ollama_writer_done(&ret->writer.base);
    jsonform_done(&ret->writer.base.form);
}

static const struct {
    const char *name;
    const char *pieces;
    const char *content;
    const char *thinking;
    const char *calls; /* NULL = none */
    const char *reason;
} answers[] = {
    {"nothing", "f:stop", "", "", NULL, "stop"},
    {"a text in pieces", "t:Hel|t:lo|f:stop", "Hello", "", NULL, "stop"},
    {"a thought, a text", "r:2+2|r:=4|t:4|f:stop", "4", "2+2=4", NULL, "stop"},
    {"the limit", "t:a|f:length", "a", "", NULL, "length"},
    {"a refusal", "t:a|f:filter", "a", "", NULL, "content_filter"},
    {"calls", "t:a|b:0,c,f|m:0,{'x'|m:0,:1.50}|e:0|b:1,,g|e:1|f:calls", "a", "",
     "[{'id':'c','function':{'index':0,'name':'f','arguments':{'x':1.50}}},"
     "{'function':{'index':1,'name':'g','arguments':{}}}]",
     "stop"},
    {"calls side by side", "b:0,c,f|b:1,d,g|m:0,{|m:1,{|m:1,}|m:0,}|f:calls", "", "",
     "[{'id':'c','function':{'index':0,'name':'f','arguments':{}}},"
     "{'id':'d','function':{'index':1,'name':'g','arguments':{}}}]",
     "stop"},
    {"a call that the limit cut", "t:a|b:0,c,f|m:0,{'x'|f:length", "a", "", NULL, "length"},
};

static void check_line(const json_t *line, bool done)
{
    json_row_compare("a line", line,
                     done ? "{'model':'as asked','created_at':'2023-11-14T22:13:22Z','done':true,"
                            "'total_duration':2250000000,'load_duration':1000,"
                            "'prompt_eval_count':7,'eval_count':3}"
                          : "{'model':'as asked','created_at':'2023-11-14T22:13:22Z',"
                            "'done':false,'total_duration':null}");
}

/* Whole, and put together from its lines: the same. */
START_TEST(an_answer_is_told)
{
    for (int way = 0; way < 4; way++) {
        bool generate = way & 1, whole = way & 2;
        struct taking taking;
        tell(answers[_i].pieces, whole, generate, &taking);
        ck_assert_msg(taking.r == 0, "%s: %d", answers[_i].name, taking.r);
        struct buf content, thinking;
        buf_init(&content, 256);
        buf_init(&thinking, 256);
        json_t *calls = json_array(), *line = NULL;
        size_t lines = 0;
        for (char *at = taking.out.data, *end; at && *at; at = end) {
            json_decref(line);
            end = strchr(at, '\n');
            end = end ? end + 1 : at + strlen(at);
            line = json_loadb(at, (size_t)(end - at), 0, NULL);
            ck_assert_msg(line != NULL, "%s: %s", answers[_i].name, at);
            check_line(line, *end == '\0');
            const json_t *said = generate ? line : json_object_get(line, "message");
            const char *text =
                json_string_value(json_object_get(said, generate ? "response" : "content"));
            const char *thought = json_string_value(json_object_get(said, "thinking"));
            ck_assert_ptr_nonnull(text);
            ck_assert_int_eq(buf_append_string(&content, text), 0);
            ck_assert_int_eq(buf_append_string(&thinking, thought ? thought : ""), 0);
            json_array_extend(calls, json_object_get(said, "tool_calls"));
            lines++;
        }
        ck_assert(whole ? lines == 1 : lines >= 1);
        ck_assert(text_equals(buf_text(&content), answers[_i].content));
        ck_assert(text_equals(buf_text(&thinking), answers[_i].thinking));
        buf_done(&content);
        buf_done(&thinking);
        ck_assert_str_eq(json_string_value(json_object_get(line, "done_reason")),
                         answers[_i].reason);
        json_t *want = json_row_load(answers[_i].calls ? answers[_i].calls : "[]");
        ck_assert_msg(json_equal(calls, want), "%s: %s", answers[_i].name, taking.out.data);
        json_decref(want);
        json_decref(calls);
        json_decref(line);
        buf_done(&taking.out);
    }
}
END_TEST

START_TEST(a_call_that_is_no_object_makes_no_answer)
{
    for (int whole = 0; whole < 2; whole++) {
        struct taking taking;
        tell("b:0,c,f|m:0,{'x'|e:0|f:calls", whole, false, &taking);
        ck_assert_int_lt(taking.r, 0);
        buf_done(&taking.out);
    }
}
END_TEST

START_TEST(errors_are_a_text)
{
    struct buf out;
    buf_init(&out, 1 << 10);
    ck_assert_int_eq(
        dialect_ollama_late_error(text_of("{ \"error\":\n\"a\" }"), text_of("b"), NULL, &out), 0);
    ck_assert_int_eq(dialect_ollama_late_error(text_of("<html>"), text_of("b"), NULL, &out), 0);
    ck_assert_str_eq(out.data, "{\"error\":\"a\"}\n{\"error\":\"b\"}\n");
    buf_done(&out);
}
END_TEST

START_TEST(what_is_loaded_is_told)
{
    struct buf out;
    buf_init(&out, 1 << 10);
    ck_assert_int_eq(dialect_ollama_loaded_write(false, "m", 0, &out), 0);
    ck_assert_int_eq(dialect_ollama_loaded_write(true, "m", 0, &out), 0);
    ck_assert_str_eq(out.data,
                     "{\"model\":\"m\",\"created_at\":\"1970-01-01T00:00:00Z\",\"message\":{"
                     "\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                     "\"done_reason\":\"load\"}\n"
                     "{\"model\":\"m\",\"created_at\":\"1970-01-01T00:00:00Z\",\"response\":\"\","
                     "\"done\":true,\"done_reason\":\"load\"}\n");
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_write");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, an_answer_is_told, 0, ROWS(answers));
    tcase_add_test(tc, a_call_that_is_no_object_makes_no_answer);
    tcase_add_test(tc, errors_are_a_text);
    tcase_add_test(tc, what_is_loaded_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
