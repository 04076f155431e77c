/* What is logged, for a test to look at. A program includes it once. */
#ifndef UNDERSTUDY_TESTS_PRETEND_LOG_H
#define UNDERSTUDY_TESTS_PRETEND_LOG_H

#include <stdio.h>
#include <string.h>

#include "../stderr_read.h"
#include "record/log.h"

static char log_text[1 << 16];

static void log_begin(void)
{
    redirect(false);
    log_text[0] = '\0';
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
}

/* All lines since log_begin. */
static const char *logged(void)
{
    const char *more = written();
    size_t len = strlen(log_text), add = strnlen(more, sizeof(log_text) - 1 - len);
    memcpy(log_text + len, more, add);
    log_text[len + add] = '\0';
    return log_text;
}

/* The first line of that event, without its end; "" when there is none. */
static const char *logged_event(const char *event)
{
    static char line[4096];
    char want[64];
    (void)snprintf(want, sizeof(want), " event=%s ", event);
    for (const char *at = logged(); *at; at += strcspn(at, "\n") + 1) {
        (void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
        if (strstr(line, want))
            return line;
    }
    return "";
}

#define ck_assert_logged(event, part)                                                              \
    ck_assert_msg(strstr(logged_event(event), part) != NULL, "no \"%s\" in: %s", part,             \
                  logged_event(event))

#endif
