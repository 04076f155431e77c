/* Modes only: an access list that lets more in shows in the group's bits (acl(5)). */
#include "machine/fileaccess.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "text/count.h"

/* Where Docker and Kubernetes lay the secrets of a container: only they can write there. */
#define CONTAINER_SECRETS "/run/secrets"

static bool is_below(const char *path, const char *directory)
{
    size_t len = strlen(directory);
    return len > 1 && strncmp(path, directory, len) == 0 && path[len] == '/';
}

/*
 * Its files may be open to others, and may belong to whoever owns them outside of the container;
 * it is the directory that is closed. Links are resolved first: Kubernetes lays its files by them.
 */
static bool is_below_resolved(const char *path, const char *directory)
{
    char *file = realpath(path, NULL);
    char *top = directory && directory[0] == '/' ? realpath(directory, NULL) : NULL;
    bool below = file && top && is_below(file, top);
    free(file);
    free(top);
    return below;
}

bool fileaccess_is_laid(const char *path)
{
    return is_below_resolved(path, CONTAINER_SECRETS) ||
           is_below_resolved(path, getenv("CREDENTIALS_DIRECTORY"));
}

bool fileaccess_is_our_group(gid_t group)
{
    gid_t groups[256];
    int count = getgroups((int)COUNT(groups), groups);
    bool ours = group == 0 || group == getegid();
    for (int i = 0; !ours && i < count; i++)
        ours = groups[i] == group;
    return ours;
}

static bool is_writable(const struct stat *st)
{
    bool by_group = (st->st_mode & S_IWGRP) && !fileaccess_is_our_group(st->st_gid);
    return by_group || (st->st_mode & S_IWOTH);
}

/* Of "a/b" "a/.", of "b" "./.". */
static bool is_replaceable(const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    char *folder = slash ? xasprintf("%.*s/.", (int)(slash - path), path) : xstrdup(".");
    bool found = stat(folder, &st) == 0;
    free(folder);
    return found && !(st.st_mode & S_ISVTX) && is_writable(&st);
}

struct file_access fileaccess_of_others(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return (struct file_access){0};
    return (struct file_access){.read = (st.st_mode & S_IROTH) && !fileaccess_is_laid(path),
                                .write = is_writable(&st),
                                .replace = is_replaceable(path)};
}
