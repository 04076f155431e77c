/*
 * Deny-lists: what is not named here travels, so that a header which a provider invents tomorrow
 * is passed on today. A name that ends in '*' stands for all names that begin like it.
 */
#include "http/headers.h"

#include "text/count.h"

/* RFC 9110, 7.6.1, and those that older senders use. They never travel, in either direction. */
static const char *const hop_by_hop[] = {
    "connection",        "keep-alive", "proxy-*",        "te", "trailer",
    "transfer-encoding", "upgrade",    "http2-settings", NULL,
};

static const char *const request_stays[] = {
    /* about this connection: the request to the provider is built anew */
    "host",
    "content-length",
    "accept-encoding",
    "expect",
    /* about the sender's browser and network, none of the provider's business */
    "cookie",
    "cookie2",
    "origin",
    "referer",
    "sec-*",
    "access-control-request-*",
    "forwarded",
    "x-forwarded-*",
    "x-real-ip",
    /* between the app and us */
    "x-understudy-*",
    /* written by the caller */
    "via",
    NULL,
};

static const char *const response_stays[] = {
    /* about the provider's connection: our answer has its own */
    "content-length",
    "date",
    /* ours to say */
    "x-understudy-*",
    "access-control-*",
    /* written by the caller */
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    NULL,
};

/* Meant for every recipient, so Connection cannot end them here. */
static const char *const end_to_end[] = {
    "authorization", "x-api-key",        "content-type", "content-encoding",
    "accept",        "user-agent",       "openai-*",     "x-stainless-*",
    "cache-control", "www-authenticate", "retry-after",  NULL,
};

static const char *const response_needed[] = {
    "content-type",
    "content-encoding",
    "content-disposition",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "x-understudy-*",
    "access-control-*",
    "vary",
    "connection",
    "upgrade",
    "allow",
    "www-authenticate",
    "location",
    "x-request-id",
    "request-id",
    NULL,
};

static bool matches(struct text name, const char *pattern)
{
    size_t len = strlen(pattern);
    if (pattern[len - 1] != '*')
        return text_equals_nocase(name, pattern);
    for (size_t i = 0; i < len - 1; i++)
        if (i >= name.len || text_lower(name.at[i]) != pattern[i])
            return false;
    return true;
}

static bool is_one_of(struct text name, const char *const *patterns)
{
    char first = name.len ? text_lower(name.at[0]) : '\0';
    for (; *patterns; patterns++)
        if ((*patterns)[0] == first && matches(name, *patterns))
            return true;
    return false;
}

static bool same_name(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (text_lower(a.at[i]) != text_lower(b.at[i]))
            return false;
    return true;
}

bool header_listed(struct text connection, struct text name)
{
    if (is_one_of(name, end_to_end))
        return false;
    while (connection.len > 0) {
        const char *comma = memchr(connection.at, ',', connection.len);
        size_t len = comma ? (size_t)(comma - connection.at) : connection.len;
        if (same_name(text_trim(text_make(connection.at, len)), name))
            return true;
        connection = text_skip(connection, len + 1);
    }
    return false;
}

bool header_request_travels(struct text name)
{
    return !is_one_of(name, hop_by_hop) && !is_one_of(name, request_stays);
}

bool header_response_travels(struct text name)
{
    return !is_one_of(name, hop_by_hop) && !is_one_of(name, response_stays);
}

bool header_is_credential(struct text name)
{
    /* OpenAI and most others; Anthropic; Azure; Google */
    static const char *const names[] = {"authorization", "x-api-key", "api-key", "x-goog-api-key",
                                        NULL};
    return is_one_of(name, names);
}

bool header_is_trace(struct text name)
{
    static const char *const names[] = {"traceparent", "tracestate", "x-request-id", NULL};
    return is_one_of(name, names);
}

bool header_tells_of_coding(struct text name)
{
    static const char *const names[] = {"content-encoding", "content-digest", "repr-digest",
                                        "digest",           "content-md5",    NULL};
    return is_one_of(name, names);
}

bool header_response_needed(struct text name)
{
    return is_one_of(name, response_needed);
}

bool header_is_secret(struct text name)
{
    static const char *const words[] = {"authorization", "key", "token", "cookie", "secret"};
    for (; name.len > 0; name = text_skip(name, 1))
        for (size_t i = 0; i < COUNT(words); i++)
            if (text_starts_nocase(name, words[i]))
                return true;
    return false;
}

#define ROW(c) [(c)] = true
const bool header_token_bytes[256] = {
    ROW('!'), ROW('#'), ROW('$'), ROW('%'), ROW('&'), ROW('\''), ROW('*'), ROW('+'), ROW('-'),
    ROW('.'), ROW('^'), ROW('_'), ROW('`'), ROW('|'), ROW('~'),  ROW('0'), ROW('1'), ROW('2'),
    ROW('3'), ROW('4'), ROW('5'), ROW('6'), ROW('7'), ROW('8'),  ROW('9'), ROW('a'), ROW('b'),
    ROW('c'), ROW('d'), ROW('e'), ROW('f'), ROW('g'), ROW('h'),  ROW('i'), ROW('j'), ROW('k'),
    ROW('l'), ROW('m'), ROW('n'), ROW('o'), ROW('p'), ROW('q'),  ROW('r'), ROW('s'), ROW('t'),
    ROW('u'), ROW('v'), ROW('w'), ROW('x'), ROW('y'), ROW('z'),  ROW('A'), ROW('B'), ROW('C'),
    ROW('D'), ROW('E'), ROW('F'), ROW('G'), ROW('H'), ROW('I'),  ROW('J'), ROW('K'), ROW('L'),
    ROW('M'), ROW('N'), ROW('O'), ROW('P'), ROW('Q'), ROW('R'),  ROW('S'), ROW('T'), ROW('U'),
    ROW('V'), ROW('W'), ROW('X'), ROW('Y'), ROW('Z'),
};
#undef ROW

size_t header_name_length(struct text line)
{
    size_t n = 0;
    while (n < line.len && header_token_byte(line.at[n]))
        n++;
    return n;
}

bool header_name_valid(struct text name)
{
    return name.len > 0 && header_name_length(name) == name.len;
}

bool header_value_valid(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}
