/* The kernel shows the places in which it put them, whatever stands there by now: proc(5). */
#include "machine/startup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "http/headers.h"
#include "settings/secret.h"
#include "text/string_list.h"

static struct strings moved;

static char *keep(const char *string)
{
    alloc_must(string_list_add(&moved, text_of(string)));
    return moved.at[moved.count - 1];
}

void startup_hide_environment(void)
{
    char **to = environ;
    /* The array itself is nobody's secret, and stays where it is. */
    for (; to && *to; to++) {
        char *value = strchr(*to, '=');
        char *copy = keep(*to);
        if (value)
            explicit_bzero(value + 1, strlen(value + 1));
        *to = copy;
    }
}

/* A proxy's address may hold user:password@. */
static bool is_secret(struct text name, struct text value)
{
    bool holds = header_is_secret(name) && !secret_is_reference(value);
    return holds || (value.len > 0 && memchr(value.at, '@', value.len));
}

void startup_hide_arguments(char **argv)
{
    for (; *argv; argv++) {
        char *value = strchr(*argv, '=');
        if (!value || !is_secret(text_make(*argv, (size_t)(value - *argv)), text_of(value + 1)))
            continue;
        *argv = keep(*argv);
        memset(value + 1, '*', strlen(value + 1));
    }
}

void startup_done(void)
{
    if (environ)
        *environ = NULL;
    for (size_t i = 0; i < moved.count; i++)
        explicit_bzero(moved.at[i], strlen(moved.at[i]));
}
