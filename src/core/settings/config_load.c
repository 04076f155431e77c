/*
 * File, flags and environment, in this order: the environment can only name providers and models
 * that the others brought. Which one wins does not depend on it.
 */
#include <errno.h>

#include "settings/secret.h"
#include "settings/setting.h"
#include "text/ini_lines.h"

/* ---- the file */

struct file {
    struct setting_set *set;
    struct origin origin; /* of the line at hand */
    bool begun;           /* a section was seen, right or wrong */
    bool known;           /* and place is right */
    struct place place;
};

static size_t find_byte(struct text text, const char *bytes)
{
    size_t n = 0;
    while (n < text.len && (!text.at[n] || !strchr(bytes, text.at[n])))
        n++;
    return n;
}

/* "provider openai" is "provider" and "openai". */
static void on_section(void *arg, int line, struct text name)
{
    struct file *file = arg;
    size_t blank = find_byte(name, " \t");
    file->origin.line = line;
    file->begun = true;
    file->known = setting_place(file->set, text_make(name.at, blank),
                                text_trim(text_skip(name, blank)), &file->origin, &file->place);
}

/* Keys of an unknown section are passed over: they are not what is wrong. */
static void on_setting(void *arg, int line, struct text key, struct text value)
{
    struct file *file = arg;
    file->origin.line = line;
    if (file->known)
        setting_add(file->set, &file->place, key, value, &file->origin);
    else if (!file->begun)
        report_error(file->set->report, &file->origin,
                     "key \"%.*s\" stands before the first section; allowed: below a line such as "
                     "[server]",
                     TEXT_ARG(text_cut(key, 100)));
}

static void on_wrong(void *arg, int line, const char *what)
{
    struct file *file = arg;
    file->origin.line = line;
    report_error(file->set->report, &file->origin, "%s", what);
}

static bool on_stop(void *arg)
{
    const struct report *report = ((const struct file *)arg)->set->report;
    return report->errors > REPORT_ERRORS_MAX || report->out_of_memory;
}

int setting_add_file(struct setting_set *set, const struct config_source *source)
{
    struct text name = text_of(source->file_name ? source->file_name : "settings");
    struct file file = {.set = set, .origin = {.kind = ORIGIN_FILE, .name = name}};
    const struct ini_handler handler = {&file, on_section, on_setting, on_wrong, on_stop};
    return source->file.at ? ini_read(source->file, &handler) : 0;
}

/* ---- a flag: -s "kind.name.key=value" */

struct parts {
    struct text kind;
    struct text name; /* empty for a section without one */
    struct text key;
};

/* Blanks may stand for the first dot and around each part: `-s "model gpt-4.1.ollama=llama3"`. */
static bool cut(struct text left, struct parts *ret)
{
    enum option_section section;
    size_t n = find_byte(left, ". \t");
    *ret = (struct parts){.kind = text_make(left.at, n)};
    if (n == left.len)
        return false;
    bool dot = left.at[n] == '.';
    struct text rest = text_trim(text_skip(left, dot ? n + 1 : n));
    if (option_section_find(ret->kind, &section) && option_section_named(section)) {
        const char *end = option_name_end(section, rest);
        if (!end)
            return false;
        ret->name = text_trim(text_make(rest.at, (size_t)(end - rest.at)));
        rest = text_skip(rest, (size_t)(end - rest.at) + 1);
    } else if (!dot && rest.len > 0 && rest.at[0] == '.') {
        rest = text_skip(rest, 1);
    }
    ret->key = text_trim(rest);
    return ret->key.len > 0;
}

void setting_add_flag(struct setting_set *set, const char *flag)
{
    struct text text = text_of(flag);
    size_t equals = find_byte(text, "=");
    struct origin origin = {.kind = ORIGIN_FLAG, .name = text_trim(text_make(text.at, equals))};
    struct parts parts;
    struct place place;
    if (equals == text.len || !cut(origin.name, &parts))
        report_error(set->report, &origin,
                     "not a setting; allowed: -s SECTION.KEY=VALUE, such as -s retry.attempts=5, "
                     "-s provider.openai.model=gpt-4 or -s \"model gpt-4.1.ollama=llama3\"");
    else if (setting_place(set, parts.kind, parts.name, &origin, &place))
        setting_add(set, &place, parts.key, text_skip(text, equals + 1), &origin);
}

/* ---- all of them */

/* A unit names its credential whether a key is stored there or not; an empty one is none, and the
 * file may have one. */
static void drop_empty_credentials(struct setting_set *set, const struct config_source *source)
{
    for (size_t i = set->count; i-- > 0;) {
        const struct setting *setting = &set->at[i];
        if (setting->origin.kind == ORIGIN_ENVIRONMENT && setting->option->type == OPTION_KEYS &&
            secret_is_empty_credential(text_of(setting->value), source))
            setting_drop(set, i);
    }
}

void config_errors_done(struct config_errors *errors)
{
    string_list_done(&errors->errors);
    string_list_done(&errors->warnings);
}

int config_load_with_settings(const struct config_source *source, struct setting_set *ret_set,
                              struct config **ret_config, struct config_errors *ret_errors)
{
    struct report report = {.to = ret_errors};
    struct config *config = NULL;
    *ret_config = NULL;
    *ret_errors = (struct config_errors){0};
    int r = setting_set_init(ret_set, &report);
    if (r == 0)
        r = setting_add_file(ret_set, source);
    if (r == 0) {
        for (size_t i = 0; source->flags && source->flags[i]; i++)
            setting_add_flag(ret_set, source->flags[i]);
        setting_add_environment(ret_set, source->environ_);
        drop_empty_credentials(ret_set, source);
        config = config_fill(ret_set, source);
    }
    if (config && !report.out_of_memory) {
        config_check(config, ret_set);
        config_advise(config, ret_set, source);
        config_advise_files(config, ret_set, source);
        for (size_t i = 0; i < ret_set->count; i++)
            config->file_settings += ret_set->at[i].origin.kind == ORIGIN_FILE;
    }
    ret_set->report = NULL;
    if (!config || report.out_of_memory)
        r = -ENOMEM;
    else if (report.errors > 0)
        r = -EINVAL;
    if (r == 0)
        *ret_config = config;
    else
        config_free(config);
    return r;
}

int config_load(const struct config_source *source, struct config **ret_config,
                struct config_errors *ret_errors)
{
    struct setting_set set;
    int r = config_load_with_settings(source, &set, ret_config, ret_errors);
    setting_set_done(&set);
    return r;
}
