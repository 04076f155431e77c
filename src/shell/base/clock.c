/* Random bytes are drawn 512 at a time: an exchange needs a few, a system call each would show. */
#include "base/clock.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define POOL_BYTES 512

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    int r = clock_gettime(id, &t);
    assert(r == 0);
    (void)r;
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t read_ms(clockid_t id)
{
    return read_us(id) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_slept_ms(void)
{
    int64_t awake_ms = read_ms(CLOCK_MONOTONIC);
    return read_ms(CLOCK_BOOTTIME) - awake_ms;
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

static _Thread_local unsigned char pool[POOL_BYTES];
static _Thread_local size_t pool_left;

static void refill(void)
{
    size_t have = 0;
    while (have < sizeof(pool)) {
        ssize_t n = getrandom(pool + have, sizeof(pool) - have, 0);
        if (n > 0)
            have += (size_t)n;
    }
    pool_left = sizeof(pool);
}

/* Fills bytes from the kernel's generator, through a small buffer of this thread. */
static void clock_random(void *bytes, size_t len)
{
    unsigned char *out = bytes;
    while (len > 0) {
        if (pool_left == 0)
            refill();
        size_t n = len < pool_left ? len : pool_left;
        pool_left -= n;
        memcpy(out, pool + pool_left, n);
        out += n;
        len -= n;
    }
}

double clock_random_unit(void)
{
    uint32_t bits;
    clock_random(&bits, sizeof(bits));
    return bits / 4294967296.0;
}

void clock_random_hex(char *out, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char *drawn =
        (unsigned char *)out + bytes; /* the later half, read before it is written */
    clock_random(drawn, bytes);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = drawn[i];
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    *out = '\0';
}
