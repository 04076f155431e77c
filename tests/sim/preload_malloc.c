/*
 * Memory that is out once, or from one moment on, for one process (LD_PRELOAD). The file SIM_MALLOC
 * holds three numbers of eight bytes: which call fails (0: none), how many after it fail too, and
 * how many there were, which is counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FAIL_AT, FAIL_MORE, COUNT, NUMBERS };

static int64_t *shared;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

__attribute__((constructor)) static void set_up(void)
{
    const char *file = getenv("SIM_MALLOC");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = mmap(NULL, NUMBERS * sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    shared = at == MAP_FAILED ? NULL : at;
    close(fd);
}

static int fails(void)
{
    if (!shared)
        return 0;
    int64_t n = __atomic_add_fetch(&shared[COUNT], 1, __ATOMIC_RELAXED);
    int64_t first = shared[FAIL_AT];
    if (first == 0 || n < first || n > first + shared[FAIL_MORE])
        return 0;
    errno = ENOMEM;
    return 1;
}

void *sim_malloc(size_t size) __asm__("malloc");
void *sim_calloc(size_t count, size_t size) __asm__("calloc");
void *sim_realloc(void *memory, size_t size) __asm__("realloc");

void *sim_malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *sim_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *sim_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
