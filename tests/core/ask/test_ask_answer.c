/* What an answer says, who says it, and whether it is whole: of the same answers at every cut. */
#include "ask/ask_answer.h"
#include "unit.h"

#define TEXT_MAX 4096
#define CHUNK(members, choice)                                                                     \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\"," members "\"choices\":[" choice     \
    "]}\n\n"
#define SAID(text)                                                                                 \
    CHUNK("\"model\":\"gpt-4\",", "{\"index\":0,\"delta\":{\"content\":\"" text "\"}}")
#define FINISH(word) CHUNK("", "{\"index\":0,\"delta\":{},\"finish_reason\":\"" word "\"}")
#define USAGE                                                                                      \
    CHUNK("\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5},", "")
#define DONE "data: [DONE]\n\n"

static const struct {
    const char *name;
    int status;
    const char *fields[6]; /* name, value, ... */
    const char *body;
    const char *cut;
    const char *text;
    const char *why; /* "" = it is whole */
    const char *provider, *model, *fallback;
    int64_t tokens; /* of the answer; -1 = not told */
} rows[] = {
    {"an answer",
     200,
     {"x-understudy-provider", "openai", "X-Understudy-Model", "gpt-4o"},
     SAID("one ") SAID("two") FINISH("stop") USAGE DONE,
     NULL,
     "one two",
     "",
     "openai",
     "gpt-4o",
     "",
     2},
    {"one that says nothing is an answer, too",
     200,
     {NULL},
     FINISH("stop") DONE,
     NULL,
     "",
     "",
     "",
     "",
     "",
     -1},
    {"where the head names no model the events do",
     200,
     {"x-understudy-id", "1"},
     SAID("one") FINISH("stop") DONE,
     NULL,
     "one",
     "",
     "",
     "gpt-4",
     "",
     -1},
    {"a fallback",
     200,
     {"x-understudy-provider", "ollama", "x-understudy-fallback", "server", "x-understudy-model",
      "small"},
     SAID("one") FINISH("stop") DONE,
     NULL,
     "one",
     "",
     "ollama",
     "small",
     "server",
     -1},
    {"another provider goes on with it",
     200,
     {"x-understudy-provider", "openai", "x-understudy-model", "gpt-4o"},
     SAID("one ") ": understudy continued on ollama\n" CHUNK(
         "\"model\":\"small\",", "{\"index\":0,\"delta\":{\"content\":\"two\"}}") FINISH("stop")
         DONE,
     NULL,
     "one two",
     "",
     "ollama",
     "small",
     ASK_CONTINUED,
     -1},
    {"a connection that breaks behind the end",
     200,
     {NULL},
     SAID("one") FINISH("stop") DONE,
     "gone",
     "one",
     "",
     "",
     "gpt-4",
     "",
     -1},
    {"what comes behind the end",
     200,
     {NULL},
     SAID("one") FINISH("stop") DONE SAID("two"),
     NULL,
     "one",
     "",
     "",
     "gpt-4",
     "",
     -1},
    {"reasoning is no answer",
     200,
     {NULL},
     CHUNK("", "{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}") SAID("one") FINISH("stop")
         DONE,
     NULL,
     "one",
     "",
     "",
     "gpt-4",
     "",
     -1},

    {"an end without the end",
     200,
     {NULL},
     SAID("one") FINISH("stop"),
     NULL,
     "one",
     ANSWER_CUT,
     "",
     "gpt-4",
     "",
     -1},
    {"a cut",
     200,
     {NULL},
     SAID("one"),
     "the daemon broke off",
     "one",
     "the daemon broke off",
     "",
     "gpt-4",
     "",
     -1},
    {"an error",
     200,
     {NULL},
     SAID("one") "data: {\"error\":{\"message\":\"It broke.\",\"type\":\"upstream_error\"}}\n\n",
     NULL,
     "one",
     "It broke.",
     "",
     "gpt-4",
     "",
     -1},
    {"the limit",
     200,
     {NULL},
     SAID("one") FINISH("length") DONE,
     NULL,
     "one",
     "the model's limit of tokens was reached",
     "",
     "gpt-4",
     "",
     -1},
    {"the filter",
     200,
     {NULL},
     SAID("one") FINISH("content_filter") DONE,
     NULL,
     "one",
     "the provider's filter of content ended it",
     "",
     "gpt-4",
     "",
     -1},
    {"an event that is no JSON",
     200,
     {NULL},
     "data: <html>\n\n",
     NULL,
     "",
     ANSWER_CUT,
     "",
     "",
     "",
     -1},
    {"nothing", 0, {NULL}, "", NULL, "", "nothing was answered", "", "", "", -1},
    {"nothing, for a reason", 0, {NULL}, "", "it is gone", "", "it is gone", "", "", "", -1},
    {"an error of its own",
     502,
     {"x-understudy-provider", "openai"},
     "{\"error\":{\"message\":\"All LLM\\nproviders\\u001b[2J failed.\",\"attempts\":[]}}",
     NULL,
     "",
     "HTTP 502: All LLM providers [2J failed.",
     "openai",
     "",
     "",
     -1},
    {"a page", 403, {NULL}, "<html>", NULL, "", "HTTP 403", "", "", "", -1},
    {"no body", 500, {NULL}, "", NULL, "", "HTTP 500", "", "", "", -1},
};

/* Given in pieces of so many bytes. */
static void give(struct ask_answer *answer, int i, size_t piece)
{
    struct text body = text_of(rows[i].body);
    ck_assert_int_eq(ask_answer_init(answer, TEXT_MAX), 0);
    if (rows[i].status)
        ask_answer_head(answer, rows[i].status);
    for (size_t j = 0; j < 6 && rows[i].fields[j]; j += 2)
        ask_answer_field(answer, text_of(rows[i].fields[j]), text_of(rows[i].fields[j + 1]));
    while (body.len > 0) {
        ask_answer_take(answer, text_cut(body, piece));
        body = text_skip(body, piece);
    }
}

START_TEST(an_answer_is_read)
{
    for (size_t piece = 1; piece <= strlen(rows[_i].body) + 1; piece++) {
        struct ask_answer answer;
        give(&answer, _i, piece);
        bool whole = ask_answer_end(&answer, rows[_i].cut);
        const char *why = buf_text(&answer.why).at;
        ck_assert_msg(strcmp(why, rows[_i].why) == 0 && whole == (why[0] == '\0'), "%s by %zu: %s",
                      rows[_i].name, piece, why);
        ck_assert_str_eq(buf_text(&answer.text).at, rows[_i].text);
        ck_assert_int_eq(answer.spoke, rows[_i].text[0] != '\0');
        ck_assert_str_eq(ask_answer_told(&answer, ASK_PROVIDER), rows[_i].provider);
        ck_assert_str_eq(ask_answer_told(&answer, ASK_MODEL), rows[_i].model);
        ck_assert_str_eq(ask_answer_told(&answer, ASK_FALLBACK), rows[_i].fallback);
        ck_assert_int_eq(answer.usage.completion, rows[_i].tokens);
        ask_answer_done(&answer);
    }
}
END_TEST

START_TEST(a_field_that_is_too_long_is_not_told)
{
    struct ask_answer answer;
    char value[ASK_FIELD_MAX + 1];
    memset(value, 'x', sizeof(value));
    ck_assert_int_eq(ask_answer_init(&answer, TEXT_MAX), 0);
    ask_answer_field(&answer, text_of("x-understudy-model"), text_make(value, sizeof(value)));
    ck_assert_str_eq(ask_answer_told(&answer, ASK_MODEL), "");
    ask_answer_field(&answer, text_of("x-understudy-model"), text_of("a\x1b[2Jb\xff"));
    ck_assert_str_eq(ask_answer_told(&answer, ASK_MODEL), "a [2Jb ");
    ask_answer_done(&answer);
}
END_TEST

START_TEST(more_text_than_can_be_kept_is_told)
{
    struct ask_answer answer;
    ck_assert_int_eq(ask_answer_init(&answer, 5), 0);
    ask_answer_head(&answer, 200);
    ask_answer_take(&answer, text_of(SAID("one ") SAID("two") FINISH("stop") DONE));
    ck_assert(!ask_answer_end(&answer, NULL));
    ck_assert_str_eq(buf_text(&answer.text).at, "one ");
    ask_answer_done(&answer);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask_answer");
    TCase *tc = tcase_create("ask_answer");
    tcase_add_loop_test(tc, an_answer_is_read, 0, ROWS(rows));
    tcase_add_test(tc, a_field_that_is_too_long_is_not_told);
    tcase_add_test(tc, more_text_than_can_be_kept_is_told);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
