/*
 * Reading the text of a setting into its field. A word that the row allows comes first (`auto`,
 * `off`), then the reader of the row's type. All numbers end in one place that checks the limits
 * and knows the fields' types.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/listen_address.h"
#include "settings/option.h"

/* More than anybody lists; bounds the comparison of each with each. */
#define LIST_MAX 256

/* What ends in a whole number has parse, the rest read; release where the field owns something. */
struct reader {
    int (*parse)(struct text text, int64_t *ret);
    int (*read)(const struct option *option, struct text text, void *field, struct error *reterr);
    void (*release)(void *field);
};

static int refuse(struct error *reterr, const char *why)
{
    error_set(reterr, "%s", why);
    return -EINVAL;
}

static void write_integer(const struct option *option, int64_t value, void *field)
{
    if (option->type == OPTION_INT)
        *(int *)field = (int)value;
    else if (option->type == OPTION_CHOICE)
        memcpy(field, &(unsigned){(unsigned)value}, sizeof(unsigned));
    else if (option->type == OPTION_KIND)
        *(const struct kind **)field = kind_at((size_t)value);
    else if (option->type == OPTION_SIZE)
        *(size_t *)field = (size_t)value;
    else
        *(int64_t *)field = value;
}

static bool in_range(const struct option *option, double value)
{
    return option->min >= option->max || (value >= option->min && value <= option->max);
}

/* A signed number, so that -1 is "out of range" and not "no number". */
static int parse_integer(struct text text, int64_t *ret)
{
    bool negative = text_starts(text, "-");
    struct text digits = text_skip(text, negative ? 1 : 0);
    if (digits.len == 0 || text_digits(digits, ret) < digits.len)
        return -EINVAL;
    int r = *ret < 0 ? -ERANGE : 0;
    *ret = negative ? -*ret : *ret;
    return r;
}

static int parse_size(struct text text, int64_t *ret)
{
    uint64_t bytes = 0;
    int r = units_size(text, &bytes);
    *ret = (int64_t)bytes;
    return bytes > INT64_MAX ? -ERANGE : r;
}

/* Only the words of the row, and those have been looked for. */
static int parse_choice(struct text text, int64_t *ret)
{
    (void)text;
    (void)ret;
    return -EINVAL;
}

static int read_number(const struct option *option, struct text text, void *field,
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
    *(double *)field = value;
    return 0;
}

static int read_rate(const struct option *option, struct text text, void *field,
                     struct error *reterr)
{
    (void)option;
    (void)reterr;
    if (text.len > 0)
        return units_rate(text, field);
    *(struct rate *)field = (struct rate){0};
    return 0;
}

static int read_bool(const struct option *option, struct text text, void *field,
                     struct error *reterr)
{
    (void)option;
    (void)reterr;
    return units_bool(text, field);
}

/* Its row has no place of its own: the two values are in the provider. */
static int read_first_byte(const struct option *option, struct text text, void *field,
                           struct error *reterr)
{
    struct config_provider *provider = field;
    int64_t ms[2];
    size_t count = 0;
    for (struct text item; string_list_item(&text, &item); count++) {
        if (count == 2)
            return refuse(reterr, "more than two durations");
        int r = units_duration(item, &ms[count]);
        if (r < 0 || !in_range(option, (double)ms[count]))
            return r < 0 ? r : -ERANGE;
    }
    if (count == 0)
        return -EINVAL;
    provider->first_byte_timeout_stream_ms = ms[0];
    provider->first_byte_timeout_whole_ms = ms[count - 1];
    return 0;
}

static int read_classes(const struct option *option, struct text text, void *field,
                        struct error *reterr)
{
    failure_set set = 0;
    for (struct text item; string_list_item(&text, &item);) {
        enum failure failure = failure_by_word(item);
        failure_set bit = failure == FAILURE_NONE ? 0 : FAILURE_BIT(failure);
        if (!(bit & option_classes(option)) || (set & bit)) {
            error_set(reterr, "\"%.*s\" %s", TEXT_ARG(text_cut(item, 80)),
                      set & bit ? "is listed twice" : "is no class that can be named here");
            return -EINVAL;
        }
        set |= bit;
    }
    *(failure_set *)field = set;
    return 0;
}

/* Nothing is a wish where it means "none", and else has to pass the check as any other text. */
static int read_text(const struct option *option, struct text text, void *field,
                     struct error *reterr)
{
    bool may_be_empty = option->type == OPTION_PATH || option->type == OPTION_PROXY ||
                        option->type == OPTION_CHECK_URL || option->type == OPTION_ANNOUNCE ||
                        option->type == OPTION_COLLECTOR;
    if (text.len == 0 && may_be_empty) {
        *(char **)field = NULL;
        return 0;
    }
    int r = option_check_text(option->type, text, reterr);
    if (r < 0)
        return r;
    char *copy = strndup(text.at, text.len);
    if (copy)
        *(char **)field = copy;
    return copy ? 0 : -ENOMEM;
}

static int check_element(enum option_type type, struct text item, const struct strings *list,
                         struct error *reterr)
{
    struct error why = ERROR_NONE;
    struct text shown = type == OPTION_SECRETS ? text_of("****") : item;
    if (list->count == LIST_MAX)
        return refuse(reterr, "more than 256 elements");
    if (type == OPTION_SECRETS && text_equals_nocase(item, "none"))
        return refuse(reterr, "none among others: is there a token or not?");
    if (option_check_text(type, item, &why) < 0)
        error_set(reterr, "\"%.*s\": %s", TEXT_ARG(text_cut(shown, 80)), why.text);
    else if (type != OPTION_SECRETS && string_list_has(list, item))
        error_set(reterr, "\"%.*s\" is listed twice", TEXT_ARG(item));
    else
        return 0;
    return -EINVAL;
}

int option_read_list(enum option_type type, struct text text, struct strings *ret,
                     struct error *reterr)
{
    struct strings list = {0};
    int r = 0;
    for (struct text item; r == 0 && string_list_item(&text, &item);) {
        r = check_element(type, item, &list, reterr);
        if (r == 0)
            r = string_list_add(&list, item);
    }
    if (r < 0)
        string_list_done(&list);
    else
        *ret = list;
    return r;
}

static int read_list(const struct option *option, struct text text, void *field,
                     struct error *reterr)
{
    struct strings list = {0};
    int r = option_read_list(option->type, text, &list, reterr);
    bool needed = option->type == OPTION_NAMES || option->type == OPTION_MODELS ||
                  option->type == OPTION_ABILITIES;
    if (r == 0 && needed && list.count == 0)
        r = refuse(reterr, "no name");
    if (r == 0)
        *(struct strings *)field = list;
    return r;
}

/* Read here, once, and not for each request. */
static int read_rules(const struct option *option, struct text text, void *field,
                      struct error *reterr)
{
    struct strings list = {0};
    int r = option_read_list(option->type, text, &list, reterr);
    struct member_rule *at = list.count > 0 ? calloc(list.count, sizeof(*at)) : NULL;
    if (list.count > 0 && !at)
        r = -ENOMEM;
    for (size_t i = 0; r == 0 && i < list.count; i++)
        r = option->type == OPTION_MEMBERS
                ? member_rule_read_drop(text_of(list.at[i]), &at[i], reterr)
                : member_rule_read_rename(text_of(list.at[i]), &at[i], reterr);
    if (r == 0)
        *(struct member_rules *)field = (struct member_rules){at, list.count};
    else
        free(at);
    string_list_done(&list);
    return r;
}

static void release_rules(void *field)
{
    struct member_rules *rules = field;
    free(rules->at);
    *rules = (struct member_rules){0};
}

static int add_listen(struct config_server *server, struct text item, struct error *reterr)
{
    struct config_listen listen, *grown = NULL;
    int r = listen_address_parse(item, &listen, reterr);
    for (size_t i = 0; r == 0 && i < server->listen_count; i++)
        if (listen_address_equals(&server->listen[i], &listen))
            r = refuse(reterr, "the same address is listed twice");
    if (r == 0 && server->listen_count == LIST_MAX)
        r = refuse(reterr, "more than 256 elements");
    if (r == 0)
        grown = realloc(server->listen, (server->listen_count + 1) * sizeof(listen));
    if (!grown) {
        listen_address_done(&listen);
        return r < 0 ? r : -ENOMEM;
    }
    server->listen = grown;
    server->listen[server->listen_count++] = listen;
    return 0;
}

static void release_listen(void *field)
{
    struct config_server *server = field;
    for (size_t i = 0; i < server->listen_count; i++)
        listen_address_done(&server->listen[i]);
    free(server->listen);
    server->listen = NULL;
    server->listen_count = 0;
}

static int read_listen(const struct option *option, struct text text, void *field,
                       struct error *reterr)
{
    struct config_server read = {0}, *server = field;
    int r = 0;
    (void)option;
    for (struct text item; r == 0 && string_list_item(&text, &item);)
        r = add_listen(&read, item, reterr);
    if (r == 0 && read.listen_count == 0)
        r = refuse(reterr, "no address");
    if (r < 0) {
        release_listen(&read);
        return r;
    }
    server->listen = read.listen;
    server->listen_count = read.listen_count;
    return 0;
}

static int read_checked(const struct option *option, struct text text, void *field,
                        struct error *reterr)
{
    (void)field;
    return option_check_text(option->type, text, reterr);
}

static int read_secrets(const struct option *option, struct text text, void *field,
                        struct error *reterr)
{
    (void)field;
    struct strings list = {0};
    int r = option_read_list(option->type, text, &list, reterr);
    string_list_done(&list);
    return r;
}

static void release_text(void *field)
{
    string_wipe(*(char **)field);
}

static void release_list(void *field)
{
    string_list_done(field);
}

static const struct reader integer = {.parse = parse_integer};
static const struct reader size = {.parse = parse_size};
static const struct reader duration = {.parse = units_duration};
static const struct reader choice = {.parse = parse_choice};
static const struct reader number = {.read = read_number};
static const struct reader rate = {.read = read_rate};
static const struct reader boolean = {.read = read_bool};
static const struct reader first_byte = {.read = read_first_byte};
static const struct reader classes = {.read = read_classes};
static const struct reader checked = {.read = read_checked};
static const struct reader secrets = {.read = read_secrets};
static const struct reader string = {.read = read_text, .release = release_text};
static const struct reader list = {.read = read_list, .release = release_list};
static const struct reader rules = {.read = read_rules, .release = release_rules};
static const struct reader listen_list = {.read = read_listen, .release = release_listen};

static const struct reader *const readers[OPTION_TYPE_COUNT] = {
#define X(id, reader, check, form) &(reader),
    OPTION_TYPES(X)
#undef X
};

int option_store(const struct option *option, struct text text, void *base, struct error *reterr)
{
    void *field = (char *)base + option->offset;
    const struct reader *reader = readers[option->type];
    const struct option_word *word = option->choices;
    int64_t value;
    text = text_trim(text);
    while (word && word->word && !text_equals_nocase(text, word->word))
        word++;
    bool is_word = word && word->word;
    if (!reader->parse) /* none, off, system: as if nothing were written */
        return reader->read(option, is_word ? text_make("", 0) : text, field, reterr);
    int r = is_word ? 0 : reader->parse(text, &value);
    if (r == 0 && !is_word && !in_range(option, (double)value))
        r = -ERANGE;
    if (r == 0)
        write_integer(option, is_word ? word->value : value, field);
    return r;
}

void option_release(const struct option *option, void *base)
{
    const struct reader *reader = readers[option->type];
    if (reader->release)
        reader->release((char *)base + option->offset);
}
