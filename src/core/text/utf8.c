/*
 * The first byte tells the length and, in four cases, a narrower range for the second byte: that
 * range is what keeps out overlong forms (E0, F0), surrogates (ED) and the too large (F4).
 */
#include "text/utf8.h"

#include <stdio.h>

#include "text/count.h"

static bool in_range(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

static bool second_is_valid(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return in_range(second, 0xa0, 0xbf);
    case 0xed:
        return in_range(second, 0x80, 0x9f);
    case 0xf0:
        return in_range(second, 0x90, 0xbf);
    case 0xf4:
        return in_range(second, 0x80, 0x8f);
    default:
        return in_range(second, 0x80, 0xbf);
    }
}

static size_t length_by_first(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t utf8_length(const char *at, size_t len)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t n = len ? length_by_first(byte[0]) : 0;
    if (n < 2)
        return n;
    if (n > len || !second_is_valid(byte[0], byte[1]))
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!in_range(byte[i], 0x80, 0xbf))
            return 0;
    return n;
}

/* All bytes of a character but its first are 10xxxxxx. */
size_t utf8_fit(const char *at, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)at[max] & 0xc0) == 0x80)
        max--;
    return max;
}

uint32_t utf8_code_point(const char *at, size_t length)
{
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code_point = (unsigned char)at[0] & first_bits[length];
    for (size_t i = 1; i < length; i++)
        code_point = code_point << 6 | ((unsigned char)at[i] & 0x3f);
    return code_point;
}

bool utf8_is_hidden(uint32_t code_point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
        {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    return false;
}

bool utf8_is_shown(const char *at, size_t length)
{
    return length > 0 && !utf8_is_hidden(utf8_code_point(at, length));
}

static char continuation(uint32_t code_point, int shift)
{
    return (char)(0x80 | ((code_point >> shift) & 0x3f));
}

size_t utf8_put(uint32_t code_point, char ret[4])
{
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
        code_point = UTF8_REPLACEMENT;
    if (code_point < 0x80) {
        ret[0] = (char)code_point;
        return 1;
    }
    size_t n = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint32_t first_bits[] = {0, 0, 0xc0, 0xe0, 0xf0};
    ret[0] = (char)(first_bits[n] | (code_point >> (6 * (n - 1))));
    for (size_t i = 1; i < n; i++)
        ret[i] = continuation(code_point, (int)(6 * (n - 1 - i)));
    return n;
}

void utf8_escape(uint32_t code_point, char ret[UTF8_ESCAPE_SIZE])
{
    if (code_point <= 0xffff) {
        (void)snprintf(ret, UTF8_ESCAPE_SIZE, "\\u%04x", (unsigned)code_point);
        return;
    }
    code_point -= 0x10000;
    (void)snprintf(ret, UTF8_ESCAPE_SIZE, "\\u%04x\\u%04x",
                   0xd800 + (unsigned)(code_point >> 10) % 0x400,
                   0xdc00 + (unsigned)(code_point & 0x3ff));
}
