/* Another provider's stream behind what the app has: what goes out, at every split. */
#include <stdio.h>
#include <string.h>

#include "answer/relay.h"
#include "answer/resume.h"
#include "dialect/dialect.h"
#include "text/count.h"
#include "unit.h"

#define SO_FAR "The capital city of "
#define SEAM   ": understudy continued on next\n"
#define CHUNK(delta, finish)                                                                       \
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"    \
    "\"model\":\"true\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":" delta    \
    ",\"logprobs\":null,\"finish_reason\":" finish "}],\"usage\":null}\n\n"
#define END(finish, usage)                                                                         \
    CHUNK("{}", "\"" finish "\"")                                                                  \
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"    \
    "\"model\":\"true\",\"system_fingerprint\":null,\"choices\":[],\"usage\":" usage "}\n\n"       \
    "data: [DONE]\n\n"
#define NO_USAGE "{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}"
#define USAGE    "{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}"

/* What the providers send. */
#define CLOUD(delta, finish)                                                                       \
    "data: {\"id\":\"other\",\"created\":5,\"model\":\"x\",\"choices\":[{\"index\":0,\"delta\":"   \
    "{" delta "},\"finish_reason\":" finish "}]}\n\n"
#define TEXT(text) CLOUD("\"content\":\"" text "\"", "null")
#define STOP       CLOUD("", "\"stop\"") "data: [DONE]\n\n"
#define LINE(text)                                                                                 \
    "{\"model\":\"x\",\"message\":{\"role\":\"assistant\",\"content\":\"" text                     \
    "\"},\"done\":false}\n"
#define DONE_LINE                                                                                  \
    "{\"model\":\"x\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"        \
    "\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":2}\n"

static const struct {
    const char *name;
    const struct dialect *from;
    bool prefilled;
    const char *stream;
    enum transport transport;
    const char *out;
    const char *message; /* of the failure; NULL = none */
} rows[] = {
    {"Ollama goes on from the text", &dialect_ollama, true, LINE("France") LINE(" is") DONE_LINE,
     TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"France\"}", "null") CHUNK("{\"content\":\" is\"}", "null")
         END("stop", USAGE),
     NULL},
    {"Ollama repeats the text and goes on", &dialect_ollama, true,
     LINE(SO_FAR "France") LINE(" is") DONE_LINE, TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"France\"}", "null") CHUNK("{\"content\":\" is\"}", "null")
         END("stop", USAGE),
     NULL},
    {"Ollama repeats the text by itself", &dialect_ollama, true,
     LINE(SO_FAR) LINE("France") DONE_LINE, TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"France\"}", "null") END("stop", USAGE), NULL},
    {"Ollama repeats the text and has nothing to add", &dialect_ollama, true,
     LINE(SO_FAR) DONE_LINE, TRANSPORT_OK, SEAM END("stop", USAGE), NULL},
    {"only the front of the first piece is a repetition", &dialect_ollama, true,
     LINE("France. ") LINE(SO_FAR "Spain") DONE_LINE, TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"France. \"}", "null")
         CHUNK("{\"content\":\"" SO_FAR "Spain\"}", "null") END("stop", USAGE),
     NULL},
    {"a cloud that begins anew repeats nothing", &dialect_openai, false,
     CLOUD("\"role\":\"assistant\",\"content\":\"\"", "null") TEXT("The cap")
         TEXT("ital city of Fra") TEXT("nce") STOP,
     TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"Fra\"}", "null") CHUNK("{\"content\":\"nce\"}", "null")
         END("stop", NO_USAGE),
     NULL},
    {"what is escaped otherwise is the same text", &dialect_openai, false,
     TEXT("\\u0054he capital\\u0020city of ") TEXT("F") STOP, TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"F\"}", "null") END("stop", NO_USAGE), NULL},
    {"an answer that ends where it stopped is whole", &dialect_openai, false, TEXT(SO_FAR) STOP,
     TRANSPORT_OK, SEAM END("stop", NO_USAGE), NULL},
    {"a limit is told as the reason", &dialect_openai, true,
     TEXT("F") CLOUD("", "\"length\"") "data: [DONE]\n\n", TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"F\"}", "null") END("length", NO_USAGE), NULL},
    {"reasoning on the way is not repeated", &dialect_openai, true,
     CLOUD("\"reasoning_content\":\"hm\"", "null") TEXT("F") STOP, TRANSPORT_OK,
     SEAM CHUNK("{\"content\":\"F\"}", "null") END("stop", NO_USAGE), NULL},
    {"another text is of no use", &dialect_openai, false, TEXT("The capitol city of F") STOP,
     TRANSPORT_OK, "", "does not begin with what was sent"},
    {"a shorter text is of no use", &dialect_openai, false, TEXT("The capital") STOP, TRANSPORT_OK,
     "", "shorter than what was sent"},
    {"a tool call is of no use", &dialect_openai, true,
     CLOUD("\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\"}}]", "null") STOP,
     TRANSPORT_OK, "", "something other than text"},
    {"one that breaks while it catches up brings nothing", &dialect_openai, false, TEXT("The cap"),
     TRANSPORT_RESET, "", "reset"},
    {"one that breaks after the seam is broken", &dialect_ollama, true, LINE("F"), TRANSPORT_RESET,
     SEAM CHUNK("{\"content\":\"F\"}", "null"), "reset"},
    {"an error of the provider is its failure", &dialect_ollama, true,
     "{\"error\":\"unexpected EOF\"}\n", TRANSPORT_OK, "", "unexpected EOF"},
};

#define EVENT(text)                                                                                \
    "data: {\"id\":\"chatcmpl-1\",\"created\":1700000000,\"choices\":[{\"index\":0,\"delta\":"     \
    "{\"content\":\"" text "\"}}]}\n\n"

static void remember_event(struct resume *resume, const char *event)
{
    resume_init(resume, &dialect_openai);
    resume_feed(resume, text_of(event));
    ck_assert(resume_possible(resume));
}

static void remember(struct resume *resume)
{
    remember_event(resume, EVENT(SO_FAR));
}

static void check_split(size_t row, const struct resume *resume, size_t split)
{
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = rows[row].from,
        .identity = {.id = resume->id.data, .model = "true", .created = resume->created},
        .include_usage = true,
        .resume = resume,
        .prefilled = rows[row].prefilled,
        .seam = "next",
    };
    struct text all = text_of(rows[row].stream);
    struct relay *relay = relay_new(&options);
    relay_feed(relay, text_make(all.at, split));
    relay_feed(relay, text_skip(all, split));
    relay_end(relay, rows[row].transport);
    const struct answer_facts *facts = relay_facts(relay);
    ck_assert_msg(text_equals(buf_text(relay_out(relay)), rows[row].out), "%s, split at %zu: %s",
                  rows[row].name, split, relay_out(relay)->data);
    ck_assert_msg((facts->failure != FAILURE_NONE) == (rows[row].message != NULL), "%s: %s",
                  rows[row].name, facts->error.message);
    if (rows[row].message)
        ck_assert_msg(strstr(facts->error.message, rows[row].message) != NULL, "%s: %s",
                      rows[row].name, facts->error.message);
    else
        ck_assert_msg(facts->content && facts->finished && facts->done, "%s", rows[row].name);
    relay_free(relay);
}

START_TEST(it_goes_on_at_every_split)
{
    struct resume resume;
    remember(&resume);
    for (size_t split = 0; split <= strlen(rows[_i].stream); split++)
        check_split((size_t)_i, &resume, split);
    resume_done(&resume);
}
END_TEST

START_TEST(catching_up_is_no_content_yet_but_a_sign_of_life)
{
    struct resume resume;
    remember(&resume);
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_openai,
        .identity = {.id = "chatcmpl-1", .model = "true", .created = 1},
        .resume = &resume,
        .seam = "next"};
    struct relay *relay = relay_new(&options);
    relay_feed(relay, text_of(TEXT("The cap")));
    ck_assert(relay_facts(relay)->underway && !relay_facts(relay)->content);
    relay_feed(relay, text_of(TEXT("ital city of F")));
    ck_assert(relay_facts(relay)->content);
    relay_free(relay);
    resume_done(&resume);
}
END_TEST

/* "ha " and again "ha ": the model's own, or what it was given? */
START_TEST(a_short_text_that_comes_again_is_of_no_use)
{
    struct resume resume;
    remember_event(&resume, EVENT("ha "));
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_ollama,
        .identity = {.id = "chatcmpl-1", .model = "true", .created = 1},
        .resume = &resume,
        .prefilled = true,
        .seam = "next"};
    struct relay *relay = relay_new(&options);
    relay_feed(relay, text_of(LINE("ha ha")));
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(relay_facts(relay)->error.message, "or repeat it"));
    ck_assert_uint_eq(relay_out(relay)->len, 0);
    relay_free(relay);
    resume_done(&resume);
}
END_TEST

/* The provider's own error counts where it is what ended the answer, not behind another reason. */
START_TEST(an_error_behind_an_answer_of_no_use_is_not_the_last_word)
{
    static const char stream[] =
        TEXT("Something else") "data: {\"error\":{\"message\":\"upstream died\"}}\n\n";
    struct resume resume;
    remember(&resume);
    const struct relay_options options = {
        .app = &dialect_openai,
        .from = &dialect_openai,
        .identity = {.id = "chatcmpl-1", .model = "true", .created = 1},
        .resume = &resume,
        .seam = "next"};
    struct text behind = text_skip(text_of(stream), _i ? strlen(TEXT("Something else")) : 0);
    struct relay *relay = relay_new(&options);
    relay_feed(relay, text_of(_i ? TEXT(SO_FAR "F") : ""));
    buf_reset(relay_out(relay));
    relay_feed(relay, behind);
    relay_end(relay, TRANSPORT_OK);
    relay_break(relay);
    char *out = relay_out(relay)->data;
    ck_assert_int_eq(strstr(out, "upstream died") != NULL, _i);
    ck_assert_int_eq(strstr(out, "stream_incomplete") != NULL, !_i);
    ck_assert_ptr_nonnull(strstr(out, "\"error\""));
    relay_free(relay);
    resume_done(&resume);
}
END_TEST

/* Ollama's apps get lines: no comment at the seam, no id, and one end. */
static const struct {
    const char *name;
    const struct dialect *app, *from;
    bool prefilled;
    const char *so_far, *stream;
    const char *has[4], *has_not;
} lines[] = {
    {"a cloud, begun anew",
     &dialect_ollama,
     &dialect_openai,
     false,
     LINE(SO_FAR),
     TEXT("The capital ") TEXT("city of France") STOP,
     {"\"content\":\"France\"", "\"done_reason\":\"stop\"", "\"created_at\":\"2023-11-14T22:13:2"},
     "capital"},
    {"an Ollama that goes on",
     &dialect_ollama,
     &dialect_ollama,
     true,
     LINE(SO_FAR),
     LINE("Fran") LINE("ce") DONE_LINE,
     {"\"content\":\"Fran\"", "\"content\":\"ce\"", "\"eval_count\":2"},
     "\"model\":\"x\""},
    {"of generate",
     &dialect_generate,
     &dialect_ollama,
     true,
     "{\"model\":\"x\",\"response\":\"" SO_FAR "\",\"done\":false}\n",
     LINE("France") DONE_LINE,
     {"\"response\":\"France\"", "\"done\":true"},
     "message"},
    {"of generate, begun anew",
     &dialect_generate,
     &dialect_generate,
     false,
     "{\"model\":\"x\",\"response\":\"" SO_FAR "\",\"done\":false}\n",
     "{\"response\":\"" SO_FAR "F\",\"done\":false}\n{\"response\":\"\",\"done\":true}\n",
     {"\"response\":\"F\"", "\"done\":true"},
     "capital"},
};

START_TEST(an_app_of_ollamas_gets_lines)
{
    struct resume resume;
    resume_init(&resume, lines[_i].app);
    resume_feed(&resume, text_of(lines[_i].so_far));
    ck_assert(resume_possible(&resume));
    ck_assert(text_equals(buf_text(&resume.text), SO_FAR));
    for (size_t split = 0; split <= strlen(lines[_i].stream); split++) {
        const struct relay_options options = {
            .app = lines[_i].app,
            .from = lines[_i].from,
            .identity = {.id = "", .model = "true", .created = 1700000000},
            .resume = &resume,
            .prefilled = lines[_i].prefilled,
            .seam = "next"};
        struct text all = text_of(lines[_i].stream);
        struct relay *relay = relay_new(&options);
        relay_feed(relay, text_make(all.at, split));
        relay_feed(relay, text_skip(all, split));
        relay_end(relay, TRANSPORT_OK);
        const char *out = relay_out(relay)->data;
        ck_assert_msg(relay_facts(relay)->done, "%s: %s", lines[_i].name, out);
        for (size_t i = 0; lines[_i].has[i]; i++)
            ck_assert_msg(strstr(out, lines[_i].has[i]), "%s: %s", lines[_i].name, out);
        ck_assert_msg(!strstr(out, lines[_i].has_not) && out[0] == '{', "%s: %s", lines[_i].name,
                      out);
        ck_assert_msg(!strstr(strstr(out, "\"done\":true") + 1, "\"done\":true"), "%s", out);
        relay_free(relay);
    }
    resume_done(&resume);
}
END_TEST

START_TEST(a_line_that_breaks_again_ends_with_an_error)
{
    struct resume resume;
    resume_init(&resume, &dialect_ollama);
    resume_feed(&resume, text_of(LINE(SO_FAR)));
    const struct relay_options options = {.app = &dialect_ollama,
                                          .from = &dialect_openai,
                                          .identity = {.id = "", .model = "true", .created = 1},
                                          .resume = &resume,
                                          .seam = "next"};
    struct relay *relay = relay_new(&options);
    relay_feed(relay, text_of(TEXT("Something else")));
    ck_assert_int_eq(relay_facts(relay)->failure, FAILURE_PROTOCOL);
    relay_break(relay);
    ck_assert_str_eq(relay_out(relay)->data,
                     "{\"error\":\"the answer does not begin with what was sent\"}\n");
    ck_assert(relay_breaks_well(relay));
    relay_free(relay);
    resume_done(&resume);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("relay_resume");
    TCase *t = tcase_create("relay_resume");
    tcase_add_loop_test(t, it_goes_on_at_every_split, 0, COUNT(rows));
    tcase_add_test(t, catching_up_is_no_content_yet_but_a_sign_of_life);
    tcase_add_loop_test(t, an_error_behind_an_answer_of_no_use_is_not_the_last_word, 0, 2);
    tcase_add_test(t, a_short_text_that_comes_again_is_of_no_use);
    tcase_add_loop_test(t, an_app_of_ollamas_gets_lines, 0, COUNT(lines));
    tcase_add_test(t, a_line_that_breaks_again_ends_with_an_error);
    suite_add_tcase(s, t);
    return s;
}

UNIT_MAIN(suite)
