/* A row of the option table in words, for messages and pages. */
#include <stdarg.h>
#include <stdio.h>

#include "settings/option.h"
#include "text/count.h"

static const char *const forms[OPTION_TYPE_COUNT] = {
#define X(id, reader, check, form) form,
    OPTION_TYPES(X)
#undef X
};

/* Where text is put; what does not fit is cut. */
struct line {
    char *at;
    size_t left; /* the NUL included */
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->at, line->left, format, args);
    va_end(args);
    size_t written = n < 0 ? 0 : (size_t)n;
    if (written >= line->left)
        written = line->left - 1;
    line->at += written;
    line->left -= written;
}

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
            add(line, "%.0f%s", scaled, scales[i].suffix);
            return;
        }
    }
    add(line, "%g", value);
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
        add(line, "%s%s", word->word, alone && last ? "" : alone && before_last ? " or " : ", ");
    }
    if (option->choices && !alone)
        add(line, "or ");
}

void option_allowed(const struct option *option, char *ret, size_t size)
{
    struct line line = {ret, size};
    const char *comma = "";
    add_words(&line, option);
    add(&line, "%s", forms[option->type]);
    for (unsigned i = 1; option->type == OPTION_CLASSES && i < FAILURE_COUNT; i++) {
        if (!(option_classes(option) & FAILURE_BIT(i)))
            continue;
        add(&line, "%s%s", comma, failure_word((enum failure)i));
        comma = ", ";
    }
    if (option->min >= option->max)
        return;
    add(&line, "%s", option->type == OPTION_FIRST_BYTE ? ", each from " : ", from ");
    add_limit(&line, option, option->min);
    add(&line, " to ");
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
    add(line, "_");
    for (; *text && line->left > 1; text++, line->left--)
        *line->at++ = text_is_letter(*text)  ? (char)(*text & ~0x20)
                      : text_is_digit(*text) ? *text
                                             : '_';
    *line->at = '\0';
}

void option_environment(enum option_section section, const char *name, const char *key, char *ret,
                        size_t size)
{
    struct line line = {ret, size};
    ret[0] = '\0';
    if (section == SECTION_PROVIDER && text_starts_nocase(text_of(key), OPTION_HEADER_PREFIX))
        return;
    add(&line, "UNDERSTUDY");
    add_upper(&line, option_section_word(section));
    if (name)
        add_upper(&line, name);
    add_upper(&line, key);
}
