/* What others can do with the files that the settings are, name or write. Asked for by name. */
#include <string.h>

#include "settings/secret.h"
#include "settings/setting.h"
#include "text/string_list.h"

struct file_access config_source_access(const struct config_source *source, const char *path)
{
    return source->others_access && path ? source->others_access(path) : (struct file_access){0};
}

/* Of "a/b" "a", of "/b" "/", of "b" ".". */
static struct text folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return text_of(".");
    return text_make(path, slash > path ? (size_t)(slash - path) : 1);
}

/* Whoever can write to the folder need not be able to write to the file. */
static void warn_folder(struct report *report, const struct origin *origin, const char *path,
                        struct file_access others)
{
    if (others.replace)
        report_warning(report, origin,
                       "others can write to the folder of %s, and so put another file in its "
                       "place; better: chmod go-w %.*s",
                       path, TEXT_ARG(folder_of(path)));
}

/* Who may write to it is refused where it is read (secretfile.c). */
static void warn_secret(const struct config_source *source, const struct setting *setting,
                        struct report *report)
{
    static const char prefix[] = "file:";
    char path[4096];
    struct text item, rest = text_of(setting->value);
    while (setting_is_secret(setting) && string_list_item(&rest, &item)) {
        if (!text_starts(item, prefix) || item.len >= sizeof(path))
            continue;
        item = text_skip(item, sizeof(prefix) - 1);
        memcpy(path, item.at, item.len);
        path[item.len] = '\0';
        warn_folder(report, &setting->origin, path, config_source_access(source, path));
    }
}

/* It has no word of what was said. */
static void warn_usage(const struct config_source *source, const struct setting *setting,
                       struct report *report)
{
    struct file_access others = config_source_access(source, setting->value);
    if (others.read || others.write)
        report_warning(report, &setting->origin,
                       "%s: others can %s %s, which tells who asked whom for how much, and when; "
                       "better: chmod 600 %s",
                       SETTING_TITLE(setting), others.write ? "write to" : "read", setting->value,
                       setting->value);
}

void config_advise_files(const struct config *config, const struct setting_set *set,
                         const struct config_source *source)
{
    const char *file = source->file_name;
    struct file_access others = config_source_access(source, file);
    if (others.write)
        report_warning(set->report, NULL,
                       "others can write to %s, and so decide where the keys are sent; better: "
                       "chmod go-w %s",
                       file, file);
    if (file)
        warn_folder(set->report, NULL, file, others);
    for (size_t i = 0; i < set->count; i++)
        if (!set->at[i].bad)
            warn_secret(source, &set->at[i], set->report);
    const struct setting *usage = setting_find(set, SECTION_LOG, NULL, "usage_file");
    if (usage && config->log.usage_file)
        warn_usage(source, usage, set->report);
}
