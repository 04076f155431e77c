/*
 * A line ends in LF, CR LF or CR; an event ends with a blank line. A line is read when its end is
 * found, so no byte is searched twice.
 *
 *     |-- taken --|-- lines ... --|-- line under way --|
 *                                 line         scanned
 *
 * A CR as the last byte that has come is a riddle: an LF may follow that belongs to it. Within an
 * event it waits. At the end of one, waiting could hold back a whole event, so there it depends on
 * the line end before: in a stream of CR LF the LF is on its way; else the event is given out.
 */
#include "http/sse.h"

#include <errno.h>

#include "text/count.h"

#define BOM     "\xef\xbb\xbf"
#define BOM_LEN 3

/* Searched for one line end and then for the other. */
#define LINE_BLOCK 512

void sse_init(struct sse *sse, size_t event_max)
{
    *sse = (struct sse){.event_max = event_max};
    buf_init_secret(&sse->pending, event_max + SSE_PUSH_MAX);
    buf_init_secret(&sse->joined, event_max);
}

void sse_done(struct sse *sse)
{
    if (!sse)
        return;
    buf_done(&sse->pending);
    buf_done(&sse->joined);
    sse_init(sse, sse->event_max);
}

static void drop_taken(struct sse *sse)
{
    if (sse->taken == 0)
        return;
    buf_drain(&sse->pending, sse->taken);
    sse->taken = sse->line = sse->scanned = sse->event_len = 0;
    sse->data = sse->name = (struct sse_part){0};
    sse->has_data = sse->joins = false;
}

/* The LF of a CR LF whose CR has already ended the event before: no line of its own. */
static void skip_late_lf(struct sse *sse)
{
    if (!sse->lf_may_follow || sse->pending.len == 0)
        return;
    sse->lf_may_follow = false;
    if (sse->pending.data[0] != '\n')
        return;
    sse->last_end = SSE_LINE_END_CRLF;
    sse->line = sse->scanned = 1;
}

/* The stream's first line is whole: a BOM in front of it is not part of it. */
static void skip_bom(struct sse *sse)
{
    if (!sse->begun && sse->scanned >= BOM_LEN && memcmp(sse->pending.data, BOM, BOM_LEN) == 0)
        sse->line = BOM_LEN;
    sse->begun = true;
}

/* What ends the line at i; NONE when that cannot be told yet. */
static enum sse_line_end line_end(const struct sse *sse, size_t i)
{
    const char *bytes = sse->pending.data;
    if (bytes[i] == '\n')
        return SSE_LINE_END_LF;
    if (i + 1 < sse->pending.len)
        return bytes[i + 1] == '\n' ? SSE_LINE_END_CRLF : SSE_LINE_END_CR;
    bool blank = i == sse->line;
    return blank && sse->last_end != SSE_LINE_END_CRLF ? SSE_LINE_END_CR : SSE_LINE_END_NONE;
}

/* In blocks, so that each of many lines that end in CR is not searched to the end of all for an LF.
 */
static size_t find_line_end(const char *bytes, size_t i, size_t len)
{
    for (size_t n; i < len; i += n) {
        n = len - i < LINE_BLOCK ? len - i : LINE_BLOCK;
        const char *lf = memchr(bytes + i, '\n', n);
        const char *cr = memchr(bytes + i, '\r', lf ? (size_t)(lf - bytes) - i : n);
        if (cr || lf)
            return (size_t)((cr ? cr : lf) - bytes);
    }
    return len;
}

static struct text text_at(const struct sse *sse, struct sse_part part)
{
    return text_make(sse->pending.data + part.at, part.len);
}

/* One more data line: the first is only pointed at, from the second on they are joined. */
static int add_data(struct sse *sse, struct sse_part value)
{
    if (!sse->has_data) {
        sse->has_data = true;
        sse->data = value;
        return 0;
    }
    int r = 0;
    if (!sse->joins) {
        buf_reset(&sse->joined);
        r = buf_append_text(&sse->joined, text_at(sse, sse->data));
    }
    sse->joins = true;
    if (r == 0)
        r = buf_append(&sse->joined, "\n", 1);
    return r < 0 ? r : buf_append_text(&sse->joined, text_at(sse, value));
}

static int read_line(struct sse *sse, size_t begin, size_t end)
{
    struct text line = text_make(sse->pending.data + begin, end - begin);
    const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
    struct text field = text_make(line.at, colon ? (size_t)(colon - line.at) : line.len);
    size_t value = begin + field.len + (colon != NULL);
    if (value < end && sse->pending.data[value] == ' ')
        value++;
    if (text_equals(field, "data"))
        return add_data(sse, (struct sse_part){value, end - value});
    if (text_equals(field, "event"))
        sse->name = (struct sse_part){value, end - value};
    return 0;
}

/* Goes on searching for the end of the first event in pending, and reads its lines. */
static void find_event(struct sse *sse)
{
    size_t len = sse->pending.len;
    if (sse->event_len)
        return;
    skip_late_lf(sse);
    while (sse->event_len == 0) {
        sse->scanned = find_line_end(sse->pending.data, sse->scanned, len);
        if (sse->scanned == len)
            return;
        skip_bom(sse);
        enum sse_line_end end = line_end(sse, sse->scanned);
        if (end == SSE_LINE_END_NONE)
            return;
        bool blank = sse->scanned == sse->line;
        if (!blank && sse->failed == 0)
            sse->failed = read_line(sse, sse->line, sse->scanned);
        sse->last_end = end;
        sse->line = sse->scanned += end == SSE_LINE_END_CRLF ? 2 : 1;
        sse->event_len = blank ? sse->line : 0;
    }
    sse->lf_may_follow = sse->last_end == SSE_LINE_END_CR && sse->event_len == len;
}

static bool too_large(const struct sse *sse)
{
    return (sse->event_len ? sse->event_len : sse->pending.len) > sse->event_max;
}

int sse_push(struct sse *sse, struct text bytes)
{
    if (sse->failed < 0)
        return sse->failed;
    drop_taken(sse);
    int r = buf_append_text(&sse->pending, bytes);
    if (r < 0)
        return r;
    find_event(sse);
    return too_large(sse) ? -EMSGSIZE : sse->failed;
}

bool sse_next(struct sse *sse, struct sse_event *ret)
{
    drop_taken(sse);
    find_event(sse);
    if (sse->event_len == 0 || too_large(sse) || sse->failed < 0)
        return false;
    ret->raw = text_make(sse->pending.data, sse->event_len);
    ret->data = sse->joins ? buf_text(&sse->joined) : text_at(sse, sse->data);
    ret->name = text_at(sse, sse->name);
    ret->has_data = sse->has_data;
    sse->taken = sse->event_len;
    return true;
}

struct text sse_rest(const struct sse *sse)
{
    return text_skip(buf_text(&sse->pending), sse->taken);
}

bool sse_begins(struct text bytes)
{
    static const char *const fields[] = {"data:", "event:", "id:", "retry:", ":"};
    for (size_t i = 0; i < COUNT(fields); i++)
        if (text_starts_nocase(bytes, fields[i]))
            return true;
    return false;
}
