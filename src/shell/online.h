/* Connectivity (core connectivity.h) with its checks, for one worker. */
#ifndef UNDERSTUDY_ONLINE_H
#define UNDERSTUDY_ONLINE_H

#include <stdbool.h>

struct online;
struct worker;

struct online *online_new(struct worker *worker);
void online_free(struct online *online);

/* After the settings changed. */
void online_configure(struct online *online);

/* Is the machine known to be offline? A request comes: an old finding is renewed in the background.
 */
bool online_is_offline(struct online *online);

/* A provider out there has answered, or could not be reached. */
void online_answered(struct online *online);
void online_suspect(struct online *online);

#endif
