/* Read from /proc/self, which a hardened service may still see (ProtectProc=, ProcSubset=pid). */
#include "machine/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text/count.h"

char process_id[PROCESS_ID_MAX];

/*
 * Else the first file or socket that is opened would be taken for standard error, and get the log.
 * Standard output cannot be written all the same, so that a command sees that nobody gets what it
 * prints.
 */
static void open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int way = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", way | O_NOCTTY) < 0)
            return;
    }
}

/*
 * What a core would hold of this process, of its pages nothing: core(5). For whoever makes one all
 * the same, as root may by gcore(1), which goes by it, or by a limit set from outside.
 */
static void leave_out_of_cores(void)
{
    int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, "0", 1);
    close(fd);
}

void process_protect(void)
{
    const struct rlimit none = {0, 0};
    open_standard();
    leave_out_of_cores(); /* first: the file is root's once the process is closed to others */
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

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

/* Since Linux 6.2 the folder's size is how many there are (proc_pid_fd(5)). To count 20,000 of them
 * takes 5 ms, in which every stream waits. */
int64_t process_open_fds(void)
{
    /* Neither ".", ".." nor the directory itself, which is open while it is read. */
    int64_t count = -3;
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return (int64_t)folder.st_size;
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return -1;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

int64_t process_max_fds(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return -1;
    return (int64_t)limit.rlim_cur;
}

int64_t process_cpu_ms(void)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) < 0)
        return -1;
    return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

bool process_wants_descriptors(int error)
{
    return error == EMFILE || error == ENFILE;
}

bool process_has_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return !process_wants_descriptors(errno);
    close(fd);
    return true;
}

bool process_in_container(void)
{
    static const char *const files[] = {"/.dockerenv", "/run/.containerenv",
                                        "/run/systemd/container"};
    static const char *const variables[] = {"container", "KUBERNETES_SERVICE_HOST"};
    for (size_t i = 0; i < COUNT(files); i++)
        if (access(files[i], F_OK) == 0)
            return true;
    for (size_t i = 0; i < COUNT(variables); i++)
        if (getenv(variables[i]))
            return true;
    return false;
}
