/* One row a path, read from the top; the last one takes the rest. */
#include "kind/route_path.h"

#include <stddef.h>

#include "text/count.h"

static const char *const paths[] = {
#define X(id, path) [ROUTE_PATH_##id] = path,
    ROUTE_PATH_TABLE(X)
#undef X
};

_Static_assert(COUNT(paths) == ROUTE_PATH_COUNT, "ROUTE_PATH_COUNT");

enum route_path route_path_of(struct text method, struct text target)
{
    const char *query = target.len ? memchr(target.at, '?', target.len) : NULL;
    struct text path = {target.at, query ? (size_t)(query - target.at) : target.len};
    if (!text_equals(method, "POST"))
        return ROUTE_PATH_OTHER;
    for (int id = 0; id < ROUTE_PATH_OTHER; id++)
        if (text_equals(path, paths[id]))
            return (enum route_path)id;
    return ROUTE_PATH_OTHER;
}

bool route_path_is_of_responses(struct text target)
{
    static const char path[] = "/responses";
    size_t len = sizeof(path) - 1;
    bool begins = target.len >= len && memcmp(target.at, path, len) == 0;
    return begins && (target.len == len || target.at[len] == '?' || target.at[len] == '/');
}

const char *route_path_name(enum route_path path)
{
    return paths[path];
}
