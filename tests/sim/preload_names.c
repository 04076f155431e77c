/*
 * A name server for one process, loaded into it before the C library (LD_PRELOAD).
 *
 * SIM_NAMES is a file of lines "NAME ADDRESS ADDRESS ...". A name in it resolves to these addresses
 * in that order, to nothing where there is none, or, where it says "hang", to nothing until the
 * file says something else. Other names are looked up as ever. Each look-up of a name in the file
 * adds a line with it to SIM_NAMES.asked before it waits.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_LEN_MAX 256
#define LOOK_NS      2000000L

typedef int lookup_function(const char *, const char *, const struct addrinfo *,
                            struct addrinfo **);

static int libc_lookup(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret_found)
{
    lookup_function *function;
    *(void **)&function = dlsym(RTLD_NEXT, "getaddrinfo"); /* as POSIX shows it */
    return function(name, service, hints, ret_found);
}

/* Sets line to the rest of the file's line about the name. */
static bool find(const char *file, const char *name, char line[LINE_LEN_MAX])
{
    FILE *names = fopen(file, "re");
    size_t len = strlen(name);
    bool found = false;
    while (names && !found && fgets(line, LINE_LEN_MAX, names))
        found = strncmp(line, name, len) == 0 && strchr(" \n", line[len]) != NULL;
    if (names)
        (void)fclose(names);
    if (found)
        memmove(line, line + len, strlen(line + len) + 1);
    return found;
}

static void note(const char *file, const char *name)
{
    char text[2 * LINE_LEN_MAX];
    (void)snprintf(text, sizeof(text), "%s.asked", file);
    int fd = open(text, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int len = snprintf(text, sizeof(text), "%s\n", name);
    (void)!write(fd, text, (size_t)len);
    close(fd);
}

static int resolve(char *addresses, const char *service, const struct addrinfo *hints,
                   struct addrinfo **ret_found)
{
    struct addrinfo numeric = {0}, **end = ret_found;
    char *rest;
    if (hints)
        numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    *ret_found = NULL;
    for (char *one = strtok_r(addresses, " \n", &rest); one; one = strtok_r(NULL, " \n", &rest)) {
        if (libc_lookup(one, service, &numeric, end) != 0)
            continue;
        while (*end)
            end = &(*end)->ai_next;
    }
    return *ret_found ? 0 : EAI_NONAME;
}

lookup_function sim_getaddrinfo __asm__("getaddrinfo");

int sim_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                    struct addrinfo **ret_found)
{
    const struct timespec look = {.tv_nsec = LOOK_NS};
    const char *file = getenv("SIM_NAMES");
    char line[LINE_LEN_MAX];
    if (!file || !name || !find(file, name, line))
        return libc_lookup(name, service, hints, ret_found);
    note(file, name);
    while (find(file, name, line) && strcmp(line, " hang\n") == 0)
        (void)nanosleep(&look, NULL);
    return resolve(line, service, hints, ret_found);
}
