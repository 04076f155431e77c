/* Settings as the tests of config and setting write them: text in, struct or lines of errors out.
 */
#ifndef UNDERSTUDY_CONFIG_CASE_H
#define UNDERSTUDY_CONFIG_CASE_H

#include <errno.h>
#include <stdio.h>

#include "config/config.h"
#include "settings/settings.h"
#include "unit.h"

#define CONFIG_CASE_PAGE_MAX (1 << 16)
#define LIST(...)            ((const char *const[]){__VA_ARGS__, NULL})

struct config_case {
    struct config *config;
    struct config_errors errors;
    int r;
};

/* The only file that secrets can be read from is /secret; its content is what arg points to. */
static inline int config_case_read_file(void *arg, const char *path, struct buf *out,
                                        struct error *reterr)
{
    if (strcmp(path, "/secret") != 0 && strcmp(path, "/credentials/name") != 0) {
        error_set(reterr, "%s: no such file", path);
        return -ENOENT;
    }
    return buf_append_string(out, arg);
}

static inline struct config_source config_case_source(const char *file, const char *const *environ_,
                                                      const char *const *flags)
{
    static char secret[] = "sk-from-file\n";
    return (struct config_source){.file_name = "f.ini",
                                  .file = text_of(file),
                                  .environ_ = environ_,
                                  .flags = flags,
                                  .read_file = config_case_read_file,
                                  .read_file_arg = secret};
}

static inline struct config_case config_case_load(const char *file, const char *const *environ_,
                                                  const char *const *flags)
{
    struct config_case ret = {0};
    const struct config_source source = config_case_source(file, environ_, flags);
    ret.r = config_load(&source, &ret.config, &ret.errors);
    return ret;
}

static inline void config_case_done(struct config_case *loaded)
{
    config_free(loaded->config);
    config_errors_done(&loaded->errors);
}

static inline const struct config_provider *config_case_provider(const struct config_case *loaded,
                                                                 const char *name)
{
    ck_assert_msg(loaded->r == 0, "%s",
                  loaded->errors.errors.count ? loaded->errors.errors.at[0] : "no error told");
    const struct config_provider *provider = config_provider_by_name(loaded->config, text_of(name));
    ck_assert_ptr_nonnull(provider);
    return provider;
}

/* What `understudy config` shows of source, which must be in order; to be given back with buf_done.
 */
static inline struct buf config_case_printed(const struct config_source *source,
                                             const struct config_form *form)
{
    struct config_errors errors;
    struct buf page;
    buf_init(&page, CONFIG_CASE_PAGE_MAX);
    int r = config_print(source, form, &page, &errors);
    ck_assert_msg(r == 0, "%s", errors.errors.count ? errors.errors.at[0] : "no error told");
    config_errors_done(&errors);
    return page;
}

/* "a, b"; "" where there are none. Until the next call. */
static inline const char *config_case_join(const struct strings *list)
{
    static char joined[1024];
    size_t used = 0;
    joined[0] = '\0';
    for (size_t i = 0; i < list->count && used < sizeof(joined); i++)
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%s", i ? ", " : "",
                                 list->at[i]);
    return joined;
}

#endif
