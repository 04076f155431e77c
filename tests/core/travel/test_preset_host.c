/* Which preset a provider is. */
#include <stdio.h>

#include "travel/preset_host.h"
#include "unit.h"

static bool any(const struct preset *preset)
{
    (void)preset;
    return true;
}

static bool none(const struct preset *preset)
{
    (void)preset;
    return false;
}

static const struct row {
    const char *name, *base_url;
    const struct kind *kind;
    bool (*wanted)(const struct preset *preset);
    const char *is; /* NULL = none */
} rows[] = {
    {"groq", "http://127.0.0.1:1/v1", &kind_openai, any, "groq"},
    {"groq", "https://api.mistral.ai/v1", &kind_openai, any, "groq"},
    {"work", "https://API.mistral.ai:443/v1", &kind_openai, any, "mistral"},
    {"groq", "https://api.x.ai/v1", &kind_anthropic, any, NULL},
    {"work", "https://api.x.ai.example/v1", &kind_openai, any, NULL},
    {"work", "no address", &kind_openai, any, NULL},
    {"groq", "https://api.groq.com/openai/v1", &kind_openai, none, NULL},
};

START_TEST(by_its_name_then_by_its_host)
{
    const struct row *row = &rows[_i];
    char url[100];
    struct config_provider provider = {
        .kind = row->kind, .preset = preset_by_name(text_of(row->name)), .base_url = url};
    (void)snprintf(url, sizeof(url), "%s", row->base_url);
    const struct preset *found = preset_host_find(&provider, row->wanted);
    ck_assert_msg(!found == !row->is, "%s at %s", row->name, url);
    if (found)
        ck_assert_str_eq(found->name, row->is);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("preset_host");
    TCase *tc = tcase_create("preset_host");
    tcase_add_loop_test(tc, by_its_name_then_by_its_host, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
