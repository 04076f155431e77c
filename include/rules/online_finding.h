/*
 * Is the machine online? A finding and how long it stands; the shell does the checking and tells.
 * No request waits for a check. Instants are monotonic ms.
 */
#ifndef UNDERSTUDY_ONLINE_FINDING_H
#define UNDERSTUDY_ONLINE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "text/text.h"

enum online_state { ONLINE_UNKNOWN, ONLINE_YES, ONLINE_NO };

struct online_finding {
    bool enabled;
    int64_t interval_ms;
    enum online_state state;
    int64_t found_at_ms; /* of the last finding, when state is not UNKNOWN */
    bool checking;       /* a check is under way */
    bool answered;       /* a provider has answered since that check began */
};

void online_finding_init(struct online_finding *c, bool enabled, int64_t interval_ms);

/* May requests skip the providers that are not local? */
bool online_finding_offline(const struct online_finding *c);

/*
 * Should a check be started now? Unknown: yes. Offline: each interval. Online: only when suspect
 * (an attempt just failed in the network) and the finding is older than a second, or
 * when wanted (a request came) and it is older than the interval. Never while one is under way.
 */
bool online_finding_due(const struct online_finding *c, int64_t now_ms, bool suspect);

/* When to look again without any request, or -1: while offline, an interval after the finding. */
int64_t online_finding_next_ms(const struct online_finding *c);

void online_finding_begin(struct online_finding *c);

/* What a finding has changed. */
struct online_change {
    bool turned;  /* from offline to not, or the other way: to be told */
    bool offline; /* now */
    int64_t next_ms;
};

/*
 * A check ended, or (from_check false) an attempt told. A check that fails although a provider
 * answered while it was under way is wrong about being offline, and changes nothing.
 */
struct online_change online_finding_found(struct online_finding *c, bool online, bool from_check,
                                          int64_t now_ms);

/* Where a check asks, and by whose way (proxy, certificates). */
struct online_place {
    struct text url;                   /* of the settings */
    const struct config_provider *way; /* NULL = straight */
};

/*
 * The nth place of a check, from 0; false = there are no more, and the machine is offline when none
 * has answered. First check_url, by the way of the first provider of the route that is not local: a
 * check past its proxy would tell of another network. Where check_url was not set it is the host of
 * that provider, which may be down alone: then the hosts of the other clouds of the route follow.
 */
bool online_check_place(const struct config *config, size_t n, struct online_place *ret);

/*
 * What a check that has ended tells: any HTTP answer means online, even an error. So does a proxy
 * that refuses: it has answered, and is told as what it is when a request meets it. 0 = none.
 */
bool online_check_answered(int proxy_status, int status);

#endif
