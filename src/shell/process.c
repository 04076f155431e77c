/* Read from /proc/self, which a hardened service may still see (ProtectProc=, ProcSubset=pid). */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* /proc/self/statm: all pages, then the resident ones (proc(5)). */
int64_t process_resident_bytes(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    char *end;
    (void)strtoll(text, &end, 10);
    return (int64_t)strtoll(end, NULL, 10) * sysconf(_SC_PAGESIZE);
}

int64_t process_open_fds(void)
{
    /* Neither ".", ".." nor the directory itself, which is open while it is read. */
    int64_t count = -3;
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return -1;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}
