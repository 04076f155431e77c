/* An instant as people and APIs write it: "2026-11-28T20:41:00Z" (RFC 3339). */
#ifndef UNDERSTUDY_UTC_H
#define UNDERSTUDY_UTC_H

#include <stdint.h>

/* With the NUL. */
#define UTC_SIZE 21

/* Seconds since 1970 UTC. What is before 1970 or beyond the year 9999 is written as 1970. */
void utc_write(int64_t seconds, char ret[UTC_SIZE]);

/* The same from milliseconds, and with them: "2026-11-28T20:41:00.123Z". */
#define UTC_MS_SIZE 25
void utc_write_ms(int64_t ms, char ret[UTC_MS_SIZE]);

#endif
