/*
 * The settings in effect, as plain data. Made once from what was written (settings/settings.h);
 * never changed afterwards. A reload makes a new one.
 */
#ifndef UNDERSTUDY_CONFIG_H
#define UNDERSTUDY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure/failure.h"
#include "kind/kind.h"
#include "kind/member_rule.h"
#include "kind/preset.h"
#include "text/buf.h"
#include "text/error.h"
#include "text/string_list.h"
#include "text/units.h"

/* One address to listen on: host and port, or path of a unix socket (then host is NULL). */
struct config_listen {
    char *host; /* IPv4 or IPv6 literal without brackets, or a host name */
    uint16_t port;
    char *path;
};

/* [token NAME]: a client that is known by name. Its secret is among the tokens that open. */
struct config_token {
    char *name;
    char *secret;         /* resolved; never empty */
    struct strings route; /* the providers it may be answered by, in order; none = any */
    struct rate requests; /* how many it may make */
    struct strings tools; /* names of [tool] that its requests get unasked; none = no tools */
};

struct config_server {
    struct config_listen *listen;
    size_t listen_count;
    struct strings allowed_hosts;
    struct strings allowed_origins; /* a trailing '*' matches any rest */
    struct strings tokens;          /* secrets, resolved; of clients without a name */
    struct config_token *named_tokens;
    size_t named_token_count;
    bool allow_unauthenticated;
    size_t max_body_bytes;
    size_t max_body_total_bytes; /* of all workers */
    int max_connections;
    int max_inflight;
    int64_t header_timeout_ms;
    int64_t body_timeout_ms;
    int64_t drain_timeout_ms;
    int64_t heartbeat_ms; /* 0 = off */
    int workers;          /* 0 = one per core */
    bool ollama_admin;    /* apps may change which models Ollama has */
};

#define HEDGE_OFF  ((int64_t)-1)
#define HEDGE_AUTO ((int64_t)0)

/* The longest route. */
#define ROUTE_STEPS_MAX 16

struct config_route {
    struct strings priority; /* names of providers in order */
    struct strings messages; /* the same, of requests in Anthropic's dialect */
    failure_set fallback_on;
    int64_t deadline_ms;
    bool continue_stream;
    int64_t hedge_after_ms; /* HEDGE_OFF, HEDGE_AUTO or a duration */
    char *announce;         /* as written, see announce.h; NULL = no */
};

/* [retry], or one provider's retry_* over it. */
struct retry_policy {
    int attempts; /* 1.. */
    double multiplier;
    int64_t min_wait_ms;
    int64_t max_wait_ms;
    double jitter; /* 0..1 */
    failure_set on;
    bool honour_retry_after;
    bool ambiguous;
    double budget; /* 0..1, 0 = no budget */
};

struct config_connectivity {
    char *check_url; /* NULL = off; when not set in the settings, made from the first cloud provider
                      */
    bool check_derived; /* it was made so */
    int64_t timeout_ms;
    int64_t interval_ms;
};

struct config_breaker {
    int failures; /* 0 = off */
    int64_t open_for_ms;
};

struct config_header {
    char *name;
    char *value;
};

/* Nobody has more keys for one provider. */
#define API_KEYS_MAX 64

/* In bytes, of the NAME of [tool NAME]; and what is between it and the name of a tool there. */
#define TOOL_NAME_MAX  32
#define TOOL_NAME_SEAM "__"

/* [tool NAME]: an MCP server. */
struct config_tool {
    char *name;           /* [A-Za-z0-9_-], at most TOOL_NAME_MAX, without the seam */
    char *url;            /* http:// or https://; NULL for a unix socket */
    char *socket;         /* path of unix:PATH (JSON-RPC lines); NULL for http */
    struct strings allow; /* its own names of tools that may be called; "*" = all; empty = none */
    struct config_header *headers;
    size_t header_count;
    char *api_key;      /* resolved; sent as Authorization: Bearer; NULL = none, or a header of the
                           settings is sent in its place */
    int64_t timeout_ms; /* of one call, and of its list */
    bool local;         /* a unix socket, or a loopback or private address (host_is_local) */
};

/* Every [tool NAME], and [tools]. */
struct config_tools {
    struct config_tool *at;
    size_t count;
    int max_iterations; /* 1..100 */
    size_t max_result_bytes;
};

struct config_provider {
    char *name;
    const struct kind *kind;     /* static */
    const struct preset *preset; /* static; NULL = its name is none's */
    /* It is there only because it is a preset: no setting, route or [model] line names it. People
     * need not be told of it; a request may ask for it by its name. */
    bool idle;
    char *base_url;           /* no trailing slash */
    enum preset_ids tool_ids; /* which ids of tool calls the server there does not refuse */
    bool signed_calls;        /* and that it refuses calls without its signature */
    struct strings api_keys;  /* resolved, by preference, each once; none given: the client's own is
                                 passed on */
    struct strings api_keys_from; /* where each was found, for people: a variable, a file; without
                                     api_keys the header.NAME that carries one, if any */
    char *key_emptied;    /* the place, for people, that sets an empty api_key, and wins over the
                             variable of a preset's key; NULL = none does */
    bool no_key;          /* api_key = none: the provider needs no key, none is sent */
    struct strings model; /* one name; with a catalogue names by preference, "auto" among them */
    bool model_is_set;    /* model is the user's choice and not the default */
    int64_t connect_timeout_ms;
    int64_t first_byte_timeout_stream_ms;
    int64_t first_byte_timeout_whole_ms;
    int64_t idle_timeout_ms;
    struct config_header *headers;
    size_t header_count;
    char *ca_file; /* NULL = the system's */
    char *proxy;   /* NULL = none */
    bool http2;
    struct member_rules drop;   /* members of requests that it does not get */
    struct member_rules rename; /* that it gets by another name */
    bool responses;             /* it has OpenAI's /responses, as far as the settings know */
    struct retry_policy retry;  /* already merged with [retry] */
    int64_t num_ctx;            /* tokens; 0 = auto */
    bool allow_cloud;
    int max_inflight; /* 0 = no limit */
    char *keep_alive; /* as given, for Ollama: "5m", "-1" */
    bool warm_up;
    bool local; /* base_url's host is on this machine or its network (host_is_local), and so is the
                   proxy's where there is one */
    bool far_by_proxy; /* only the proxy's is not */
};

/* Is it of its preset's type? What a preset tells of a server holds only then. */
static inline bool config_provider_is_as_preset(const struct config_provider *provider)
{
    return provider->preset && preset_kind(provider->preset) == provider->kind;
}

/* Not asked without a key: its own or, where it may have that, the app's. */
static inline bool config_provider_needs_key(const struct config_provider *provider)
{
    return provider->kind->needs_key ||
           (config_provider_is_as_preset(provider) && provider->preset->key_variable);
}

/* Is it asked as the settings say: with a key of theirs, in whichever field, or with none? */
static inline bool config_provider_has_own_key(const struct config_provider *provider)
{
    return provider->no_key || provider->api_keys.count > 0 || provider->api_keys_from.count > 0;
}

/* It is never given an app's key, which was made for another: all presets but the built-in ones
 * that are asked with a key. */
static inline bool config_provider_wants_own_key(const struct config_provider *provider)
{
    const struct preset *preset = provider->preset;
    return preset && !preset->built_in && preset->key_variable &&
           config_provider_needs_key(provider);
}

/* Why it has no key of its own, for people: which variable is not there, or which line sets an
 * empty one; empty where there is no more to say than that none is set. */
void config_provider_tell_keyless(const struct config_provider *provider, struct error *ret);

/* Far away and paid for, unless it is local: told as the cloud. */
static inline bool config_provider_is_cloud(const struct config_provider *provider)
{
    return provider->kind->is_cloud ||
           (config_provider_is_as_preset(provider) && provider->preset->is_far);
}

/*
 * A server of one's own: of a kind that is no cloud, or one nearby that speaks OpenAI and needs no
 * key (vLLM, LM Studio, llama.cpp). What has a key is taken for a cloud, behind a tunnel or proxy
 * on this machine.
 */
static inline bool config_provider_is_own(const struct config_provider *provider)
{
    return !config_provider_is_cloud(provider) || (provider->local && provider->no_key);
}

/* In bytes, of the name of a model: a longer one can neither be set nor asked for. */
#define MODEL_NAME_MAX 512

/* [model NAME]: which model a provider uses for requests that ask for NAME, and what is told of it.
 */
struct config_model {
    char *name;
    struct config_header *of; /* name = provider's name, value = the model to use there */
    size_t of_count;
    int64_t hedge_after_ms; /* HEDGE_AUTO when not set; has_hedge_after tells */
    bool has_hedge_after;
    struct strings capabilities; /* in Ollama's words; empty = not set */
    int64_t context;             /* in tokens; 0 = not set */
};

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
/* AUTO: not set, so for a terminal in short lines for people, else as text. */
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_AUTO };

struct config_log {
    enum log_level level;
    enum log_format format;
    char *usage_file; /* NULL = none */
    char *otlp;       /* the collector of spans; NULL = none */
};

/* Where the settings are from, for the words at the start. */
struct config_origins {
    char *file;                 /* NULL = none sets anything */
    struct strings environment; /* names of the variables whose values are in effect */
    bool flags;                 /* some are from the command line */
};

struct config {
    struct config_origins origins;
    struct config_server server;
    struct config_route route;
    struct config_connectivity connectivity;
    struct config_breaker breaker;
    struct config_provider
        *providers; /* every configured one, and all presets that have an address */
    size_t provider_count;
    struct config_model *models;
    size_t model_count;
    struct config_tools tools;
    struct config_log log;
    size_t file_settings; /* how many of the settings the file brought */
};

/* NULL when there is none of that name. */
const struct config_provider *config_provider_by_name(const struct config *config,
                                                      struct text name);

/* NULL when there is no [token NAME]. */
const struct config_token *config_token_by_name(const struct config *config, struct text name);

/* NULL when there is no [tool NAME]. */
const struct config_tool *config_tool_by_name(const struct config *config, struct text name);

/* Adds its address as it may be shown: "unix:/path", or the url without what is behind a '?', which
 * may be a key. Errors of buf. */
int config_tool_print_address(const struct config_tool *tool, struct buf *out)
    __attribute__((warn_unused_result));

/* The providers that the client of that name (NULL = it has none) may be answered by, in order;
 * NULL = any. A name that is there no more may be answered by none. */
const struct strings *config_client_bound(const struct config *config, const char *client);

/* Does the route of any [token NAME] name that provider? */
bool config_token_routes(const struct config_server *server, struct text provider);

/* Has a client to show a token? */
static inline bool config_server_is_closed(const struct config_server *server)
{
    return server->tokens.count > 0 || server->named_token_count > 0;
}

/* At that place, below its count, of [route] priority; NULL where nobody has the name. */
const struct config_provider *config_priority_at(const struct config *config, size_t place);

/* The one that PROVIDER in PROVIDER:MODEL stands for; NULL = none, it is a part of the model's
 * name. So it is in mistral:7b, one of Ollama's, unless the settings name that preset. */
const struct config_provider *config_provider_by_prefix(const struct config *config,
                                                        struct text prefix);

/* NULL when there is no [model NAME]. */
const struct config_model *config_model_by_name(const struct config *config, struct text name);

/*
 * The sections that concern a request for that name, the nearest first: the one of the whole name,
 * then those whose NAME ends in * and is its beginning, longer before shorter. before: the one that
 * came last, NULL at first. NULL at the end.
 */
const struct config_model *config_model_next(const struct config *config, struct text name,
                                             const struct config_model *before);

/*
 * May next take the place of now without anybody who looks on? False and *reterr where it looks
 * like the leavings of a file that was cut or emptied rather than like a wish. A start is looked
 * on, so it takes them.
 */
bool config_may_replace(const struct config *now, const struct config *next, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
