/*
 * The settings in effect, shared by everything that began under them: an exchange keeps the ones it
 * began with, a reload only changes what new exchanges get. Counted; safe between threads.
 * What begins something of its own borrows where those in effect stand (struct shared_config
 * *const *) and takes a user of what it finds there then.
 */
#ifndef UNDERSTUDY_SHARED_CONFIG_H
#define UNDERSTUDY_SHARED_CONFIG_H

#include <stdatomic.h>

#include "config/config.h"

struct shared_config {
    atomic_int users;
    struct config *config; /* never changes */
};

/* Takes the config over; one user. */
struct shared_config *shared_config_new_take(struct config *config);

struct shared_config *shared_config_ref(struct shared_config *shared);

/* The last user frees. NULL is fine. */
void shared_config_unref(struct shared_config *shared);

#endif
