/*
 * A field is written in place and taken back if it runs over; TAIL bytes are kept free all the
 * time, so a line can always be ended properly. A value that is cut keeps whole escapes and
 * characters.
 */
#include "record/logline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "text/utc.h"
#include "text/utf8.h"

#define TAIL 2 /* "}\n" */

/* Room for the longest that one character becomes, \udb40\udc01, and a NUL. */
#define PIECE_MAX 16

void logline_init(struct logline *line, bool json)
{
    line->len = 0;
    line->json = json;
    line->full = false;
}

static void put(struct logline *line, const char *bytes, size_t len)
{
    if (line->full || len > LOG_LINE_MAX - TAIL - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->at + line->len, bytes, len);
    line->len += len;
}

static void put_string(struct logline *line, const char *string)
{
    put(line, string, strlen(string));
}

void logline_printf(struct logline *line, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof(text))
        put(line, text, (size_t)n);
}

void logline_time(struct logline *line)
{
    char now[UTC_MS_SIZE];
    utc_write_ms(clock_wall_ms(), now);
    put_string(line, now);
}

/* Writes the character at the front of rest into piece as it may appear inside quotes. */
static size_t escape(struct text rest, bool json, char piece[PIECE_MAX], size_t *ret_len)
{
    const unsigned char *at = (const unsigned char *)rest.at;
    size_t n = utf8_length(rest.at, rest.len);
    int len;
    if (n == 0 && json)
        len = snprintf(piece, PIECE_MAX, "\\ufffd");
    else if (n == 0)
        len = snprintf(piece, PIECE_MAX, "\\x%02x", at[0]);
    else if (*at == '\n')
        len = snprintf(piece, PIECE_MAX, "\\n");
    else if (!utf8_is_shown(rest.at, n)) {
        utf8_escape(utf8_code_point(rest.at, n), piece);
        len = (int)strlen(piece);
    } else if (*at == '"' || *at == '\\')
        len = snprintf(piece, PIECE_MAX, "\\%c", *at);
    else
        len = snprintf(piece, PIECE_MAX, "%.*s", (int)n, rest.at);
    *ret_len = (size_t)len;
    return n ? n : 1;
}

static void put_escaped(struct logline *line, struct text value)
{
    size_t start = line->len;
    while (value.len > 0) {
        char piece[PIECE_MAX];
        size_t len;
        size_t used = escape(value, line->json, piece, &len);
        if (line->len - start + len > LOG_VALUE_MAX) {
            put_string(line, "...");
            return;
        }
        put(line, piece, len);
        value = text_skip(value, used);
    }
}

/* May the value stand without quotes in logfmt? */
static bool is_plain(struct text value)
{
    if (value.len == 0)
        return false;
    while (value.len > 0) {
        size_t n = utf8_length(value.at, value.len);
        if (!utf8_is_shown(value.at, n) || strchr(" \"\\=", *value.at))
            return false;
        value = text_skip(value, n);
    }
    return true;
}

static void put_text(struct logline *line, struct text value)
{
    bool quoted = line->json || !is_plain(value);
    if (quoted)
        put(line, "\"", 1);
    put_escaped(line, value);
    if (quoted)
        put(line, "\"", 1);
}

static void put_value(struct logline *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_KIND_TEXT:
        put_text(line, field->text);
        break;
    case LOG_KIND_INT:
        logline_printf(line, "%" PRId64, field->number);
        break;
    case LOG_KIND_BOOL:
        put_string(line, field->number ? "true" : "false");
        break;
    }
}

void logline_field(struct logline *line, const struct log_field *field)
{
    size_t start = line->len;
    if (!field->key || line->full)
        return;
    put_string(line, line->json ? ",\"" : " ");
    put_string(line, field->key);
    put_string(line, line->json ? "\":" : "=");
    put_value(line, field);
    if (line->full)
        line->len = start;
}

void logline_end(struct logline *line)
{
    if (line->json)
        line->at[line->len++] = '}';
    line->at[line->len++] = '\n';
}
