/* A history as the tests write it: who, how it ended, what was said. */
#ifndef UNDERSTUDY_HISTORY_CASE_H
#define UNDERSTUDY_HISTORY_CASE_H

#include "config_case.h"
#include "rules/history.h"

#define HISTORY_ROWS_MAX 6

/* name NULL ends the list. */
struct history_row {
    const char *name;
    enum failure failure;
    int64_t wait_ms; /* 0 = none */
    enum route_skip skip;
    int status;
    const char *model;
    const char *message;
    size_t key;
};

static const char history_settings[] =
    "[provider one]\ntype = openai\nbase_url = http://127.0.0.1:1\napi_key = k\n"
    "[provider two]\ntype = openai\nbase_url = http://127.0.0.1:2\napi_key = k\n";

static inline void history_case_read(const struct config_case *loaded,
                                     const struct history_row *rows, struct history *ret)
{
    *ret = (struct history){0};
    for (size_t i = 0; i < HISTORY_ROWS_MAX && rows[i].name; i++) {
        const struct history_entry entry = {.provider = config_case_provider(loaded, rows[i].name),
                                            .model = (char *)(uintptr_t)rows[i].model,
                                            .key = rows[i].key,
                                            .status = rows[i].status,
                                            .failure = rows[i].failure,
                                            .skip = rows[i].skip,
                                            .ms = 7,
                                            .wait_ms = rows[i].wait_ms ? rows[i].wait_ms : -1,
                                            .message = (char *)(uintptr_t)rows[i].message};
        ck_assert_int_eq(history_add(ret, &entry), 0);
    }
}

#endif
