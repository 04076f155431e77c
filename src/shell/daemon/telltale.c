/*
 * Whoever changes something rings (notice.h); what time alone brings, a key that may be used again
 * or an answer that has ended while all others wait for it, is looked for by a timer.
 */
#include "daemon/telltale.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bell.h"
#include "base/clock.h"
#include "base/notice.h"
#include "base/owner.h"
#include "machine/notify.h"
#include "provider/health.h"
#include "provider/local_switch.h"
#include "record/metrics.h"

/* Between two sentences. */
#define PAUSE_MS 1000

/* Why it would be passed over, as for a request of an app that has no key of its own. */
static enum route_skip skip_of(const struct config_provider *provider, int64_t now_ms)
{
    bool offline = metrics_value(METRIC_ONLINE, NULL) == 0;
    enum route_skip skip =
        route_skip_of(provider, route_takes_credential(provider, NULL), local_switch_far(offline));
    if (skip != ROUTE_SKIP_NONE)
        return skip;
    skip = health_skip(provider, now_ms);
    /* Between two probes of a provider that fails it is not well. */
    bool fails = health_state(provider, now_ms).breaker != BREAKER_CLOSED;
    return skip == ROUTE_SKIP_NONE && fails ? ROUTE_SKIP_BREAKER : skip;
}

/* The hour and minute here, as people's clocks and the journal have it. */
static void write_time(char ret[STANDING_TIME_MAX])
{
    time_t now_s = (time_t)(clock_wall_ms() / 1000);
    struct tm parts;
    if (!localtime_r(&now_s, &parts) || strftime(ret, STANDING_TIME_MAX, "%H:%M", &parts) == 0)
        ret[0] = '\0';
}

static void forget(struct telltale *telltale)
{
    for (size_t i = 0; i < telltale->seen_count; i++)
        free(telltale->names[i]);
    free(telltale->names);
    free(telltale->seen);
    telltale->names = NULL;
    telltale->seen = NULL;
    telltale->seen_count = 0;
}

/* The time stays that of the first look at which it was so. */
static void see(const struct telltale *before, const char *name, struct standing_provider *ret)
{
    for (size_t i = 0; i < before->seen_count; i++) {
        if (strcmp(before->names[i], name) == 0 && before->seen[i].skip == ret->skip) {
            memcpy(ret->since, before->seen[i].since, STANDING_TIME_MAX);
            return;
        }
    }
    write_time(ret->since);
}

/* Looks at each provider of the route. The time until one that has no key left has one again. */
static int64_t look_around(struct telltale *telltale, const struct config *config, int64_t now_ms)
{
    size_t count = config->route.priority.count;
    struct telltale before = *telltale;
    int64_t next_ms = INT64_MAX;
    telltale->seen = xcalloc(count + 1, sizeof(*telltale->seen));
    telltale->names = xcalloc(count + 1, sizeof(*telltale->names));
    telltale->seen_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (!provider)
            continue;
        struct standing_provider *p = &telltale->seen[telltale->seen_count];
        *p = (struct standing_provider){.config = provider, .skip = skip_of(provider, now_ms)};
        see(&before, provider->name, p);
        telltale->names[telltale->seen_count++] = xstrdup(provider->name);
        int64_t back_ms = health_keys_back_in_ms(provider, now_ms);
        if (p->skip == ROUTE_SKIP_KEYS && back_ms < next_ms)
            next_ms = back_ms;
    }
    forget(&before);
    return next_ms;
}

static void tell(struct telltale *telltale)
{
    int64_t now_ms = loop_now_ms(telltale->loop);
    char sentence[STANDING_MAX];
    int64_t next_ms = look_around(telltale, (*telltale->shared)->config, now_ms);
    const struct standing standing = {.address = telltale->address,
                                      .stopping = telltale->stopping,
                                      .inflight = metrics_value(METRIC_INFLIGHT, NULL),
                                      .providers = telltale->seen,
                                      .count = telltale->seen_count};
    standing_tell(&standing, sentence);
    if (strcmp(sentence, telltale->told) != 0) {
        memcpy(telltale->told, sentence, sizeof(sentence));
        telltale->told_at_ms = now_ms;
        notify_status("%s", sentence);
    }
    if (telltale->stopping || next_ms < PAUSE_MS)
        next_ms = PAUSE_MS;
    if (next_ms != INT64_MAX)
        loop_timer_set(telltale->loop, &telltale->again, now_ms + next_ms);
}

void telltale_look(struct telltale *telltale)
{
    if (telltale->bell.fd < 0)
        return;
    int64_t free_at_ms = telltale->told_at_ms + PAUSE_MS;
    if (telltale->told[0] && loop_now_ms(telltale->loop) < free_at_ms)
        loop_timer_set(telltale->loop, &telltale->again, free_at_ms);
    else
        tell(telltale);
}

static void on_again(struct loop_timer *timer)
{
    telltale_look(OWNER(timer, struct telltale, again));
}

static void on_bell(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    bell_hush(watch->fd);
    telltale_look(OWNER(watch, struct telltale, bell));
}

int telltale_init(struct telltale *telltale, struct loop *loop, struct shared_config *const *shared,
                  const char *address)
{
    *telltale = (struct telltale){.loop = loop, .shared = shared, .address = address};
    telltale->bell = (struct loop_watch){.fd = -1, .ready = on_bell};
    telltale->again.due = on_again;
    int r = bell_hang(loop, &telltale->bell);
    if (r < 0)
        return r;
    notice_to(telltale->bell.fd);
    tell(telltale);
    return 0;
}

void telltale_done(struct telltale *telltale)
{
    forget(telltale);
    if (!telltale->loop || telltale->bell.fd < 0)
        return;
    notice_to(-1);
    close(telltale->bell.fd);
}
