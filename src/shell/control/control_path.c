/* See control_path.h. */
#include "control/control_path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "text/count.h"

/* systemd names several with colons between them: the first is ours. */
static char *in_runtime_directory(void)
{
    const char *directory = getenv("RUNTIME_DIRECTORY");
    if (!directory || directory[0] != '/')
        return NULL;
    return xasprintf("%.*s/control", (int)strcspn(directory, ":"), directory);
}

static char *folder_of_user(void)
{
    const char *directory = getenv("XDG_RUNTIME_DIR");
    return directory && directory[0] == '/' ? xasprintf("%s/understudy", directory) : NULL;
}

static char *in_folder_of_user(void)
{
    char *folder = folder_of_user();
    char *path = folder ? xasprintf("%s/control", folder) : NULL;
    free(folder);
    return path;
}

char *control_path_to_serve(void)
{
    char *path = in_runtime_directory();
    if (path)
        return path;
    char *folder = folder_of_user();
    if (folder)
        (void)mkdir(folder, S_IRWXU); /* that it cannot be made shows when the socket is */
    free(folder);
    return in_folder_of_user();
}

static char *of_the_system(void)
{
    return xstrdup("/run/understudy/control");
}

char *control_path_to_ask(size_t n)
{
    char *(*const places[])(void) = {in_runtime_directory, in_folder_of_user, of_the_system};
    for (size_t i = 0; i < COUNT(places); i++) {
        char *path = places[i]();
        if (path && n-- == 0)
            return path;
        free(path);
    }
    return NULL;
}
