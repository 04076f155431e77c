/* The struct that a member is embedded in, from the member's address: what a callback of the loop
 * is given is a part of what it is about. */
#ifndef UNDERSTUDY_OWNER_H
#define UNDERSTUDY_OWNER_H

#include <stddef.h>

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
