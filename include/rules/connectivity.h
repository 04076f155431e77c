/*
 * Is the machine online? A finding and how long it stands; the shell does the checking and tells.
 * No request waits for a check. Instants are monotonic ms.
 */
#ifndef UNDERSTUDY_CONNECTIVITY_H
#define UNDERSTUDY_CONNECTIVITY_H

#include <stdbool.h>
#include <stdint.h>

enum connectivity_state { CONNECTIVITY_UNKNOWN, CONNECTIVITY_ONLINE, CONNECTIVITY_OFFLINE };

struct connectivity {
    bool enabled;
    int64_t interval_ms;
    enum connectivity_state state;
    int64_t found_at_ms; /* of the last finding, when state is not UNKNOWN */
    bool checking;       /* a check is under way */
    bool answered;       /* a provider has answered since that check began */
};

void connectivity_init(struct connectivity *c, bool enabled, int64_t interval_ms);

/* May requests skip the providers that are not local? */
bool connectivity_offline(const struct connectivity *c);

/*
 * Should a check be started now? Unknown: yes. Offline: each interval. Online: only when suspect
 * (an attempt just failed in the network) and the finding is older than a second, or
 * when wanted (a request came) and it is older than the interval. Never while one is under way.
 */
bool connectivity_due(const struct connectivity *c, int64_t now_ms, bool suspect);

/* When to look again without any request, or -1: while offline, an interval after the finding. */
int64_t connectivity_next_ms(const struct connectivity *c);

void connectivity_begin(struct connectivity *c);

/*
 * A check ended, or (from_check false) an attempt told. A check that fails although a provider
 * answered while it was under way is wrong about being offline, and changes nothing.
 */
void connectivity_found(struct connectivity *c, bool online, bool from_check, int64_t now_ms);

#endif
