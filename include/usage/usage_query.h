/* What `understudy usage` is asked for, read from its options. */
#ifndef UNDERSTUDY_USAGE_QUERY_H
#define UNDERSTUDY_USAGE_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "text/error.h"
#include "text/text.h"
#include "usage/usage_line.h"

struct usage_query {
    enum usage_key by[USAGE_KEY_COUNT]; /* in this order rows are told apart, sorted and shown */
    size_t by_count;
    int64_t since_s; /* lines from before are left out; since 1970 */
};

/* By all keys, and all lines. */
struct usage_query usage_query_all(void);

/* "client,provider" of --by. 0, or -EINVAL and *reterr. */
int usage_query_by(struct usage_query *query, struct text words, struct error *reterr)
    __attribute__((warn_unused_result));

/* Of --since: a time before now ("7d", "12h", in the units of settings, which must be said), the
 * beginning of a day in UTC ("2026-11-01"), or an instant of RFC 3339. 0, or -EINVAL and *reterr.
 */
int usage_query_since(struct usage_query *query, struct text when, int64_t now_s,
                      struct error *reterr) __attribute__((warn_unused_result));

/* "provider" and what it means, for completion. */
const char *usage_key_word(enum usage_key key);
const char *usage_key_text(enum usage_key key);

#endif
