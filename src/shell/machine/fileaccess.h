/* What others may do with a file: those who are neither this user, nor root, nor of our groups. */
#ifndef UNDERSTUDY_FILEACCESS_H
#define UNDERSTUDY_FILEACCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "settings/settings.h"

/*
 * The others_access of struct config_source. By the modes of the file and of the folder in path,
 * links followed; nothing where it is no regular file. A group of ours may write, and to be read by
 * a group is no matter. What a container or systemd has laid is not told as read. A sticky folder
 * lets nobody replace what is not his.
 */
struct file_access fileaccess_of_others(const char *path);

/* Is it where a container's or systemd's secrets are laid, whatever its mode says? */
bool fileaccess_is_laid(const char *path);

/* Root's, or one that this process runs in. */
bool fileaccess_is_our_group(gid_t group);

#endif
