/* Which preset a provider is, and what that is known for. */
#include "kind/preset_host.h"
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

static struct preset_host host_of(const char *name, const struct kind *kind, const char *base_url)
{
    return (struct preset_host){preset_by_name(text_of(name)), kind, base_url};
}

START_TEST(by_its_name_then_by_its_host)
{
    const struct row *row = &rows[_i];
    const struct preset_host host = host_of(row->name, row->kind, row->base_url);
    const struct preset *found = preset_host_find(&host, row->wanted);
    ck_assert_msg(!found == !row->is, "%s at %s", row->name, row->base_url);
    if (found)
        ck_assert_str_eq(found->name, row->is);
}
END_TEST

static const struct who_refuses {
    const char *name, *base_url;
    const struct kind *kind;
    enum preset_ids taken;
} who_refuses[] = {
    {"mistral", "http://127.0.0.1:1/v1", &kind_openai, PRESET_IDS_NINE},
    {"mistral", "http://127.0.0.1:1", &kind_ollama, PRESET_IDS_ANY},
    {"work", "https://API.mistral.ai/v1", &kind_openai, PRESET_IDS_NINE},
    {"work", "https://api.mistral.ai.example/v1", &kind_openai, PRESET_IDS_ANY},
    {"openai", "https://api.openai.com/v1", &kind_openai, PRESET_IDS_ANY},
    {"anthropic", "http://127.0.0.1:1", &kind_anthropic, PRESET_IDS_WORD},
    {"claude", "https://api.anthropic.com/v1", &kind_anthropic, PRESET_IDS_WORD},
    {"kimi", "https://api.moonshot.ai/anthropic", &kind_anthropic, PRESET_IDS_ANY},
};

START_TEST(who_refuses_which_ids)
{
    const struct who_refuses *row = &who_refuses[_i];
    const struct preset_host host = host_of(row->name, row->kind, row->base_url);
    ck_assert_msg(preset_host_ids(&host) == row->taken, "%s at %s", row->name, row->base_url);
}
END_TEST

static const struct who_signs {
    const char *name, *base_url;
    bool wanted;
} who_signs[] = {
    {"gemini", "http://127.0.0.1:1/v1", true},
    {"work", "https://generativelanguage.googleapis.com/v1beta/openai", true},
    {"openai", "https://api.openai.com/v1", false},
    {"mistral", "https://api.mistral.ai/v1", false},
};

START_TEST(who_wants_its_signatures)
{
    const struct who_signs *row = &who_signs[_i];
    const struct preset_host host = host_of(row->name, &kind_openai, row->base_url);
    ck_assert_msg(preset_host_signs_calls(&host) == row->wanted, "%s at %s", row->name,
                  row->base_url);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("preset_host");
    TCase *tc = tcase_create("preset_host");
    tcase_add_loop_test(tc, by_its_name_then_by_its_host, 0, ROWS(rows));
    tcase_add_loop_test(tc, who_refuses_which_ids, 0, ROWS(who_refuses));
    tcase_add_loop_test(tc, who_wants_its_signatures, 0, ROWS(who_signs));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
