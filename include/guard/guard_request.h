/* What the guard is asked about, and what it says. */
#ifndef UNDERSTUDY_GUARD_REQUEST_H
#define UNDERSTUDY_GUARD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "http/headers.h"
#include "text/text.h"

/*
 * Requests with more header fields get 431. A caller that stops collecting must stop above this,
 * so that no field is overlooked.
 */
#define GUARD_HEADERS_MAX 255

/* The most that a refusal says, with its NUL. */
#define GUARD_MESSAGE_MAX 512

struct guard_request {
    struct text method;
    struct text target;  /* raw request target, with query, before any decoding */
    struct text version; /* "HTTP/1.1" */
    const struct header_field *headers;
    size_t header_count;
    bool altered;     /* the fields are not what was sent: folded, cut at a NUL, or ended by LF */
    bool unix_socket; /* came in over a unix socket: any Host is fine */
    uint16_t port;    /* local port of the connection */
};

enum guard_endpoint {
    ENDPOINT_FRONT,  /* GET, HEAD / */
    ENDPOINT_CHAT,   /* POST /v1/chat/completions */
    ENDPOINT_MODELS, /* GET, HEAD /v1/models, /v1/models/ID */
    ENDPOINT_PASS,   /* anything else below /v1/ */
    /* Of Ollama's API: */
    ENDPOINT_VERSION,   /* GET, HEAD /api/version */
    ENDPOINT_TAGS,      /* GET, HEAD /api/tags */
    ENDPOINT_PS,        /* GET, HEAD /api/ps */
    ENDPOINT_SHOW,      /* POST /api/show */
    ENDPOINT_PULL,      /* POST /api/pull */
    ENDPOINT_API_MODEL, /* POST /api/chat, generate, embed, embeddings: a model is asked */
    ENDPOINT_ADMIN,     /* anything else below /api/ */
    ENDPOINT_HEALTHZ,
    ENDPOINT_READYZ,
    ENDPOINT_METRICS,
    ENDPOINT_STATUS,
    ENDPOINT_STATUS_PAGE, /* GET, HEAD /status of a browser: static, holds nothing, needs no token
                           */
    ENDPOINT_STATUS_JSON,
    ENDPOINT_EVENTS,
    ENDPOINT_PREFLIGHT, /* OPTIONS of a listed origin: answered 204 with CORS headers, needs no
                           token */
    ENDPOINT_OPTIONS,   /* OPTIONS without Origin: 204 with Allow */
};

/* What the head says, or the error to answer with. */
struct guard_verdict {
    int status;        /* 0 = let in; else the status of the refusal */
    const char *type;  /* OpenAI error type, "invalid_request_error" ...; static */
    const char *code;  /* error code or NULL; static */
    char *message;     /* what is wrong and what to do; in the place given to guard_check */
    const char *allow; /* value of Allow for 405 and OPTIONS, else NULL; static */
    enum guard_endpoint endpoint;
    struct text path;       /* target without query, in target */
    struct text query;      /* the rest of target: empty, or '?' and what follows */
    struct text api_path;   /* path behind /v1, a known one without a slash at its end; len 0 =
                               a path of our own */
    struct text model_id;   /* ENDPOINT_MODELS: the ID part, still encoded; len 0 = the list */
    struct text origin;     /* a listed Origin, to be echoed in CORS headers; at NULL = none */
    bool expects_body;      /* Content-Length > 0 or chunked */
    int64_t content_length; /* -1 = chunked or none */
    /* Whose token came; NULL = none did, or one of a client without a name. Of the settings. */
    const struct config_token *token;
    bool authenticated_by_token; /* the Authorization (or x-api-key) is one of our own tokens */
    bool authorization_is_token; /* ... which of the two: it must not be passed on, */
    bool api_key_is_token;       /* the other one may be the provider's key */
};

#endif
