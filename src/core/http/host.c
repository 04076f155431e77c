/* Literals are compared with a table of address ranges, names with a table of endings. */
#include "http/host.h"

#include <arpa/inet.h>
#include <stdint.h>

#include "text/count.h"

enum reach { REACH_PUBLIC, REACH_LOCAL, REACH_LOOPBACK, REACH_ANY };

/* All literals as 16 bytes; IPv4 in the form ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct address {
    uint8_t byte[16];
};

#define MAPPED 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff

static const struct {
    uint8_t prefix[16];
    unsigned bits;
    enum reach reach;
} ranges[] = {
    {{MAPPED, 0, 0, 0, 0}, 128, REACH_ANY},
    {{MAPPED, 127}, 104, REACH_LOOPBACK},
    {{MAPPED, 10}, 104, REACH_LOCAL},
    {{MAPPED, 172, 16}, 108, REACH_LOCAL},
    {{MAPPED, 192, 168}, 112, REACH_LOCAL},
    {{MAPPED, 169, 254}, 112, REACH_LOCAL},
    {{0}, 128, REACH_ANY},
    {{[15] = 1}, 128, REACH_LOOPBACK},
    {{0xfc}, 7, REACH_LOCAL},
    {{0xfe, 0x80}, 10, REACH_LOCAL},
};

static const struct {
    const char *ending; /* with its dot; the name without the dot counts too */
    enum reach reach;
} endings[] = {
    {".localhost", REACH_LOOPBACK}, {".local", REACH_LOCAL},     {".lan", REACH_LOCAL},
    {".internal", REACH_LOCAL},     {".home.arpa", REACH_LOCAL},
};

static bool read_literal(struct text host, struct address *ret)
{
    char copy[INET6_ADDRSTRLEN];
    if (host.len == 0 || host.len >= sizeof(copy))
        return false;
    memcpy(copy, host.at, host.len);
    copy[host.len] = '\0';
    static const uint8_t mapped[12] = {MAPPED};
    memcpy(ret->byte, mapped, sizeof(mapped));
    return inet_pton(AF_INET, copy, ret->byte + sizeof(mapped)) == 1 ||
           inet_pton(AF_INET6, copy, ret->byte) == 1;
}

static bool in_range(const struct address *address, const uint8_t prefix[16], unsigned bits)
{
    for (unsigned i = 0; i < bits; i++) {
        uint8_t mask = (uint8_t)(0x80u >> (i % 8));
        if ((address->byte[i / 8] & mask) != (prefix[i / 8] & mask))
            return false;
    }
    return true;
}

static enum reach reach_of_literal(const struct address *address)
{
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (in_range(address, ranges[i].prefix, ranges[i].bits))
            return ranges[i].reach;
    return REACH_PUBLIC;
}

static bool ends_in(struct text host, const char *ending)
{
    size_t len = strlen(ending);
    if (text_equals_nocase(host, ending + 1))
        return true;
    return host.len > len && text_equals_nocase(text_skip(host, host.len - len), ending);
}

static enum reach reach_of(struct text host)
{
    struct address address;
    if (read_literal(host, &address))
        return reach_of_literal(&address);
    if (host.len > 0 && host.at[host.len - 1] == '.')
        host.len--;
    for (size_t i = 0; i < COUNT(endings); i++)
        if (ends_in(host, endings[i].ending))
            return endings[i].reach;
    bool qualified = host.len == 0 || memchr(host.at, '.', host.len);
    return qualified ? REACH_PUBLIC : REACH_LOCAL;
}

static bool name_byte(char c)
{
    return text_is_letter(c) || text_is_digit(c) || c == '-' || c == '_' || c == '.';
}

bool host_valid(struct text host)
{
    struct address address;
    if (read_literal(host, &address))
        return true;
    for (size_t i = 0; i < host.len; i++)
        if (!name_byte(host.at[i]) || (host.at[i] == '.' && (i == 0 || host.at[i - 1] == '.')))
            return false;
    return host.len > 0 && host.len <= 254; /* RFC 1035, 2.3.4, and a dot at the end */
}

bool host_is_loopback(struct text host)
{
    return reach_of(host) == REACH_LOOPBACK;
}

bool host_is_any(struct text host)
{
    return reach_of(host) == REACH_ANY;
}

bool host_is_local(struct text host)
{
    return reach_of(host) != REACH_PUBLIC;
}
