/* The table of kinds: what every record has to say, and what two of them do say. */
#include "kind/kind.h"
#include "unit.h"

/* What others ask without a look whether it is there. */
START_TEST(every_record_is_whole)
{
    for (size_t i = 0; i < kind_count(); i++) {
        const struct kind *kind = kind_at(i);
        ck_assert(kind_by_word(text_of(kind->word)) == kind);
        ck_assert_ptr_nonnull(kind->title);
        ck_assert(!kind->server == !kind->start_with);
        ck_assert(kind->idle_timeout && kind->first_byte_timeout && kind->max_inflight);
        ck_assert_ptr_nonnull(kind->key_header);
        ck_assert_ptr_nonnull(kind->key_scheme);
        ck_assert_ptr_nonnull(kind->accept);
        ck_assert(!kind->always.name == !kind->always.value);
        ck_assert(kind->speaker & SPEAKER_ANY);
        ck_assert(kind->list_path[0] == '/');
        ck_assert(!kind->has_catalogue || kind->version_path);
    }
}
END_TEST

/* The choices of `type` are made from the ids of the list. */
START_TEST(a_kind_is_called_what_its_record_says)
{
#define X(id) ck_assert_str_eq(kind_##id.word, #id);
    KIND_LIST(X)
#undef X
}
END_TEST

START_TEST(openai_and_ollama_differ_in_this)
{
    const struct kind *cloud = kind_by_word(text_of("openai"));
    const struct kind *local = kind_by_word(text_of("OLLAMA"));
    ck_assert(cloud->is_cloud && !local->is_cloud);
    ck_assert(cloud->needs_key && !local->needs_key);
    ck_assert(cloud->takes_app_headers && !local->takes_app_headers);
    ck_assert(!cloud->has_catalogue && local->has_catalogue);
    ck_assert_str_eq(cloud->path[API_PATH_CHAT].speaks, "openai");
    ck_assert_str_eq(local->path[API_PATH_CHAT].speaks, "ollama");
    ck_assert_int_eq(cloud->speaker, SPEAKER_OPENAI);
    ck_assert_int_eq(local->speaker, SPEAKER_OLLAMA);
}
END_TEST

START_TEST(anthropic_has_no_model_by_default)
{
    const struct kind *kind = kind_by_word(text_of("anthropic"));
    ck_assert(kind->is_cloud && kind->needs_key && kind->takes_app_headers && !kind->has_catalogue);
    ck_assert_ptr_null(kind->model);
    ck_assert_str_eq(kind->key_header, "x-api-key");
    ck_assert_str_eq(kind->key_scheme, "");
    ck_assert_str_eq(kind->always.name, "anthropic-version");
    ck_assert_int_eq(kind->path[API_PATH_EMBEDDINGS].serves, KIND_SERVES_NEVER);
}
END_TEST

START_TEST(fields_of_a_kind_are_its_own)
{
    ck_assert_ptr_eq(kind_by_field(text_of("Anthropic-Beta")), &kind_anthropic);
    ck_assert_ptr_null(kind_by_field(text_of("anthropic")));
    ck_assert_ptr_null(kind_by_field(text_of("X-Anthropic-Beta")));
}
END_TEST

START_TEST(apps_were_made_for_who_has_their_path)
{
    static const struct kind *const kinds[API_PATH_COUNT] = {[API_PATH_MESSAGES] = &kind_anthropic,
                                                             [API_PATH_COUNT_TOKENS] =
                                                                 &kind_anthropic,
                                                             [API_PATH_API_CHAT] = &kind_ollama,
                                                             [API_PATH_API_GENERATE] = &kind_ollama,
                                                             [API_PATH_OLLAMA] = &kind_ollama};
    for (int i = 0; i < API_PATH_COUNT; i++)
        ck_assert_ptr_eq(kind_of_apps((enum api_path)i), kinds[i] ? kinds[i] : &kind_openai);
}
END_TEST

START_TEST(what_is_no_kind_is_not_found)
{
    ck_assert_ptr_null(kind_by_word(text_of("gemini")));
    ck_assert_ptr_null(kind_by_word(text_of("")));
}
END_TEST

START_TEST(each_kind_serves_what_it_can)
{
    static const enum kind_serve serve[][2] = {
        [API_PATH_CHAT] = {KIND_SERVES_ALWAYS, KIND_SERVES_ALWAYS},
        [API_PATH_API_CHAT] = {KIND_SERVES_ALWAYS, KIND_SERVES_ALWAYS},
        [API_PATH_API_GENERATE] = {KIND_SERVES_ALWAYS, KIND_SERVES_ALWAYS},
        [API_PATH_OLLAMA] = {KIND_SERVES_NEVER, KIND_SERVES_FIRST},
        [API_PATH_COMPLETIONS] = {KIND_SERVES_ALWAYS, KIND_SERVES_ALWAYS},
        [API_PATH_RESPONSES] = {KIND_SERVES_ALWAYS, KIND_SERVES_ALWAYS},
        [API_PATH_EMBEDDINGS] = {KIND_SERVES_FIRST, KIND_SERVES_NAMED},
        [API_PATH_MESSAGES] = {KIND_SERVES_ALWAYS, KIND_SERVES_ALWAYS},
        [API_PATH_OTHER] = {KIND_SERVES_FIRST, KIND_SERVES_NEVER},
    };
    for (int i = 0; i < ROWS(serve); i++) {
        ck_assert_int_eq(kind_openai.path[i].serves, serve[i][0]);
        ck_assert_int_eq(kind_ollama.path[i].serves, serve[i][1]);
        ck_assert_ptr_null(kind_openai.path[i].absent);
    }
    ck_assert_ptr_null(kind_ollama.path[API_PATH_CHAT].absent);
    ck_assert_ptr_null(kind_ollama.path[API_PATH_RESPONSES].absent);
    ck_assert_int_eq(kind_anthropic.path[API_PATH_RESPONSES].serves, KIND_SERVES_ALWAYS);
    ck_assert_str_eq(kind_anthropic.path[API_PATH_RESPONSES].speaks, "anthropic");
    ck_assert_ptr_nonnull(strstr(kind_ollama.path[API_PATH_EMBEDDINGS].absent, "/v1/embeddings"));
}
END_TEST

START_TEST(kinds_are_listed_for_people)
{
    char list[KIND_WORDS_MAX];
    kind_words(list, sizeof(list));
    ck_assert_str_eq(list, "openai (anything that speaks it), ollama or anthropic");
    kind_words_with_catalogue(list, sizeof(list));
    ck_assert_str_eq(list, "ollama");
}
END_TEST

START_TEST(a_list_is_cut_where_it_does_not_fit)
{
    char list[9];
    kind_words(list, sizeof(list));
    ck_assert_str_eq(list, "openai (");
    kind_words_with_catalogue(list, 4);
    ck_assert_str_eq(list, "oll");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("kind");
    TCase *tc = tcase_create("table");
    tcase_add_test(tc, every_record_is_whole);
    tcase_add_test(tc, a_kind_is_called_what_its_record_says);
    tcase_add_test(tc, openai_and_ollama_differ_in_this);
    tcase_add_test(tc, anthropic_has_no_model_by_default);
    tcase_add_test(tc, fields_of_a_kind_are_its_own);
    tcase_add_test(tc, apps_were_made_for_who_has_their_path);
    tcase_add_test(tc, what_is_no_kind_is_not_found);
    tcase_add_test(tc, each_kind_serves_what_it_can);
    tcase_add_test(tc, kinds_are_listed_for_people);
    tcase_add_test(tc, a_list_is_cut_where_it_does_not_fit);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
