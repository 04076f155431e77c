/*
 * What is not named here travels, so that a header which a provider invents tomorrow is passed on
 * today. A name that ends in '*' stands for all names that begin like it. All that is known of a
 * name is found in one look, among those with its first letter: each field of each head is asked
 * about several times.
 */
#include "http/headers.h"

#include "text/count.h"
#include "text/word.h"

enum {
    /* RFC 9110, 7.6.1, and those that older senders use. They never travel, in either direction. */
    HOP_BY_HOP = 1 << 0,
    /* Of a request, about this connection: the request to the provider is built anew; about the
     * sender's browser and network, none of the provider's business; between the app and us; or
     * written by the caller (Via). */
    REQUEST_STAYS = 1 << 1,
    /* Of an answer, about the provider's connection: ours has its own; ours to say; or written by
     * the caller (Retry-After). */
    ANSWER_STAYS = 1 << 2,
    /* Meant for every recipient, so Connection cannot end them here. */
    END_TO_END = 1 << 3,
    /* A client cannot do without it. */
    NEEDED = 1 << 4,
    /* OpenAI's and most others'; Anthropic's; Azure's; Google's. */
    CREDENTIAL = 1 << 5,
    TRACE = 1 << 6,
    CODING = 1 << 7,
};

struct known {
    const char *name;
    size_t len; /* of it; before its '*' where it is a beginning */
    bool begins;
    int is; /* of the above */
};

#define NAME(name, is)                                                                             \
    {                                                                                              \
        name, sizeof(name) - 1, false, is                                                          \
    }
#define BEGIN(name, is)                                                                            \
    {                                                                                              \
        name, sizeof(name) - 2, true, is                                                           \
    }

#define LETTER(letter, ...)                                                                        \
    [(letter) - 'a'] = (const struct known[])                                                      \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .name = NULL                                                                           \
        }                                                                                          \
    }

static const struct known *const by_letter[26] = {
    LETTER('a', NAME("accept", END_TO_END), NAME("accept-encoding", REQUEST_STAYS),
           BEGIN("access-control-*", ANSWER_STAYS | NEEDED),
           BEGIN("access-control-request-*", REQUEST_STAYS), NAME("allow", NEEDED),
           NAME("api-key", CREDENTIAL), NAME("authorization", END_TO_END | CREDENTIAL)),
    LETTER('c', NAME("cache-control", END_TO_END), NAME("connection", HOP_BY_HOP | NEEDED),
           NAME("content-digest", CODING), NAME("content-disposition", NEEDED),
           NAME("content-encoding", END_TO_END | NEEDED | CODING),
           NAME("content-length", REQUEST_STAYS | ANSWER_STAYS), NAME("content-md5", CODING),
           NAME("content-type", END_TO_END | NEEDED), NAME("cookie", REQUEST_STAYS),
           NAME("cookie2", REQUEST_STAYS)),
    LETTER('d', NAME("date", ANSWER_STAYS), NAME("digest", CODING)),
    LETTER('e', NAME("expect", REQUEST_STAYS)),
    LETTER('f', NAME("forwarded", REQUEST_STAYS)),
    LETTER('h', NAME("host", REQUEST_STAYS), NAME("http2-settings", HOP_BY_HOP)),
    LETTER('k', NAME("keep-alive", HOP_BY_HOP)),
    LETTER('l', NAME("location", NEEDED)),
    LETTER('o', BEGIN("openai-*", END_TO_END), NAME("origin", REQUEST_STAYS)),
    LETTER('p', BEGIN("proxy-*", HOP_BY_HOP)),
    LETTER('r', NAME("referer", REQUEST_STAYS), NAME("repr-digest", CODING),
           NAME("request-id", NEEDED), NAME("retry-after", ANSWER_STAYS | END_TO_END | NEEDED),
           NAME("retry-after-ms", ANSWER_STAYS | NEEDED)),
    LETTER('s', BEGIN("sec-*", REQUEST_STAYS)),
    LETTER('t', NAME("te", HOP_BY_HOP), NAME("traceparent", TRACE), NAME("tracestate", TRACE),
           NAME("trailer", HOP_BY_HOP), NAME("transfer-encoding", HOP_BY_HOP)),
    LETTER('u', NAME("upgrade", HOP_BY_HOP | NEEDED), NAME("user-agent", END_TO_END)),
    LETTER('v', NAME("vary", NEEDED), NAME("via", REQUEST_STAYS)),
    LETTER('w', NAME("www-authenticate", END_TO_END | NEEDED)),
    LETTER('x', NAME("x-api-key", END_TO_END | CREDENTIAL), BEGIN("x-forwarded-*", REQUEST_STAYS),
           NAME("x-goog-api-key", CREDENTIAL), NAME("x-real-ip", REQUEST_STAYS),
           NAME("x-request-id", NEEDED | TRACE), NAME("x-should-retry", ANSWER_STAYS | NEEDED),
           BEGIN("x-stainless-*", END_TO_END),
           BEGIN("x-understudy-*", REQUEST_STAYS | ANSWER_STAYS | NEEDED)),
};
#undef LETTER
#undef NAME
#undef BEGIN

static bool matches(struct text name, const struct known *known)
{
    if (known->begins ? name.len < known->len : name.len != known->len)
        return false;
    for (size_t i = 1; i < known->len; i++) /* the first is its letter */
        if (text_lower(name.at[i]) != known->name[i])
            return false;
    return true;
}

/* Is it one of those that are any of this? */
static bool is(struct text name, int any)
{
    char first = name.len ? text_lower(name.at[0]) : '\0';
    const struct known *known = first >= 'a' && first <= 'z' ? by_letter[first - 'a'] : NULL;
    for (; known && known->name; known++)
        if (known->is & any && matches(name, known))
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
    if (is(name, END_TO_END))
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
    return !is(name, HOP_BY_HOP | REQUEST_STAYS);
}

bool header_response_travels(struct text name)
{
    return !is(name, HOP_BY_HOP | ANSWER_STAYS);
}

bool header_is_credential(struct text name)
{
    return is(name, CREDENTIAL);
}

bool header_is_trace(struct text name)
{
    return is(name, TRACE);
}

bool header_tells_of_coding(struct text name)
{
    return is(name, CODING);
}

bool header_response_needed(struct text name)
{
    return is(name, NEEDED);
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
    size_t i = 0;
    while (i < value.len) {
        if (value.len - i >= WORD_SIZE) {
            uint64_t word = word_load(value.at + i),
                     odd = word_below(word, 0x20) | word_equal(word, 0x7f);
            i += odd ? word_first(odd) : WORD_SIZE;
            if (!odd)
                continue;
        }
        unsigned char c = (unsigned char)value.at[i++];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}
