/* A row of the option table in words, for messages and pages. */
#include "settings/option.h"
#include "text/count.h"
#include "text/line.h"

static const char *const forms[OPTION_TYPE_COUNT] = {
#define X(id, reader, check, form) form,
    OPTION_TYPES(X)
#undef X
};

struct scale {
    const char *suffix;
    double factor;
};

/* The largest unit in which the number is whole. */
static void add_scaled(struct line *line, double value, const struct scale *scales, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double scaled = value / scales[i].factor;
        if (scaled >= 1 && scaled < 1e15 && (double)(int64_t)scaled == scaled) {
            line_add(line, "%.0f%s", scaled, scales[i].suffix);
            return;
        }
    }
    line_add(line, "%g", value);
}

static void add_limit(struct line *line, const struct option *option, double value)
{
    static const struct scale durations[] = {
        {"d", 8.64e7}, {"h", 3.6e6}, {"m", 6e4}, {"s", 1e3}, {"ms", 1}};
    static const struct scale sizes[] = {{"G", 0x1p30}, {"M", 0x1p20}, {"K", 0x1p10}, {"", 1}};
    if (option->type == OPTION_DURATION || option->type == OPTION_FIRST_BYTE)
        add_scaled(line, value, durations, COUNT(durations));
    else if (option->type == OPTION_SIZE || option->type == OPTION_TOKENS)
        add_scaled(line, value, sizes, COUNT(sizes));
    else
        add_scaled(line, value, &sizes[3], 1);
}

/* "error, warning, info or debug" where words are all there is, else "auto, off, or " before more.
 */
static void add_words(struct line *line, const struct option *option)
{
    bool alone = option->type == OPTION_CHOICE || option->type == OPTION_KIND;
    const struct option_word *word = option->choices;
    for (; word && word->word; word++) {
        bool last = !word[1].word;
        bool before_last = !last && !word[2].word;
        line_add(line, "%s%s", word->word,
                 alone && last          ? ""
                 : alone && before_last ? " or "
                                        : ", ");
    }
    if (option->choices && !alone)
        line_add(line, "or ");
}

void option_allowed(const struct option *option, char *ret, size_t size)
{
    struct line line = line_to(ret, size);
    const char *comma = "";
    add_words(&line, option);
    line_add(&line, "%s", forms[option->type]);
    for (unsigned i = 1; option->type == OPTION_CLASSES && i < FAILURE_COUNT; i++) {
        if (!(option_classes(option) & FAILURE_BIT(i)))
            continue;
        line_add(&line, "%s%s", comma, failure_word((enum failure)i));
        comma = ", ";
    }
    if (option->min >= option->max)
        return;
    line_add(&line, "%s", option->type == OPTION_FIRST_BYTE ? ", each from " : ", from ");
    add_limit(&line, option, option->min);
    line_add(&line, " to ");
    add_limit(&line, option, option->max);
}

/*
 * What moves an exchange on by default is what may: the other classes end it. A redirect is never
 * followed, so asking again would bring the same one. Skipped is no failure of an attempt.
 */
failure_set option_classes(const struct option *option)
{
    failure_set all = failure_default_fallback() & ~FAILURE_BIT(FAILURE_SKIPPED);
    return option->section == SECTION_RETRY ? all & ~FAILURE_BIT(FAILURE_REDIRECT) : all;
}

static void add_upper(struct line *line, const char *text)
{
    line_add(line, "_");
    for (; *text && line->left > 1; text++, line->left--)
        *line->at++ = text_is_letter(*text)  ? (char)(*text & ~0x20)
                      : text_is_digit(*text) ? *text
                                             : '_';
    *line->at = '\0';
}

void option_environment(enum option_section section, const char *name, const char *key, char *ret,
                        size_t size)
{
    struct line line = line_to(ret, size);
    bool has_headers = section == SECTION_PROVIDER || section == SECTION_TOOL;
    if (has_headers && text_starts_nocase(text_of(key), OPTION_HEADER_PREFIX))
        return;
    line_add(&line, "UNDERSTUDY");
    add_upper(&line, option_section_word(section));
    if (name)
        add_upper(&line, name);
    add_upper(&line, key);
}
