/* Sections, keys, duplicates, and which of several settings wins. */
#include "setting_case.h"

#define SECTIONS                                                                                   \
    "; allowed: server, route, retry, connectivity, breaker, provider NAME, model NAME, token "    \
    "NAME, tool NAME, tools, log"
#define NOT_A_PROVIDER                                                                             \
    "not the name of a provider; allowed: letters, digits, '-' and '_', but not "                  \
    "hedge_after, capabilities, context, all"
#define RETRY_KEYS                                                                                 \
    "attempts, multiplier, min_wait, max_wait, jitter, on, honour_retry_after, ambiguous, budget"

static const struct origin line_7 = {ORIGIN_FILE, 7, {"f.ini", 5}};

static const struct {
    const char *name;
    const char *kind, *of;
    const char *error; /* NULL: it is one */
} places[] = {
    {"a section without a name", "retry", "", NULL},
    {"a provider of the defaults", "provider", "openai", NULL},
    {"another provider", "provider", "My-box_2", NULL},
    {"a model is anything", "model", "hf.co/a b:\xc3\xbc]=#", NULL},
    {"an unknown section", "wibble", "", "unknown section \"wibble\"" SECTIONS},
    {"a misspelt section", "retri", "",
     "unknown section \"retri\"" SECTIONS "; did you mean \"retry\"?"},
    {"a misspelt section with a name", "providr", "openai",
     "unknown section \"providr\"" SECTIONS "; did you mean \"provider\"?"},
    {"a section in capitals", "Server", "",
     "unknown section \"Server\"" SECTIONS "; did you mean \"server\"?"},
    {"no section at all", "", "", "unknown section \"\"" SECTIONS},
    {"a name that is too much", "retry", "openai",
     "section \"retry openai\": this section has no name; allowed: its word alone"},
    {"a provider without a name", "provider", "",
     "section \"provider\": the section needs a name; allowed: provider NAME, model NAME, token "
     "NAME, tool NAME"},
    {"a model without a name", "model", "",
     "section \"model\": the section needs a name; allowed: provider NAME, model NAME, token NAME, "
     "tool NAME"},
    {"a provider with a blank", "provider", "a b", "section \"provider a b\": " NOT_A_PROVIDER},
    {"a provider with a dot", "provider", "a.b", "section \"provider a.b\": " NOT_A_PROVIDER},
    {"the reserved name all", "provider", "all", "section \"provider all\": " NOT_A_PROVIDER},
    {"the reserved name hedge_after", "provider", "hedge_after",
     "section \"provider hedge_after\": " NOT_A_PROVIDER},
};

START_TEST(sections_are_known)
{
    struct setting_case test;
    struct place place;
    char expected[512] = "";
    setting_case_init(&test);
    bool known =
        setting_place(&test.set, text_of(places[_i].kind), text_of(places[_i].of), &line_7, &place);
    ck_assert_msg(known == !places[_i].error, "%s", places[_i].name);
    if (known)
        ck_assert(text_equals(place.name, places[_i].of));
    else
        (void)snprintf(expected, sizeof(expected), "f.ini:7: %s", places[_i].error);
    setting_case_check_lines(&test.lines.errors, places[_i].name, expected);
    setting_case_done(&test);
}
END_TEST

START_TEST(a_model_s_name_has_up_to_512_bytes)
{
    struct setting_case test;
    struct place place;
    char name[514];
    memset(name, 'm', sizeof(name));
    setting_case_init(&test);
    ck_assert(setting_place(&test.set, text_of("model"), text_make(name, 512), &line_7, &place));
    ck_assert(!setting_place(&test.set, text_of("model"), text_make(name, 513), &line_7, &place));
    ck_assert_ptr_nonnull(
        strstr(test.lines.errors.at[0], "too long a name; allowed: up to 512 bytes"));
    setting_case_done(&test);
}
END_TEST

static void check_section_limit(const char *kind, int first, int most, const char *error)
{
    struct setting_case test;
    struct place place;
    char name[16];
    setting_case_init(&test);
    for (int i = first; i <= most; i++) {
        (void)snprintf(name, sizeof(name), "n%d", i);
        bool fits = setting_place(&test.set, text_of(kind), text_of(name), &line_7, &place);
        ck_assert_msg(fits == (i < most), "%s %d", kind, i);
    }
    ck_assert(setting_place(&test.set, text_of(kind), text_of("n5"), &line_7, &place));
    setting_case_check_lines(&test.lines.errors, kind, error);
    setting_case_done(&test);
}

/* Presets are there beside them. */
START_TEST(sections_are_limited)
{
    ck_assert_uint_le(preset_count(), SETTING_PRESET_MAX);
    check_section_limit("provider", 0, SETTING_PROVIDER_MAX,
                        "f.ini:7: too many sections; allowed: up to 64 of [provider NAME]");
    check_section_limit("model", 0, SETTING_MODEL_MAX,
                        "f.ini:7: too many sections; allowed: up to 1024 of [model NAME]");
}
END_TEST

START_TEST(a_provider_s_first_place_is_remembered)
{
    struct setting_case test;
    struct place place;
    struct origin later = line_7;
    later.line = 9;
    setting_case_init(&test);
    ck_assert(setting_place(&test.set, text_of("provider"), text_of("box"), &line_7, &place));
    ck_assert(setting_place(&test.set, text_of("provider"), text_of("box"), &later, &place));
    ck_assert(setting_place(&test.set, text_of("provider"), text_of("groq"), &later, &place));
    ck_assert_uint_eq(test.set.providers.count, preset_count() + 1);
    ck_assert_str_eq(test.set.providers.at[0], "openai");
    ck_assert_str_eq(test.set.providers.at[preset_count()], "box");
    ck_assert_int_eq(setting_provider_origin(&test.set, text_of("box"))->line, 7);
    ck_assert_int_eq(setting_provider_origin(&test.set, text_of("groq"))->line, 9);
    ck_assert_ptr_null(setting_provider_origin(&test.set, text_of("openai")));
    ck_assert_ptr_null(setting_provider_origin(&test.set, text_of("nobody")));
    setting_case_done(&test);
}
END_TEST

static void add_to(struct setting_case *test, struct place place, const char *key,
                   const char *value, struct origin origin)
{
    setting_add(&test->set, &place, text_of(key), text_of(value), &origin);
}

static const struct place retry = {SECTION_RETRY, {NULL, 0}};
static const struct place openai = {SECTION_PROVIDER, {"openai", 6}};

static const struct {
    const char *name;
    enum option_section section;
    const char *key;
    const char *error;
} wrong_keys[] = {
    {"a misspelt key", SECTION_RETRY, "attemps",
     "unknown key \"attemps\" in [retry]; allowed: " RETRY_KEYS "; did you mean \"attempts\"?"},
    {"an unknown key", SECTION_RETRY, "wibble",
     "unknown key \"wibble\" in [retry]; allowed: " RETRY_KEYS},
    {"a key in capitals", SECTION_RETRY, "Attempts",
     "unknown key \"Attempts\" in [retry]; allowed: " RETRY_KEYS "; did you mean \"attempts\"?"},
    {"another program's word", SECTION_RETRY, "max_retries",
     "unknown key \"max_retries\" in [retry]; allowed: " RETRY_KEYS "; did you mean \"attempts\"?"},
    {"such a word of another section", SECTION_RETRY, "url",
     "unknown key \"url\" in [retry]; allowed: " RETRY_KEYS},
    {"an empty key", SECTION_BREAKER, "",
     "unknown key \"\" in [breaker]; allowed: failures, open_for"},
    {"a misspelt retry_ of a provider", SECTION_PROVIDER, "retry_atempts",
     "unknown key \"retry_atempts\" in [provider]; allowed: retry_ before one of " RETRY_KEYS
     "; did you mean \"retry_attempts\"?"},
    {"a misspelt key of a provider", SECTION_PROVIDER, "apikey",
     "unknown key \"apikey\" in [provider]; allowed: type, base_url, api_key, model, "
     "connect_timeout, first_byte_timeout, idle_timeout, header.NAME, ca_file, proxy, http2, "
     "responses, drop, rename, num_ctx, allow_cloud, max_inflight, keep_alive, warm_up, "
     "retry_attempts and so "
     "on; "
     "did you mean \"api_key\"?"},
    {"a header without a name", SECTION_PROVIDER, "header.",
     "key \"header.\": not the name of a header; allowed: 1 to 100 bytes"},
    {"a header that is no token", SECTION_PROVIDER, "header.X Y",
     "key \"header.X Y\": not the name of a header; allowed: letters, digits and "
     "!#$%&'*+-.^_`|~"},
    {"a header of the connection", SECTION_PROVIDER, "header.Content-Length",
     "key \"header.Content-Length\": this header is made by understudy itself; allowed: any other"},
    {"the Host", SECTION_PROVIDER, "header.host",
     "key \"header.host\": this header is made by understudy itself; allowed: any other"},
    {"a header that steers us", SECTION_PROVIDER, "header.X-Understudy-Route",
     "key \"header.X-Understudy-Route\": headers of understudy are not sent on; allowed: any "
     "other"},
};

START_TEST(wrong_keys_are_told_and_not_kept)
{
    struct setting_case test;
    char expected[768];
    struct place place = {.section = wrong_keys[_i].section};
    setting_case_init(&test);
    add_to(&test, place.section == SECTION_PROVIDER ? openai : place, wrong_keys[_i].key, "1",
           line_7);
    (void)snprintf(expected, sizeof(expected), "f.ini:7: %s", wrong_keys[_i].error);
    setting_case_check_lines(&test.lines.errors, wrong_keys[_i].name, expected);
    setting_case_check_kept(&test, wrong_keys[_i].name, "");
    setting_case_done(&test);
}
END_TEST

static const struct origin origins[] = {
    {ORIGIN_FILE, 7, {"f.ini", 5}},
    {ORIGIN_PLAIN, 0, {"LLM_RETRY_ATTEMPTS", 18}},
    {ORIGIN_ENVIRONMENT, 0, {"UNDERSTUDY_RETRY_ATTEMPTS", 25}},
    {ORIGIN_FLAG, 0, {"retry.attempts", 14}},
};

/* In every order in which two of them can come. */
START_TEST(flag_wins_over_long_name_over_plain_name_over_file)
{
    int higher = _i / ROWS(origins), lower = _i % ROWS(origins);
    if (lower >= higher)
        return;
    for (int swapped = 0; swapped < 2; swapped++) {
        struct setting_case test;
        setting_case_init(&test);
        add_to(&test, retry, "attempts", swapped ? "8" : "9", origins[swapped ? higher : lower]);
        add_to(&test, retry, "attempts", swapped ? "9" : "8", origins[swapped ? lower : higher]);
        const struct setting *best = setting_find(&test.set, SECTION_RETRY, NULL, "attempts");
        ck_assert_ptr_nonnull(best);
        ck_assert_str_eq(best->value, "8");
        ck_assert_int_eq(best->origin.kind, origins[higher].kind);
        ck_assert_uint_eq(test.report.errors, 0);
        setting_case_done(&test);
    }
}
END_TEST

START_TEST(of_two_flags_the_later_wins)
{
    struct setting_case test;
    setting_case_init(&test);
    add_to(&test, retry, "attempts", "8", origins[3]);
    add_to(&test, retry, "attempts", "9", origins[3]);
    ck_assert_str_eq(setting_find(&test.set, SECTION_RETRY, NULL, "attempts")->value, "9");
    ck_assert_uint_eq(test.report.errors, 0);
    setting_case_done(&test);
}
END_TEST

START_TEST(a_key_may_stand_once_in_a_file)
{
    struct setting_case test;
    struct origin later = line_7;
    later.line = 12;
    setting_case_init(&test);
    add_to(&test, retry, "attempts", "8", line_7);
    add_to(&test, openai, "retry_attempts", "8", line_7);
    add_to(&test, openai, "header.X-Team", "a", line_7);
    add_to(&test, retry, "attempts", "8", later);
    add_to(&test, openai, "header.x-team", "b", later);
    setting_case_check_lines(
        &test.lines.errors, "two",
        "f.ini:12: duplicate key [retry] attempts; allowed: once, and line 7 has it already\n"
        "f.ini:12: duplicate key [provider openai] header.x-team; allowed: once, and line 7 has "
        "it already");
    setting_case_check_kept(&test, "two",
                            "[retry] attempts = 8\n[provider openai] retry_attempts = 8\n"
                            "[provider openai] header.X-Team = a");
    setting_case_done(&test);
}
END_TEST

START_TEST(a_duplicate_of_a_bad_one_is_still_one)
{
    struct setting_case test;
    struct origin later = line_7;
    later.line = 12;
    setting_case_init(&test);
    add_to(&test, retry, "attempts", "many", line_7);
    add_to(&test, retry, "attempts", "8", later);
    ck_assert_uint_eq(test.lines.errors.count, 2);
    ck_assert_ptr_nonnull(strstr(test.lines.errors.at[1], "f.ini:12: duplicate key"));
    setting_case_check_kept(&test, "bad", "![retry] attempts = many");
    setting_case_done(&test);
}
END_TEST

START_TEST(a_bad_setting_is_remembered_and_never_found)
{
    struct setting_case test;
    setting_case_init(&test);
    add_to(&test, openai, "http2", "maybe", line_7);
    ck_assert(setting_is_bad(&test.set, SECTION_PROVIDER, "openai", "http2"));
    ck_assert(!setting_is_bad(&test.set, SECTION_PROVIDER, "ollama", "http2"));
    ck_assert(!setting_is_bad(&test.set, SECTION_PROVIDER, "openai", "proxy"));
    ck_assert_ptr_null(setting_find(&test.set, SECTION_PROVIDER, "openai", "http2"));
    setting_case_done(&test);
}
END_TEST

START_TEST(a_setting_is_found_in_its_own_section_only)
{
    struct setting_case test;
    setting_case_init(&test);
    add_to(&test, openai, " max_inflight ", " 7\t", line_7);
    ck_assert_str_eq(setting_find(&test.set, SECTION_PROVIDER, "openai", "max_inflight")->value,
                     "7");
    ck_assert_ptr_null(setting_find(&test.set, SECTION_SERVER, NULL, "max_inflight"));
    ck_assert_ptr_null(setting_find(&test.set, SECTION_PROVIDER, "ollama", "max_inflight"));
    ck_assert_ptr_null(setting_find(&test.set, SECTION_PROVIDER, NULL, "max_inflight"));
    setting_case_done(&test);
}
END_TEST

START_TEST(settings_are_limited)
{
    struct setting_case test;
    char key[32];
    setting_case_init(&test);
    for (int i = 0; i <= SETTING_COUNT_MAX; i++) {
        (void)snprintf(key, sizeof(key), "header.X-%d", i);
        add_to(&test, openai, key, "a", origins[3]);
    }
    ck_assert_uint_eq(test.set.count, SETTING_COUNT_MAX);
    setting_case_check_lines(&test.lines.errors, "many",
                             "-s retry.attempts: too many settings; allowed: up to 4096");
    setting_case_done(&test);
}
END_TEST

START_TEST(a_title_has_room_for_long_names)
{
    char name[301], key[301];
    const struct setting setting = {.section = SECTION_MODEL, .name = name, .key = key};
    memset(name, 'n', 300);
    memset(key, 'k', 300);
    name[300] = key[300] = '\0';
    ck_assert_uint_eq(strlen(SETTING_TITLE(&setting)), strlen("[model ] ") + 200 + 200);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("setting");
    TCase *tc = tcase_create("setting");
    tcase_add_loop_test(tc, sections_are_known, 0, ROWS(places));
    tcase_add_test(tc, a_model_s_name_has_up_to_512_bytes);
    tcase_add_test(tc, sections_are_limited);
    tcase_add_test(tc, a_provider_s_first_place_is_remembered);
    tcase_add_loop_test(tc, wrong_keys_are_told_and_not_kept, 0, ROWS(wrong_keys));
    tcase_add_loop_test(tc, flag_wins_over_long_name_over_plain_name_over_file, 0,
                        ROWS(origins) * ROWS(origins));
    tcase_add_test(tc, of_two_flags_the_later_wins);
    tcase_add_test(tc, a_key_may_stand_once_in_a_file);
    tcase_add_test(tc, a_duplicate_of_a_bad_one_is_still_one);
    tcase_add_test(tc, a_bad_setting_is_remembered_and_never_found);
    tcase_add_test(tc, a_setting_is_found_in_its_own_section_only);
    tcase_add_test(tc, settings_are_limited);
    tcase_add_test(tc, a_title_has_room_for_long_names);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
