/*
 * /proc/net/tcp has the listening sockets with their inodes; whoever has a descriptor of that inode
 * holds the port (proc(5)).
 */
#include "base/portholder.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTENING 0x0A
#define PATH_ROOM 300

struct holder {
    unsigned uid;
    unsigned long inode; /* 0 = nobody listens */
};

static struct holder listed_in(const char *path, uint16_t port)
{
    struct holder found = {0};
    char line[512];
    FILE *file = fopen(path, "re");
    while (file && found.inode == 0 && fgets(line, sizeof(line), file)) {
        unsigned local, state, uid;
        unsigned long inode;
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %u %*u %lu",
                   &local, &state, &uid, &inode) == 4 &&
            local == port && state == LISTENING)
            found = (struct holder){uid, inode};
    }
    if (file)
        (void)fclose(file);
    return found;
}

static bool has_socket(const char *pid, const char *link)
{
    char path[PATH_ROOM], target[64];
    bool found = false;
    (void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && !found && (entry = readdir(folder))) {
        ssize_t n = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
        if (n > 0) {
            target[n] = '\0';
            found = strcmp(target, link) == 0;
        }
    }
    if (folder)
        closedir(folder);
    return found;
}

/* A process may call itself anything. */
static void write_name(const char *pid, char *ret, size_t size)
{
    char path[PATH_ROOM], name[64] = "";
    (void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (!file || !fgets(name, sizeof(name), file))
        name[0] = '\0';
    if (file)
        (void)fclose(file);
    name[strcspn(name, "\n")] = '\0';
    for (char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
            *at = '?';
    (void)snprintf(ret, size, "%s, process %s", name[0] ? name : "a program", pid);
}

void portholder_find(uint16_t port, char *ret, size_t size)
{
    char link[64];
    struct holder holder = listed_in("/proc/net/tcp", port);
    if (holder.inode == 0)
        holder = listed_in("/proc/net/tcp6", port);
    ret[0] = '\0';
    if (holder.inode == 0)
        return;
    (void)snprintf(ret, size, "a program of user %u", holder.uid);
    (void)snprintf(link, sizeof(link), "socket:[%lu]", holder.inode);
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    bool found = false;
    while (processes && !found && (entry = readdir(processes))) {
        bool numbered = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
        found = numbered && has_socket(entry->d_name, link);
        if (found)
            write_name(entry->d_name, ret, size);
    }
    if (processes)
        closedir(processes);
}
