/*
 * inih asks for one line after another (ini_parse_stream). The reader looks at each first:
 * comments, sections and wrong lines never get to inih, so what gets there is a setting or rubbish;
 * and a setting too long for inih's buffer goes there with a short stand-in for its value, which
 * the callback replaces. A line that inih made nothing of is noticed when it asks for the next one.
 */
#include "text/ini_lines.h"

#include <errno.h>
#include <stdio.h>

#include <ini.h>

#include "text/utf8.h"

#define STAND_IN "@"

struct reader {
    struct text rest; /* lines not yet read */
    const struct ini_handler *handler;
    int line;
    struct text value; /* of a line whose value inih gets as STAND_IN; at is NULL otherwise */
    bool expects_call; /* inih has a line that must become a setting */
};

static struct text next_line(struct reader *reader)
{
    struct text rest = reader->rest;
    const char *end = memchr(rest.at, '\n', rest.len);
    size_t len = end ? (size_t)(end - rest.at) : rest.len;
    reader->rest = text_skip(rest, end ? len + 1 : len);
    reader->line++;
    if (len > 0 && rest.at[len - 1] == '\r')
        len--;
    return text_make(rest.at, len);
}

/* Where a comment behind a value begins: at a blank and ';', or the end. */
static size_t comment_at(struct text text)
{
    for (size_t i = 1; i < text.len; i++)
        if (text.at[i] == ';' && (text.at[i - 1] == ' ' || text.at[i - 1] == '\t'))
            return i;
    return text.len;
}

static bool is_comment(struct text text)
{
    return text.len == 0 || text.at[0] == ';' || text.at[0] == '#';
}

/* NULL or what is wrong with the bytes. */
static const char *wrong_bytes(struct text line)
{
    if (line.len > INI_LINE_MAX)
        return "too long a line; allowed: up to 65536 bytes";
    if (memchr(line.at, '\0', line.len))
        return "a NUL byte; allowed: a text file in UTF-8";
    for (size_t i = 0; i < line.len;) {
        size_t n = utf8_length(line.at + i, line.len - i);
        if (n == 0)
            return "bytes that are not UTF-8; allowed: a text file in UTF-8";
        if (((unsigned char)line.at[i] < ' ' && line.at[i] != '\t') || line.at[i] == 0x7f)
            return "a control byte; allowed: none but TAB";
        i += n;
    }
    return NULL;
}

/* The name between the brackets: it may hold some itself, but none that a comment or nothing
 * follows. */
static bool read_section(struct text line, struct text *ret)
{
    for (size_t i = 1; i < line.len; i++) {
        if (line.at[i] == ']' && is_comment(text_trim(text_skip(line, i + 1)))) {
            *ret = text_trim(text_make(line.at + 1, i - 1));
            return true;
        }
    }
    return false;
}

/* Is it for inih? If not, all has been done with it here. */
static bool is_setting(struct reader *reader, struct text line)
{
    const struct ini_handler *handler = reader->handler;
    const char *wrong = NULL;
    struct text name;
    if (is_comment(text_trim(line)))
        return false;
    wrong = wrong_bytes(line);
    if (!wrong && (line.at[0] == ' ' || line.at[0] == '\t'))
        wrong =
            "an indented line continues nothing; allowed: one line for one setting, begun without "
            "blanks";
    if (!wrong && line.at[0] != '[')
        return true;
    if (wrong)
        handler->wrong(handler->arg, reader->line, wrong);
    else if (read_section(line, &name))
        handler->section(handler->arg, reader->line, name);
    else
        handler->wrong(handler->arg, reader->line,
                       "a section without its closing bracket; allowed: [section]");
    return false;
}

/* Fills inih's buffer: with the line, or with its key and the stand-in. */
static void give(struct reader *reader, struct text line, char *to, size_t size)
{
    size_t key = 0;
    reader->value = text_make(NULL, 0);
    reader->expects_call = true;
    if (line.len + 2 <= size) {
        (void)snprintf(to, size, "%.*s\n", TEXT_ARG(line));
        return;
    }
    while (key < line.len && line.at[key] != '=' && line.at[key] != ':')
        key++;
    if (key + sizeof("=" STAND_IN "\n") >
        size) { /* no key is as long: this is one that nobody knows */
        (void)snprintf(to, size, "%.40s...\n", line.at);
        return;
    }
    struct text value = text_skip(line, key + 1);
    value.len = comment_at(value);
    reader->value = text_trim(value);
    (void)snprintf(to, size, "%.*s=" STAND_IN "\n", (int)key, line.at);
}

static void tell_rubbish(struct reader *reader)
{
    const struct ini_handler *handler = reader->handler;
    if (reader->expects_call)
        handler->wrong(
            handler->arg, reader->line,
            "not a setting; allowed: a [section], key = value, or a comment after ; or #");
    reader->expects_call = false;
}

/* fgets for inih. */
static char *read_line(char *to, int size, void *arg)
{
    struct reader *reader = arg;
    tell_rubbish(reader);
    while (reader->rest.len > 0 && !reader->handler->stop(reader->handler->arg)) {
        struct text line = next_line(reader);
        if (is_setting(reader, line)) {
            give(reader, line, to, (size_t)size);
            return to;
        }
    }
    return NULL;
}

static int take_setting(void *arg, const char *section, const char *key, const char *value)
{
    struct reader *reader = arg;
    const struct ini_handler *handler = reader->handler;
    (void)section;
    reader->expects_call = false;
    handler->setting(handler->arg, reader->line, text_of(key),
                     reader->value.at ? reader->value : text_of(value));
    return 1;
}

int ini_read(struct text file, const struct ini_handler *handler)
{
    struct reader reader = {.rest = file, .handler = handler};
    if (text_starts(file, "\xef\xbb\xbf"))
        reader.rest = text_skip(file, 3);
    int r = ini_parse_stream(read_line, &reader, take_setting, &reader);
    return r == -2 ? -ENOMEM : 0; /* the number of a line: it has been told */
}
