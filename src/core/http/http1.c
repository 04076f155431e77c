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
#include "http/http1.h"

#include <errno.h>

#include "http/headers.h"

#define VERSION     "HTTP/1."
#define VERSION_LEN (sizeof VERSION - 1)
/* "HTTP/1.1 200" */
#define STATUS_LEN (VERSION_LEN + 5)

void http1_init(struct http1 *http1, struct buf *lines, bool bodiless)
{
    *http1 = (struct http1){.lines = lines, .of = {.bodiless = bodiless}};
    framing_init(&http1->framing);
    buf_reset(lines);
}

static enum http1_event fail(struct http1 *http1, enum http1_fault fault, const char *why)
{
    if (http1->state == HTTP1_IN_HEAD)
        buf_reset(http1->lines);
    http1->state = HTTP1_FAILED;
    http1->fault = fault;
    http1->why = why;
    return HTTP1_BAD;
}

#define WHY_HEAD   "the answer's head is too long"
#define WHY_NUL    "the answer's head has a NUL"
#define WHY_CR     "the answer's head has a CR inside of a line"
#define WHY_STATUS "the answer does not begin with a status line of HTTP/1.1 or 1.0"

static bool malformed(struct http1 *http1, const char *why)
{
    (void)fail(http1, HTTP1_MALFORMED, why);
    return false;
}

static bool add(struct http1 *http1, struct text bytes)
{
    int r = buf_append_text(http1->lines, bytes);
    if (r == 0)
        return true;
    if (r == -EMSGSIZE)
        return malformed(http1, WHY_HEAD);
    (void)fail(http1, HTTP1_NO_MEMORY, "no memory is left for the answer's head");
    return false;
}

/* ---- units */

struct unit {
    struct text text;
    bool whole;
    bool folded; /* of several lines */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_blank_line(struct text unit)
{
    return text_equals(unit, "\r\n") || text_equals(unit, "\n");
}

/* May further lines belong to it? Not where it is no field, for whatever reason. */
static bool may_go_on(struct text unit, bool is_status_line)
{
    return !is_status_line && header_name_length(text_cut(unit, 1)) > 0;
}

/* The first unit of bytes. */
static struct unit find_unit(struct text bytes, bool is_status_line)
{
    struct unit unit = {.text = bytes};
    bool goes_on = may_go_on(bytes, is_status_line);
    size_t n = 0;
    for (;;) {
        const char *lf = n < bytes.len ? memchr(bytes.at + n, '\n', bytes.len - n) : NULL;
        if (!lf)
            return unit;
        n = (size_t)(lf - bytes.at) + 1;
        if (goes_on && n == bytes.len)
            return unit;
        if (!goes_on || !is_blank(bytes.at[n])) {
            unit.text.len = n;
            unit.whole = true;
            return unit;
        }
        unit.folded = true;
    }
}

static bool has_nul(struct text bytes)
{
    return bytes.len && memchr(bytes.at, '\0', bytes.len);
}

/* RFC 9112, 4: HTTP-version SP 3DIGIT SP [reason-phrase]; the last SP may be missing. */
static bool read_status(struct http1 *http1, struct text line)
{
    int64_t status;
    if (line.len < STATUS_LEN || !text_starts(line, VERSION) ||
        (line.at[VERSION_LEN] != '0' && line.at[VERSION_LEN] != '1') ||
        line.at[VERSION_LEN + 1] != ' ' ||
        text_digits(text_skip(line, VERSION_LEN + 2), &status) != 3 || status < 100 ||
        (line.len > STATUS_LEN && line.at[STATUS_LEN] != ' '))
        return malformed(http1, WHY_STATUS);
    if (status == 101)
        return malformed(http1, "the answer changes to another protocol, for which nobody asked");
    http1->of.status = (int)status;
    http1->of.http10 = line.at[VERSION_LEN] == '0';
    framing_init(&http1->framing);
    return true;
}

/* Bytes up to the colon of a field; ret_name's len is less where blanks are before it. 0: it is no
 * field. */
static size_t find_colon(struct text field, struct text *ret_name)
{
    size_t name = header_name_length(field), colon = name;
    while (colon < field.len && is_blank(field.at[colon]))
        colon++;
    *ret_name = text_make(field.at, name);
    return name > 0 && colon < field.len && field.at[colon] == ':' ? colon : 0;
}

/* ---- a unit in lines */

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

/* Puts the lines of value, in lines of its own, behind the first `*len` bytes at `to` as one: each
 * obs-fold becomes one SP (RFC 9112, 5.2). False: a CR is inside. */
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

/* Brings a field, whole, as it came, into its final form where it stands; its length, or 0. */
static size_t settle_field(struct http1 *http1, char *at, struct text field)
{
    struct text name;
    size_t colon = find_colon(field, &name);
    if (colon == 0) {
        (void)malformed(http1, "the answer's head has a line that is no header field");
        return 0;
    }
    size_t value = name.len + 1, len = value;
    at[name.len] = ':'; /* blanks before it are removed (RFC 9112, 5.1) */
    if (!join_lines(at, &len, text_skip(field, colon + 1))) {
        (void)malformed(http1, WHY_CR);
        return 0;
    }
    framing_take(&http1->framing, name, text_trim(text_make(at + value, len - value)));
    return len;
}

static size_t settle_status(struct http1 *http1, struct text unit)
{
    struct text line;
    if (cut_line(&unit, &line))
        return read_status(http1, line) ? line.len : 0;
    (void)malformed(http1, WHY_CR);
    return 0;
}

static struct text unit_under_way(const struct http1 *http1)
{
    return text_skip(buf_text(http1->lines), http1->settled);
}

/* The unit in lines is whole. */
static bool settle(struct http1 *http1)
{
    struct text unit = unit_under_way(http1);
    if (has_nul(unit))
        return malformed(http1, WHY_NUL);
    size_t len = http1->settled == 0
                     ? settle_status(http1, unit)
                     : settle_field(http1, http1->lines->data + http1->settled, unit);
    if (len == 0)
        return false;
    buf_cut(http1->lines, http1->settled + len);
    if (!add(http1, text_of("\r\n")))
        return false;
    http1->settled = http1->lines->len;
    return true;
}

/* Adds bytes to the unit under way. */
static bool take_as_it_came(struct http1 *http1, struct text bytes)
{
    size_t before = http1->lines->len - http1->settled;
    if (http1->settled == 0 && before < VERSION_LEN) {
        struct text version = text_cut(text_skip(text_of(VERSION), before), bytes.len);
        if (!text_same(version, text_cut(bytes, version.len)))
            return malformed(http1, WHY_STATUS);
    }
    if (bytes.len > HTTP1_LINE_MAX - before)
        return malformed(http1, "the answer's head has a line that is too long");
    return add(http1, bytes);
}

/* Goes on with the unit in lines; *ret_whole: it is, and the rest of *bytes is behind it. */
static bool continue_unit(struct http1 *http1, struct text *bytes, bool *ret_whole)
{
    *ret_whole = false;
    while (bytes->len > 0 && !*ret_whole) {
        if (text_ends(unit_under_way(http1), "\n") && !is_blank(bytes->at[0])) {
            *ret_whole = true;
            return true;
        }
        const char *lf = memchr(bytes->at, '\n', bytes->len);
        size_t n = lf ? (size_t)(lf - bytes->at) + 1 : bytes->len;
        if (!take_as_it_came(http1, text_make(bytes->at, n)))
            return false;
        *bytes = text_skip(*bytes, n);
        *ret_whole = lf && !may_go_on(unit_under_way(http1), http1->settled == 0);
    }
    return true;
}

/* ---- a run of units in bytes */

/* Is it of a single line that ends in CR LF and has no other CR? */
static bool ends_well(const struct unit *unit)
{
    struct text text = unit->text;
    return unit->whole && !unit->folded && text.len >= 2 && text.len <= HTTP1_LINE_MAX &&
           memchr(text.at, '\r', text.len) == text.at + text.len - 2;
}

/* Takes a unit that needs no change; false: it does, or it is bad. */
static bool take_clean(struct http1 *http1, const struct unit *unit, bool is_status_line)
{
    struct text name;
    if (!ends_well(unit))
        return false;
    struct text line = text_cut(unit->text, unit->text.len - 2);
    if (is_status_line)
        return read_status(http1, line);
    size_t colon = find_colon(line, &name);
    if (colon == 0 || colon > name.len)
        return false;
    framing_take(&http1->framing, name, text_trim(text_skip(line, colon + 1)));
    return true;
}

/* Copies the units that *bytes begins with and that need no change; *ret_next is the one behind. */
static bool take_run(struct http1 *http1, struct text *bytes, struct unit *ret_next)
{
    struct text rest = *bytes;
    bool is_status_line = http1->settled == 0;
    for (;;) {
        *ret_next = find_unit(rest, is_status_line);
        if (!take_clean(http1, ret_next, is_status_line))
            break;
        is_status_line = false;
        rest = text_skip(rest, ret_next->text.len);
    }
    if (http1->state == HTTP1_FAILED)
        return false;
    struct text run = text_cut(*bytes, bytes->len - rest.len);
    if (has_nul(run))
        return malformed(http1, WHY_NUL);
    if (!add(http1, run))
        return false;
    http1->settled = http1->lines->len;
    *bytes = rest;
    return true;
}

/* ---- heads */

/* The blank line was read. MORE: behind an interim response, another head follows. */
static enum http1_event end_head(struct http1 *http1)
{
    const char *why = NULL;
    if (http1->of.status < 200) {
        buf_reset(http1->lines);
        http1->settled = 0;
        return HTTP1_MORE;
    }
    switch (framing_body(&http1->framing, &http1->of, &why)) {
    case FRAMING_NONE:
        http1->state = HTTP1_ENDED;
        break;
    case FRAMING_LENGTH:
        http1->state = HTTP1_IN_LENGTH;
        http1->left = http1->framing.length;
        break;
    case FRAMING_CHUNKED:
        http1->state = HTTP1_IN_CHUNKS;
        chunked_init(&http1->chunks);
        break;
    case FRAMING_CLOSE:
        http1->state = HTTP1_IN_REST;
        break;
    case FRAMING_BAD:
        return fail(http1, HTTP1_MALFORMED, why);
    }
    http1->status = http1->of.status;
    return HTTP1_HEAD;
}

/* Takes one unit, and a run before it. *ret_blank: it is the blank line. */
static bool read_unit(struct http1 *http1, struct text *bytes, bool *ret_whole, bool *ret_blank)
{
    if (http1->lines->len > http1->settled) {
        if (!continue_unit(http1, bytes, ret_whole))
            return false;
        *ret_blank = is_blank_line(unit_under_way(http1));
        if (*ret_blank)
            buf_cut(http1->lines, http1->settled);
        return *ret_blank || !*ret_whole || settle(http1);
    }
    struct unit unit;
    if (!take_run(http1, bytes, &unit))
        return false;
    *bytes = text_skip(*bytes, unit.text.len);
    *ret_whole = unit.whole;
    *ret_blank = http1->settled > 0 && unit.whole && is_blank_line(unit.text);
    if (*ret_blank)
        return unit.text.len <= http1->lines->max - http1->lines->len || malformed(http1, WHY_HEAD);
    return take_as_it_came(http1, unit.text) && (!unit.whole || settle(http1));
}

static enum http1_event read_head(struct http1 *http1, struct text *bytes)
{
    enum http1_event event = HTTP1_MORE;
    while (bytes->len > 0 && event == HTTP1_MORE) {
        bool whole, blank;
        if (!read_unit(http1, bytes, &whole, &blank))
            event = HTTP1_BAD;
        else if (blank)
            event = end_head(http1);
    }
    return event;
}

/* ---- the response */

static enum http1_event end(struct http1 *http1)
{
    http1->state = HTTP1_ENDED;
    return HTTP1_END;
}

static enum http1_event read_length(struct http1 *http1, struct text *bytes, struct text *ret_body)
{
    if (http1->left == 0)
        return end(http1);
    if (bytes->len == 0)
        return HTTP1_MORE;
    *ret_body = (uint64_t)http1->left < bytes->len ? text_cut(*bytes, (size_t)http1->left) : *bytes;
    *bytes = text_skip(*bytes, ret_body->len);
    http1->left -= (int64_t)ret_body->len;
    return HTTP1_BODY;
}

static enum http1_event read_chunks(struct http1 *http1, struct text *bytes, struct text *ret_body)
{
    switch (chunked_read(&http1->chunks, bytes, ret_body)) {
    case CHUNKED_MORE:
        return HTTP1_MORE;
    case CHUNKED_BODY:
        return HTTP1_BODY;
    case CHUNKED_END:
        return end(http1);
    case CHUNKED_BAD:
        break;
    }
    return fail(http1, HTTP1_MALFORMED, http1->chunks.why);
}

static enum http1_event read_rest(struct text *bytes, struct text *ret_body)
{
    if (bytes->len == 0)
        return HTTP1_MORE;
    *ret_body = *bytes;
    *bytes = text_skip(*bytes, bytes->len);
    return HTTP1_BODY;
}

enum http1_event http1_read(struct http1 *http1, struct text *bytes, struct text *ret_body)
{
    http1->begun |= bytes->len > 0;
    switch (http1->state) {
    case HTTP1_IN_HEAD:
        return read_head(http1, bytes);
    case HTTP1_IN_LENGTH:
        return read_length(http1, bytes, ret_body);
    case HTTP1_IN_CHUNKS:
        return read_chunks(http1, bytes, ret_body);
    case HTTP1_IN_REST:
        return read_rest(bytes, ret_body);
    case HTTP1_ENDED:
        return HTTP1_END;
    case HTTP1_FAILED:
        break;
    }
    return HTTP1_BAD;
}

enum http1_event http1_close(struct http1 *http1)
{
    if (http1->state == HTTP1_ENDED || http1->state == HTTP1_IN_REST ||
        (http1->state == HTTP1_IN_LENGTH && http1->left == 0))
        return end(http1);
    if (http1->state == HTTP1_FAILED)
        return HTTP1_BAD;
    if (!http1->begun)
        return fail(http1, HTTP1_NOTHING, "the connection was closed before the answer began");
    return fail(http1, HTTP1_CUT, "the connection was closed inside of the answer");
}

bool http1_keeps(const struct http1 *http1)
{
    return http1->state == HTTP1_ENDED && framing_keeps(&http1->framing, &http1->of);
}
