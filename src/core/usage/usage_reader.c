/* Lines are read where they are; only one that is split between two pieces is copied. */
#include "usage/usage_reader.h"

#include <errno.h>

void usage_reader_init(struct usage_reader *reader, struct usage_sum *sum)
{
    *reader = (struct usage_reader){.sum = sum};
    buf_init(&reader->begun, USAGE_LINE_MAX);
    buf_init(&reader->scratch, USAGE_LINE_MAX);
}

void usage_reader_done(struct usage_reader *reader)
{
    buf_done(&reader->begun);
    buf_done(&reader->scratch);
}

/* Blanks alone are no line: a rotation by copying leaves an empty one, behind a torn one. */
static int take_line(struct usage_reader *reader, struct text line)
{
    struct usage_line read;
    struct error why = ERROR_NONE;
    reader->number++;
    if (!reader->too_long && text_skip_blank(line).len == 0)
        return 0;
    reader->lines++;
    if (reader->too_long)
        error_set(&why, "it is longer than any line of ours");
    int r = reader->too_long ? -EINVAL : usage_line_read(line, &reader->scratch, &read, &why);
    reader->too_long = false;
    if (r == 0)
        return usage_sum_add(reader->sum, &read);
    if (r != -EINVAL)
        return r;
    if (reader->broken++ == 0) {
        reader->first_broken = reader->number;
        reader->why = why;
    }
    return 0;
}

/* A part of a line without its end. */
static int keep(struct usage_reader *reader, struct text part)
{
    int r = reader->too_long ? 0 : buf_append_text(&reader->begun, part);
    if (r != -EMSGSIZE)
        return r;
    reader->too_long = true;
    buf_reset(&reader->begun);
    return 0;
}

static int end_line(struct usage_reader *reader, struct text last_part)
{
    int r = keep(reader, last_part);
    if (r == 0)
        r = take_line(reader, buf_text(&reader->begun));
    buf_reset(&reader->begun);
    return r;
}

int usage_reader_take(struct usage_reader *reader, struct text bytes)
{
    int r = 0;
    while (r == 0 && bytes.len > 0) {
        const char *end = memchr(bytes.at, '\n', bytes.len);
        struct text line = text_make(bytes.at, end ? (size_t)(end - bytes.at) : bytes.len);
        bool split = !end || reader->begun.len > 0 || reader->too_long || line.len > USAGE_LINE_MAX;
        if (!split)
            r = take_line(reader, line);
        else
            r = end ? end_line(reader, line) : keep(reader, line);
        bytes = text_skip(bytes, line.len + 1);
    }
    return r;
}

int usage_reader_end(struct usage_reader *reader)
{
    bool open = reader->begun.len > 0 || reader->too_long;
    return open ? end_line(reader, (struct text){"", 0}) : 0;
}
