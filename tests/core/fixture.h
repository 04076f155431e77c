/* Recorded answers in tests/fixtures; the tests are started from the top of the project. */
#ifndef UNDERSTUDY_FIXTURE_H
#define UNDERSTUDY_FIXTURE_H

#include <stdio.h>

#include <check.h>

#include "text/buf.h"

#define FIXTURES    "tests/fixtures/"
#define FIXTURE_MAX (1u << 20)

static inline struct buf fixture_read(const char *name)
{
    char path[256], block[4096];
    struct buf content;
    size_t n;
    (void)snprintf(path, sizeof(path), FIXTURES "%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    buf_init(&content, FIXTURE_MAX);
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        ck_assert_int_eq(buf_append(&content, block, n), 0);
    fclose(file);
    return content;
}

#endif
