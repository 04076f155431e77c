/* Time and chance: the only caller of clock_gettime and getrandom. */
#ifndef UNDERSTUDY_CLOCK_H
#define UNDERSTUDY_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic milliseconds. The loop reads it once a turn; use loop_now_ms there. */
int64_t clock_monotonic_ms(void);

/* The same clock in microseconds. */
int64_t clock_monotonic_us(void);

/* How long the machine has slept since its start: time that the monotonic clock does not count. */
int64_t clock_slept_ms(void);

/* Wall clock, milliseconds since 1970 UTC. May jump; only for dates that people or peers see. */
int64_t clock_wall_ms(void);

/* 0 <= x < 1, of the kernel's generator, as what follows. */
double clock_random_unit(void);

/* Writes 2 * bytes lower-case hex digits and a NUL; out holds 2 * bytes + 1. */
void clock_random_hex(char *out, size_t bytes);

#endif
