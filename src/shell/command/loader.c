/*
 * -c, else $UNDERSTUDY_CONFIG, else $XDG_CONFIG_HOME/understudy/understudy.ini (~/.config ...),
 * else /etc/understudy/understudy.ini. A file that was named must be there; the others may be
 * absent.
 */
#include "command/loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "machine/fileaccess.h"
#include "machine/regularfile.h"
#include "machine/secretfile.h"
#include "settings/settings.h"

#define FILE_MAX   (16u << 20)
#define READ_BLOCK 65536

static char *home_file(void)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && xdg[0] == '/')
        return xasprintf("%s/understudy/understudy.ini", xdg);
    return home && home[0] == '/' ? xasprintf("%s/.config/understudy/understudy.ini", home) : NULL;
}

/* The file to read, malloc'ed; NULL = none. *ret_named: the user named it, so it must be there. */
static char *find_file(const struct loader *loader, bool *ret_named)
{
    const char *named = loader->file ? loader->file : getenv("UNDERSTUDY_CONFIG");
    *ret_named = named && named[0];
    if (*ret_named)
        return xstrdup(named);
    char *own = home_file();
    if (own && access(own, F_OK) == 0)
        return own;
    free(own);
    static const char system_wide[] = "/etc/understudy/understudy.ini";
    return access(system_wide, F_OK) == 0 ? xstrdup(system_wide) : NULL;
}

static int read_all(int fd, struct buf *out)
{
    char *block = xcalloc(1, READ_BLOCK);
    int r = 0;
    while (r == 0) {
        ssize_t n = read(fd, block, READ_BLOCK);
        if (n == 0)
            break;
        if (n < 0)
            r = errno == EINTR ? 0 : -errno;
        else
            r = buf_append(out, block, (size_t)n);
    }
    explicit_bzero(block, READ_BLOCK);
    free(block);
    return r;
}

static int read_file(const char *path, struct buf *out)
{
    struct stat st;
    int fd = regularfile_open(path, &st);
    if (fd < 0)
        return fd;
    int r = read_all(fd, out);
    close(fd);
    return r;
}

static const char *reason(int error)
{
    return error == EINVAL ? "not a regular file; settings must be in one" : strerror(error);
}

struct loaded {
    char *path;
    struct buf text;
    struct config_source source;
};

static void loaded_done(struct loaded *loaded)
{
    buf_done(&loaded->text);
    free(loaded->path);
}

static void add_error(struct config_errors *errors, char *message)
{
    struct strings *list = &errors->errors;
    list->at = xreallocarray(list->at, list->count + 2, sizeof(*list->at));
    list->at[list->count++] = message;
    list->at[list->count] = NULL;
}

static int open_source(const struct loader *loader, struct loaded *ret,
                       struct config_errors *errors)
{
    bool named;
    *ret = (struct loaded){.path = find_file(loader, &named)};
    buf_init_secret(&ret->text, FILE_MAX);
    int r = ret->path ? read_file(ret->path, &ret->text) : 0;
    if (r < 0) {
        *errors = (struct config_errors){0};
        add_error(errors, xasprintf("%s: %s%s", ret->path, reason(-r),
                                    named ? "" : " (remove it or make it readable)"));
        loaded_done(ret);
        return -EINVAL;
    }
    ret->source = (struct config_source){
        .file_name = ret->path,
        .file = buf_text(&ret->text),
        .environ_ = (const char *const *)environ,
        .flags = loader->flags,
        .read_file = secretfile_read,
        .others_access = fileaccess_of_others,
    };
    return 0;
}

/* libcurl opens it at the first request, and would wait for the other end of a FIFO. */
static int check_files(const struct config *config, struct config_errors *errors)
{
    int r = 0;
    for (size_t i = 0; i < config->provider_count; i++) {
        const struct config_provider *provider = &config->providers[i];
        struct stat st;
        int fd = provider->ca_file ? regularfile_open(provider->ca_file, &st) : -ENOENT;
        if (fd >= 0)
            close(fd);
        if (fd != -EINVAL && fd != -EISDIR)
            continue;
        add_error(errors, xasprintf("[provider %s] ca_file: %s is not a regular file; certificates "
                                    "must be in one",
                                    provider->name, provider->ca_file));
        r = -EINVAL;
    }
    return r;
}

int loader_load(const struct loader *loader, struct config **ret_config,
                struct config_errors *ret_errors)
{
    struct loaded loaded;
    int r = open_source(loader, &loaded, ret_errors);
    if (r < 0)
        return r;
    r = config_load(&loaded.source, ret_config, ret_errors);
    loaded_done(&loaded);
    if (r == 0 && (r = check_files(*ret_config, ret_errors)) < 0) {
        config_free(*ret_config);
        *ret_config = NULL;
    }
    return r;
}

int loader_print(const struct loader *loader, const struct config_form *form, struct buf *out,
                 struct config_errors *ret_errors)
{
    struct loaded loaded;
    int r = open_source(loader, &loaded, ret_errors);
    if (r < 0)
        return r;
    r = config_print(&loaded.source, form, out, ret_errors);
    loaded_done(&loaded);
    return r;
}
