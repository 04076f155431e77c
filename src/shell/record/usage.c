/*
 * One write(2) a line on a descriptor with O_APPEND: lines of several threads, or processes, do not
 * mix, and a program that rotates by renaming loses none. O_NONBLOCK is for a path that is a pipe.
 */
#include "record/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "record/logline.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static bool warned; /* nothing has been written since */
static bool torn;   /* the disk had room for a part of the last line only */

/* With the lock held. */
static void warn_once(const char *what, int error)
{
    if (!warned)
        log_warning("usage_file", LOG_STR("message", what), LOG_STR("error", strerror(error)));
    warned = true;
}

void usage_open(const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                         S_IRUSR | S_IWUSR)
                  : -1;
    int error = errno;
    pthread_mutex_lock(&lock);
    if (file >= 0)
        close(file);
    file = fd;
    warned = torn = false;
    if (path && fd < 0)
        warn_once("it cannot be opened, and is tried again at the next reload", error);
    pthread_mutex_unlock(&lock);
}

/* A part of a line is ended first, so that a reader loses no other with it. */
static void write_line(const struct logline *line)
{
    if (torn && write(file, "\n", 1) == 1)
        torn = false;
    ssize_t n = torn ? 0 : write(file, line->at, line->len);
    if (n == (ssize_t)line->len) {
        warned = false;
        return;
    }
    torn |= n > 0;
    warn_once("a line could not be written", n < 0 ? errno : ENOSPC);
}

void usage_write(const struct log_field *fields, size_t n)
{
    struct logline line;
    pthread_mutex_lock(&lock);
    bool open = file >= 0;
    pthread_mutex_unlock(&lock);
    if (!open)
        return;
    logline_init(&line, true);
    logline_printf(&line, "{\"ts\":\"");
    logline_time(&line);
    logline_printf(&line, "\"");
    for (size_t i = 0; i < n; i++)
        logline_field(&line, &fields[i]);
    logline_end(&line);
    pthread_mutex_lock(&lock);
    if (file >= 0)
        write_line(&line);
    pthread_mutex_unlock(&lock);
}

void usage_done(void)
{
    usage_open(NULL);
}
