/*
 * One write(2) a line on a descriptor with O_APPEND: lines of several threads, or processes, do not
 * mix, a program that rotates by renaming loses none, and one that copies and truncates finds the
 * next line at the beginning. O_NONBLOCK is for a path that is a pipe.
 */
#include "record/usage_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record/repeat.h"
#include "usage/usage_reader.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool wanted;
static char *path; /* NULL = no file is wanted */
static int file = -1;
static bool joins;   /* usage_file_join */
static bool torn;    /* the disk had room for a part of the last line only */
static bool warned;  /* of what was lost, and no line has been written since */
static int64_t lost; /* lines of which no warning has told the number */
static _Atomic int64_t warned_at_ms = -REPEAT_MS;

/* With the lock held, as all below. A disk with room for some lines and not for others is told once
 * a minute. */
static void warn(const char *what, int error)
{
    if (warned || !repeat_is_due(&warned_at_ms, clock_monotonic_ms()))
        return;
    log_warning("usage_file", LOG_STR("message", what), LOG_STR("error", strerror(error)));
    warned = true;
}

static void tell_lost(const char *what)
{
    if (lost > 0)
        log_warning("usage_file", LOG_STR("message", what), LOG_INT("lost_lines", lost));
    warned = false;
    lost = 0;
}

/* Does a regular file end in the middle of a line? It could not be written wholly, before a reload
 * or by an earlier process. */
static bool is_torn(void)
{
    struct stat st;
    char last = '\n';
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        (void)!pread(fd, &last, 1, st.st_size - 1);
    close(fd);
    return last != '\n';
}

static void open_file(void)
{
    torn = is_torn();
    file =
        open(path, O_WRONLY | (joins ? 0 : O_CREAT) | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
             S_IRUSR | S_IWUSR);
    if (file < 0 && !joins)
        warn("it cannot be opened, and is tried again with each line", errno);
}

static void set(const char *new_path, bool only_joins)
{
    pthread_mutex_lock(&lock);
    joins = only_joins;
    tell_lost("it is closed");
    if (file >= 0)
        close(file);
    free(path);
    path = new_path ? xstrdup(new_path) : NULL;
    file = -1;
    atomic_store(&warned_at_ms, -REPEAT_MS);
    atomic_store(&wanted, path != NULL);
    if (path)
        open_file();
    pthread_mutex_unlock(&lock);
}

void usage_file_open(const char *new_path)
{
    set(new_path, false);
}

void usage_file_join(const char *new_path)
{
    set(new_path, true);
}

/* A part of a line is ended first, so that a reader loses no other with it. */
static bool write_line(struct text line)
{
    if (torn && write(file, "\n", 1) == 1)
        torn = false;
    ssize_t n = torn ? -1 : write(file, line.at, line.len);
    if (n == (ssize_t)line.len)
        return true;
    torn |= n > 0;
    warn("a line could not be written", n < 0 ? errno : ENOSPC);
    return false;
}

void usage_file_write(const struct exchange_record *record)
{
    struct buf line;
    if (!atomic_load_explicit(&wanted, memory_order_relaxed))
        return;
    buf_init(&line, USAGE_LINE_MAX);
    struct jsonwrite writer = jsonwrite_to(&line);
    exchange_record_write(record, &writer, NULL);
    int r = writer.r < 0 ? writer.r : buf_append_string(&line, "\n");
    pthread_mutex_lock(&lock);
    if (path && file < 0)
        open_file();
    if (r == 0 && file >= 0 && write_line(buf_text(&line))) {
        if (warned)
            tell_lost("it is written again");
    } else if (path) {
        lost++;
        metrics_add(METRIC_USAGE_DROPPED, NULL, 1);
    }
    pthread_mutex_unlock(&lock);
    buf_done(&line);
}

void usage_file_done(void)
{
    usage_file_open(NULL);
}
