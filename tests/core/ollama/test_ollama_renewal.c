/* What an Ollama is asked, one question after the other, and what becomes of the answers. */
#include "ollama/ollama_known.h"
#include "unit.h"

#define NOW   10000000
#define STEPS 8

static struct ollama_known known;
static struct ollama_renewal renewal;

static void teardown(void)
{
    ollama_renewal_done(&renewal);
    ollama_known_done(&known);
}

/* The next question as "/api/show {...}"; "" = none. */
static const char *question(int64_t now_ms)
{
    static char text[256];
    struct ollama_question asked;
    text[0] = '\0';
    if (ollama_renewal_question(&renewal, now_ms, &asked))
        (void)snprintf(text, sizeof(text), "%s%s%s", asked.path + strlen("/api/"),
                       asked.body ? " " : "", asked.body ? asked.body : "");
    free(asked.body);
    return text;
}

#define OLD  "{\"models\":[{\"name\":\"old\",\"digest\":\"o\",\"modified_at\":\"t\"}]}"
#define TWO  "{\"models\":[{\"name\":\"a\",\"digest\":\"x\"},{\"name\":\"b\",\"digest\":\"y\"}]}"
#define ALL  "[\"completion\",\"tools\",\"thinking\"]"
#define FULL "{\"models\":[{\"name\":\"a\",\"capabilities\":" ALL "}]}"
#define SAYS "{\"capabilities\":[\"completion\"]}"

/* "" for a body: no answer came. */
static const struct {
    const char *name;
    enum ollama_ask ask;
    struct {
        const char *question; /* NULL ends the list */
        int status;
        const char *body;
    } step[STEPS];
    const char *models; /* known in the end, those whose abilities are known with a star */
    bool told, loaded;  /* anew */
    bool odd;           /* an answer that is none of Ollama's is told of */
} renewals[] = {
    {"all that is there is asked for",
     OLLAMA_ASK_ALL,
     {{"tags", 200, TWO},
      {"show {\"model\":\"a\"}", 200, SAYS},
      {"show {\"model\":\"b\"}", 200, SAYS},
      {"ps", 200, "{\"models\":[]}"}},
     "a* b*",
     true,
     true,
     false},
    {"a list that says all needs no second look",
     OLLAMA_ASK_ALL,
     {{"tags", 200, FULL}, {"ps", 200, "{\"models\":[]}"}},
     "a*",
     true,
     true,
     false},
    {"an empty server",
     OLLAMA_ASK_ALL,
     {{"tags", 200, "{\"models\":null}"}, {"ps", 200, "{\"models\":null}"}},
     "",
     true,
     true,
     false},
    {"where the list does not come what was known stays",
     OLLAMA_ASK_ALL,
     {{"tags", 0, ""}},
     "old",
     false,
     false,
     false},
    {"an error is no list", OLLAMA_ASK_ALL, {{"tags", 500, "{}"}}, "old", false, false, false},
    {"nor is what nobody can read",
     OLLAMA_ASK_ALL,
     {{"tags", 200, "<html>"}},
     "old",
     false,
     false,
     true},
    {"a model that is not told of stays unknown",
     OLLAMA_ASK_ALL,
     {{"tags", 200, TWO},
      {"show {\"model\":\"a\"}", 404, "{\"error\":\"gone\"}"},
      {"show {\"model\":\"b\"}", 200, "<html>"},
      {"ps", 200, "{\"models\":[]}"}},
     "a b",
     true,
     true,
     true},
    {"what is loaded is not told: the models count all the same",
     OLLAMA_ASK_ALL,
     {{"tags", 200, FULL}, {"ps", 404, "404 page not found"}},
     "a*",
     true,
     false,
     false},
    {"what is loaded alone",
     OLLAMA_ASK_LOADED,
     {{"ps", 200, "{\"models\":[]}"}},
     "old",
     false,
     true,
     false},
    {"and is not told", OLLAMA_ASK_LOADED, {{"ps", 0, ""}}, "old", false, false, false},
    {"in words that nobody can read",
     OLLAMA_ASK_LOADED,
     {{"ps", 200, "[]"}},
     "old",
     false,
     false,
     true},
    {"nothing is asked", OLLAMA_ASK_NOTHING, {{0}}, "old", false, false, false},
};

static const char *models(void)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < known.models.count; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof(text) - used, "%s%s%s", i > 0 ? " " : "",
                       known.models.at[i].name, known.models.at[i].capabilities_known ? "*" : "");
    }
    return text;
}

START_TEST(these_questions_are_asked)
{
    struct error why = ERROR_NONE;
    ck_assert_int_eq(ollama_tags_read(text_of(OLD), &known.models, NULL), 0);
    known.told_at_ms = known.loaded_at_ms = 1;
    ollama_renewal_begin(&renewal, &known, renewals[_i].ask, NOW);
    for (size_t i = 0; i < STEPS && renewals[_i].step[i].question; i++) {
        ck_assert_msg(strcmp(question(NOW), renewals[_i].step[i].question) == 0, "%s: %s",
                      renewals[_i].name, question(NOW));
        ollama_renewal_answer(&renewal, renewals[_i].step[i].status,
                              text_of(renewals[_i].step[i].body), NOW + 7, &why);
    }
    ck_assert_msg(question(NOW)[0] == '\0', "%s: %s", renewals[_i].name, question(NOW));
    ck_assert_msg(strcmp(models(), renewals[_i].models) == 0, "%s: %s", renewals[_i].name,
                  models());
    ck_assert_int_eq(known.told_at_ms, renewals[_i].told ? NOW + 7 : 1);
    ck_assert_int_eq(known.loaded_at_ms, renewals[_i].loaded ? NOW + 7 : 1);
    ck_assert_msg(error_is_set(&why) == renewals[_i].odd, "%s: %s", renewals[_i].name, why.text);
}
END_TEST

static void learn(const char *tags, const char *ps)
{
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_ALL, NOW);
    ollama_renewal_answer(&renewal, 200, text_of(tags), NOW, NULL);
    while (strncmp(question(NOW), "show", 4) == 0)
        ollama_renewal_answer(&renewal, 200, text_of(SAYS), NOW, NULL);
    ck_assert_str_eq(question(NOW), "ps");
    ollama_renewal_answer(&renewal, 200, text_of(ps), NOW, NULL);
}

START_TEST(a_model_that_has_not_changed_is_not_looked_at_again)
{
    learn(TWO, "{\"models\":[]}");
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_ALL, NOW);
    ollama_renewal_answer(
        &renewal, 200,
        text_of(
            "{\"models\":[{\"name\":\"a\",\"digest\":\"x\"},{\"name\":\"b\",\"digest\":\"z\"}]}"),
        NOW, NULL);
    ck_assert_str_eq(question(NOW), "show {\"model\":\"b\"}");
}
END_TEST

START_TEST(what_is_loaded_is_noted_of_the_models_that_are_known)
{
    learn(TWO, "{\"models\":[{\"name\":\"b\",\"context_length\":4096}]}");
    ck_assert_int_eq(known.models.at[1].loaded_context, 4096);
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_LOADED, NOW);
    ollama_renewal_answer(&renewal, 200,
                          text_of("{\"models\":[{\"name\":\"a\",\"context_length\":8192}]}"), NOW,
                          NULL);
    ck_assert_int_eq(known.models.at[0].loaded_context, 8192);
    ck_assert_int_eq(known.models.at[1].loaded_context, 0);
}
END_TEST

START_TEST(what_was_learned_while_it_was_asked_is_kept)
{
    struct ollama_count count = {0};
    learn(TWO, "{\"models\":[]}");
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_ALL, NOW);
    ollama_renewal_answer(&renewal, 200, text_of(TWO), NOW, NULL);
    ollama_count_text(text_of("some words of a prompt, to be counted by the model"), &count);
    ollama_known_note_prompt(&known, "a", &count, 10);
    ollama_renewal_answer(&renewal, 200, text_of("{\"models\":[]}"), NOW, NULL);
    ck_assert(known.models.at[0].rates.known);
}
END_TEST

START_TEST(two_seconds_are_the_time_of_all_questions)
{
    struct ollama_question asked;
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_ALL, NOW);
    ck_assert(ollama_renewal_question(&renewal, NOW, &asked));
    ck_assert_int_eq(asked.within_ms, 2000);
    ck_assert(ollama_renewal_question(&renewal, NOW + 2001, &asked));
    ck_assert_int_eq(asked.within_ms, 0);
    ollama_renewal_answer(&renewal, 200, text_of(TWO), NOW + 1999, NULL);
    ck_assert(ollama_renewal_question(&renewal, NOW + 1999, &asked));
    ck_assert_int_eq(asked.within_ms, 1);
    free(asked.body);
    ollama_renewal_answer(&renewal, 0, text_of(""), NOW + 2000, NULL);
    ck_assert_str_eq(question(NOW + 2000), "ps"); /* nobody is looked at any more */
    ollama_renewal_answer(&renewal, 0, text_of(""), NOW + 2000, NULL);
    ck_assert_str_eq(models(), "a b");
}
END_TEST

START_TEST(of_a_hundred_models_32_are_looked_at)
{
    struct buf tags;
    int shown = 0;
    buf_init(&tags, 1 << 16);
    ck_assert_int_eq(buf_append_string(&tags, "{\"models\":["), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(buf_printf(&tags, "%s{\"name\":\"m%d\"}", i > 0 ? "," : "", i), 0);
    ck_assert_int_eq(buf_append_string(&tags, "]}"), 0);
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_ALL, NOW);
    ollama_renewal_answer(&renewal, 200, buf_text(&tags), NOW, NULL);
    for (; strncmp(question(NOW), "show", 4) == 0; shown++)
        ollama_renewal_answer(&renewal, 200, text_of(SAYS), NOW, NULL);
    ck_assert_int_eq(shown, 32);
    ck_assert_str_eq(question(NOW), "ps");
    buf_done(&tags);
}
END_TEST

START_TEST(one_that_is_ended_half_way_has_taught_nothing)
{
    ollama_renewal_begin(&renewal, &known, OLLAMA_ASK_ALL, NOW);
    ollama_renewal_answer(&renewal, 200, text_of(TWO), NOW, NULL);
    ollama_renewal_done(&renewal);
    ck_assert_str_eq(question(NOW), "");
    ollama_renewal_answer(&renewal, 200, text_of(TWO), NOW, NULL);
    ck_assert(!known.models.known);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_renewal");
    TCase *tc = tcase_create("ollama_renewal");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_loop_test(tc, these_questions_are_asked, 0, ROWS(renewals));
    tcase_add_test(tc, a_model_that_has_not_changed_is_not_looked_at_again);
    tcase_add_test(tc, what_is_loaded_is_noted_of_the_models_that_are_known);
    tcase_add_test(tc, what_was_learned_while_it_was_asked_is_kept);
    tcase_add_test(tc, two_seconds_are_the_time_of_all_questions);
    tcase_add_test(tc, of_a_hundred_models_32_are_looked_at);
    tcase_add_test(tc, one_that_is_ended_half_way_has_taught_nothing);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
