/* A line of the usage file ([log] usage_file), as `understudy usage` reads it. */
#ifndef UNDERSTUDY_USAGE_LINE_H
#define UNDERSTUDY_USAGE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/* By what exchanges are told apart: the words of --by, and members of each row. */
#define USAGE_KEYS(X)                                                                              \
    X(DAY, "day", "by the day, in UTC")                                                            \
    X(PROVIDER, "provider", "by who answered")                                                     \
    X(MODEL, "model", "by the model that answered")                                                \
    X(CLIENT, "client", "by the name of the client's token")

enum usage_key {
#define X(id, word, text) USAGE_##id,
    USAGE_KEYS(X)
#undef X
        USAGE_KEY_COUNT
};

/* What is added up: members of each row, with the heads of their columns. */
#define USAGE_SUMS(X)                                                                              \
    X(REQUESTS, "requests", "requests")                                                            \
    X(FALLBACKS, "fallbacks", "fallbacks")                                                         \
    X(PROMPT_TOKENS, "prompt_tokens", "tokens in")                                                 \
    X(COMPLETION_TOKENS, "completion_tokens", "tokens out")                                        \
    X(CACHED_TOKENS, "cached_tokens", "cached")

enum usage_added {
#define X(id, word, head) USAGE_##id,
    USAGE_SUMS(X)
#undef X
        USAGE_SUM_COUNT
};

struct usage_line {
    int64_t time_s;                   /* since 1970 */
    struct text key[USAGE_KEY_COUNT]; /* but for the day; empty = not told */
    int64_t adds[USAGE_SUM_COUNT];    /* tokens that are not told: 0 */
    int64_t ttft_ms;                  /* until the first content; -1 = there was none */
};

/*
 * A line without its end: a JSON object with `time` (RFC 3339; `ts`, as it was called up to 0.1).
 * Its texts are in the line, or with escapes in scratch, and live as long as both stay. 0, -EINVAL
 * and *reterr where it is no such line, or an error of buf.
 */
int usage_line_read(struct text line, struct buf *scratch, struct usage_line *ret,
                    struct error *reterr) __attribute__((warn_unused_result));

#endif
