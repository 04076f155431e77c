/*
 * See option_value.h. A word that the row allows comes first (`auto`, `off`), then the reader of
 * the row's type. All numbers end in one place that checks the limits and knows the fields' types.
 */
#include "settings/option_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "settings/option_form.h"
#include "settings/option_text.h"
#include "text/string_list.h"
#include "text/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef int (*read_fn)(const struct option *option, struct text text, void *base,
                       struct error *reterr);

static void *field_of(const struct option *option, void *base)
{
    return (char *)base + option->offset;
}

static void write_integer(const struct option *option, int64_t value, void *base)
{
    void *field = field_of(option, base);
    if (option->type == OPTION_INT)
        *(int *)field = (int)value;
    else if (option->type == OPTION_CHOICE)
        memcpy(field, &(unsigned){(unsigned)value}, sizeof(unsigned));
    else if (option->type == OPTION_SIZE)
        *(size_t *)field = (size_t)value;
    else
        *(int64_t *)field = value;
}

static bool in_range(const struct option *option, double value)
{
    return option->min >= option->max || (value >= option->min && value <= option->max);
}

static int store_integer(const struct option *option, int64_t value, void *base)
{
    if (!in_range(option, (double)value))
        return -ERANGE;
    write_integer(option, value, base);
    return 0;
}

/* A signed number, so that -1 is "out of range" and not "no number". */
static int read_integer(const struct option *option, struct text text, void *base,
                        struct error *reterr)
{
    (void)reterr;
    bool negative = text.len > 0 && text.at[0] == '-';
    int64_t value = 0;
    size_t i = negative ? 1 : 0;
    if (i == text.len)
        return -EINVAL;
    for (; i < text.len; i++) {
        if (!text_is_digit(text.at[i]))
            return -EINVAL;
        if (value <= INT32_MAX) /* no limit in the table is larger; and no overflow */
            value = value * 10 + (text.at[i] - '0');
    }
    return store_integer(option, negative ? -value : value, base);
}

static int read_number(const struct option *option, struct text text, void *base,
                       struct error *reterr)
{
    (void)reterr;
    char copy[32], *end = NULL;
    if (text.len == 0 || text.len >= sizeof(copy))
        return -EINVAL;
    for (size_t i = 0; i < text.len; i++)
        if (!text_is_digit(text.at[i]) && text.at[i] != '.' && (text.at[i] != '-' || i > 0))
            return -EINVAL; /* strtod also reads exponents, hexadecimal, inf and nan */
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    double value = strtod(copy, &end);
    if (*end || end == copy)
        return -EINVAL;
    if (!in_range(option, value))
        return -ERANGE;
    *(double *)field_of(option, base) = value;
    return 0;
}

static int read_size(const struct option *option, struct text text, void *base,
                     struct error *reterr)
{
    (void)reterr;
    uint64_t bytes = 0;
    int r = units_size(text, &bytes);
    if (r < 0)
        return r;
    return bytes > INT64_MAX ? -ERANGE : store_integer(option, (int64_t)bytes, base);
}

static int read_duration(const struct option *option, struct text text, void *base,
                         struct error *reterr)
{
    (void)reterr;
    int64_t ms = 0;
    int r = units_duration(text, &ms);
    return r < 0 ? r : store_integer(option, ms, base);
}

static int read_bool(const struct option *option, struct text text, void *base,
                     struct error *reterr)
{
    (void)reterr;
    return units_bool(text, field_of(option, base));
}

static int read_first_byte(const struct option *option, struct text text, void *base,
                           struct error *reterr)
{
    struct config_provider *provider = base;
    struct text item;
    int64_t ms[2];
    size_t count = 0;
    for (; string_list_item(&text, &item); count++) {
        if (count == COUNT(ms)) {
            error_set(reterr, "more than two durations");
            return -EINVAL;
        }
        int r = units_duration(item, &ms[count]);
        if (r < 0)
            return r;
        if (!in_range(option, (double)ms[count]))
            return -ERANGE;
    }
    if (count == 0)
        return -EINVAL;
    provider->first_byte_timeout_stream_ms = ms[0];
    provider->first_byte_timeout_whole_ms = ms[count - 1];
    return 0;
}

static int read_classes(const struct option *option, struct text text, void *base,
                        struct error *reterr)
{
    failure_set set = 0;
    struct text item;
    while (string_list_item(&text, &item)) {
        enum failure failure = failure_by_word(item);
        failure_set bit = failure == FAILURE_NONE ? 0 : FAILURE_BIT(failure);
        if (!(bit & option_classes(option)) || (set & bit)) {
            error_set(reterr, "\"%.*s\" %s", item.len < 80 ? (int)item.len : 80, item.at,
                      set & bit ? "is listed twice" : "is no class that can be named here");
            return -EINVAL;
        }
        set |= bit;
    }
    *(failure_set *)field_of(option, base) = set;
    return 0;
}

static int read_text(const struct option *option, struct text text, void *base,
                     struct error *reterr)
{
    char *copy = NULL;
    bool may_be_empty = option->type == OPTION_PATH || option->type == OPTION_PROXY ||
                        option->type == OPTION_CHECK_URL;
    if (text.len > 0 || !may_be_empty) {
        int r = option_check_text(option->type, text, reterr);
        if (r < 0)
            return r;
        copy = strndup(text.at, text.len);
        if (!copy)
            return -ENOMEM;
    }
    *(char **)field_of(option, base) = copy;
    return 0;
}

static int read_list(const struct option *option, struct text text, void *base,
                     struct error *reterr)
{
    struct strings list = {0};
    int r = option_read_list(option->type, text, &list, reterr);
    if (r < 0)
        return r;
    bool needed = option->type == OPTION_NAMES || option->type == OPTION_MODELS;
    if (needed && list.count == 0) {
        error_set(reterr, "no name");
        return -EINVAL;
    }
    *(struct strings *)field_of(option, base) = list;
    return 0;
}

static int read_listen(const struct option *option, struct text text, void *base,
                       struct error *reterr)
{
    return option_read_listen(text, field_of(option, base), reterr);
}

/* Only the words of the row, and those have been looked for. */
static int read_choice(const struct option *option, struct text text, void *base,
                       struct error *reterr)
{
    (void)option;
    (void)text;
    (void)base;
    (void)reterr;
    return -EINVAL;
}

static int read_checked(const struct option *option, struct text text, void *base,
                        struct error *reterr)
{
    (void)base;
    return option_check_text(option->type, text, reterr);
}

static int read_secrets(const struct option *option, struct text text, void *base,
                        struct error *reterr)
{
    (void)base;
    struct strings list = {0};
    int r = option_read_list(option->type, text, &list, reterr);
    string_list_done(&list);
    return r;
}

static const read_fn readers[OPTION_TYPE_COUNT] = {
#define X(id, reader, form, unit) read_##reader,
    OPTION_TYPES(X)
#undef X
};

static bool holds_integer(const struct option *option)
{
    read_fn read = readers[option->type];
    return read == read_integer || read == read_size || read == read_duration ||
           read == read_choice;
}

int option_store(const struct option *option, struct text text, void *base, struct error *reterr)
{
    text = text_trim(text);
    for (const struct option_word *word = option->choices; word && word->word; word++) {
        if (!text_equals_nocase(text, word->word))
            continue;
        if (holds_integer(option)) {
            write_integer(option, word->value, base);
            return 0;
        }
        text = text_make("", 0); /* none, off, system: as if nothing were written */
        break;
    }
    return readers[option->type](option, text, base, reterr);
}

void option_release(const struct option *option, void *base)
{
    read_fn read = readers[option->type];
    if (read == read_listen)
        option_free_listen(field_of(option, base));
    else if (read == read_list)
        string_list_done(field_of(option, base));
    else if (read == read_text)
        string_wipe(*(char **)field_of(option, base));
}
