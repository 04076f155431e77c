/*
 * The daemon's lines (control_line.h) come in pieces, and go out as they are (--json), or in the
 * words and colours that the daemon's own log has at a terminal.
 */
#include "control/watch_command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "command/command_print.h"
#include "control/control_client.h"
#include "machine/terminal.h"
#include "record/logterm.h"
#include "text/count.h"

/* A longer line is none of a daemon's. */
#define LINE_MAX_BYTES (1u << 20)
#define ATTEMPTS_MAX   512

struct watch {
    bool json, only_fallbacks;
    struct logterm how;
    char clock[16];
    struct buf came;
    bool answered; /* the daemon's first line is there */
    int unwritten; /* why it cannot be printed, as a negative errno; 0 = it can */
};

static struct text string_of(const json_t *object, const char *key)
{
    return text_of(json_string_value(json_object_get(object, key)));
}

static int64_t integer_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* The hour, minute and second here. */
static void set_clock(struct watch *watch)
{
    time_t now_s = time(NULL);
    struct tm parts;
    if (!localtime_r(&now_s, &parts) ||
        strftime(watch->clock, sizeof(watch->clock), "%H:%M:%S", &parts) == 0)
        watch->clock[0] = '\0';
    watch->how.clock = watch->clock;
}

/* "openai=2, ollama=1": who was asked how often, in the order in which they were asked first. */
static void count_attempts(const json_t *exchange, struct buf *out)
{
    const json_t *attempts = json_object_get(exchange, "attempts");
    for (size_t i = 0; i < json_array_size(attempts); i++) {
        struct text name = string_of(json_array_get(attempts, i), "provider");
        int count = 0;
        bool first = true;
        for (size_t j = 0; j < json_array_size(attempts); j++) {
            const json_t *other = json_array_get(attempts, j);
            bool tried = !text_starts(string_of(other, "class"), "skipped");
            if (!tried || !text_same(string_of(other, "provider"), name))
                continue;
            first = first && j >= i;
            count++;
        }
        if (count > 0 && first)
            (void)!buf_printf(out, "%s%.*s=%d", out->len ? ", " : "", TEXT_ARG(name), count);
    }
}

/* 0 or -errno. */
static int print(struct text text)
{
    bool whole = fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    return whole ? 0 : -errno;
}

static int show_exchange(struct watch *watch, const json_t *exchange)
{
    struct logline line;
    struct buf attempts;
    buf_init(&attempts, ATTEMPTS_MAX);
    count_attempts(exchange, &attempts);
    const struct log_field fields[] = {
        LOG_TEXT("provider", string_of(exchange, "provider")),
        LOG_TEXT("model", string_of(exchange, "model")),
        LOG_TEXT("class", string_of(exchange, "class")),
        LOG_STR("attempts", attempts.len ? attempts.data : NULL),
        LOG_TEXT("fallback", string_of(exchange, "fallback")),
        LOG_INT("status", integer_of(exchange, "status")),
        LOG_BOOL("stream", json_is_true(json_object_get(exchange, "stream"))),
        LOG_KNOWN("prompt_tokens", integer_of(exchange, "prompt_tokens")),
        LOG_KNOWN("completion_tokens", integer_of(exchange, "completion_tokens")),
        LOG_KNOWN("ttft_ms", integer_of(exchange, "ttft_ms")),
        LOG_INT("duration_ms", integer_of(exchange, "duration_ms")),
        LOG_TEXT("path", string_of(exchange, "path")),
        LOG_TEXT("asked", string_of(exchange, "asked")),
    };
    bool shown = logterm_event(&line, &watch->how, "exchange", fields, COUNT(fields));
    buf_done(&attempts);
    return shown ? print(text_make(line.at, line.len)) : 0;
}

static int show_sentence(struct watch *watch, struct text sentence)
{
    struct logline line;
    const struct log_field fields[] = {LOG_TEXT("message", sentence)};
    bool shown = logterm_event(&line, &watch->how, "daemon", fields, COUNT(fields));
    return shown ? print(text_make(line.at, line.len)) : 0;
}

/* What a line of the daemon is about. 0, -errno: it cannot be printed any more. */
static int show(struct watch *watch, struct text line)
{
    json_t *object = json_loadb(line.at, line.len, 0, NULL);
    const json_t *exchange = json_object_get(object, "exchange");
    const json_t *lost = json_object_get(object, "lost");
    struct text standing = string_of(object, "standing");
    bool fell_back = json_is_string(json_object_get(exchange, "fallback"));
    int r = 0;
    set_clock(watch);
    if (lost)
        (void)fprintf(stderr,
                      "understudy: watch: %lld exchanges are not shown: they ended faster than "
                      "this is read\n",
                      (long long)integer_of(lost, "count"));
    if (watch->only_fallbacks && !fell_back)
        r = 0;
    else if (watch->json)
        r = fwrite(line.at, 1, line.len, stdout) == line.len ? print(text_of("\n")) : -errno;
    else if (exchange)
        r = show_exchange(watch, exchange);
    else if (standing.at)
        r = show_sentence(watch, standing);
    json_decref(object);
    watch->unwritten = r;
    return r;
}

/* 0, -errno of show, -EINVAL and *reterr: it is no daemon that can be watched. */
static int take_line(struct watch *watch, struct text line, struct error *reterr)
{
    struct control_answer answer;
    if (!watch->answered) {
        watch->answered = true;
        return control_answer_read(line, &answer, reterr);
    }
    return show(watch, line);
}

static int take_lines(struct watch *watch, struct error *reterr)
{
    int r = 0;
    while (r == 0 && watch->came.len > 0) {
        const char *end = memchr(watch->came.data, '\n', watch->came.len);
        if (!end)
            break;
        size_t len = (size_t)(end - watch->came.data);
        r = take_line(watch, text_make(watch->came.data, len), reterr);
        buf_consume(&watch->came, len + 1);
    }
    return r;
}

static int take_bytes(struct watch *watch, struct text bytes, struct error *reterr)
{
    int r = buf_append_text(&watch->came, bytes);
    if (r == -EMSGSIZE)
        error_set(reterr, "what it says there is no daemon's: a line is longer than 1 MB");
    return r < 0 ? r : take_lines(watch, reterr);
}

/* Until the daemon goes (0), or nobody reads what is printed (-EPIPE); else -errno and *reterr. */
static int follow(struct watch *watch, int fd, struct error *reterr)
{
    /* Of a pipe whose reader has gone there is an error, though nothing was printed. */
    struct pollfd watched[] = {{.fd = fd, .events = POLLIN}, {.fd = STDOUT_FILENO}};
    char bytes[16384];
    for (;;) {
        if (poll(watched, COUNT(watched), -1) < 0 && errno != EINTR)
            return -errno;
        if (watched[1].revents)
            return -EPIPE;
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            return 0;
        int r = take_bytes(watch, text_make(bytes, (size_t)n), reterr);
        if (r < 0)
            return r;
    }
}

int watch_command(const struct loader *loader, const struct cli_call *call)
{
    static const struct control_request request = {.watches = true};
    struct error why = ERROR_NONE;
    struct watch watch = {.json = cli_has(call, "--json"),
                          .only_fallbacks = cli_has(call, "--fallbacks"),
                          .how = {.level = LOG_LEVEL_INFO,
                                  .columns = terminal_columns(STDOUT_FILENO),
                                  .colour = terminal_wants_colour(STDOUT_FILENO)}};
    (void)loader;
    (void)signal(SIGPIPE, SIG_IGN);
    if (!command_can_print())
        return CLI_EXIT_FAULT;
    buf_init(&watch.came, LINE_MAX_BYTES);
    int fd = control_client_connect(&why);
    int r = fd < 0 ? fd : control_client_send(fd, &request);
    if (r == 0)
        r = follow(&watch, fd, &why);
    if (fd >= 0)
        close(fd);
    buf_done(&watch.came);
    if (r == -EPIPE)
        return CLI_EXIT_DONE;
    if (watch.unwritten < 0) {
        command_tell_unwritten(-watch.unwritten);
        return CLI_EXIT_FAULT;
    }
    error_set(&why, "%s",
              r == 0 && watch.answered ? "the daemon has gone" : "the daemon does not answer");
    (void)fprintf(stderr, "understudy: watch: %s\n", why.text);
    return CLI_EXIT_FAULT;
}
