/* The option table knows where each value is and of which type, so that it can be shown. */
#include "tell/explain_settings.h"

#include <inttypes.h>
#include <stdio.h>

#include "settings/option.h"
#include "text/count.h"

static const struct {
    enum option_section section;
    const char *key;
} rows[EXPLAIN_SETTING_COUNT] = {
#define X(id, section, key) [EXPLAIN_##id] = {SECTION_##section, key},
    EXPLAIN_SETTINGS(X)
#undef X
};

const char *explain_duration(int64_t ms, char *ret, size_t size)
{
    if (ms < 1000)
        (void)snprintf(ret, size, "%" PRId64 "ms", ms);
    else if (ms < 10000)
        (void)snprintf(ret, size, "%gs", (double)ms / 1000);
    else if (ms < 120000)
        (void)snprintf(ret, size, "%gs", (double)(ms - ms % 100) / 1000);
    else if (ms / 1000 % 60 == 0)
        (void)snprintf(ret, size, "%" PRId64 "m", ms / 60000);
    else
        (void)snprintf(ret, size, "%" PRId64 "m %" PRId64 "s", ms / 60000, ms / 1000 % 60);
    return ret;
}

/* Printers of one type each; field is the value's place. */

static int print_bool(struct buf *out, const struct option *option, const void *field)
{
    (void)option;
    return buf_append_string(out, *(const bool *)field ? "yes" : "no");
}

static int print_int(struct buf *out, const struct option *option, const void *field)
{
    (void)option;
    return buf_printf(out, "%d", *(const int *)field);
}

static int print_number(struct buf *out, const struct option *option, const void *field)
{
    (void)option;
    return buf_printf(out, "%g", *(const double *)field);
}

static int print_classes(struct buf *out, const struct option *option, const void *field)
{
    failure_set set = *(const failure_set *)field & option_classes(option);
    const char *comma = "";
    int r = set ? 0 : buf_append_string(out, "none");
    for (unsigned i = 1; r == 0 && i < FAILURE_COUNT; i++) {
        if (!(set & FAILURE_BIT(i)))
            continue;
        r = buf_printf(out, "%s%s", comma, failure_word((enum failure)i));
        comma = ", ";
    }
    return r;
}

static int print_list(struct buf *out, const struct option *option, const void *field)
{
    const struct strings *list = field;
    int r = 0;
    (void)option;
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = buf_printf(out, "%s%s", i ? ", " : "", list->at[i]);
    return r;
}

/* How many, and none of them. */
static int print_keys(struct buf *out, const struct option *option, const void *field)
{
    const struct strings *keys = field;
    (void)option;
    return buf_printf(out, "%zu key%s", keys->count, keys->count == 1 ? "" : "s");
}

static int print_duration(struct buf *out, const struct option *option, const void *field)
{
    char text[EXPLAIN_DURATION_MAX];
    int64_t value = *(const int64_t *)field;
    for (const struct option_word *word = option->choices; word && word->word; word++)
        if (word->value == value)
            return buf_append_string(out, word->word);
    return buf_append_string(out, explain_duration(value, text, sizeof(text)));
}

/* Its row has no place of its own: the two values are in the provider. */
static int print_first_byte(struct buf *out, const struct option *option, const void *field)
{
    char stream[EXPLAIN_DURATION_MAX], whole[EXPLAIN_DURATION_MAX];
    const struct config_provider *provider = field;
    (void)option;
    explain_duration(provider->first_byte_timeout_stream_ms, stream, sizeof(stream));
    explain_duration(provider->first_byte_timeout_whole_ms, whole, sizeof(whole));
    return buf_printf(out, "%s, %s (streamed, not streamed)", stream, whole);
}

static int print_text(struct buf *out, const struct option *option, const void *field)
{
    const char *text = *(char *const *)field;
    (void)option;
    return buf_append_string(out, text ? text : "off");
}

static const struct {
    enum option_type type;
    int (*print)(struct buf *out, const struct option *option, const void *field);
} printers[] = {
    {OPTION_BOOL, print_bool},         {OPTION_INT, print_int},
    {OPTION_NUMBER, print_number},     {OPTION_CLASSES, print_classes},
    {OPTION_NAMES, print_list},        {OPTION_MODELS, print_list},
    {OPTION_DURATION, print_duration}, {OPTION_FIRST_BYTE, print_first_byte},
    {OPTION_CHECK_URL, print_text},    {OPTION_KEYS, print_keys},
};

/* Nothing for a type that no row above is of. */
static int print_value(struct buf *out, const struct option *option, const void *base)
{
    for (size_t i = 0; i < COUNT(printers); i++)
        if (printers[i].type == option->type)
            return printers[i].print(out, option, (const char *)base + option->offset);
    return 0;
}

static int print_row(const struct config *config, const struct config_provider *provider,
                     enum explain_setting setting, struct buf *out)
{
    enum option_section section = rows[setting].section;
    const struct option *option = option_find(section, text_of(rows[setting].key));
    const char *name = option_section_named(section) ? provider->name : "";
    const void *base = section == SECTION_RETRY      ? (const void *)&provider->retry
                       : section == SECTION_PROVIDER ? (const void *)provider
                                                     : (const void *)config;
    int r = buf_printf(out, "  [%s%s%s] %s = ", option_section_word(section), name[0] ? " " : "",
                       name, option->key);
    if (r == 0)
        r = print_value(out, option, base);
    return r < 0 ? r : buf_append_string(out, "\n");
}

int explain_settings_print(const struct config *config, const struct config_provider *provider,
                           unsigned set, struct buf *out)
{
    int r = 0;
    for (unsigned i = 0; r == 0 && i < EXPLAIN_SETTING_COUNT; i++)
        if (set & (1u << i))
            r = print_row(config, provider, (enum explain_setting)i, out);
    return r;
}
