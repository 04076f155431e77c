/*
 * The secrets are sorted, and all that may be meant at a byte are looked for at once: with each
 * byte, as itself or as one of its escapes, the range of those that fit becomes narrower. So the
 * number of keys costs next to nothing, and text that begins none of them is skipped.
 *
 *     said    s k - a ...        [sk-a1 sk-a2 sk-b tok-1] -> [sk-a1 sk-a2 sk-b] -> [sk-a1 sk-a2]
 *
 * The mask is never longer than what it replaces, so the text only shrinks, within its own memory.
 */
#include "rules/mask.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http/headers.h"
#include "text/count.h"
#include "text/text.h"

#define MASK     "****"
#define MASK_LEN (sizeof(MASK) - 1)

_Static_assert(MASK_LEN <= MASK_SECRET_MIN, "a mask would be longer than a secret");

struct secrets {
    struct text *at; /* sorted */
    size_t count;
    bool stop[256]; /* bytes that one of them may begin with, escaped ones too */
    bool cut;       /* what begins one at the end of the text is one, too */
};

/* Those of the secrets that fit so far. */
struct range {
    const struct text *from, *to;
};

/* ---- which they are */

static void add(struct secrets *secrets, struct text secret)
{
    if (secret.len < MASK_SECRET_MIN)
        return;
    secrets->at[secrets->count++] = secret;
    secrets->stop[(unsigned char)secret.at[0]] = secrets->stop['\\'] = true;
}

/* A header that carries a secret is quoted without its first word, too: "Bearer sk-...". */
static void add_header(struct secrets *secrets, const struct config_header *header)
{
    const struct text value = text_of(header->value);
    const char *blank = value.len ? memrchr(value.at, ' ', value.len) : NULL;
    if (!header_is_secret(text_of(header->name)))
        return;
    add(secrets, value);
    if (blank)
        add(secrets, text_skip(value, (size_t)(blank + 1 - value.at)));
}

static int compare(const void *a, const void *b)
{
    const struct text *one = a, *two = b;
    size_t len = one->len < two->len ? one->len : two->len;
    int order = memcmp(one->at, two->at, len);
    return order ? order : (one->len > two->len) - (one->len < two->len);
}

/* False: no memory. */
static bool collect(const struct config_provider *provider, struct secrets *ret)
{
    size_t most = provider->api_keys.count + 2 * provider->header_count;
    if (most == 0)
        return true;
    ret->at = calloc(most, sizeof(*ret->at));
    if (!ret->at)
        return false;
    for (size_t i = 0; i < provider->api_keys.count; i++)
        add(ret, text_of(provider->api_keys.at[i]));
    for (size_t i = 0; i < provider->header_count; i++)
        add_header(ret, &provider->headers[i]);
    qsort(ret->at, ret->count, sizeof(*ret->at), compare);
    return true;
}

/* ---- escapes of JSON */

struct escape {
    char byte;
    size_t len; /* 0 = it is none */
    bool begun; /* it may be one, but the text ends first */
};

/* What the backslash at the text's beginning means: "\\u002d" is '-'. */
static struct escape read_escape(struct text text)
{
    int value = 0;
    if (text.len < 2)
        return (struct escape){.begun = true};
    if (strchr("\"\\/", text.at[1]) && text.at[1])
        return (struct escape){text.at[1], 2, false};
    if (text.at[1] != 'u')
        return (struct escape){0};
    for (size_t i = 2; i < 6; i++) {
        int digit = i < text.len ? text_hex_value(text.at[i]) : 0;
        if (digit < 0)
            return (struct escape){0};
        value = value * 16 + digit;
    }
    if (text.len < 6)
        return (struct escape){.begun = true};
    return value < 0x80 ? (struct escape){(char)value, 6, false} : (struct escape){0};
}

/* ---- where they are */

static size_t longer(size_t a, size_t b)
{
    return a > b ? a : b;
}

static unsigned char byte_of(const struct text *secret, size_t depth)
{
    return (unsigned char)secret->at[depth];
}

/* The first of the range whose byte there is at least so large. */
static const struct text *lowest(struct range range, size_t depth, unsigned byte)
{
    while (range.from < range.to) {
        const struct text *middle = range.from + (range.to - range.from) / 2;
        if (byte_of(middle, depth) < byte)
            range.from = middle + 1;
        else
            range.to = middle;
    }
    return range.from;
}

/* Those of the range that have this byte there. All are alike before it, and longer. */
static struct range narrow(struct range range, size_t depth, char said)
{
    const unsigned char byte = (unsigned char)said;
    if (range.from == range.to || byte_of(range.from, depth) > byte ||
        byte_of(range.to - 1, depth) < byte)
        return (struct range){range.to, range.to};
    if (byte_of(range.from, depth) == byte_of(range.to - 1, depth))
        return range;
    return (struct range){lowest(range, depth, byte), lowest(range, depth, byte + 1u)};
}

static bool is_empty(struct range range)
{
    return range.from == range.to;
}

/* A search: the secrets whose first `depth` bytes are said in the first `used` ones, and how many
 * bytes the longest takes that was said whole; 0: none was. */
struct search {
    const struct secrets *secrets;
    struct range range;
    size_t depth;
    struct text said;
    size_t used;
    size_t best;
};

static size_t match_among(struct search search);

static bool is_over(struct search *search)
{
    for (; !is_empty(search->range) && search->range.from->len == search->depth;
         search->range.from++)
        search->best = longer(search->best, search->used);
    if (is_empty(search->range))
        return true;
    if (search->used == search->said.len && search->secrets->cut)
        search->best = longer(search->best, search->used);
    return search->used == search->said.len;
}

/* A backslash may be one, or begin an escape: only where secrets of both kinds fit, both ways are
 * gone. */
static void take_backslash(struct search *search)
{
    const struct escape escape = read_escape(text_skip(search->said, search->used));
    struct search escaped = *search, literal = *search;
    escaped.range = literal.range = (struct range){0};
    escaped.depth = literal.depth = search->depth + 1;
    escaped.used += escape.len;
    literal.used += 1;
    if (escape.begun && search->secrets->cut)
        literal.best = search->said.len;
    else if (escape.len)
        escaped.range = narrow(search->range, search->depth, escape.byte);
    if (literal.best < search->said.len && !(escape.len && escape.byte == '\\'))
        literal.range = narrow(search->range, search->depth, '\\');
    if (!is_empty(literal.range) && !is_empty(escaped.range))
        literal.best = longer(literal.best, match_among(escaped));
    *search = is_empty(literal.range) && !is_empty(escaped.range) ? escaped : literal;
}

static size_t match_among(struct search search)
{
    while (!is_over(&search))
        if (search.said.at[search.used] == '\\')
            take_backslash(&search);
        else
            search.range = narrow(search.range, search.depth++, search.said.at[search.used++]);
    return search.best;
}

/* Of those that begin at the text's beginning the longest, since a key may begin with another. */
static size_t match(const struct secrets *secrets, struct text said)
{
    if (!secrets->stop[(unsigned char)said.at[0]])
        return 0;
    return match_among((struct search){
        .secrets = secrets, .range = {secrets->at, secrets->at + secrets->count}, .said = said});
}

/* And those that begin within it. */
static size_t match_run(const struct secrets *secrets, struct text said)
{
    size_t end = match(secrets, said);
    for (size_t i = 1; i < end; i++) {
        size_t used = match(secrets, text_skip(said, i));
        end = used ? longer(end, i + used) : end;
    }
    return end;
}

static size_t mask(const struct secrets *secrets, char *bytes, size_t len)
{
    size_t from = 0, to = 0;
    while (from < len) {
        const size_t plain = from;
        while (from < len && !secrets->stop[(unsigned char)bytes[from]])
            from++;
        if (to < plain)
            memmove(bytes + to, bytes + plain, from - plain);
        to += from - plain;
        if (from == len)
            break;
        const size_t used = match_run(secrets, text_make(bytes + from, len - from));
        if (used == 0) {
            bytes[to++] = bytes[from++];
            continue;
        }
        const size_t stars = used < MASK_LEN ? used : MASK_LEN;
        memcpy(bytes + to, MASK, stars);
        to += stars;
        from += used;
    }
    if (to < len)
        explicit_bzero(bytes + to, len - to); /* its end may be a secret that moved forward */
    return to;
}

/* Where there was no memory for the secrets all is taken for one. */
static size_t hide(const struct secrets *secrets, bool known, char *bytes, size_t len)
{
    if (known)
        return secrets->count && len > 0 ? mask(secrets, bytes, len) : len;
    if (len > 0)
        explicit_bzero(bytes, len);
    return 0;
}

static size_t mask_with(const struct config_provider *provider, char *bytes, size_t len, bool cut)
{
    struct secrets secrets = {.cut = cut};
    if (len == 0)
        return 0;
    size_t left = hide(&secrets, collect(provider, &secrets), bytes, len);
    free(secrets.at);
    return left;
}

size_t mask_provider(const struct config_provider *provider, char *bytes, size_t len)
{
    return mask_with(provider, bytes, len, false);
}

void mask_provider_string(const struct config_provider *provider, char *string)
{
    string[mask_provider(provider, string, strlen(string))] = '\0';
}

/* Was there no room for one more character, of at most 4 bytes? */
static bool may_be_cut(size_t len, size_t size)
{
    return len + 4 >= size;
}

void mask_provider_field(const struct config_provider *provider, char *field, size_t size)
{
    size_t len = strlen(field);
    field[mask_with(provider, field, len, may_be_cut(len, size))] = '\0';
}

void mask_provider_error(const struct config_provider *provider, struct provider_error *error)
{
    const struct {
        char *at;
        size_t size;
    } fields[] = {{error->message, sizeof(error->message)},
                  {error->type, sizeof(error->type)},
                  {error->code, sizeof(error->code)},
                  {error->param, sizeof(error->param)}};
    struct secrets secrets = {0};
    bool known = collect(provider, &secrets);
    for (size_t i = 0; i < COUNT(fields); i++) {
        size_t len = strlen(fields[i].at);
        secrets.cut = may_be_cut(len, fields[i].size);
        fields[i].at[hide(&secrets, known, fields[i].at, len)] = '\0';
    }
    free(secrets.at);
}
