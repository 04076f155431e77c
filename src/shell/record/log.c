/*
 * Each line is built on the caller's stack and written by one call, so there is no lock and nothing
 * to flush. Standard error may be shared with other programs, whose O_NONBLOCK flag is not ours to
 * change: pipes and terminals are opened a second time instead, sockets are sent to without
 * waiting.
 */
#include "record/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/clock.h"
#include "machine/terminal.h"
#include "record/logline.h"
#include "record/logterm.h"

_Static_assert(LOG_LINE_MAX <= PIPE_BUF, "a line would be torn in a pipe");

static const struct {
    const char *word;
    const char *priority; /* of syslog(3), as the journal reads it */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "<3>"},
    [LOG_LEVEL_WARNING] = {"warning", "<4>"},
    [LOG_LEVEL_INFO] = {"info", "<6>"},
    [LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

static atomic_int wanted_level = LOG_LEVEL_INFO;
static atomic_int wanted_format = LOG_FORMAT_TEXT;
static atomic_bool torn;                  /* a part of the last line is there, without its end */
static atomic_uint_fast64_t dropped;      /* since the start */
static atomic_uint_fast64_t dropped_told; /* how many of them the log itself has told */
static atomic_int reminder = -1;          /* an eventfd */
static pthread_mutex_t pipe_lock = PTHREAD_MUTEX_INITIALIZER;

/* Where lines go; set by the first log_setup, before there are threads. */
static struct {
    int fd;
    bool known; /* the rest was found out */
    bool socket;
    bool journal;
    bool terminal;
    bool colour;
    bool own;         /* non-blocking, and nobody else's */
    bool shared_pipe; /* it blocks: another user's, as in a container, cannot be opened again */
} sink = {.fd = STDERR_FILENO};

static bool is_journal(const struct stat *st)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char ours[64];
    (void)snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);
    return stream && strcmp(stream, ours) == 0;
}

const char *log_priority(enum log_level level)
{
    struct stat st;
    return fstat(STDERR_FILENO, &st) == 0 && is_journal(&st) ? levels[level].priority : "";
}

/*
 * A file description of our own of what standard error is. Regular files stay shared: they do not
 * block, and two descriptions would have two positions in them.
 */
static void open_own(void)
{
    int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    sink.own = fd >= 0;
    if (sink.own)
        sink.fd = fd;
}

static void find_sink(void)
{
    struct stat st;
    sink.known = true;
    if (fstat(STDERR_FILENO, &st) < 0)
        return;
    sink.socket = S_ISSOCK(st.st_mode);
    sink.journal = is_journal(&st);
    sink.terminal = isatty(STDERR_FILENO);
    sink.colour = terminal_wants_colour(STDERR_FILENO);
    if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
        open_own();
    sink.shared_pipe = S_ISFIFO(st.st_mode) && !sink.own;
}

void log_setup(enum log_level level, enum log_format format)
{
    if (!sink.known)
        find_sink();
    if (format == LOG_FORMAT_AUTO && !sink.terminal)
        format = LOG_FORMAT_TEXT;
    atomic_store_explicit(&wanted_level, (int)level, memory_order_relaxed);
    atomic_store_explicit(&wanted_format, (int)format, memory_order_relaxed);
}

void log_silence(void)
{
    atomic_store_explicit(&wanted_level, -1, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&wanted_level, memory_order_relaxed);
}

uint64_t log_dropped(void)
{
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

static bool has_room(void)
{
    struct pollfd room = {.fd = sink.fd, .events = POLLOUT};
    return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT);
}

/* A pipe that is ready takes PIPE_BUF bytes without waiting (poll(2), pipe(7)), and no more: one
 * thread at a time. */
static ssize_t put_into_shared_pipe(const char *bytes, size_t len)
{
    pthread_mutex_lock(&pipe_lock);
    ssize_t n = has_room() ? write(sink.fd, bytes, len) : -1;
    pthread_mutex_unlock(&pipe_lock);
    return n;
}

static ssize_t put(const char *bytes, size_t len)
{
    if (sink.socket)
        return send(sink.fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sink.shared_pipe)
        return put_into_shared_pipe(bytes, len);
    return sink.own || has_room() ? write(sink.fd, bytes, len) : -1;
}

/* A disk that is full takes a part of a line: that one is ended before the next. */
static bool write_line(const struct logline *line)
{
    if (atomic_exchange(&torn, false) && put("\n", 1) != 1) {
        atomic_store(&torn, true);
        return false;
    }
    ssize_t n = put(line->at, line->len);
    if (n > 0 && n < (ssize_t)line->len)
        atomic_store(&torn, true);
    return n == (ssize_t)line->len;
}

static void begin_text(struct logline *line, enum log_level level)
{
    if (sink.journal) {
        logline_printf(line, "%s", levels[level].priority);
    } else {
        logline_time(line);
        logline_printf(line, " ");
    }
    logline_printf(line, "level=%s", levels[level].word);
}

static void begin_json(struct logline *line, enum log_level level)
{
    logline_printf(line, "{\"ts\":\"");
    logline_time(line);
    logline_printf(line, "\",\"level\":\"%s\"", levels[level].word);
}

bool log_is_for_people(void)
{
    return atomic_load_explicit(&wanted_format, memory_order_relaxed) == (int)LOG_FORMAT_AUTO;
}

/* The width is asked for each time: windows are drawn larger and smaller. */
static bool emit_for_people(enum log_level level, const char *event, const struct log_field *fields,
                            size_t n)
{
    struct logline line;
    struct tm local;
    char clock[16] = "";
    time_t now = (time_t)(clock_wall_ms() / 1000);
    if (localtime_r(&now, &local))
        (void)strftime(clock, sizeof(clock), "%H:%M:%S", &local);
    const struct logterm how = {.level = level,
                                .columns = terminal_columns(sink.fd),
                                .colour = sink.colour,
                                .clock = clock};
    return !logterm_event(&line, &how, event, fields, n) || write_line(&line);
}

static bool emit(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
    struct logline line;
    if (log_is_for_people())
        return emit_for_people(level, event, fields, n);
    bool json = atomic_load_explicit(&wanted_format, memory_order_relaxed) == (int)LOG_FORMAT_JSON;
    logline_init(&line, json);
    if (json)
        begin_json(&line, level);
    else
        begin_text(&line, level);
    logline_field(&line, &(struct log_field){"event", LOG_KIND_TEXT, text_of(event), 0});
    for (size_t i = 0; i < n; i++)
        logline_field(&line, &fields[i]);
    logline_end(&line);
    return write_line(&line);
}

bool log_tell_dropped(void)
{
    uint_fast64_t told = atomic_load(&dropped_told);
    uint_fast64_t now = atomic_load(&dropped);
    if (told == now || !log_enabled(LOG_LEVEL_WARNING))
        return true;
    if (!atomic_compare_exchange_strong(&dropped_told, &told, now))
        return true;
    const struct log_field lines = LOG_INT("lines", (int64_t)(now - told));
    if (emit(LOG_LEVEL_WARNING, "log_dropped", &lines, 1))
        return true;
    atomic_fetch_sub(&dropped_told, now - told);
    return false;
}

void log_remind_by(int fd)
{
    atomic_store(&reminder, fd);
}

void log_ask_to_be_reminded(void)
{
    int fd = atomic_load(&reminder);
    if (fd >= 0)
        bell_ring(fd);
}

/* One ring for all that are lost until they are told. */
static void count_dropped(void)
{
    if (atomic_fetch_add(&dropped, 1) == atomic_load(&dropped_told))
        log_ask_to_be_reminded();
}

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
    if (!log_enabled(level))
        return;
    int keep = errno;
    if (!log_tell_dropped() || !emit(level, event, fields, n))
        count_dropped();
    errno = keep;
}

void log_say(struct text text)
{
    struct logline line;
    if (!log_enabled(LOG_LEVEL_INFO))
        return;
    logterm_text(&line, text);
    if (!write_line(&line))
        count_dropped();
}
