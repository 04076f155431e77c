/*
 * Which endpoint a path is and which methods it takes. Three tables, read from the top: our own
 * paths, Ollama's, and OpenAI's, whose entries say what follows /v1. Apps are given a base URL with
 * /v1, without it, and with it twice; no path of ours begins like one of OpenAI's.
 */
#include "guard/guard.h"
#include "guard/guard_rule.h"
#include "http/accept.h"
#include "text/count.h"

#define READ_ONLY  "GET, HEAD"
#define EVERYTHING "GET, HEAD, POST, PUT, PATCH, DELETE"
#define MODELS     "/models/"

struct entry {
    const char *path;
    bool below; /* path is the beginning, and at least one more byte follows */
    enum guard_endpoint endpoint;
    const char *allow;
};

static const struct entry own[] = {
    {"/", false, ENDPOINT_FRONT, READ_ONLY},
    {"/healthz", false, ENDPOINT_HEALTHZ, READ_ONLY},
    {"/readyz", false, ENDPOINT_READYZ, READ_ONLY},
    {"/metrics", false, ENDPOINT_METRICS, READ_ONLY},
    {"/status", false, ENDPOINT_STATUS, READ_ONLY},
    {"/status.json", false, ENDPOINT_STATUS_JSON, READ_ONLY},
    {"/status/events", false, ENDPOINT_EVENTS, READ_ONLY},
};

/* Ollama's, which are told by their whole path. */
static const struct entry ollama[] = {
    {"/api/version", false, ENDPOINT_VERSION, READ_ONLY},
    {"/api/tags", false, ENDPOINT_TAGS, READ_ONLY},
    {"/api/ps", false, ENDPOINT_PS, READ_ONLY},
    {"/api/show", false, ENDPOINT_SHOW, "POST"},
    {"/api/pull", false, ENDPOINT_PULL, "POST"},
    {"/api/chat", false, ENDPOINT_API_MODEL, "POST"},
    {"/api/generate", false, ENDPOINT_API_MODEL, "POST"},
    {"/api/embed", false, ENDPOINT_API_MODEL, "POST"},
    {"/api/embeddings", false, ENDPOINT_API_MODEL, "POST"},
    {"/api/", true, ENDPOINT_ADMIN, EVERYTHING},
};

static const struct entry api[] = {
    {"/chat/completions", false, ENDPOINT_CHAT, "POST"},
    {"/completions", false, ENDPOINT_PASS, "POST"},
    {"/responses", false, ENDPOINT_PASS, "POST"},
    {"/embeddings", false, ENDPOINT_PASS, "POST"},
    {"/messages", false, ENDPOINT_CHAT, "POST"},
    {"/messages/count_tokens", false, ENDPOINT_PASS, "POST"},
    {"/models", false, ENDPOINT_MODELS, READ_ONLY},
    {MODELS, true, ENDPOINT_MODELS, READ_ONLY},
    {"/", true, ENDPOINT_PASS, EVERYTHING},
};

/*
 * What OpenAI's paths begin with (platform.openai.com/docs/api-reference, 2026-11), and Anthropic's
 * messages: without /v1 only these are taken for such a path, all others are unknown.
 */
static const char *const api_names[] = {
    "assistants", "audio",         "batches",    "chat",        "chatkit",       "completions",
    "containers", "conversations", "embeddings", "evals",       "files",         "fine_tuning",
    "images",     "messages",      "models",     "moderations", "organization",  "realtime",
    "responses",  "skills",        "threads",    "uploads",     "vector_stores", "videos",
};

/* One slash at the end of a known path is that path. */
static struct text without_slash(struct text path)
{
    if (path.len > 1 && path.at[path.len - 1] == '/')
        path.len--;
    return path;
}

static const struct entry *find_in(const struct entry *table, size_t count, struct text path)
{
    struct text plain = without_slash(path);
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &table[i];
        if (entry->below ? text_starts(path, entry->path) && path.len > strlen(entry->path)
                         : text_equals(plain, entry->path))
            return entry;
    }
    return NULL;
}

static bool has_api_name(struct text path)
{
    struct text name = text_skip(path, 1);
    const char *slash = name.len ? memchr(name.at, '/', name.len) : NULL;
    name.len = slash ? (size_t)(slash - name.at) : name.len;
    for (size_t i = 0; i < COUNT(api_names); i++)
        if (text_equals(name, api_names[i]))
            return true;
    return false;
}

/* What follows /v1, whether it is there once, twice or not at all; empty for no path of the API. */
static struct text behind_v1(struct text path)
{
    struct text rest = path;
    while (text_starts(rest, "/v1/"))
        rest = text_skip(rest, strlen("/v1"));
    bool versioned = rest.at != path.at;
    if (versioned ? rest.len == 1 || text_equals(rest, "/v1") : !has_api_name(path))
        rest.len = 0;
    return rest;
}

struct text guard_api_path(struct text path)
{
    struct text rest = behind_v1(path);
    return rest.len > 0 ? rest : path;
}

/* NULL for an unknown path; *ret_api is what follows /v1, empty for a path of our own. */
static const struct entry *find_entry(struct text path, struct text *ret_api)
{
    const struct entry *entry = find_in(own, COUNT(own), path);
    if (!entry && (entry = find_in(ollama, COUNT(ollama), path))) {
        *ret_api = entry->below ? path : without_slash(path);
        return entry;
    }
    *ret_api = entry ? (struct text){0} : behind_v1(path);
    if (ret_api->len == 0)
        return entry;
    entry = find_in(api, COUNT(api), *ret_api);
    if (entry && (!entry->below || entry->endpoint == ENDPOINT_MODELS))
        *ret_api = without_slash(*ret_api);
    return entry;
}

bool guard_endpoint_is_probe(enum guard_endpoint endpoint)
{
    return endpoint == ENDPOINT_HEALTHZ || endpoint == ENDPOINT_READYZ;
}

bool guard_is_probe(struct text path)
{
    struct text rest;
    const struct entry *entry = find_entry(path, &rest);
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

bool guard_is_page(const struct guard_request *request, struct text path)
{
    struct text rest, accept;
    const struct entry *entry = find_entry(path, &rest);
    (void)guard_find(request, "accept", &accept);
    return entry && entry->endpoint == ENDPOINT_STATUS && accept_names(accept, "text/html") &&
           is_in_list(request->method, READ_ONLY);
}

/* Apps that speak Responses over a websocket go on without one at once when they are told so. */
static bool wants_websocket(const struct guard_request *request, struct text api_path)
{
    struct text upgrade;
    return text_equals(api_path, "/responses") && text_equals(request->method, "GET") &&
           guard_find(request, "upgrade", &upgrade) > 0 &&
           text_equals_nocase(text_trim(upgrade), "websocket");
}

static bool check_method(const struct guard_request *request, const struct entry *entry,
                         struct guard_verdict *ret)
{
    ret->allow = entry->allow;
    if (text_equals(request->method, "OPTIONS")) {
        ret->endpoint = ret->origin.at ? ENDPOINT_PREFLIGHT : ENDPOINT_OPTIONS;
        return true;
    }
    if (!is_in_list(request->method, entry->allow))
        return guard_refuse(ret, 405, "method_not_supported", "%.*s does not take %.*s: use %s",
                            GUARD_SHOWN(ret->path), GUARD_SHOWN(request->method), entry->allow);
    ret->allow = NULL;
    return true;
}

/* Somebody opens an app's base URL in a browser, or an app has no path to put behind it. */
static bool refuse_path(struct text path, struct guard_verdict *ret)
{
    struct text plain = without_slash(path);
    if (text_equals(plain, "/v1") || text_equals(plain, "/v1/v1"))
        return guard_refuse(ret, 404, "unknown_url",
                            "%.*s is the base URL for apps, and no page: they put a path behind "
                            "it, as in /v1/chat/completions; what is going on is told by /status",
                            GUARD_SHOWN(path));
    return guard_refuse(ret, 404, "unknown_url",
                        "unknown path %.*s: OpenAI's paths are served below /v1/, as in "
                        "/v1/chat/completions",
                        GUARD_SHOWN(path));
}

bool guard_rule_endpoint(const struct guard_request *request, struct guard_verdict *ret)
{
    const struct entry *entry = find_entry(ret->path, &ret->api_path);
    if (!entry)
        return refuse_path(ret->path, ret);
    ret->endpoint = guard_is_page(request, ret->path) ? ENDPOINT_STATUS_PAGE : entry->endpoint;
    if (wants_websocket(request, ret->api_path))
        return guard_refuse(ret, 426, "upgrade_required",
                            "there is no websocket here: send POST /v1/responses by HTTP/1.1");
    if (entry->endpoint == ENDPOINT_MODELS && entry->below)
        ret->model_id = text_skip(ret->api_path, strlen(MODELS));
    return check_method(request, entry, ret);
}
