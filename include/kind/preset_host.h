/*
 * What the server at an address is known for, whatever its provider is called: what the preset of
 * the provider's name says, where that is of its kind, else the one of its kind whose host the
 * address has.
 */
#ifndef UNDERSTUDY_PRESET_HOST_H
#define UNDERSTUDY_PRESET_HOST_H

#include <stdbool.h>

#include "kind/preset.h"

/* Of a provider: named is the preset of its name, NULL = none. */
struct preset_host {
    const struct preset *named;
    const struct kind *kind;
    const char *base_url; /* what is no address is nobody's */
};

/* The preset that it is, as wanted; NULL = none. */
const struct preset *preset_host_find(const struct preset_host *host,
                                      bool (*wanted)(const struct preset *preset));

/* Which ids of tool calls it does not refuse. */
enum preset_ids preset_host_ids(const struct preset_host *host);

/* Does it refuse a tool call without its signature? */
bool preset_host_signs_calls(const struct preset_host *host);

#endif
