/* How long what an Ollama said counts, and what is learned of its models by using them. */
#include "ollama/ollama_known.h"
#include "unit.h"

static struct ollama_known known;

static void teardown(void)
{
    ollama_known_done(&known);
}

static void list(const char *tags)
{
    ollama_models_done(&known.models);
    ck_assert_int_eq(ollama_tags_read(text_of(tags), &known.models, NULL), 0);
}

#define NOW 10000000

static const struct {
    const char *name;
    int64_t told_ms, loaded_ms; /* ago; -1: never */
    bool ready;
    enum ollama_ask ask;
} ages[] = {
    {"nothing is known", -1, -1, false, OLLAMA_ASK_ALL},
    {"what is loaded alone is nothing to go by", -1, 0, false, OLLAMA_ASK_ALL},
    {"all was told a moment ago", 0, 0, true, OLLAMA_ASK_NOTHING},
    {"and still counts", 30000, 3000, true, OLLAMA_ASK_NOTHING},
    {"the list is renewed in the background", 30001, 3000, true, OLLAMA_ASK_ALL},
    {"for as long as it is not too old", 600000, 0, true, OLLAMA_ASK_ALL},
    {"too old", 600001, 0, false, OLLAMA_ASK_ALL},
    {"what is loaded has become old", 0, 3001, false, OLLAMA_ASK_LOADED},
    {"at the last moment of the list", 30000, 3001, false, OLLAMA_ASK_LOADED},
    {"both have", 30001, 3001, false, OLLAMA_ASK_ALL},
    {"what is loaded was never told", 0, -1, false, OLLAMA_ASK_LOADED},
};

START_TEST(so_much_is_asked)
{
    enum ollama_ask ask;
    known.models.known = ages[_i].told_ms >= 0;
    known.told_at_ms = NOW - ages[_i].told_ms;
    known.loaded_at_ms = ages[_i].loaded_ms >= 0 ? NOW - ages[_i].loaded_ms : 0;
    bool ready = ollama_known_ready(&known, NOW, &ask);
    ck_assert_msg(ready == ages[_i].ready, "%s", ages[_i].name);
    ck_assert_msg(ask == ages[_i].ask, "%s: %d", ages[_i].name, ask);
    ck_assert_int_eq(ollama_known_age_ms(&known, NOW), ages[_i].told_ms);
}
END_TEST

/* ---- lessons */

START_TEST(the_window_that_was_asked_for_counts_until_the_server_tells)
{
    list("{\"models\":[{\"name\":\"m\",\"digest\":\"d\"}]}");
    ck_assert_int_eq(ollama_known_window(&known, "m", NULL, NOW), 0);
    ollama_known_note_window(&known, "m", 8192, NOW);
    ck_assert_int_eq(ollama_known_window(&known, "m", NULL, NOW + 1000), 8192);
    ck_assert_int_eq(ollama_known_window(&known, "x", NULL, NOW + 1000), 0);
    known.models.at[0].loaded_context = 4096;
    known.loaded_at_ms = NOW + 1;
    ck_assert_int_eq(ollama_known_window(&known, "m", NULL, NOW + 1000), 4096);
}
END_TEST

START_TEST(and_not_longer_than_a_model_is_kept)
{
    ollama_known_note_window(&known, "m", 8192, NOW);
    ck_assert_int_eq(ollama_known_window(&known, "m", NULL, NOW + 300001), 0);
    ck_assert_int_eq(ollama_known_window(&known, "m", "10m", NOW + 300001), 8192);
}
END_TEST

START_TEST(whether_a_turn_is_left_open_is_seen_once)
{
    bool open = false;
    ck_assert(!ollama_known_prefill(&known, "m", &open));
    ollama_known_note_window(&known, "m", 8192, NOW); /* another lesson of it */
    ck_assert(!ollama_known_prefill(&known, "m", &open));
    ollama_known_note_prefill(&known, "m", true);
    ck_assert(ollama_known_prefill(&known, "m", &open) && open);
    ollama_known_note_prefill(&known, "m", false);
    ck_assert(ollama_known_prefill(&known, "m", &open) && !open);
    ck_assert_int_eq(ollama_known_window(&known, "m", NULL, NOW), 8192);
}
END_TEST

START_TEST(another_digest_is_another_model)
{
    bool open;
    list("{\"models\":[{\"name\":\"m\",\"digest\":\"d\"}]}");
    ollama_known_note_prefill(&known, "m", true);
    list("{\"models\":[{\"name\":\"m\",\"digest\":\"e\"}]}");
    ck_assert(!ollama_known_prefill(&known, "m", &open));
    ollama_known_note_window(&known, "m", 8192, NOW);
    list("{\"models\":[{\"name\":\"m\",\"digest\":\"d\"}]}"); /* and the old one is forgotten */
    ck_assert(!ollama_known_prefill(&known, "m", &open));
}
END_TEST

START_TEST(what_was_learned_before_the_list_was_known_is_of_the_model_in_it)
{
    bool open;
    ollama_known_note_prefill(&known, "m", true);
    list("{\"models\":[{\"name\":\"m\",\"digest\":\"d\"}]}");
    ck_assert(ollama_known_prefill(&known, "m", &open));
    ollama_known_note_window(&known, "m", 8192, NOW); /* from now on it has that digest */
    list("{\"models\":[{\"name\":\"m\",\"digest\":\"e\"}]}");
    ck_assert(!ollama_known_prefill(&known, "m", &open));
}
END_TEST

START_TEST(lessons_do_not_grow_without_end)
{
    char name[16];
    for (int i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof(name), "m%d", i);
        ollama_known_note_window(&known, name, 8192, NOW);
    }
    ck_assert_int_eq(ollama_known_window(&known, "m299", NULL, NOW), 8192);
    ck_assert_int_eq(ollama_known_window(&known, "m44", NULL, NOW), 8192); /* the 256th */
    ck_assert_int_eq(ollama_known_window(&known, "m43", NULL, NOW), 0);
}
END_TEST

START_TEST(how_it_counts_is_learned_of_a_model_that_is_listed)
{
    struct ollama_count count = {0};
    ollama_count_text(text_of("some words of a prompt, to be counted by the model"), &count);
    ollama_known_note_prompt(&known, "m", &count, 10);
    list("{\"models\":[{\"name\":\"m\"}]}");
    ck_assert(!known.models.at[0].rates.known);
    ollama_known_note_prompt(&known, "m", &count, 10);
    ck_assert(known.models.at[0].rates.known);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ollama_known");
    TCase *tc = tcase_create("ollama_known");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_loop_test(tc, so_much_is_asked, 0, ROWS(ages));
    tcase_add_test(tc, the_window_that_was_asked_for_counts_until_the_server_tells);
    tcase_add_test(tc, and_not_longer_than_a_model_is_kept);
    tcase_add_test(tc, whether_a_turn_is_left_open_is_seen_once);
    tcase_add_test(tc, another_digest_is_another_model);
    tcase_add_test(tc, what_was_learned_before_the_list_was_known_is_of_the_model_in_it);
    tcase_add_test(tc, lessons_do_not_grow_without_end);
    tcase_add_test(tc, how_it_counts_is_learned_of_a_model_that_is_listed);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
