/* A kind that is only its record: settings, route, headers and messages know it. */
#include "check/checkup.h"
#include "config_case.h"
#include "rules/forward.h"
#include "rules/history.h"
#include "rules/route.h"
#include "settings/settings.h"
#include "toy_kind.h"

static const struct config_provider *toy_of(const struct config_case *loaded)
{
    return config_case_provider(loaded, "toy");
}

START_TEST(its_provider_is_there_with_its_defaults)
{
    struct config_case loaded = config_case_load("", NULL, NULL);
    const struct config_provider *toy = toy_of(&loaded);
    ck_assert_ptr_eq(toy->kind, &kind_toy);
    ck_assert_str_eq(toy->base_url, "https://toy.example/box");
    ck_assert_int_eq(toy->first_byte_timeout_whole_ms, 7000);
    ck_assert_int_eq(toy->idle_timeout_ms, 8000);
    ck_assert_int_eq(toy->max_inflight, 9);
    ck_assert_int_eq(toy->connect_timeout_ms, 5000);
    ck_assert_uint_eq(toy->model.count, 0);
    ck_assert_uint_eq(toy->api_keys.count, 0);
    ck_assert(!config_provider_is_own(toy));
    config_case_done(&loaded);
}
END_TEST

START_TEST(its_plain_variables_set_it)
{
    struct config_case loaded =
        config_case_load("", LIST("TOY_URL=http://10.0.0.1/v9/", "TOY_KEY=t-1"), NULL);
    const struct config_provider *toy = toy_of(&loaded);
    ck_assert_str_eq(toy->base_url, "http://10.0.0.1");
    ck_assert_str_eq(toy->api_keys.at[0], "t-1");
    config_case_done(&loaded);
}
END_TEST

START_TEST(another_provider_may_be_of_that_type)
{
    struct config_case loaded = config_case_load(
        "[provider box]\ntype = toy\nbase_url = https://box.example\n", NULL, NULL);
    const struct config_provider *box = config_case_provider(&loaded, "box");
    ck_assert_ptr_eq(box->kind, &kind_toy);
    ck_assert_int_eq(box->idle_timeout_ms, 8000);
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    const char *file;
    const char *line; /* the one error or warning, or a part of it */
} wrongs[] = {
    {"a misspelt type", "[provider box]\ntype = tyo\nbase_url = https://box.example\n",
     "allowed: openai, ollama, anthropic or toy; did you mean \"toy\"?"},
    {"no type", "[provider box]\nbase_url = https://box.example\n",
     "type is needed; allowed: openai (anything that speaks it), ollama, anthropic or toy (a box "
     "of bricks)"},
    {"a name that nobody has", "[route]\npriority = toi\n",
     "allowed: openai, ollama, anthropic, toy, every other preset"},
    {"what is for others", "[provider toy]\nnum_ctx = 8K\n[route]\npriority = toy\n",
     "[provider toy] num_ctx means something to providers of type ollama only"},
    {"the path of a request",
     "[provider toy]\nbase_url = https://t.example/play\n"
     "[route]\npriority = toy\n",
     "ends in /play, which is put behind it for each request; better: https://t.example"},
};

START_TEST(messages_know_it)
{
    struct config_case loaded = config_case_load(wrongs[_i].file, NULL, NULL);
    const struct strings *lines =
        loaded.errors.errors.count ? &loaded.errors.errors : &loaded.errors.warnings;
    ck_assert_msg(lines->count == 1 && strstr(lines->at[0], wrongs[_i].line), "%s: %s",
                  wrongs[_i].name, lines->count ? lines->at[0] : "no line");
    config_case_done(&loaded);
}
END_TEST

static const struct {
    const char *name;
    enum api_path path;
    bool key;
    enum route_skip skip;
} asks[] = {
    {"what it serves", API_PATH_CHAT, true, ROUTE_SKIP_NONE},
    {"what it does not serve", API_PATH_RESPONSES, true, ROUTE_SKIP_PATH},
    {"without a key", API_PATH_CHAT, false, ROUTE_SKIP_NO_KEY},
};

START_TEST(it_is_asked_for_what_it_serves)
{
    struct config_case loaded =
        config_case_load("[route]\npriority = toy\n[provider toy]\napi_key = t-1\n", NULL, NULL);
    struct config_case keyless = config_case_load("[route]\npriority = toy\n", NULL, NULL);
    const struct route_query query = {.model = text_of("m"), .path = asks[_i].path};
    struct route route;
    ck_assert_int_eq(loaded.r, 0);
    ck_assert_int_eq(
        route_plan(asks[_i].key ? loaded.config : keyless.config, &query, &route, NULL), 0);
    ck_assert_uint_eq(route.count, 1);
    ck_assert_msg(route.step[0].skip == asks[_i].skip, "%s", asks[_i].name);
    ck_assert_ptr_null(route.step[0].model); /* the request's own: it has no list of wishes */
    route_done(&route);
    config_case_done(&loaded);
    config_case_done(&keyless);
}
END_TEST

START_TEST(its_key_goes_in_its_own_field_and_nothing_of_the_app_does)
{
    struct config_case loaded = config_case_load("", LIST("TOY_KEY=t-1"), NULL);
    const struct header_field field = {text_of("Authorization"), text_of("Bearer theirs")};
    const struct forward_app app = {.fields = &field, .count = 1};
    const struct forward_target target = {.provider = toy_of(&loaded), .process = "p"};
    struct buf collected, out;
    buf_init(&collected, 1000);
    buf_init(&out, 1000);
    ck_assert_int_eq(forward_collect(&app, &collected), 0);
    ck_assert_int_eq(forward_headers(&collected, &target, &out), 0);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '\0')
            out.data[i] = '|';
    ck_assert_str_eq(out.data, "Accept: application/toy|x-toy-key: t-1|Via: 1.1 p|");
    buf_done(&collected);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(errors_under_one_title_are_told_together)
{
    struct config_case loaded = config_case_load("", NULL, NULL);
    static const char *const names[] = {"toy", "ollama", "openai"};
    struct history history = {0};
    struct buf out;
    buf_init(&out, 1000);
    for (int i = 0; i < ROWS(names); i++) {
        const struct history_entry entry = {.provider = config_case_provider(&loaded, names[i]),
                                            .failure = FAILURE_SERVER,
                                            .wait_ms = -1,
                                            .message = (char *)(uintptr_t) "down"};
        ck_assert_int_eq(history_add(&history, &entry), 0);
    }
    history_message(&history, &out);
    ck_assert_str_eq(out.data, "Cloud error: toy: down; openai: down. Ollama error: down");
    history_done(&history);
    buf_done(&out);
    config_case_done(&loaded);
}
END_TEST

START_TEST(it_is_checked_by_its_own_list)
{
    struct config_case loaded = config_case_load("", NULL, NULL);
    struct checkup check;
    checkup_init(&check, loaded.config, toy_of(&loaded));
    ck_assert_str_eq(checkup_path(&check), "/bricks");
    checkup_done(&check);
    config_case_done(&loaded);
}
END_TEST

static struct buf page_of(int (*print)(struct buf *out))
{
    struct buf page;
    buf_init(&page, 1u << 20);
    ck_assert_int_eq(print(&page), 0);
    return page;
}

START_TEST(the_pages_have_it)
{
    struct buf file = page_of(config_print_defaults), page = page_of(config_print_markdown);
    ck_assert_ptr_nonnull(strstr(file.data, "\n[provider toy]\n"));
    ck_assert_ptr_nonnull(strstr(file.data, "\ntype = toy\n"));
    ck_assert_ptr_nonnull(strstr(file.data, "\nidle_timeout = 8s\n"));
    ck_assert_ptr_nonnull(strstr(file.data, "\n;ollama =\n;anthropic =\n;toy =\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "\n- default: `30s` (type openai), `60s` (type "
                                            "ollama), `30s` (type anthropic), `8s` (type toy)\n"));
    ck_assert_ptr_nonnull(strstr(page.data, "`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `TOY_KEY`, "));
    ck_assert_ptr_nonnull(
        strstr(page.data, "- default: `gpt-4` (type openai), `ministral-3:3b, auto` (type ollama)"
                          "\n"));
    buf_done(&file);
    buf_done(&page);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("toy_kind");
    TCase *tc = tcase_create("toy_kind");
    tcase_add_test(tc, its_provider_is_there_with_its_defaults);
    tcase_add_test(tc, its_plain_variables_set_it);
    tcase_add_test(tc, another_provider_may_be_of_that_type);
    tcase_add_loop_test(tc, messages_know_it, 0, ROWS(wrongs));
    tcase_add_loop_test(tc, it_is_asked_for_what_it_serves, 0, ROWS(asks));
    tcase_add_test(tc, its_key_goes_in_its_own_field_and_nothing_of_the_app_does);
    tcase_add_test(tc, errors_under_one_title_are_told_together);
    tcase_add_test(tc, it_is_checked_by_its_own_list);
    tcase_add_test(tc, the_pages_have_it);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
