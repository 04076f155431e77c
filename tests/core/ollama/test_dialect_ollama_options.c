/* Options that Ollama refuses by name, and the request without them. */
#include <stdio.h>
#include <stdlib.h>

#include "dialect/translate_row.h"
#include "ollama/dialect_ollama.h"
#include "unit.h"

#define ALL                                                                                        \
    ",'typical_p':0.7,'seed':1,'stop':['x'],'max_tokens':9,'logprobs':true,'top_logprobs':2,"      \
    "'reasoning_effort':'medium'"

static const struct {
    const char *name;
    const char *members; /* of the request */
    const char *message;
    const char *want;    /* members of the second one */
    const char *dropped; /* NULL = it is not asked again */
} rows[] = {
    {"typical_p", ALL, "typical_p is no longer supported",
     "{'options':{'num_ctx':8192,'num_predict':9,'seed':1,'stop':['x']}}", "typical_p"},
    {"a level of thinking", ALL, "think value \"medium\" is not supported for this model",
     "{'think':true}", "reasoning_effort"},
    {"a level as OpenRouter names it", ",'reasoning':{'effort':'low'}",
     "think value \"low\" is not supported", "{'think':true}", "reasoning"},
    {"thinking at all", ALL, "\"m:1\" does not support thinking", "{'think':null}",
     "reasoning_effort"},
    {"not to think", ",'reasoning_effort':'none'", "think value false is not supported",
     "{'think':null}", "reasoning_effort"},
    {"a stop", ALL, "option \"stop\" is not supported by this runner",
     "{'options':{'num_ctx':8192,'num_predict':9,'seed':1,'typical_p':0.7}}", "stop"},
    {"the limit, by the name that the app knows", ALL, "invalid num_predict",
     "{'options':{'num_ctx':8192,'seed':1,'typical_p':0.7,'stop':['x']}}", "max_tokens"},
    {"logprobs, and with them the rest", ALL, "logprobs are not supported",
     "{'logprobs':null,'top_logprobs':null}", "logprobs"},
    {"top_logprobs alone", ALL, "top_logprobs must be less",
     "{'logprobs':true,'top_logprobs':null}", "top_logprobs"},
    {"keep_alive, which is ours", ALL, "keep_alive is not known", "{'keep_alive':null}", ""},
    {"two of them", ALL, "seed and typical_p are gone",
     "{'options':{'num_ctx':8192,'num_predict':9,'stop':['x']}}", "seed, typical_p"},
    {"an option that was not sent", ",'seed':1", "typical_p is no longer supported", NULL, NULL},
    {"a word inside another one", ",'seed':1", "unseeded: seeding, seed_2 failed", NULL, NULL},
    {"nothing that it could be asked without", ALL, "invalid format: \"x\", num_ctx", NULL, NULL},
    {"no message", ALL, "", NULL, NULL},
};

static void write_request(const char *body, unsigned without, struct buf *out, struct buf *dropped)
{
    struct error why = ERROR_NONE;
    const struct dialect_target target = {.app = &dialect_openai,
                                          .speaks = &dialect_ollama,
                                          .model = "m:1",
                                          .capabilities_known = true,
                                          .capabilities = ALL_ABILITIES,
                                          .num_ctx = 8192,
                                          .keep_alive = "5m",
                                          .without = without};
    buf_init(out, 1 << 20);
    buf_init(dropped, DIALECT_DROPPED_MAX);
    ck_assert_int_eq(dialect_translate_request(text_of(body), &target, out, dropped, &why), 0);
}

static void check_second(const char *body, unsigned without, int row)
{
    struct buf out, dropped;
    write_request(body, without, &out, &dropped);
    json_t *got = json_loadb(out.data, out.len, 0, NULL);
    ck_assert_ptr_nonnull(got);
    json_row_compare(rows[row].name, got, rows[row].want);
    ck_assert_msg(text_equals(buf_text(&dropped), rows[row].dropped), "%s: %s", rows[row].name,
                  dropped.data);
    json_decref(got);
    buf_done(&out);
    buf_done(&dropped);
}

START_TEST(what_is_refused_is_left_out_and_named)
{
    char quoted[1024];
    struct buf first, dropped;
    (void)snprintf(quoted, sizeof(quoted), "{'messages':[{'role':'user','content':'hi'}]%s}",
                   rows[_i].members);
    char *body = json_row_text(quoted);
    write_request(body, 0, &first, &dropped);
    ck_assert_uint_eq(dropped.len, 0);
    unsigned refused = dialect_ollama_refused(buf_text(&first), rows[_i].message);
    ck_assert_msg((refused != 0) == (rows[_i].dropped != NULL), "%s: %x", rows[_i].name, refused);
    if (refused)
        check_second(body, refused, _i);
    free(body);
    buf_done(&first);
    buf_done(&dropped);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_ollama_options");
    TCase *tc = tcase_create("options");
    tcase_add_loop_test(tc, what_is_refused_is_left_out_and_named, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
