/*
 * No library ends the process when memory is out: all return NULL, in so many places that nobody
 * has looked at all of them. So they never get to see it for what is small.
 */
#include "machine/memory.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/alloc.h"

/*
 * OpenSSL has a piece of such a size for each record that it reads or writes, and gives it back at
 * once, as libcurl has told it to (SSL_MODE_RELEASE_BUFFERS): a thread keeps a few for the next
 * ones, which costs less than to wipe all of it and to have it anew.
 */
#define RECORD_MIN   ((size_t)16 << 10)
#define RECORD_MAX   ((size_t)20 << 10)
#define RECORDS_KEPT 4

static _Thread_local struct {
    void *at[RECORDS_KEPT];
    size_t count;
    size_t lent; /* to OpenSSL now */
    bool stale;  /* one of these may hold what is forgotten: none is kept until all are back */
} records;
static pthread_key_t thread_ends; /* its value: the thread has kept some */

/* From here on it is a body or an answer, whose size is a peer's doing. */
#define LARGE (1u << 20)

static void *checked(void *memory, size_t size)
{
    if (!memory && size > 0 && size < LARGE)
        alloc_failed();
    return memory;
}

static void *get(size_t size)
{
    return checked(malloc(size ? size : 1), size);
}

static void *get_zeroed(size_t count, size_t size)
{
    return checked(calloc(count, size), count > LARGE ? LARGE : count * size);
}

static char *copy(const char *text)
{
    return checked(strdup(text), strlen(text) + 1);
}

static void wipe_and_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* As realloc, which would leave the old bytes where they were. */
static void *resize(void *memory, size_t size)
{
    size_t had = memory ? malloc_usable_size(memory) : 0;
    if (memory && size > 0 && size <= had)
        return memory;
    void *moved = get(size);
    if (!moved)
        return NULL;
    if (memory)
        memcpy(moved, memory, had < size ? had : size);
    wipe_and_free(memory);
    return moved;
}

static bool is_record(void *memory)
{
    size_t size = memory ? malloc_usable_size(memory) : 0;
    return size >= RECORD_MIN && size < RECORD_MAX;
}

static void *get_for_tls(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    bool fits = size >= RECORD_MIN && records.count > 0 &&
                size <= malloc_usable_size(records.at[records.count - 1]);
    void *memory = fits ? records.at[--records.count] : get(size);
    records.lent += is_record(memory);
    return memory;
}

static void *resize_for_tls(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size > 0)
        return resize(memory, size);
    wipe_and_free(memory);
    return NULL;
}

static void free_for_tls(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    bool record = is_record(memory);
    records.lent -= record && records.lent > 0; /* another thread may have had it */
    bool kept = record && !records.stale && records.count < RECORDS_KEPT &&
                pthread_setspecific(thread_ends, &records) == 0;
    if (kept)
        records.at[records.count++] = memory;
    else
        wipe_and_free(memory);
    records.stale = records.stale && records.lent > 0;
}

void memory_forget(void)
{
    while (records.count > 0)
        wipe_and_free(records.at[--records.count]);
    records.stale = records.lent > 0;
}

static void on_thread_end(void *value)
{
    (void)value;
    memory_forget();
}

/*
 * OpenSSL is libcurl's and not linked to by us; what it has decrypted stands in its buffers. Where
 * libcurl has another library for TLS there is no such function. CRYPTO_set_mem_functions(3).
 */
static void set_up_tls(void)
{
    int (*set)(void *(*)(size_t, const char *, int), void *(*)(void *, size_t, const char *, int),
               void (*)(void *, const char *, int));
    *(void **)&set = dlsym(RTLD_DEFAULT, "CRYPTO_set_mem_functions"); /* as POSIX shows it */
    if (set && pthread_key_create(&thread_ends, on_thread_end) == 0)
        (void)set(get_for_tls, resize_for_tls, free_for_tls);
}

void memory_set_up(void)
{
    set_up_tls();
    (void)curl_global_init_mem(CURL_GLOBAL_DEFAULT, get, wipe_and_free, resize, copy, get_zeroed);
    json_set_alloc_funcs(get, wipe_and_free);
    json_object_seed(0);
}
