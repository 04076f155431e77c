/* See setting_file.h. */
#include "settings/setting_file.h"

#include "text/ini_lines.h"

struct file {
    struct setting_set *set;
    struct origin origin; /* of the line at hand */
    bool begun;           /* a section was seen, right or wrong */
    bool known;           /* and place is right */
    struct place place;
};

static const struct origin *at_line(struct file *file, int line)
{
    file->origin.line = line;
    return &file->origin;
}

/* "provider openai" -> "provider" and "openai". */
static void cut_name(struct text section, struct text *ret_kind, struct text *ret_name)
{
    size_t n = 0;
    while (n < section.len && section.at[n] != ' ' && section.at[n] != '\t')
        n++;
    *ret_kind = text_make(section.at, n);
    *ret_name = text_trim(text_skip(section, n));
}

static void on_section(void *arg, int line, struct text name)
{
    struct file *file = arg;
    struct text kind, rest;
    cut_name(name, &kind, &rest);
    file->begun = true;
    file->known = setting_place(file->set, kind, rest, at_line(file, line), &file->place);
}

/* Keys of an unknown section are passed over: they are not what is wrong. */
static void on_setting(void *arg, int line, struct text key, struct text value)
{
    struct file *file = arg;
    const struct origin *origin = at_line(file, line);
    if (file->known)
        setting_add(file->set, &file->place, key, value, origin);
    else if (!file->begun)
        report_error(file->set->report, origin,
                     "key \"%.*s\" stands before the first section; allowed: below a line such as "
                     "[server]",
                     key.len < 100 ? (int)key.len : 100, key.at);
}

static void on_wrong(void *arg, int line, const char *what)
{
    struct file *file = arg;
    report_error(file->set->report, at_line(file, line), "%s", what);
}

static bool on_stop(void *arg)
{
    const struct file *file = arg;
    const struct report *report = file->set->report;
    return report->errors > REPORT_ERRORS_MAX || report->out_of_memory;
}

int setting_add_file(struct setting_set *set, const struct config_source *source)
{
    struct file file = {
        .set = set,
        .origin = {.kind = ORIGIN_FILE,
                   .name = text_of(source->file_name ? source->file_name : "settings")}};
    const struct ini_handler handler = {&file, on_section, on_setting, on_wrong, on_stop};
    return source->file.at ? ini_read(source->file, &handler) : 0;
}
