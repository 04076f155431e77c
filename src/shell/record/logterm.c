/*
 * A line is made of parts. A part of an exchange's line that would not fit is left out whole, and
 * with it those behind it, which matter less. Every character beyond ASCII counts as two columns:
 * none is wider, and how wide it is only the terminal knows.
 */
#include "record/logterm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "text/count.h"
#include "text/utf8.h"

/* Longer words are cut: names so that all of them leave room for what became of the request. */
#define WORD_COLUMNS     28
#define MODEL_SHARE      5 /* of the width */
#define PROVIDER_SHARE   8
#define ATTEMPTS_COLUMNS 40
/* Time and status are always there. */
#define COLUMNS_MIN 12
/* A message is not cut to the width: it says what to do. */
#define NO_LIMIT INT32_MAX
/* Room for the escape of one character: \U000e0001 and a NUL. */
#define PIECE_MAX 16
/* Kept free for the end of the colour and of the line. */
#define TAIL 8

enum colour { PLAIN, DIM, RED, GREEN, YELLOW };

static const char *const colours[] = {[PLAIN] = "",
                                      [DIM] = "\x1b[2m",
                                      [RED] = "\x1b[31m",
                                      [GREEN] = "\x1b[32m",
                                      [YELLOW] = "\x1b[33m"};

struct event {
    const struct log_field *fields;
    size_t n;
};

struct part {
    size_t len;
    int columns;
    char at[LOG_LINE_MAX];
};

struct print {
    struct logline *line;
    const struct logterm *how;
    int left; /* columns */
    bool over;
};

/* ---- fields */

static const struct log_field *field(const struct event *event, const char *key)
{
    for (size_t i = 0; i < event->n; i++)
        if (event->fields[i].key && strcmp(event->fields[i].key, key) == 0)
            return &event->fields[i];
    return NULL;
}

/* at is NULL when there is none. */
static struct text words(const struct event *event, const char *key)
{
    const struct log_field *found = field(event, key);
    return found && found->kind == LOG_KIND_TEXT ? found->text : (struct text){NULL, 0};
}

/* -1 when there is none. */
static int64_t number(const struct event *event, const char *key)
{
    const struct log_field *found = field(event, key);
    return found && found->kind != LOG_KIND_TEXT ? found->number : -1;
}

/* ---- parts */

/* The character at the front as it may be shown. Gives the bytes it had. */
static size_t escape(struct text rest, char piece[PIECE_MAX], int *ret_columns)
{
    size_t n = utf8_length(rest.at, rest.len);
    if (n == 0) {
        *ret_columns = snprintf(piece, PIECE_MAX, "\\x%02x", (unsigned char)rest.at[0]);
        return 1;
    }
    uint32_t code_point = utf8_code_point(rest.at, n);
    if (utf8_is_hidden(code_point)) {
        *ret_columns = snprintf(piece, PIECE_MAX, code_point > 0xffff ? "\\U%08x" : "\\u%04x",
                                (unsigned)code_point);
    } else {
        (void)snprintf(piece, PIECE_MAX, "%.*s", (int)n, rest.at);
        *ret_columns = n == 1 ? 1 : 2;
    }
    return n;
}

static bool put_piece(struct part *part, const char *piece, int columns)
{
    size_t len = strlen(piece);
    if (part->len + len > sizeof(part->at))
        return false;
    memcpy(part->at + part->len, piece, len);
    part->len += len;
    part->columns += columns;
    return true;
}

/* At most so many columns of it, the dots of a cut included. */
static void put_text(struct part *part, struct text text, int columns)
{
    char piece[PIECE_MAX];
    int end = part->columns + (columns < LOG_VALUE_MAX ? columns : LOG_VALUE_MAX), width;
    size_t fits = part->len; /* with the dots behind it */
    int fitting = part->columns;
    while (text.len > 0) {
        size_t used = escape(text, piece, &width);
        if (part->columns + width > end || !put_piece(part, piece, width)) {
            part->len = fits;
            part->columns = fitting;
            (void)put_piece(part, "...", 3);
            return;
        }
        if (part->columns + 3 <= end) {
            fits = part->len;
            fitting = part->columns;
        }
        text = text_skip(text, used);
    }
}

static void put_string(struct part *part, const char *text)
{
    put_text(part, text_of(text), NO_LIMIT);
}

__attribute__((format(printf, 2, 3))) static void put_format(struct part *part, const char *format,
                                                             ...)
{
    char text[64];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put_string(part, text);
}

static void put_duration(struct part *part, int64_t ms)
{
    if (ms < 1000)
        put_format(part, "%" PRId64 " ms", ms);
    else if (ms < 100000)
        put_format(part, "%.1f s", (double)ms / 1000);
    else
        put_format(part, "%" PRId64 " min", (ms + 30000) / 60000);
}

/* ---- the line */

static void append(struct logline *line, const char *bytes, size_t len)
{
    if (len > LOG_LINE_MAX - TAIL - line->len)
        return;
    memcpy(line->at + line->len, bytes, len);
    line->len += len;
}

static void append_string(struct logline *line, const char *text)
{
    append(line, text, strlen(text));
}

/* Whole or, with all that follow, not at all. */
static void add(struct print *print, enum colour colour, const struct part *part)
{
    size_t room = LOG_LINE_MAX - TAIL - print->line->len;
    print->over = print->over || part->columns > print->left || part->len + 16 > room;
    if (print->over || part->len == 0)
        return;
    bool coloured = print->how->colour && colour != PLAIN;
    append_string(print->line, coloured ? colours[colour] : "");
    append(print->line, part->at, part->len);
    append_string(print->line, coloured ? "\x1b[0m" : "");
    print->left -= part->columns;
}

static int width_of(const struct logterm *how)
{
    if (how->columns <= 0 || how->columns > LOGTERM_COLUMNS_MAX)
        return LOGTERM_COLUMNS_MAX;
    return how->columns < COLUMNS_MIN ? COLUMNS_MIN : how->columns;
}

static void begin(struct print *print)
{
    struct part part = {0};
    put_format(&part, "%s ", print->how->clock);
    add(print, DIM, &part);
}

static void end(struct print *print)
{
    print->line->at[print->line->len++] = '\n';
}

/* ---- an exchange */

static enum colour colour_of(const struct event *event)
{
    int64_t status = number(event, "status");
    bool good = text_equals(words(event, "class"), "ok");
    if (status == 499)
        return DIM;
    if (status >= 400 || !good)
        return RED;
    return words(event, "fallback").at ? YELLOW : GREEN;
}

static int share(const struct print *print, int of)
{
    int columns = width_of(print->how) / of;
    return columns < 4 ? 4 : columns;
}

/* What was asked for: the model, and the path where that is not chat. */
static void add_subject(struct print *print, const struct event *event)
{
    int columns = share(print, MODEL_SHARE);
    struct part part = {0};
    struct text path = words(event, "path"), asked = words(event, "asked");
    bool chat = path.at && text_equals(path, "/v1/chat/completions");
    if (path.at && (!chat || !asked.at)) {
        put_string(&part, " ");
        put_text(&part, path, columns);
    }
    if (asked.at) {
        put_string(&part, " ");
        put_text(&part, asked, columns);
    }
    add(print, PLAIN, &part);
}

static void add_provider(struct print *print, const struct event *event)
{
    struct part part = {0};
    struct text provider = words(event, "provider"), model = words(event, "model");
    if (!provider.at || number(event, "status") >= 400)
        return;
    put_string(&part, " by ");
    put_text(&part, provider, share(print, PROVIDER_SHARE));
    if (model.at && !text_same(model, words(event, "asked"))) {
        put_string(&part, " ");
        put_text(&part, model, share(print, MODEL_SHARE));
    }
    add(print, colour_of(event), &part);
}

static void add_time(struct print *print, const struct event *event)
{
    struct part part = {0};
    int64_t first_ms = number(event, "ttft_ms");
    put_string(&part, " in ");
    put_duration(&part, number(event, "duration_ms"));
    add(print, PLAIN, &part);
    if (number(event, "stream") != 1 || first_ms < 0)
        return;
    part = (struct part){0};
    put_string(&part, " (first ");
    put_duration(&part, first_ms);
    put_string(&part, ")");
    add(print, DIM, &part);
}

static void add_outcome(struct print *print, const struct event *event)
{
    struct part part = {0};
    struct text class = words(event, "class"), fallback = words(event, "fallback");
    if (class.at && !text_equals(class, "ok")) {
        put_string(&part, number(event, "status") < 400 ? " ended: " : " ");
        put_text(&part, class, WORD_COLUMNS);
    } else if (fallback.at) {
        put_string(&part, " after ");
        put_text(&part, fallback, WORD_COLUMNS);
    }
    add(print, colour_of(event), &part);
}

static void add_numbers(struct print *print, const struct event *event)
{
    struct part part = {0};
    int64_t in = number(event, "prompt_tokens"), out = number(event, "completion_tokens");
    bool eventful = words(event, "fallback").at || !text_equals(words(event, "class"), "ok");
    if (eventful && words(event, "attempts").at) {
        put_string(&part, " (");
        put_text(&part, words(event, "attempts"), ATTEMPTS_COLUMNS);
        put_string(&part, ")");
    }
    add(print, DIM, &part);
    part = (struct part){0};
    if (in >= 0 && out >= 0)
        put_format(&part, " %" PRId64 "+%" PRId64 " tokens", in, out);
    add(print, DIM, &part);
}

/* What was called here for the answer: "weather__today=2". */
static void add_tools(struct print *print, const struct event *event)
{
    struct part part = {0};
    if (!words(event, "tools").at)
        return;
    put_string(&part, " tools ");
    put_text(&part, words(event, "tools"), ATTEMPTS_COLUMNS);
    add(print, DIM, &part);
}

static void show_exchange(struct print *print, const struct event *event)
{
    struct part part = {0};
    begin(print);
    put_format(&part, "%" PRId64, number(event, "status"));
    add(print, colour_of(event), &part);
    add_subject(print, event);
    add_provider(print, event);
    add_outcome(print, event);
    add_time(print, event);
    add_tools(print, event);
    add_numbers(print, event);
    end(print);
}

/* ---- the others */

/* "openai: server 503" */
static void put_failure(struct part *part, const struct event *event)
{
    put_text(part, words(event, "provider"), WORD_COLUMNS);
    put_string(part, ": ");
    put_text(part, words(event, "class"), WORD_COLUMNS);
    if (number(event, "status") > 0)
        put_format(part, " %" PRId64, number(event, "status"));
}

static void show_retry(struct print *print, const struct event *event)
{
    struct part part = {0};
    put_failure(&part, event);
    put_format(&part, ", try %" PRId64 "; again in ", number(event, "attempt"));
    put_duration(&part, number(event, "wait_ms"));
    begin(print);
    add(print, DIM, &part);
    end(print);
}

static void show_next_key(struct print *print, const struct event *event)
{
    struct part part = {0};
    put_failure(&part, event);
    put_format(&part, ", key %" PRId64 "; ", number(event, "key"));
    if (number(event, "next") > 0)
        put_format(&part, "now key %" PRId64, number(event, "next"));
    else
        put_string(&part, "no other key is left");
    begin(print);
    add(print, YELLOW, &part);
    end(print);
}

static void show_fallback(struct print *print, const struct event *event)
{
    struct part part = {0};
    put_failure(&part, event);
    put_string(&part, "; now ");
    put_text(&part, words(event, "to"), WORD_COLUMNS);
    begin(print);
    add(print, YELLOW, &part);
    end(print);
}

/* The four lines of the start say it. */
static void show_nothing(struct print *print, const struct event *event)
{
    (void)event;
    print->line->len = 0;
}

static void put_value(struct part *part, const struct log_field *one)
{
    if (one->kind == LOG_KIND_TEXT)
        put_text(part, one->text, NO_LIMIT);
    else if (one->kind == LOG_KIND_BOOL)
        put_string(part, one->number ? "true" : "false");
    else
        put_format(part, "%" PRId64, one->number);
}

/* The message, then what else there is. */
static void show_other(struct print *print, const char *name, const struct event *event)
{
    struct part part = {0};
    struct text message = words(event, "message");
    put_string(&part, name);
    put_string(&part, message.at ? ": " : "");
    put_text(&part, message, NO_LIMIT);
    for (size_t i = 0; i < event->n; i++) {
        const struct log_field *one = &event->fields[i];
        if (!one->key || strcmp(one->key, "message") == 0 || strcmp(one->key, "id") == 0)
            continue;
        put_format(&part, " %s=", one->key);
        put_value(&part, one);
    }
    add(print, PLAIN, &part);
    end(print);
}

static void add_level(struct print *print, enum log_level level)
{
    static const struct {
        enum colour colour;
        const char *word;
    } levels[] = {[LOG_LEVEL_ERROR] = {RED, "error: "},
                  [LOG_LEVEL_WARNING] = {YELLOW, "warning: "},
                  [LOG_LEVEL_INFO] = {PLAIN, ""},
                  [LOG_LEVEL_DEBUG] = {DIM, "debug: "}};
    struct part part = {0};
    put_string(&part, levels[level].word);
    add(print, levels[level].colour, &part);
}

static const struct {
    const char *event;
    void (*show)(struct print *print, const struct event *event);
} forms[] = {
    {"exchange", show_exchange}, {"retry", show_retry},       {"next_key", show_next_key},
    {"fallback", show_fallback}, {"listening", show_nothing},
};

bool logterm_event(struct logline *line, const struct logterm *how, const char *name,
                   const struct log_field *fields, size_t n)
{
    const struct event event = {fields, n};
    struct print print = {.line = line, .how = how, .left = width_of(how)};
    logline_init(line, false);
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (strcmp(forms[i].event, name) == 0) {
            forms[i].show(&print, &event);
            return line->len > 0;
        }
    }
    print.left = NO_LIMIT;
    begin(&print);
    add_level(&print, how->level);
    show_other(&print, name, &event);
    return true;
}

void logterm_text(struct logline *line, struct text text)
{
    struct part part = {0};
    logline_init(line, false);
    put_text(&part, text, NO_LIMIT);
    append(line, part.at, part.len);
    line->at[line->len++] = '\n';
}
