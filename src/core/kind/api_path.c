/* One row a path, read from the top; the last one takes the rest. */
#include "kind/api_path.h"

#include <stddef.h>

#include "text/count.h"

static const char *const paths[] = {
#define X(id, path, kind) [API_PATH_##id] = (path),
    API_PATH_TABLE(X)
#undef X
};

_Static_assert(COUNT(paths) == API_PATH_COUNT, "API_PATH_COUNT");

enum api_path api_path_of(struct text method, struct text target)
{
    const char *query = target.len ? memchr(target.at, '?', target.len) : NULL;
    struct text path = {target.at, query ? (size_t)(query - target.at) : target.len};
    for (int id = 0; text_equals(method, "POST") && id < API_PATH_OLLAMA; id++)
        if (text_equals(path, paths[id]))
            return (enum api_path)id;
    return text_starts(path, paths[API_PATH_OLLAMA]) ? API_PATH_OLLAMA : API_PATH_OTHER;
}

bool api_path_is_of_responses(struct text target)
{
    static const char path[] = "/responses";
    size_t len = sizeof(path) - 1;
    bool begins = target.len >= len && memcmp(target.at, path, len) == 0;
    return begins && (target.len == len || target.at[len] == '?' || target.at[len] == '/');
}

const char *api_path_name(enum api_path path)
{
    return paths[path];
}
