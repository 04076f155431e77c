/* Which endpoint a path is and which methods it takes: one table, read from the top. */
#include "guard_rule.h"

#define READ_ONLY  "GET, HEAD"
#define EVERYTHING "GET, HEAD, POST, PUT, PATCH, DELETE"

static const struct entry {
    const char *path;
    bool below; /* path is the beginning, and at least one more byte follows */
    enum guard_endpoint endpoint;
    const char *allow;
} entries[] = {
    {"/v1/chat/completions", false, ENDPOINT_CHAT, "POST"},
    {"/v1/completions", false, ENDPOINT_PASS, "POST"},
    {"/v1/responses", false, ENDPOINT_PASS, "POST"},
    {"/v1/embeddings", false, ENDPOINT_PASS, "POST"},
    {"/v1/models", false, ENDPOINT_MODELS, READ_ONLY},
    {"/v1/models/", true, ENDPOINT_MODELS, READ_ONLY},
    {"/healthz", false, ENDPOINT_HEALTHZ, READ_ONLY},
    {"/readyz", false, ENDPOINT_READYZ, READ_ONLY},
    {"/metrics", false, ENDPOINT_METRICS, READ_ONLY},
    {"/status", false, ENDPOINT_STATUS, READ_ONLY},
    {"/status.json", false, ENDPOINT_STATUS_JSON, READ_ONLY},
    {"/v1/", true, ENDPOINT_PASS, EVERYTHING},
};

static bool matches(const struct entry *entry, struct text path)
{
    size_t len = strlen(entry->path);
    if (!entry->below)
        return text_equals(path, entry->path);
    return path.len > len && memcmp(path.at, entry->path, len) == 0;
}

static const struct entry *find_entry(struct text path)
{
    /* The collection with a slash behind it: neither the list nor one of its members. */
    if (text_equals(path, "/v1/models/"))
        return NULL;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        if (matches(&entries[i], path))
            return &entries[i];
    return NULL;
}

bool guard_endpoint_is_probe(enum guard_endpoint endpoint)
{
    return endpoint == ENDPOINT_HEALTHZ || endpoint == ENDPOINT_READYZ;
}

bool guard_is_probe(struct text path)
{
    const struct entry *entry = find_entry(path);
    return entry && guard_endpoint_is_probe(entry->endpoint);
}

/* Is method one of a list such as "GET, HEAD"? */
static bool is_in_list(struct text method, const char *list)
{
    for (struct text left = text_of(list); left.len > 0;) {
        const char *comma = memchr(left.at, ',', left.len);
        size_t len = comma ? (size_t)(comma - left.at) : left.len;
        if (len == method.len && memcmp(left.at, method.at, len) == 0)
            return true;
        left = text_skip(left, len + 2);
    }
    return false;
}

bool guard_rule_endpoint(const struct guard_request *request, struct guard_verdict *ret)
{
    const struct entry *entry = find_entry(ret->path);
    if (!entry)
        return guard_refuse(ret, 404, "unknown_url",
                            "unknown path %.*s: OpenAI's paths are served below /v1/, as in "
                            "/v1/chat/completions",
                            GUARD_SHOWN(ret->path));
    ret->allow = entry->allow;
    ret->endpoint = entry->endpoint;
    if (text_equals(request->method, "OPTIONS")) {
        ret->endpoint = ret->origin.at ? ENDPOINT_PREFLIGHT : ENDPOINT_OPTIONS;
        return true;
    }
    if (!is_in_list(request->method, entry->allow))
        return guard_refuse(ret, 405, "method_not_supported", "%.*s does not take %.*s: use %s",
                            GUARD_SHOWN(ret->path), GUARD_SHOWN(request->method), entry->allow);
    ret->allow = NULL;
    if (entry->endpoint == ENDPOINT_MODELS && entry->below)
        ret->model_id = text_skip(ret->path, strlen(entry->path));
    return true;
}
