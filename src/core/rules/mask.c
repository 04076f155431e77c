/*
 * A secret is looked for byte by byte, each byte as itself or as one of its escapes. The mask is
 * never longer than what it replaces, so the text only shrinks, within its own memory.
 */
#include "rules/mask.h"

#include <stdbool.h>
#include <string.h>

#include "http/headers.h"
#include "text/text.h"

#define MASK     "****"
#define MASK_LEN (sizeof(MASK) - 1)

_Static_assert(MASK_LEN <= MASK_SECRET_MIN, "a mask would be longer than a secret");

static int hex_value(char c)
{
    if (text_is_digit(c))
        return c - '0';
    c = text_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\\u002d" for '-': the length of that, or 0. */
static size_t unicode_escape(const char *at, size_t left, char byte)
{
    int value = 0;
    if (left < 6 || at[1] != 'u')
        return 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return 0;
        value = value * 16 + digit;
    }
    return value == (unsigned char)byte && value < 0x80 ? 6 : 0;
}

/* How many bytes at `at` are this byte of a secret; 0: they are another. */
static size_t match_byte(const char *at, size_t left, char byte)
{
    if (left == 0)
        return 0;
    if (at[0] != '\\')
        return at[0] == byte;
    if (left > 1 && at[1] == byte && strchr("\"\\/", byte))
        return 2;
    size_t escape = unicode_escape(at, left, byte);
    return escape ? escape : byte == '\\';
}

static size_t match(const char *at, size_t left, struct text secret)
{
    size_t used = 0;
    if (secret.len < MASK_SECRET_MIN)
        return 0;
    for (size_t i = 0; i < secret.len; i++) {
        size_t n = match_byte(at + used, left - used, secret.at[i]);
        if (n == 0)
            return 0;
        used += n;
    }
    return used;
}

static size_t longer(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A header that carries a secret is quoted without its first word, too: "Bearer sk-...". */
static size_t match_header(const struct config_header *header, const char *at, size_t left)
{
    const struct text value = text_of(header->value);
    const char *blank = value.len ? memrchr(value.at, ' ', value.len) : NULL;
    size_t used = match(at, left, value);
    if (blank)
        used = longer(used, match(at, left, text_skip(value, (size_t)(blank + 1 - value.at))));
    return used && header_is_secret(text_of(header->name)) ? used : 0;
}

/* How many bytes at `at` are a secret: of those that begin there the longest, since a key may begin
 * with another one. */
static size_t match_longest(const struct config_provider *provider, const char *at, size_t left)
{
    size_t used = 0;
    for (size_t i = 0; i < provider->api_keys.count; i++)
        used = longer(used, match(at, left, text_of(provider->api_keys.at[i])));
    for (size_t i = 0; i < provider->header_count; i++)
        used = longer(used, match_header(&provider->headers[i], at, left));
    return used;
}

/* And those that begin within it. */
static size_t match_run(const struct config_provider *provider, const char *at, size_t left)
{
    size_t end = match_longest(provider, at, left);
    for (size_t i = 1; i < end; i++) {
        size_t used = match_longest(provider, at + i, left - i);
        end = used ? longer(end, i + used) : end;
    }
    return end;
}

size_t mask_provider(const struct config_provider *provider, char *bytes, size_t len)
{
    size_t from = 0, to = 0;
    while (from < len) {
        size_t used = match_run(provider, bytes + from, len - from);
        if (used) {
            memcpy(bytes + to, MASK, MASK_LEN);
            to += MASK_LEN;
            from += used;
        } else {
            bytes[to++] = bytes[from++];
        }
    }
    if (to < len)
        explicit_bzero(bytes + to, len - to); /* its end may be a secret that moved forward */
    return to;
}

void mask_provider_string(const struct config_provider *provider, char *string)
{
    string[mask_provider(provider, string, strlen(string))] = '\0';
}
