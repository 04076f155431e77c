/*
 * Strings: from JSON's escapes to bytes and back. Runs of plain bytes are copied at once; one
 * escape is decoded by one function, which comparing names and decoding share.
 */
#include <errno.h>
#include <stdint.h>

#include "json/jsonspan.h"
#include "text/utf8.h"
#include "text/word.h"

/* The bytes between the quotes. */
static bool content_of(struct text string, struct text *ret)
{
    if (string.len < 2 || string.at[0] != '"' || string.at[string.len - 1] != '"')
        return false;
    *ret = text_make(string.at + 1, string.len - 2);
    return true;
}

/* Reads \uXXXX in front of t. False when there is none. */
static bool hex_escape(struct text t, uint32_t *ret)
{
    uint32_t value = 0;
    if (t.len < 6 || t.at[0] != '\\' || t.at[1] != 'u')
        return false;
    for (size_t i = 2; i < 6; i++) {
        int digit = text_hex_value(t.at[i]);
        if (digit < 0)
            return false;
        value = value * 16 + (uint32_t)digit;
    }
    *ret = value;
    return true;
}

/* \uXXXX or a pair of them. Takes it from *t and returns the length of its UTF-8, 0 when it is
 * none. */
static size_t take_hex_escape(struct text *t, char ret[4])
{
    uint32_t unit, low;
    if (!hex_escape(*t, &unit))
        return 0;
    *t = text_skip(*t, 6);
    if (unit >= 0xd800 && unit <= 0xdbff && hex_escape(*t, &low) && low >= 0xdc00 &&
        low <= 0xdfff) {
        *t = text_skip(*t, 6);
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    return utf8_put(unit, ret);
}

/* Takes the escape in front of *t, as above. */
static size_t take_escape(struct text *t, char ret[4])
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (t->len < 2)
        return 0;
    const char *letter = memchr(letters, t->at[1], sizeof(letters) - 1);
    if (!letter)
        return take_hex_escape(t, ret);
    ret[0] = meanings[letter - letters];
    *t = text_skip(*t, 2);
    return 1;
}

/* Takes the bytes before the next backslash. */
static struct text take_run(struct text *t)
{
    const char *backslash = t->len ? memchr(t->at, '\\', t->len) : NULL;
    struct text run = text_make(t->at, backslash ? (size_t)(backslash - t->at) : t->len);
    *t = text_skip(*t, run.len);
    return run;
}

/* Does *name begin with these bytes? They are taken from it. */
static bool take_equal(struct text *name, struct text bytes)
{
    if (bytes.len > name->len || memcmp(bytes.at, name->at, bytes.len) != 0)
        return false;
    *name = text_skip(*name, bytes.len);
    return true;
}

/* Both from the first backslash on. Rare, and so apart from what is asked of every name. */
__attribute__((noinline)) static bool decodes_to(struct text rest, struct text wanted)
{
    for (;;) {
        char decoded[4];
        if (!take_equal(&wanted, take_run(&rest)))
            return false;
        if (rest.len == 0)
            return wanted.len == 0;
        size_t n = take_escape(&rest, decoded);
        if (n == 0 || !take_equal(&wanted, text_make(decoded, n)))
            return false;
    }
}

bool jsonspan_name_is(struct text string, const char *name)
{
    struct text content;
    size_t same = 0;
    if (!content_of(string, &content))
        return false;
    while (same < content.len && name[same] != '\0' && content.at[same] == name[same] &&
           name[same] != '\\')
        same++;
    if (same == content.len)
        return name[same] == '\0';
    return content.at[same] == '\\' && decodes_to(text_skip(content, same), text_of(name + same));
}

int jsonspan_decode(struct text string, struct buf *out)
{
    struct text rest;
    if (!content_of(string, &rest))
        return -EINVAL;
    for (;;) {
        char decoded[4];
        int r = buf_append_text(out, take_run(&rest));
        if (r < 0 || rest.len == 0)
            return r;
        size_t n = take_escape(&rest, decoded);
        if (n == 0)
            return -EINVAL;
        r = buf_append(out, decoded, n);
        if (r < 0)
            return r;
    }
}

/* Bytes at the front of t that stand for themselves in a JSON string. */
static size_t plain_length(struct text t)
{
    size_t i = 0;
    while (i < t.len) {
        if (t.len - i >= WORD_SIZE) {
            uint64_t odd = word_odd(word_load(t.at + i));
            i += odd ? word_first(odd) : WORD_SIZE;
            if (!odd)
                continue;
        }
        unsigned char c = (unsigned char)t.at[i];
        size_t n = c < 0x80 ? c >= 0x20 && c != '"' && c != '\\' : utf8_length(t.at + i, t.len - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool jsonspan_is_plain(struct text bytes)
{
    return plain_length(bytes) == bytes.len;
}

static int encode_byte(char c, struct buf *out)
{
    static const char bytes[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = memchr(bytes, c, sizeof(bytes) - 1);
    if (found)
        return buf_append(out, (char[]){'\\', letters[found - bytes]}, 2);
    if ((unsigned char)c < 0x20)
        return buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
    char replacement[4];
    return buf_append(out, replacement, utf8_put(UTF8_REPLACEMENT, replacement));
}

static int encode_part(struct text bytes, struct buf *out)
{
    int r = 0;
    while (r == 0 && bytes.len > 0) {
        size_t n = plain_length(bytes);
        r = buf_append(out, bytes.at, n);
        bytes = text_skip(bytes, n);
        if (r == 0 && bytes.len > 0) {
            r = encode_byte(bytes.at[0], out);
            bytes = text_skip(bytes, 1);
        }
    }
    return r;
}

int jsonspan_encode(struct text bytes, struct buf *out)
{
    int r = buf_append(out, "\"", 1);
    if (r == 0)
        r = encode_part(bytes, out);
    return r < 0 ? r : buf_append(out, "\"", 1);
}

/* Bytes before the first hidden character that JSON would take as it is. */
static size_t shown_length(struct text bytes)
{
    size_t i = 0;
    while (i < bytes.len) {
        size_t n = (unsigned char)bytes.at[i] < 0x7f ? 1 : utf8_length(bytes.at + i, bytes.len - i);
        if (n > 0 && (unsigned char)bytes.at[i] >= 0x7f && !utf8_is_shown(bytes.at + i, n))
            break;
        i += n ? n : 1;
    }
    return i;
}

int jsonspan_encode_shown(struct text bytes, struct buf *out)
{
    int r = buf_append(out, "\"", 1);
    while (r == 0 && bytes.len > 0) {
        size_t n = shown_length(bytes);
        r = encode_part(text_cut(bytes, n), out);
        bytes = text_skip(bytes, n);
        if (r < 0 || bytes.len == 0)
            break;
        char escape[UTF8_ESCAPE_SIZE];
        n = utf8_length(bytes.at, bytes.len);
        utf8_escape(utf8_code_point(bytes.at, n), escape);
        r = buf_append_string(out, escape);
        bytes = text_skip(bytes, n);
    }
    return r < 0 ? r : buf_append(out, "\"", 1);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the string that begins at i ends, behind its quote. */
static size_t string_end(struct text json, size_t i)
{
    for (i++; i < json.len && json.at[i] != '"'; i++)
        if (json.at[i] == '\\')
            i++;
    return i < json.len ? i + 1 : json.len;
}

/* A string has no line end in it. */
int jsonspan_compact(struct text value, struct buf *out)
{
    int r = 0;
    for (size_t i = 0, end; r == 0 && i < value.len; i = end) {
        end = i;
        if (is_blank(value.at[i])) {
            end++;
            continue;
        }
        while (end < value.len && !is_blank(value.at[end]))
            end = value.at[end] == '"' ? string_end(value, end) : end + 1;
        r = buf_append(out, value.at + i, end - i);
    }
    return r;
}
