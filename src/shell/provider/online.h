/*
 * The finding (core online_finding.h) and its checks. It is one for the whole process;
 * each worker has what it needs to check, and the one that notices first does.
 */
#ifndef UNDERSTUDY_ONLINE_H
#define UNDERSTUDY_ONLINE_H

#include <stdbool.h>

struct config;
struct online;
struct shared_config;
struct upstream;

/* Before the workers are made or get these settings: nothing is known any more. */
void online_setup(const struct config *config);

/* now: where the settings in effect stand (shared_config.h). went_offline: found out here;
 * others who make exchanges are to be told, too. */
struct online *online_new(struct upstream *upstream, struct shared_config *const *now,
                          void (*went_offline)(void *arg), void *arg);
void online_free(struct online *online);

/* After the settings changed. */
void online_configure(struct online *online);

/* The machine may be in another network by now: nothing is known, and it is looked at once. */
void online_forget(struct online *online);

/* Is the machine known to be offline? A request comes: an old finding is renewed in the background.
 */
bool online_is_offline(struct online *online);

/* A provider out there has answered, or could not be reached. */
void online_answered(struct online *online);
void online_suspect(struct online *online);

#endif
