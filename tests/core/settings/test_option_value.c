/* From the text of a setting to its field: types, limits, words, and every default. */
#include <errno.h>
#include <stdio.h>

#include "config/config.h"
#include "settings/option.h"
#include "unit.h"

union fields {
    struct config config;
    struct retry_policy retry;
    struct config_provider provider;
    struct config_model model;
};

static const struct option *row(enum option_section section, const char *key)
{
    const struct option *option = option_find(section, text_of(key));
    ck_assert_ptr_nonnull(option);
    return option;
}

static const struct {
    const char *name;
    enum option_section section;
    const char *key;
    const char *text;
    int r;
    int64_t value; /* of the field, whatever integer it is */
} integers[] = {
    {"an int", SECTION_RETRY, "attempts", "5", 0, 5},
    {"blanks around it", SECTION_RETRY, "attempts", " 5\t", 0, 5},
    {"the least", SECTION_RETRY, "attempts", "1", 0, 1},
    {"below the least", SECTION_RETRY, "attempts", "0", -ERANGE, -77},
    {"a negative number", SECTION_RETRY, "attempts", "-1", -ERANGE, -77},
    {"the most", SECTION_RETRY, "attempts", "100", 0, 100},
    {"above the most", SECTION_RETRY, "attempts", "101", -ERANGE, -77},
    {"a number beyond all integers", SECTION_RETRY, "attempts", "99999999999999999999999999",
     -ERANGE, -77},
    {"two to the 32nd and one", SECTION_RETRY, "attempts", "4294967297", -ERANGE, -77},
    {"a fraction of an int", SECTION_RETRY, "attempts", "1.5", -EINVAL, -77},
    {"a sign", SECTION_RETRY, "attempts", "+5", -EINVAL, -77},
    {"a sign only", SECTION_RETRY, "attempts", "-", -EINVAL, -77},
    {"nothing", SECTION_RETRY, "attempts", "", -EINVAL, -77},
    {"a word", SECTION_RETRY, "attempts", "many", -EINVAL, -77},
    {"a number and more", SECTION_RETRY, "attempts", "5 5", -EINVAL, -77},
    {"no breaker", SECTION_BREAKER, "failures", "0", 0, 0},
    {"milliseconds", SECTION_CONNECTIVITY, "timeout_ms", "250", 0, 250},
    {"milliseconds take no unit", SECTION_CONNECTIVITY, "timeout_ms", "250ms", -EINVAL, -77},
    {"no milliseconds", SECTION_CONNECTIVITY, "timeout_ms", "0", -ERANGE, -77},
    {"a duration in ms", SECTION_RETRY, "min_wait", "250ms", 0, 250},
    {"a duration in s", SECTION_RETRY, "min_wait", "2s", 0, 2000},
    {"a duration without unit is seconds", SECTION_RETRY, "min_wait", "1.5", 0, 1500},
    {"a duration in m", SECTION_RETRY, "max_wait", "10m", 0, 600000},
    {"a duration of nothing", SECTION_RETRY, "min_wait", "0", 0, 0},
    {"a duration of nothing where something is needed", SECTION_ROUTE, "deadline", "0", -ERANGE,
     -77},
    {"a duration above the most", SECTION_ROUTE, "deadline", "86400001ms", -ERANGE, -77},
    {"a duration at the most", SECTION_ROUTE, "deadline", "24h", 0, 86400000},
    {"no duration", SECTION_ROUTE, "deadline", "soon", -EINVAL, -77},
    {"a duration or a word", SECTION_ROUTE, "hedge_after", "3s", 0, 3000},
    {"a word in any case", SECTION_ROUTE, "hedge_after", "Auto", 0, HEDGE_AUTO},
    {"another word", SECTION_ROUTE, "hedge_after", " off ", 0, HEDGE_OFF},
    {"a word of another row", SECTION_ROUTE, "hedge_after", "none", -EINVAL, -77},
    {"off", SECTION_SERVER, "heartbeat", "off", 0, 0},
    {"a size", SECTION_SERVER, "max_body", "64K", 0, 65536},
    {"a larger size", SECTION_SERVER, "max_body", "8M", 0, 8 << 20},
    {"a size above the most", SECTION_SERVER, "max_body", "5G", -ERANGE, -77},
    {"a size beyond all integers", SECTION_SERVER, "max_body", "99999999999999999999G", -ERANGE,
     -77},
    {"a size above the signed ones", SECTION_SERVER, "max_body", "18446744073709551615", -ERANGE,
     -77},
    {"no size", SECTION_SERVER, "max_body", "big", -EINVAL, -77},
    {"tokens", SECTION_PROVIDER, "num_ctx", "8K", 0, 8192},
    {"auto tokens", SECTION_PROVIDER, "num_ctx", "auto", 0, 0},
    {"a choice", SECTION_LOG, "level", "debug", 0, LOG_LEVEL_DEBUG},
    {"a choice in any case", SECTION_LOG, "level", "WARNING", 0, LOG_LEVEL_WARNING},
    {"no such choice", SECTION_LOG, "level", "verbose", -EINVAL, -77},
    {"no choice", SECTION_LOG, "level", "", -EINVAL, -77},
    {"json", SECTION_LOG, "format", "json", 0, LOG_FORMAT_JSON},
};

static int64_t read_back(const struct option *option, const union fields *fields)
{
    const void *field = (const char *)fields + option->offset;
    if (option->type == OPTION_INT)
        return *(const int *)field;
    if (option->type == OPTION_CHOICE)
        return (int64_t)(int)*(const unsigned *)field;
    return *(const int64_t *)field;
}

/* -77 in every kind of integer, to see that a refused text changes nothing. */
static void preset(const struct option *option, union fields *fields)
{
    void *field = (char *)fields + option->offset;
    bool small = option->type == OPTION_INT || option->type == OPTION_CHOICE;
    if (small)
        *(int *)field = -77;
    else
        *(int64_t *)field = -77;
}

START_TEST(integers_of_all_kinds_are_stored)
{
    const struct option *option = row(integers[_i].section, integers[_i].key);
    union fields fields;
    memset(&fields, 0, sizeof(fields));
    preset(option, &fields);
    ck_assert_msg(option_store(option, text_of(integers[_i].text), &fields, NULL) == integers[_i].r,
                  "%s", integers[_i].name);
    ck_assert_msg(read_back(option, &fields) == integers[_i].value, "%s", integers[_i].name);
}
END_TEST

START_TEST(a_type_is_a_row_of_the_table_of_kinds)
{
    const struct option *type = row(SECTION_PROVIDER, "type");
    struct config_provider provider = {.kind = NULL};
    for (size_t i = 0; i < kind_count(); i++) {
        ck_assert_int_eq(option_store(type, text_of(kind_at(i)->word), &provider, NULL), 0);
        ck_assert_ptr_eq(provider.kind, kind_at(i));
    }
    ck_assert_int_eq(option_store(type, text_of("Ollama"), &provider, NULL), 0);
    ck_assert_ptr_eq(provider.kind, &kind_ollama);
    ck_assert_int_eq(option_store(type, text_of("gemini"), &provider, NULL), -EINVAL);
    ck_assert_int_eq(option_store(type, text_of(""), &provider, NULL), -EINVAL);
    ck_assert_ptr_eq(provider.kind, &kind_ollama);
}
END_TEST

static const struct {
    const char *text;
    int r;
    double value;
} numbers[] = {
    {"0", 0, 0},          {"1", 0, 1},
    {"0.25", 0, 0.25},    {".5", 0, 0.5},
    {"1.", 0, 1},         {"1.01", -ERANGE, 9},
    {"-0.1", -ERANGE, 9}, {"", -EINVAL, 9},
    {".", -EINVAL, 9},    {"-", -EINVAL, 9},
    {"1e-1", -EINVAL, 9}, {"0x1", -EINVAL, 9},
    {"nan", -EINVAL, 9},  {"inf", -EINVAL, 9},
    {"0,5", -EINVAL, 9},  {"1.0.0", -EINVAL, 9},
    {"0-1", -EINVAL, 9},  {"+1", -EINVAL, 9},
    {"25%", -EINVAL, 9},  {"0.00000000000000000000000000000001", -EINVAL, 9},
};

START_TEST(numbers_are_stored)
{
    union fields fields;
    memset(&fields, 0, sizeof(fields));
    fields.retry.jitter = 9;
    int r = option_store(row(SECTION_RETRY, "jitter"), text_of(numbers[_i].text), &fields, NULL);
    ck_assert_msg(r == numbers[_i].r, "%s: %d", numbers[_i].text, r);
    ck_assert_double_eq(fields.retry.jitter, numbers[_i].value);
}
END_TEST

static const struct {
    const char *text;
    int r;
    bool value;
} bools[] = {
    {"yes", 0, true}, {"no", 0, false},     {"true", 0, true},   {"false", 0, false},
    {"on", 0, true},  {"off", 0, false},    {"1", 0, true},      {"0", 0, false},
    {"YES", 0, true}, {"2", -EINVAL, true}, {"", -EINVAL, true},
};

START_TEST(booleans_are_stored)
{
    union fields fields;
    memset(&fields, 0, sizeof(fields));
    fields.retry.ambiguous = bools[_i].r < 0 || !bools[_i].value;
    ck_assert_int_eq(
        option_store(row(SECTION_RETRY, "ambiguous"), text_of(bools[_i].text), &fields, NULL),
        bools[_i].r);
    ck_assert(fields.retry.ambiguous == bools[_i].value);
}
END_TEST

static const struct {
    const char *text;
    int r;
    int64_t stream_ms, whole_ms;
    const char *why;
} first_bytes[] = {
    {"20s", 0, 20000, 20000, ""},    {"60s, 280s", 0, 60000, 280000, ""},
    {"500ms,1m", 0, 500, 60000, ""}, {"1s, 2s, 3s", -EINVAL, 0, 0, "more than two durations"},
    {"", -EINVAL, 0, 0, ""},         {",", -EINVAL, 0, 0, ""},
    {"1s, x", -EINVAL, 0, 0, ""},    {"1s, 0", -ERANGE, 0, 0, ""},
    {"2d", -ERANGE, 0, 0, ""},
};

START_TEST(one_first_byte_timeout_sets_both)
{
    union fields fields;
    struct error why = ERROR_NONE;
    memset(&fields, 0, sizeof(fields));
    ck_assert_int_eq(option_store(row(SECTION_PROVIDER, "first_byte_timeout"),
                                  text_of(first_bytes[_i].text), &fields, &why),
                     first_bytes[_i].r);
    ck_assert_int_eq(fields.provider.first_byte_timeout_stream_ms, first_bytes[_i].stream_ms);
    ck_assert_int_eq(fields.provider.first_byte_timeout_whole_ms, first_bytes[_i].whole_ms);
    ck_assert_str_eq(why.text, first_bytes[_i].why);
}
END_TEST

static const struct {
    enum option_section section;
    const char *key;
    const char *text;
    int r;
    failure_set set;
    const char *why;
} classes[] = {
    {SECTION_RETRY, "on", "network", 0, FAILURE_BIT(FAILURE_NETWORK), ""},
    {SECTION_RETRY, "on", "timeout, rate_limit", 0,
     FAILURE_BIT(FAILURE_TIMEOUT) | FAILURE_BIT(FAILURE_RATE_LIMIT), ""},
    {SECTION_RETRY, "on", "none", 0, 0, ""},
    {SECTION_RETRY, "on", "", 0, 0, ""},
    {SECTION_ROUTE, "fallback_on", "redirect", 0, FAILURE_BIT(FAILURE_REDIRECT), ""},
    {SECTION_RETRY, "on", "redirect", -EINVAL, 0,
     "\"redirect\" is no class that can be named here"},
    {SECTION_RETRY, "on", "network, policy", -EINVAL, 0,
     "\"policy\" is no class that can be named here"},
    {SECTION_RETRY, "on", "skipped", -EINVAL, 0, "\"skipped\" is no class that can be named here"},
    {SECTION_RETRY, "on", "network, none", -EINVAL, 0,
     "\"none\" is no class that can be named here"},
    {SECTION_RETRY, "on", "server, network, server", -EINVAL, 0, "\"server\" is listed twice"},
};

START_TEST(failure_classes_are_stored)
{
    union fields fields;
    struct error why = ERROR_NONE;
    const struct option *option = row(classes[_i].section, classes[_i].key);
    memset(&fields, 0, sizeof(fields));
    ck_assert_int_eq(option_store(option, text_of(classes[_i].text), &fields, &why), classes[_i].r);
    ck_assert_uint_eq(*(const failure_set *)((const char *)&fields + option->offset),
                      classes[_i].set);
    ck_assert_str_eq(why.text, classes[_i].why);
}
END_TEST

static const struct {
    enum option_section section;
    const char *key;
    const char *text;
    int r;
    const char *value;
} texts[] = {
    {SECTION_LOG, "usage_file", "/var/log/usage", 0, "/var/log/usage"},
    {SECTION_LOG, "usage_file", "none", 0, NULL},
    {SECTION_LOG, "usage_file", "", 0, NULL},
    {SECTION_LOG, "otlp", "http://127.0.0.1:4318", 0, "http://127.0.0.1:4318"},
    {SECTION_LOG, "otlp", "none", 0, NULL},
    {SECTION_LOG, "otlp", "", 0, NULL},
    {SECTION_PROVIDER, "ca_file", "System", 0, NULL},
    {SECTION_PROVIDER, "proxy", "none", 0, NULL},
    {SECTION_PROVIDER, "proxy", "http://p:3128", 0, "http://p:3128"},
    {SECTION_PROVIDER, "proxy", "p", -EINVAL, NULL},
    {SECTION_PROVIDER, "base_url", "http://x/v1", 0, "http://x/v1"},
    {SECTION_PROVIDER, "base_url", "", -EINVAL, NULL},
    {SECTION_PROVIDER, "keep_alive", "-1", 0, "-1"},
    {SECTION_PROVIDER, "keep_alive", "", -EINVAL, NULL},
    {SECTION_CONNECTIVITY, "check_url", "off", 0, NULL},
    {SECTION_CONNECTIVITY, "check_url", "", 0, NULL},
    {SECTION_CONNECTIVITY, "check_url", "http://x/y", 0, "http://x/y"},
};

START_TEST(texts_are_stored)
{
    union fields fields;
    const struct option *option = row(texts[_i].section, texts[_i].key);
    memset(&fields, 0, sizeof(fields));
    ck_assert_int_eq(option_store(option, text_of(texts[_i].text), &fields, NULL), texts[_i].r);
    ck_assert_pstr_eq(*(char *const *)((const char *)&fields + option->offset), texts[_i].value);
    option_release(option, &fields);
}
END_TEST

static const struct {
    enum option_section section;
    const char *key;
    const char *text;
    int r;
} checked[] = {
    {SECTION_PROVIDER, "api_key", "sk-1", 0},       {SECTION_PROVIDER, "api_key", "none", 0},
    {SECTION_PROVIDER, "api_key", "", 0},           {SECTION_PROVIDER, "api_key", "env:", -EINVAL},
    {SECTION_PROVIDER, "header.X", "a", 0},         {SECTION_PROVIDER, "header.X", "", -EINVAL},
    {SECTION_SERVER, "tokens", "a, env:B", 0},      {SECTION_SERVER, "tokens", "none", 0},
    {SECTION_SERVER, "tokens", "a, none", -EINVAL}, {SECTION_SERVER, "tokens", "a, file:", -EINVAL},
    {SECTION_MODEL, "ollama", "llama3", 0},         {SECTION_MODEL, "ollama", "", -EINVAL},
    {SECTION_ROUTE, "priority", "", -EINVAL},       {SECTION_PROVIDER, "model", ",", -EINVAL},
    {SECTION_SERVER, "listen", "", -EINVAL},        {SECTION_SERVER, "allowed_hosts", "", 0},
    {SECTION_SERVER, "allowed_origins", "", 0},
};

/* Secrets and the like are not stored; nothing must come of them but the answer. */
START_TEST(the_rest_is_checked)
{
    union fields fields, empty;
    const struct option *option = row(checked[_i].section, checked[_i].key);
    memset(&fields, 0, sizeof(fields));
    memset(&empty, 0, sizeof(empty));
    ck_assert_msg(option_store(option, text_of(checked[_i].text), &fields, NULL) == checked[_i].r,
                  "%s = %s", checked[_i].key, checked[_i].text);
    ck_assert_mem_eq(&fields, &empty, sizeof(fields));
    option_release(option, &fields);
}
END_TEST

START_TEST(lists_are_stored_and_released)
{
    union fields fields;
    const struct option *models = row(SECTION_PROVIDER, "model");
    const struct option *listen = row(SECTION_SERVER, "listen");
    memset(&fields, 0, sizeof(fields));
    ck_assert_int_eq(option_store(models, text_of("a:3b, auto"), &fields, NULL), 0);
    ck_assert_uint_eq(fields.provider.model.count, 2);
    ck_assert_str_eq(fields.provider.model.at[1], "auto");
    option_release(models, &fields);
    memset(&fields, 0, sizeof(fields));
    ck_assert_int_eq(option_store(listen, text_of("unix:/a, [::1]:0"), &fields, NULL), 0);
    ck_assert_uint_eq(fields.config.server.listen_count, 2);
    option_release(listen, &fields);
    ck_assert_uint_eq(fields.config.server.listen_count, 0);
}
END_TEST

START_TEST(every_default_is_taken_by_its_own_row)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        for (size_t kind = 0; kind < kind_count(); kind++) {
            const char *value = option_value(option, kind_at(kind));
            union fields fields;
            struct error why = ERROR_NONE;
            memset(&fields, 0, sizeof(fields));
            if (!value)
                continue;
            int r = option_store(option, text_of(value), &fields, &why);
            ck_assert_msg(r == 0, "%s = %s: %s", option->key, value, why.text);
            option_release(option, &fields);
        }
    }
}
END_TEST

START_TEST(addresses_to_listen_on_are_read)
{
    const struct option *listen = row(SECTION_SERVER, "listen");
    struct config config = {0};
    const struct config_server *server = &config.server;
    ck_assert_int_eq(
        option_store(listen, text_of("127.0.0.1:11411, [::1]:80,unix:/run/x"), &config, NULL), 0);
    ck_assert_uint_eq(server->listen_count, 3);
    ck_assert_str_eq(server->listen[0].host, "127.0.0.1");
    ck_assert_uint_eq(server->listen[0].port, 11411);
    ck_assert_str_eq(server->listen[1].host, "::1");
    ck_assert_str_eq(server->listen[2].path, "/run/x");
    option_release(listen, &config);
    ck_assert_ptr_null(server->listen);
    ck_assert_uint_eq(server->listen_count, 0);
}
END_TEST

static const struct {
    const char *text;
    const char *why;
} wrong_listen[] = {
    {"", "no address"},
    {" , ", "no address"},
    {"box:80, box", "\"box\" has no port, or an IPv6 address without [ ]"},
    {"127.0.0.1:80, 127.0.0.1:80", "the same address is listed twice"},
    {"unix:/a, unix:/a", "the same address is listed twice"},
};

START_TEST(wrong_addresses_to_listen_on_are_told)
{
    struct config config = {0};
    struct error why = ERROR_NONE;
    ck_assert_int_eq(
        option_store(row(SECTION_SERVER, "listen"), text_of(wrong_listen[_i].text), &config, &why),
        -EINVAL);
    ck_assert_ptr_null(config.server.listen);
    ck_assert_str_eq(why.text, wrong_listen[_i].why);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("option_value");
    TCase *tc = tcase_create("option_value");
    tcase_add_test(tc, a_type_is_a_row_of_the_table_of_kinds);
    tcase_add_loop_test(tc, integers_of_all_kinds_are_stored, 0, ROWS(integers));
    tcase_add_loop_test(tc, numbers_are_stored, 0, ROWS(numbers));
    tcase_add_loop_test(tc, booleans_are_stored, 0, ROWS(bools));
    tcase_add_loop_test(tc, one_first_byte_timeout_sets_both, 0, ROWS(first_bytes));
    tcase_add_loop_test(tc, failure_classes_are_stored, 0, ROWS(classes));
    tcase_add_loop_test(tc, texts_are_stored, 0, ROWS(texts));
    tcase_add_loop_test(tc, the_rest_is_checked, 0, ROWS(checked));
    tcase_add_test(tc, lists_are_stored_and_released);
    tcase_add_test(tc, every_default_is_taken_by_its_own_row);
    tcase_add_test(tc, addresses_to_listen_on_are_read);
    tcase_add_loop_test(tc, wrong_addresses_to_listen_on_are_told, 0, ROWS(wrong_listen));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
