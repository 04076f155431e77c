/* Which models are offered: who is asked, whose names stand as they are, and in which order. */
#include <errno.h>

#include "config_case.h"
#include "tell/offer.h"
#include "unit.h"

static struct config_provider provider(const char *name)
{
    return (struct config_provider){.name = (char *)(uintptr_t)name, .kind = &kind_openai};
}

static struct buf out;

static void setup(void)
{
    buf_init(&out, 1 << 16);
}

static void teardown(void)
{
    buf_done(&out);
}

/* ---- who is asked */

static const char settings[] =
    "[route]\npriority = %s\n"
    "[provider near]\ntype = ollama\nbase_url = http://127.0.0.1:2\n"
    "[provider one]\ntype = openai\nbase_url = https://one.example/v1\napi_key = k\n"
    "[provider two]\ntype = openai\nbase_url = https://two.example/v1\napi_key = k\n"
    "[provider keyless]\ntype = openai\nbase_url = https://three.example/v1\n"
    "[provider bare]\ntype = openai\nbase_url = https://four.example/v1\n"
    "[provider own]\ntype = openai\nbase_url = http://127.0.0.1:1/v1\napi_key = none\n";

/* Whose names do apps of Anthropic's and all others get, and who is looked for at all? */
START_TEST(the_other_route_is_offered_by_its_clouds)
{
    static const char text[] =
        "[route]\npriority = one, near\nmessages = anthropic, own, far\n"
        "[provider anthropic]\napi_key = k\n"
        "[provider near]\ntype = ollama\nbase_url = http://127.0.0.1:2\n"
        "[provider far]\ntype = ollama\nbase_url = http://127.0.0.1:3\n"
        "[provider one]\ntype = openai\nbase_url = https://one.example/v1\napi_key = k\n"
        "[provider own]\ntype = openai\nbase_url = http://127.0.0.1:1/v1\napi_key = none\n";
    static const struct {
        const struct kind *app;
        const char *asked;
    } apps[] = {{NULL, "one* near anthropic own"},
                {&kind_anthropic, "one* near anthropic* own far"}};
    struct config_case loaded = config_case_load(text, NULL, NULL);
    ck_assert_int_eq(loaded.r, 0);
    for (int a = 0; a < ROWS(apps); a++) {
        struct offer offer;
        const struct offer_query query = {.app = apps[a].app};
        offer_plan(loaded.config, &query, &offer);
        buf_reset(&out);
        for (size_t i = 0; i < offer.count; i++)
            ck_assert_int_eq(buf_printf(&out, "%s%s%s", i > 0 ? " " : "",
                                        offer.at[i].provider->name, offer.at[i].bare ? "*" : ""),
                             0);
        ck_assert_str_eq(out.data, apps[a].asked);
    }
    config_case_done(&loaded);
}
END_TEST

/* Names stay what they are for everybody; what the route has not is added behind. */
START_TEST(a_client_that_is_held_to_some_is_offered_theirs)
{
    static const struct {
        const char *bound, *asked;
    } rows[] = {
        {"near", "near"}, {"one, near", "one* near"}, {"two", "two"}, {"own, two", "two own"}};
    char text[2048];
    (void)snprintf(text, sizeof(text), settings, "one, two, near");
    struct config_case loaded = config_case_load(text, NULL, NULL);
    ck_assert_int_eq(loaded.r, 0);
    for (int row = 0; row < ROWS(rows); row++) {
        struct offer offer;
        struct strings bound = {0};
        struct text item, rest = text_of(rows[row].bound);
        while (string_list_item(&rest, &item))
            ck_assert_int_eq(string_list_add(&bound, item), 0);
        const struct offer_query query = {.bound = &bound};
        offer_plan(loaded.config, &query, &offer);
        buf_reset(&out);
        for (size_t i = 0; i < offer.count; i++)
            ck_assert_int_eq(buf_printf(&out, "%s%s%s", i > 0 ? " " : "",
                                        offer.at[i].provider->name, offer.at[i].bare ? "*" : ""),
                             0);
        ck_assert_str_eq(out.data, rows[row].asked);
        string_list_done(&bound);
    }
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *priority;
    bool authorization, offline;
    const char *asked; /* those whose names stand as they are have a star */
} plans[] = {
    {"the first cloud has names of its own", "one, two, near", false, false, "one* two near"},
    {"wherever it stands", "near, two, one", false, false, "near two* one"},
    {"a cloud without a key is not asked", "two, keyless", false, false, "two*"},
    {"unless the request brings one", "two, keyless", true, false, "two* keyless"},
    {"which goes to one alone", "keyless, two, bare", true, false, "keyless* two"},
    {"the first cloud is the first, asked or not", "keyless, two", false, false, "two"},
    {"offline only who is near is asked", "one, own, near", false, true, "own near"},
    {"a server of one's own is a cloud, too", "own, one", false, false, "own* one"},
};

START_TEST(these_are_asked)
{
    struct config_case loaded;
    struct offer offer;
    char text[1024];
    (void)snprintf(text, sizeof(text), settings, plans[_i].priority);
    loaded = config_case_load(text, NULL, NULL);
    ck_assert_msg(loaded.r == 0, "%s",
                  loaded.errors.errors.count ? loaded.errors.errors.at[0] : "");
    const struct offer_query query = {.client_credential = plans[_i].authorization,
                                      .far =
                                          plans[_i].offline ? ROUTE_SKIP_OFFLINE : ROUTE_SKIP_NONE};
    offer_plan(loaded.config, &query, &offer);
    for (size_t i = 0; i < offer.count; i++)
        ck_assert_int_eq(buf_printf(&out, "%s%s%s", i > 0 ? " " : "", offer.at[i].provider->name,
                                    offer.at[i].bare ? "*" : ""),
                         0);
    ck_assert_msg(text_equals(buf_text(&out), plans[_i].asked), "%s: %s", plans[_i].name, out.data);
    ck_assert(offer_is_empty(&offer));
    config_case_done(&loaded);
}
END_TEST

START_TEST(one_alone_never_has_bare_names_and_is_not_asked_when_it_cannot_be)
{
    struct config_provider one = provider("one");
    struct offer offer;
    const struct offer_query with_key = {.client_credential = true},
                             without = {.far = ROUTE_SKIP_NONE};
    offer_plan_one(&one, &with_key, &offer);
    ck_assert_uint_eq(offer.count, 1);
    ck_assert(!offer.at[0].bare);
    offer_plan_one(&one, &without, &offer);
    ck_assert_uint_eq(offer.count, 0);
}
END_TEST

static const struct {
    int64_t age_ms;
    bool stale, gone;
} ages[] = {
    {-1, true, true},    {0, false, false},   {1000, false, false},
    {1001, true, false}, {3500, true, false}, {3501, true, true},
};

START_TEST(what_an_ollama_said_counts_for_a_while)
{
    ck_assert_int_eq(offer_is_stale(ages[_i].age_ms), ages[_i].stale);
    ck_assert_int_eq(offer_is_gone(ages[_i].age_ms), ages[_i].gone);
}
END_TEST

/* ---- the entries */

static struct ollama_model local[] = {{.name = (char *)(uintptr_t) "a:3b"},
                                      {.name = (char *)(uintptr_t) "b:cloud", .remote = true},
                                      {.name = (char *)(uintptr_t) "c:latest"}};
static const struct ollama_models local_models = {local, 3, true};

static const char *names_of(const struct offer *offer)
{
    struct offer_cursor cursor = {0};
    struct offer_entry entry;
    buf_reset(&out);
    while (offer_next(offer, &cursor, &entry)) {
        ck_assert_int_eq(buf_append_string(&out, out.len ? " " : ""), 0);
        int r = offer_put_name(&entry, &out);
        ck_assert(r == 0 || (r == -ENOENT && entry.source->bare));
        if (r < 0)
            ck_assert_int_eq(buf_append_string(&out, "-"), 0);
    }
    return out.len ? out.data : "";
}

static const struct {
    const char *name;
    bool bare, allow_cloud;
    const char *answer; /* of a cloud; NULL: the Ollama's */
    const char *names;
} lists[] = {
    {"models of an Ollama have their owner's name, those of other machines are not there", false,
     false, NULL, "p:a:3b p:c:latest"},
    {"but where they may be asked", false, true, NULL, "p:a:3b p:b:cloud p:c:latest"},
    {"the first cloud's stay as they are, what has no id included", true, false,
     "{\"object\":\"list\",\"data\":[{\"id\":\"a\"} , 7,{\"id\":\"b\"}]}", "a - b"},
    {"of another cloud what has no id is left out", false, false,
     "{\"data\":[7,{\"id\":\"b\"},{},{\"id\":8},{\"id\":\"c\"}]}", "p:b p:c"},
    {"escapes are read", false, false, "{\"data\":[{\"x\":{\"id\":1},\"id\":\"a\\u002fb\"}]}",
     "p:a/b"},
    {"an empty list", true, false, "{\"data\":[]}", ""},
    {"no list", true, false, "{\"models\":[]}", ""},
};

START_TEST(the_models_have_these_names)
{
    struct config_provider owner = provider("p");
    owner.allow_cloud = lists[_i].allow_cloud;
    const struct offer offer = {.at = {{.provider = &owner,
                                        .bare = lists[_i].bare,
                                        .models = lists[_i].answer ? NULL : &local_models,
                                        .answer = text_of(lists[_i].answer)}},
                                .count = 1};
    ck_assert_msg(strcmp(names_of(&offer), lists[_i].names) == 0, "%s: %s", lists[_i].name,
                  out.data);
    ck_assert(!offer_is_empty(&offer));
}
END_TEST

START_TEST(all_stand_in_the_order_of_the_route_and_who_did_not_tell_has_none)
{
    struct config_provider one = provider("one"), two = provider("two"), o = provider("o");
    const struct offer offer = {
        .at = {{.provider = &one, .bare = true, .answer = text_of("{\"data\":[{\"id\":\"x\"}]}")},
               {.provider = &o},
               {.provider = &o, .models = &local_models},
               {.provider = &two, .answer = text_of("{\"data\":[{\"id\":\"x\"}]}")}},
        .count = 4};
    ck_assert_str_eq(names_of(&offer), "x o:a:3b o:c:latest two:x");
}
END_TEST

static const struct {
    const char *modified_at;
    int64_t created_s;
} dates[] = {{"2026-11-24T19:00:00.25+01:00", 1795543200}, {NULL, 0}, {"yesterday", 0}};

START_TEST(the_date_of_a_model_is_read)
{
    const struct ollama_model model = {.modified_at = (char *)(uintptr_t)dates[_i].modified_at};
    ck_assert_int_eq(offer_created_s(&model), dates[_i].created_s);
}
END_TEST

static const struct {
    const char *body;
    bool is;
} answers[] = {
    {"{\"data\":[]}", true},  {"{\"object\":\"list\",\"data\":[{}]}", true},
    {"{\"data\":{}}", false}, {"[]", false},
    {"{\"data\":[}", false},  {"", false},
    {"<html>", false},
};

START_TEST(a_list_of_models_is_known_by_its_data)
{
    ck_assert_msg(offer_is_list(text_of(answers[_i].body)) == answers[_i].is, "%s",
                  answers[_i].body);
}
END_TEST

/* ---- IDs */

static const struct {
    const char *id;
    const char *owner; /* NULL: nobody's by name */
    const char *rest;
} ids[] = {
    {"ollama:ministral-3:3b", "ollama", "ministral-3:3b"},
    {"ollama%3Aministral-3%3a3b", "ollama", "ministral-3%3a3b"},
    {"ollama%3ax", "ollama", "x"},
    {"gpt-4", NULL, ""},
    {"ministral-3:3b", NULL, ""},
    {"ollama:", NULL, ""},
    {"ollama", NULL, ""},
    {":x", NULL, ""},
    {"ollama%2fx", NULL, ""},
    {"ollama%3", NULL, ""},
    {"", NULL, ""},
};

START_TEST(an_id_names_its_owner)
{
    struct config_provider all[] = {provider("openai"), provider("ollama")};
    struct config config = {.providers = all, .provider_count = 2};
    struct text rest = text_of("");
    const struct config_provider *owner = offer_owner(&config, text_of(ids[_i].id), &rest);
    ck_assert_msg((owner != NULL) == (ids[_i].owner != NULL), "%s", ids[_i].id);
    if (owner) {
        ck_assert_str_eq(owner->name, ids[_i].owner);
        ck_assert_msg(text_equals(rest, ids[_i].rest), "%s", ids[_i].id);
    }
}
END_TEST

static const struct {
    const char *escaped;
    const char *plain;
} escapes[] = {
    {"ministral-3%3A3b", "ministral-3:3b"},
    {"a%2fb%2Fc", "a/b/c"},
    {"100%", "100%"},
    {"%4", "%4"},
    {"%zz%41", "%zzA"},
    {"%4z", "%4z"},
    {"%+1", "%+1"},
    {"%e2%82%ac", "\xe2\x82\xac"},
    {"", ""},
};

START_TEST(an_id_is_unescaped)
{
    ck_assert_int_eq(offer_unescape(text_of(escapes[_i].escaped), &out), 0);
    ck_assert_msg(text_equals(buf_text(&out), escapes[_i].plain), "%s", escapes[_i].escaped);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("offer");
    TCase *tc = tcase_create("offer");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_client_that_is_held_to_some_is_offered_theirs);
    tcase_add_test(tc, the_other_route_is_offered_by_its_clouds);
    tcase_add_loop_test(tc, these_are_asked, 0, ROWS(plans));
    tcase_add_test(tc, one_alone_never_has_bare_names_and_is_not_asked_when_it_cannot_be);
    tcase_add_loop_test(tc, what_an_ollama_said_counts_for_a_while, 0, ROWS(ages));
    tcase_add_loop_test(tc, the_models_have_these_names, 0, ROWS(lists));
    tcase_add_test(tc, all_stand_in_the_order_of_the_route_and_who_did_not_tell_has_none);
    tcase_add_loop_test(tc, the_date_of_a_model_is_read, 0, ROWS(dates));
    tcase_add_loop_test(tc, a_list_of_models_is_known_by_its_data, 0, ROWS(answers));
    tcase_add_loop_test(tc, an_id_names_its_owner, 0, ROWS(ids));
    tcase_add_loop_test(tc, an_id_is_unescaped, 0, ROWS(escapes));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
