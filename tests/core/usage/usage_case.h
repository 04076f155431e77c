/* Lines of a usage file, and sums, in a few words. */
#ifndef UNDERSTUDY_USAGE_CASE_H
#define UNDERSTUDY_USAGE_CASE_H

#include "unit.h"
#include "usage/usage_sum.h"

#define USAGE_DAY_S INT64_C(86400)

/* Of that day since 1970, with 10 + 3 tokens, of which 2 were cached. */
static inline struct usage_line usage_case_line(int64_t day, const char *provider,
                                                const char *model, const char *client)
{
    return (struct usage_line){.time_s = day * USAGE_DAY_S + 5,
                               .key = {[USAGE_PROVIDER] = text_of(provider),
                                       [USAGE_MODEL] = text_of(model),
                                       [USAGE_CLIENT] = text_of(client)},
                               .adds = {1, 0, 10, 3, 2},
                               .ttft_ms = 100};
}

static inline void usage_case_add(struct usage_sum *sum, const struct usage_line *line)
{
    ck_assert_int_eq(usage_sum_add(sum, line), 0);
}

#endif
