/*
 * The settings in effect, shared by everything that began under them: an exchange keeps the ones it
 * began with, a reload only changes what new exchanges get. Counted; safe between threads.
 * What begins something of its own borrows where those in effect stand (struct settings *const *)
 * and takes a user of what it finds there then.
 */
#ifndef UNDERSTUDY_SETTINGS_H
#define UNDERSTUDY_SETTINGS_H

#include <stdatomic.h>

#include "settings/config.h"

struct settings {
    atomic_int users;
    struct config *config; /* never changes */
};

/* Takes the config over; one user. */
struct settings *settings_new_take(struct config *config);

struct settings *settings_ref(struct settings *settings);

/* The last user frees. NULL is fine. */
void settings_unref(struct settings *settings);

#endif
