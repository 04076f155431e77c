/*
 * In place of the shell's fetch.c, for what asks providers beside the exchanges: questions that
 * wait for the test to answer them. Included once in a test.
 */
#ifndef UNDERSTUDY_PRETEND_FETCH_H
#define UNDERSTUDY_PRETEND_FETCH_H

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "call/fetch.h"
#include "call/upstream.h"
#include "unit.h"

struct fetch {
    struct fetch *next;
    struct fetch_plan plan;
    char *path;
    char *body; /* "" = none */
    int status; /* of the answer; -1 = none came yet */
    struct buf answer;
};

static struct loop loop;      /* the test's */
static struct fetch *fetches; /* those that were not freed, the latest first */
static int fetch_count;       /* ever started */

struct loop *upstream_loop(const struct upstream *upstream)
{
    (void)upstream;
    return &loop;
}

struct fetch *fetch_start(const struct fetch_plan *plan)
{
    struct fetch *fetch = xcalloc(1, sizeof(*fetch));
    fetch->plan = *plan;
    fetch->path = xstrdup(plan->path);
    fetch->body = xstrdup(plan->body ? plan->body : "");
    fetch->status = -1;
    buf_init(&fetch->answer, 1 << 20);
    fetch->next = fetches;
    fetch_count++;
    return fetches = fetch;
}

void fetch_free(struct fetch *fetch)
{
    struct fetch **at = &fetches;
    if (!fetch)
        return;
    while (*at != fetch)
        at = &(*at)->next;
    *at = fetch->next;
    free(fetch->path);
    free(fetch->body);
    buf_done(&fetch->answer);
    free(fetch);
}

int fetch_status(const struct fetch *fetch)
{
    return fetch->status > 0 ? fetch->status : 0;
}

enum transport fetch_transport(const struct fetch *fetch)
{
    return fetch->status > 0 ? TRANSPORT_OK : TRANSPORT_CONNECT;
}

struct text fetch_body(const struct fetch *fetch)
{
    return buf_text(&fetch->answer);
}

const char *fetch_detail(const struct fetch *fetch)
{
    (void)fetch;
    return "";
}

/* The question that waits for an answer, of that provider or (NULL) of any; "" = there is none. */
static inline const char *fetch_asked(const char *provider)
{
    static char text[512];
    text[0] = '\0';
    for (const struct fetch *fetch = fetches; fetch; fetch = fetch->next)
        if (fetch->status < 0 && (!provider || strcmp(fetch->plan.provider->name, provider) == 0))
            (void)snprintf(text, sizeof(text), "%s%s%s", fetch->path, fetch->body[0] ? " " : "",
                           fetch->body);
    return text;
}

/* The oldest question that waits is answered; status 0: it is not. */
static inline void fetch_answered(const char *provider, int status, const char *body)
{
    struct fetch *oldest = NULL;
    for (struct fetch *fetch = fetches; fetch; fetch = fetch->next)
        if (fetch->status < 0 && (!provider || strcmp(fetch->plan.provider->name, provider) == 0))
            oldest = fetch;
    ck_assert_ptr_nonnull(oldest);
    oldest->status = status;
    ck_assert_int_eq(buf_append_string(&oldest->answer, body), 0);
    oldest->plan.done(oldest->plan.arg);
}

#endif
