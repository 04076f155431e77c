/* A small request to a provider beside the exchanges: GET or POST, JSON back, bounded in time and
 * size. It has a connection of its own: its time is short, and one that was kept may be dead. */
#ifndef UNDERSTUDY_FETCH_H
#define UNDERSTUDY_FETCH_H

#include <stdint.h>

#include "config/config.h"
#include "failure/failure.h"
#include "text/buf.h"
#include "text/text.h"

struct fetch;
struct upstream;

struct fetch_plan {
    struct upstream *upstream;
    const struct config_provider *provider; /* borrowed until the fetch is freed */
    size_t key;                    /* which of the provider's it is asked with; 0 = the first */
    const char *path;              /* behind base_url */
    const char *body;              /* JSON for a POST; NULL = GET */
    const struct buf *app_headers; /* the app's that may travel; NULL = none */
    bool foreign, credential;      /* with app_headers: see forward.h */
    int64_t limit_ms;
    /* Called once, from the loop; the fetch may be freed in it. */
    void (*done)(void *arg);
    void *arg;
};

struct fetch *fetch_start(const struct fetch_plan *plan);

/* Off the wire if it is still under way. NULL is fine. */
void fetch_free(struct fetch *fetch);

/* After done: 0 when no answer came. */
int fetch_status(const struct fetch *fetch);
enum transport fetch_transport(const struct fetch *fetch);
/* Of a status that is no success without the provider's secrets (mask.h). */
struct text fetch_body(const struct fetch *fetch);

/* The Date of the answer, in seconds since 1970; 0 = it has none. */
int64_t fetch_date_s(const struct fetch *fetch);

/* What libcurl says about a failure, "" if nothing. Until the fetch is freed. */
const char *fetch_detail(const struct fetch *fetch);

#endif
