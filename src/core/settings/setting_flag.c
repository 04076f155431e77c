/* See setting_flag.h. */
#include "settings/setting_flag.h"

/* "kind.name.key" in its parts; name stays empty for a section without one. */
struct parts {
    struct text kind;
    struct text name;
    struct text key;
};

static size_t find_byte(struct text text, const char *bytes)
{
    size_t n = 0;
    while (n < text.len && !strchr(bytes, text.at[n]))
        n++;
    return n;
}

static bool cut_named(struct text rest, bool at_last_dot, struct parts *ret)
{
    const char *dot = NULL;
    if (rest.len > 0)
        dot = at_last_dot ? memrchr(rest.at, '.', rest.len) : memchr(rest.at, '.', rest.len);
    if (!dot)
        return false;
    size_t len = (size_t)(dot - rest.at);
    ret->name = text_trim(text_make(rest.at, len));
    ret->key = text_trim(text_skip(rest, len + 1));
    return true;
}

static bool cut(struct text left, struct parts *ret)
{
    enum option_section section;
    size_t n = find_byte(left, ". \t");
    *ret = (struct parts){.kind = text_make(left.at, n)};
    struct text rest = text_trim(text_skip(left, n));
    if (n == left.len)
        return false;
    if (left.at[n] == '.')
        rest = text_trim(text_skip(left, n + 1));
    if (option_section_find(ret->kind, &section) && option_section_named(section))
        return cut_named(rest, section == SECTION_MODEL, ret);
    if (left.at[n] != '.' && rest.len > 0 && rest.at[0] == '.')
        rest = text_trim(text_skip(rest, 1));
    ret->key = rest;
    return true;
}

void setting_add_flag(struct setting_set *set, const char *flag)
{
    struct text text = text_of(flag);
    size_t equals = find_byte(text, "=");
    struct origin origin = {.kind = ORIGIN_FLAG, .name = text_trim(text_make(text.at, equals))};
    struct parts parts;
    struct place place;
    if (equals == text.len || !cut(origin.name, &parts) || parts.key.len == 0) {
        report_error(set->report, &origin,
                     "not a setting; allowed: -s SECTION.KEY=VALUE, such as -s retry.attempts=5, "
                     "-s provider.openai.model=gpt-4 or -s \"model gpt-4.1.ollama=llama3\"");
        return;
    }
    if (setting_place(set, parts.kind, parts.name, &origin, &place))
        setting_add(set, &place, parts.key, text_skip(text, equals + 1), &origin);
}
