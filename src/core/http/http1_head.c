/*
 * A head is read by units: the status line, a field with the lines in which it goes on (RFC 9112,
 * 5.2), the blank line. A unit that came whole and needs no change stays where it came; a run of
 * such units is copied at once. Any other one is copied as it came and brought into form in lines.
 *
 *     lines   |-- settled: units in their final form --|-- unit under way, as it came --|
 *     bytes   |-- run: whole, nothing to change --|-- unit --|-- ... --|
 *
 * Whether a field is whole is told by the first byte of the line behind it. All that is decided
 * about a unit is decided when it is whole, so that the same comes of any split; but that a status
 * line begins as one is seen from its first byte on, and limits are held as bytes come.
 */
#include "http/http1_head.h"

#include <errno.h>

#include "http/headers.h"

#define VERSION     "HTTP/1."
#define VERSION_LEN (sizeof VERSION - 1)
/* "HTTP/1.1 200" */
#define STATUS_LEN (VERSION_LEN + 5)

#define WHY_STATUS  "the answer does not begin with a status line of HTTP/1.1 or 1.0"
#define WHY_UPGRADE "the answer changes to another protocol, for which nobody asked"
#define WHY_FIELD   "the answer's head has a line that is no header field"
#define WHY_NUL     "the answer's head has a NUL"
#define WHY_CR      "the answer's head has a CR inside of a line"
#define WHY_LINE    "the answer's head has a line that is too long"
#define WHY_HEAD    "the answer's head is too long"

static void begin_head(struct http1_head *head)
{
    buf_reset(head->lines);
    head->settled = 0;
}

void http1_head_init(struct http1_head *head, struct buf *lines)
{
    *head = (struct http1_head){.lines = lines};
    begin_head(head);
}

static int malformed(struct http1_head *head, const char *why)
{
    head->why = why;
    return -EBADMSG;
}

static int add(struct http1_head *head, struct text bytes)
{
    int r = buf_append_text(head->lines, bytes);
    if (r == -EMSGSIZE)
        return malformed(head, WHY_HEAD);
    if (r < 0)
        head->why = "no memory is left for the answer's head";
    return r;
}

/* ---- what a unit is, and says */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_blank_line(struct text unit)
{
    return text_equals(unit, "\r\n") || text_equals(unit, "\n");
}

static bool has_nul(struct text bytes)
{
    return bytes.len && memchr(bytes.at, '\0', bytes.len);
}

/* May further lines belong to it? Not where it is no field, for whatever reason. */
static bool may_go_on(const struct http1_head *head, struct text unit)
{
    return head->settled > 0 && unit.len > 0 && header_token_byte(unit.at[0]);
}

/* The first unit of bytes; *ret_whole: the whole of it. */
static struct text find_unit(const struct http1_head *head, struct text bytes, bool *ret_whole)
{
    bool goes_on = may_go_on(head, bytes);
    const char *lf = memchr(bytes.at, '\n', bytes.len);
    while (lf) {
        size_t n = (size_t)(lf - bytes.at) + 1;
        *ret_whole = !goes_on || (n < bytes.len && !is_blank(bytes.at[n]));
        if (*ret_whole)
            return text_make(bytes.at, n);
        lf = n < bytes.len ? memchr(bytes.at + n, '\n', bytes.len - n) : NULL;
    }
    *ret_whole = false;
    return bytes;
}

/* RFC 9112, 4: HTTP-version SP 3DIGIT SP [reason-phrase]; the last SP may be missing. */
static int read_status(struct http1_head *head, struct text line)
{
    int64_t status;
    if (line.len < STATUS_LEN || !text_starts(line, VERSION) ||
        (line.at[VERSION_LEN] != '0' && line.at[VERSION_LEN] != '1') ||
        line.at[VERSION_LEN + 1] != ' ' ||
        text_digits(text_skip(line, VERSION_LEN + 2), &status) != 3 || status < 100 ||
        (line.len > STATUS_LEN && line.at[STATUS_LEN] != ' '))
        return malformed(head, WHY_STATUS);
    if (status == 101)
        return malformed(head, WHY_UPGRADE);
    head->status = (int)status;
    head->http10 = line.at[VERSION_LEN] == '0';
    framing_init(&head->framing);
    return 0;
}

static void take_field(struct http1_head *head, struct text name, struct text value)
{
    if (framing_reads(name))
        framing_take(&head->framing, name, value);
}

/* ---- a run of units in bytes */

/* The LF of the first line, where that ends in CR LF and has no other CR; else, or when it is not
 * whole, NULL. */
static const char *clean_end(struct text text)
{
    const char *lf = text.len ? memchr(text.at, '\n', text.len) : NULL;
    size_t n = lf ? (size_t)(lf - text.at) : 0;
    return n > 0 && n < HTTP1_LINE_MAX && memchr(text.at, '\r', n) == lf - 1 ? lf : NULL;
}

/* Bytes of the field that text begins with, where it has its colon right behind its name, and does
 * not go on. */
static size_t take_clean_field(struct http1_head *head, struct text text)
{
    const char *lf = clean_end(text), *colon = text.at;
    if (!lf || lf + 1 == text.at + text.len || is_blank(lf[1]))
        return 0;
    while (header_token_byte(*colon)) /* LF is none */
        colon++;
    if (colon == text.at || *colon != ':')
        return 0;
    take_field(head, text_make(text.at, (size_t)(colon - text.at)),
               text_make(colon + 1, (size_t)(lf - colon) - 2));
    return (size_t)(lf - text.at) + 1;
}

/* Copies the units that *bytes begins with and that need no change. */
static int take_run(struct http1_head *head, struct text *bytes)
{
    struct text rest = *bytes;
    size_t n;
    if (head->settled == 0) {
        const char *lf = clean_end(rest);
        n = lf ? (size_t)(lf - rest.at) + 1 : 0;
        int r = n > 0 ? read_status(head, text_cut(rest, n - 2)) : 0;
        if (n == 0 || r < 0)
            return r;
        rest = text_skip(rest, n);
    }
    while ((n = take_clean_field(head, rest)) > 0)
        rest = text_skip(rest, n);
    struct text run = text_cut(*bytes, bytes->len - rest.len);
    if (run.len == 0)
        return 0;
    if (has_nul(run))
        return malformed(head, WHY_NUL);
    int r = add(head, run);
    if (r < 0)
        return r;
    head->settled = head->lines->len;
    *bytes = rest;
    return 0;
}

/* ---- a unit in lines */

static struct text unit_under_way(const struct http1_head *head)
{
    return text_skip(buf_text(head->lines), head->settled);
}

/* Takes the first line off *rest, and its end off the line. False: a CR is inside. */
static bool cut_line(struct text *rest, struct text *ret_line)
{
    const char *lf = memchr(rest->at, '\n', rest->len);
    size_t n = lf ? (size_t)(lf - rest->at) : rest->len;
    *ret_line = text_make(rest->at, n);
    *rest = text_skip(*rest, n + 1);
    if (n > 0 && ret_line->at[n - 1] == '\r')
        ret_line->len--;
    return ret_line->len == 0 || !memchr(ret_line->at, '\r', ret_line->len);
}

/* Puts the lines of value behind the first *len bytes at `to`, as one: each obs-fold becomes one SP
 * (RFC 9112, 5.2). Value stands behind `to`, and is overwritten. False: a CR is inside. */
static bool join_lines(char *to, size_t *len, struct text value)
{
    struct text line;
    for (bool first = true; value.len > 0; first = false) {
        if (!cut_line(&value, &line))
            return false;
        if (!first) {
            line = text_trim(line);
            while (is_blank(to[*len - 1]))
                (*len)--;
            to[(*len)++] = ' ';
        }
        memmove(to + *len, line.at, line.len);
        *len += line.len;
    }
    return true;
}

/* Brings the field at `at` into its final form there, without a line end. */
static int settle_field(struct http1_head *head, char *at, struct text field, size_t *ret_len)
{
    size_t name = header_name_length(field), colon = name, value = name + 1;
    while (colon < field.len && is_blank(at[colon]))
        colon++;
    if (name == 0 || colon == field.len || at[colon] != ':')
        return malformed(head, WHY_FIELD);
    at[name] = ':'; /* blanks before it are removed (RFC 9112, 5.1) */
    *ret_len = value;
    if (!join_lines(at, ret_len, text_skip(field, colon + 1)))
        return malformed(head, WHY_CR);
    take_field(head, text_make(at, name), text_make(at + value, *ret_len - value));
    return 0;
}

static int settle_status(struct http1_head *head, struct text unit, size_t *ret_len)
{
    struct text line;
    if (!cut_line(&unit, &line))
        return malformed(head, WHY_CR);
    *ret_len = line.len;
    return read_status(head, line);
}

/* The unit in lines is whole. */
static int settle(struct http1_head *head)
{
    struct text unit = unit_under_way(head);
    size_t len = 0;
    if (has_nul(unit))
        return malformed(head, WHY_NUL);
    int r = head->settled == 0 ? settle_status(head, unit, &len)
                               : settle_field(head, head->lines->data + head->settled, unit, &len);
    if (r < 0)
        return r;
    buf_cut(head->lines, head->settled + len);
    r = add(head, text_of("\r\n"));
    head->settled = head->lines->len;
    return r;
}

/* Adds bytes to the unit in lines. */
static int take_as_it_came(struct http1_head *head, struct text bytes)
{
    size_t before = head->lines->len - head->settled;
    if (head->settled == 0 && before < VERSION_LEN) {
        struct text version = text_cut(text_skip(text_of(VERSION), before), bytes.len);
        if (!text_same(version, text_cut(bytes, version.len)))
            return malformed(head, WHY_STATUS);
    }
    return bytes.len > HTTP1_LINE_MAX - before ? malformed(head, WHY_LINE) : add(head, bytes);
}

/* Goes on with the unit in lines; *ret_whole: the rest of *bytes is behind it. */
static int continue_unit(struct http1_head *head, struct text *bytes, bool *ret_whole)
{
    *ret_whole = false;
    while (bytes->len > 0 && !*ret_whole) {
        *ret_whole = text_ends(unit_under_way(head), "\n") && !is_blank(bytes->at[0]);
        if (*ret_whole)
            break;
        const char *lf = memchr(bytes->at, '\n', bytes->len);
        size_t n = lf ? (size_t)(lf - bytes->at) + 1 : bytes->len;
        int r = take_as_it_came(head, text_make(bytes->at, n));
        if (r < 0)
            return r;
        *bytes = text_skip(*bytes, n);
        *ret_whole = lf && !may_go_on(head, unit_under_way(head));
    }
    return 0;
}

/* ---- the head */

/* Takes one unit, and a run before it. *ret_blank: it is the blank line, which goes nowhere. */
static int read_unit(struct http1_head *head, struct text *bytes, bool *ret_blank)
{
    bool whole;
    int r;
    *ret_blank = false;
    if (head->lines->len > head->settled) {
        r = continue_unit(head, bytes, &whole);
        *ret_blank = r == 0 && is_blank_line(unit_under_way(head));
        if (*ret_blank)
            buf_cut(head->lines, head->settled);
        return r < 0 || *ret_blank || !whole ? r : settle(head);
    }
    r = take_run(head, bytes);
    if (r < 0 || bytes->len == 0)
        return r;
    struct text unit = find_unit(head, *bytes, &whole);
    *bytes = text_skip(*bytes, unit.len);
    *ret_blank = head->settled > 0 && is_blank_line(unit);
    if (*ret_blank)
        return unit.len <= head->lines->max - head->lines->len ? 0 : malformed(head, WHY_HEAD);
    r = take_as_it_came(head, unit);
    return r < 0 || !whole ? r : settle(head);
}

int http1_head_read(struct http1_head *head, struct text *bytes, bool *ret_whole)
{
    *ret_whole = false;
    while (bytes->len > 0 && !*ret_whole) {
        bool blank;
        int r = read_unit(head, bytes, &blank);
        if (r < 0)
            return r;
        *ret_whole = blank && head->status >= 200;
        if (blank && !*ret_whole)
            begin_head(head);
    }
    return 0;
}
