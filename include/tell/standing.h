/*
 * What is going on, in one sentence for a service manager (`systemctl status`):
 *
 *     serving on 127.0.0.1:11411
 *     serving; cloud offline since 14:02, Ollama answers
 *     serving; local on since 14:02, Ollama answers
 *     serving; groq fails since 14:02, mistral has no key left since 14:05, nobody answers
 *     stopping; 2 answers are under way
 */
#ifndef UNDERSTUDY_STANDING_H
#define UNDERSTUDY_STANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "rules/route.h"

/* Longer sentences are cut. */
#define STANDING_MAX 400

/* "14:02" and its NUL. */
#define STANDING_TIME_MAX 6

struct standing_provider {
    const struct config_provider *config; /* borrowed */
    enum route_skip skip;                 /* why it would be passed over now */
    char since[STANDING_TIME_MAX];        /* from when on that has been so */
};

struct standing {
    const char *address; /* the first that is listened on; "" = none */
    bool stopping;
    int64_t inflight;                          /* exchanges */
    const struct standing_provider *providers; /* in the order of the route */
    size_t count;
};

void standing_tell(const struct standing *standing, char ret[STANDING_MAX]);

#endif
