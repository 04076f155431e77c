/*
 * Reals are written with as few of 15 to 17 significant digits as give the same double again, so
 * 0.1 stays 0.1 (jansson writes 0.10000000000000001).
 */
#include "json/jsonwrite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jsonspan.h"
#include "text/join.h"

#define SHORT_NAME 60

struct jsonwrite jsonwrite_to(struct buf *out)
{
    return (struct jsonwrite){.out = out};
}

static void put(struct jsonwrite *writer, const char *bytes, size_t len)
{
    if (writer->r == 0)
        writer->r = buf_append(writer->out, bytes, len);
}

static void put_string(struct jsonwrite *writer, struct text bytes)
{
    if (writer->r == 0)
        writer->r = jsonspan_encode(bytes, writer->out);
}

/* What stands before a value: a comma, and its name; in one piece, as nearly every name can be. */
static void lead(struct jsonwrite *writer, const char *name)
{
    char head[SHORT_NAME + 4];
    size_t n = 0;
    struct text text = text_of(name);
    if (writer->comma)
        head[n++] = ',';
    writer->comma = true;
    if (!name || text.len > SHORT_NAME || !jsonspan_is_plain(text)) {
        put(writer, head, n);
        if (name) {
            put_string(writer, text);
            put(writer, ":", 1);
        }
        return;
    }
    head[n++] = '"';
    memcpy(head + n, text.at, text.len);
    n += text.len;
    head[n++] = '"';
    head[n++] = ':';
    put(writer, head, n);
}

void jsonwrite_open(struct jsonwrite *writer, const char *name, char bracket)
{
    lead(writer, name);
    put(writer, &bracket, 1);
    writer->comma = false;
}

void jsonwrite_close(struct jsonwrite *writer, char bracket)
{
    put(writer, &bracket, 1);
    writer->comma = true;
}

void jsonwrite_string(struct jsonwrite *writer, const char *name, struct text bytes)
{
    lead(writer, name);
    put_string(writer, bytes);
}

void jsonwrite_raw(struct jsonwrite *writer, const char *name, struct text json)
{
    lead(writer, name);
    put(writer, json.at, json.len);
}

void jsonwrite_filled(struct jsonwrite *writer, const char *name, struct text bytes)
{
    if (bytes.len > 0)
        jsonwrite_string(writer, name, bytes);
}

void jsonwrite_or_null(struct jsonwrite *writer, const char *name, struct text bytes)
{
    if (bytes.len > 0)
        jsonwrite_string(writer, name, bytes);
    else
        jsonwrite_null(writer, name);
}

void jsonwrite_shown(struct jsonwrite *writer, const char *name, struct text bytes)
{
    lead(writer, name);
    if (writer->r == 0)
        writer->r = jsonspan_encode_shown(bytes, writer->out);
}

void jsonwrite_shown_or_null(struct jsonwrite *writer, const char *name, struct text bytes)
{
    if (bytes.len > 0)
        jsonwrite_shown(writer, name, bytes);
    else
        jsonwrite_null(writer, name);
}

void jsonwrite_integer(struct jsonwrite *writer, const char *name, int64_t value)
{
    char digits[JOIN_NUMBER_SIZE];
    jsonwrite_raw(writer, name, join_number(value, digits));
}

void jsonwrite_known(struct jsonwrite *writer, const char *name, int64_t value, int64_t least)
{
    if (value >= least)
        jsonwrite_integer(writer, name, value);
    else
        jsonwrite_null(writer, name);
}

void jsonwrite_bool(struct jsonwrite *writer, const char *name, bool value)
{
    jsonwrite_raw(writer, name, text_of(value ? "true" : "false"));
}

void jsonwrite_null(struct jsonwrite *writer, const char *name)
{
    jsonwrite_raw(writer, name, text_of("null"));
}

void jsonwrite_real(struct jsonwrite *writer, const char *name, double value)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof(digits), "%.*g", precision, value);
        char *point = strchr(digits, ','); /* a locale's decimal point */
        double back = strtod(digits, NULL);
        if (point)
            *point = '.';
        if (!(back < value) && !(back > value))
            break;
    }
    jsonwrite_raw(writer, name, text_of(digits));
}

static int put_bytes(const char *bytes, size_t len, void *arg)
{
    struct jsonwrite *writer = arg;
    put(writer, bytes, len);
    return writer->r;
}

void jsonwrite_tree(struct jsonwrite *writer, const char *name, const json_t *value)
{
    lead(writer, name);
    int r = json_dump_callback(value, put_bytes, writer, JSON_COMPACT | JSON_ENCODE_ANY);
    if (r < 0 && writer->r == 0)
        writer->r = -ENOMEM;
}

int jsonwrite_page(json_t *json, struct buf *out)
{
    char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    int r = text ? buf_printf(out, "%s\n", text) : -ENOMEM;
    free(text);
    json_decref(json);
    return r;
}
