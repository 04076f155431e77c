/* From the request that came in to a route, or to the error that says what is wrong with it. */
#include "exchange/inquiry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/object.h"
#include "exchange/client.h"
#include "exchange/round.h"
#include "machine/process.h"
#include "ollama/dialect_ollama.h"
#include "ollama/ollama.h"
#include "provider/catalog.h"
#include "provider/local_switch.h"
#include "provider/online.h"
#include "record/log.h"
#include "record/repeat.h"
#include "rules/forward.h"
#include "serve/request_unpack.h"
#include "tools/tool_wish.h"

#define HEADERS_MAX (256u << 10)
/* Then the estimate is told: whoever lets tokens be counted waits with something else for it. */
#define ESTIMATE_DEADLINE_MS 10000
/* Of its name in the log. */
#define UNKNOWN_HEADER_MAX 64

static bool refuse(const struct inquiry *inquiry, struct reply *reply, int status, const char *code,
                   const char *message)
{
    const struct reply_error error = {.status = status,
                                      .type = "invalid_request_error",
                                      .code = code,
                                      .message = message,
                                      .app = inquiry->told_in,
                                      .request_id = inquiry->id};
    reply_from_error(reply, &error);
    return false;
}

static bool refuse_for_memory(const struct inquiry *inquiry, struct reply *reply, const char *code)
{
    reply_overloaded(reply, inquiry->told_in, code,
                     "no memory is left for the request; try again in a second (see "
                     "server.max_body_total)");
    return false;
}

static bool refuse_packed(const struct inquiry *inquiry, struct reply *reply, int r)
{
    char message[128];
    size_t max = inquiry_config(inquiry)->server.max_body_bytes;
    switch (r) {
    case -ENOTSUP:
        (void)refuse(inquiry, reply, 415, "unsupported_content_encoding",
                     "the request body has a Content-Encoding that is not read here: send it as "
                     "gzip, as deflate, or as it is");
        reply_header(reply, "Accept-Encoding", "gzip, deflate");
        return false;
    case -EMSGSIZE:
        (void)snprintf(message, sizeof(message),
                       "the decoded request body is larger than %zu bytes (see server.max_body)",
                       max);
        return refuse(inquiry, reply, 413, "request_too_large", message);
    case -EBADMSG:
        return refuse(inquiry, reply, 400, "invalid_request",
                      "the request body is not what its Content-Encoding says, or is cut off");
    case -ENOBUFS:
        return refuse_for_memory(inquiry, reply, "max_body_total");
    default:
        reply_overloaded(reply, inquiry->told_in, "out_of_memory",
                         "no memory is left for the request body");
        return false;
    }
}

/* The app goes on without what it meant: no request fails for it. */
static void tell_unknown(const struct inquiry *inquiry, struct text name)
{
    const char *nearest;
    if (!steering_is_unknown(name, &nearest) ||
        !repeat_may_say(LOG_LEVEL_WARNING, "unknown_header", "", inquiry->begun_at_ms))
        return;
    log_warning("unknown_header", LOG_STR("id", inquiry->id),
                LOG_TEXT("header", text_cut(name, UNKNOWN_HEADER_MAX)), LOG_STR("meant", nearest),
                LOG_STR("message", "no header of that name steers anything: it is not obeyed"));
}

static bool read_steering(struct inquiry *inquiry, const struct client_request *request,
                          struct reply *reply)
{
    struct error why = ERROR_NONE;
    for (size_t i = 0; i < request->app.count; i++) {
        const struct header_field *header = &request->app.fields[i];
        if (steering_read(&inquiry->steering, header->name, header->value, &why) < 0)
            return refuse(inquiry, reply, 400, "invalid_header", why.text);
        tell_unknown(inquiry, header->name);
    }
    struct text route = inquiry->steering.route;
    if (route.at) {
        inquiry->only = xstrndup(route.at, route.len);
        inquiry->steering.route = text_of(inquiry->only);
    }
    inquiry->deadline_ms = inquiry->steering.deadline_ms > 0
                               ? inquiry->steering.deadline_ms
                               : inquiry_config(inquiry)->route.deadline_ms;
    if (api_path_is_estimated(inquiry->path) && inquiry->deadline_ms > ESTIMATE_DEADLINE_MS)
        inquiry->deadline_ms = ESTIMATE_DEADLINE_MS;
    return true;
}

/* Where we read the body, and write it anew for some providers, it goes on as it is without its
 * codings, and so do the fields that tell of them. Other paths are none of our business. */
static bool decode_body(struct inquiry *inquiry, const struct client_request *request,
                        struct reply *reply)
{
    const struct config_server *server = &inquiry_config(inquiry)->server;
    if (api_path_is_unread(inquiry->path))
        return true;
    int r = request->unpacked
                ? 0
                : request_unpack(&request->app, &inquiry->body, &inquiry->hold, server);
    if (r < 0)
        return refuse_packed(inquiry, reply, r);
    alloc_must(forward_without_coding(&inquiry->headers));
    return true;
}

/* Embeddings and whatever else goes to an Ollama as it came: to the one that has the model, or that
 * its prefix names. A body that we cannot read names none. */
static bool note_model(struct inquiry *inquiry, struct reply *reply)
{
    struct error why = ERROR_NONE;
    struct text body = buf_text(&inquiry->body);
    if (body.len == 0)
        return true;
    int r = request_read(inquiry->path, body, &inquiry->facts, &why);
    return r != -ENOMEM || refuse_for_memory(inquiry, reply, "out_of_memory");
}

/* Where the settings have no [tool] nobody else looks for {"type":"mcp"} among an app's tools. */
static bool refuse_servers(const struct inquiry *inquiry, struct reply *reply)
{
    const struct config *config = inquiry_config(inquiry);
    const struct tool_wish_query query = {.body = buf_text(&inquiry->body)};
    struct tool_wish wish = {0};
    struct error why = ERROR_NONE;
    const struct dialect *dialect = inquiry_dialect(inquiry);
    if (!dialect->tools || !dialect->tools->names_servers || !inquiry->facts.tools ||
        config->tools.count > 0)
        return true;
    int r = tool_wish_read(config, &query, &wish, &why);
    tool_wish_done(&wish);
    return r >= 0 || refuse(inquiry, reply, 400, "invalid_tools", why.text);
}

static int read_request(struct inquiry *inquiry, struct error *why)
{
    struct text body = buf_text(&inquiry->body);
    if (!inquiry->reading)
        return request_read(inquiry->path, body, &inquiry->facts, why);
    int r = request_reading_end(inquiry->reading, body, &inquiry->facts, why);
    request_reading_free(inquiry->reading);
    inquiry->reading = NULL;
    return r;
}

/* But for chat, a body that we cannot read goes to the cloud as it is: that is its business, where
 * there is one. */
static bool read_body(struct inquiry *inquiry, struct reply *reply)
{
    struct error why = ERROR_NONE;
    if (inquiry->path == API_PATH_OLLAMA)
        return note_model(inquiry, reply);
    if (api_path_is_unread(inquiry->path))
        return true;
    int r = read_request(inquiry, &why);
    if (r == -ENOMEM)
        return refuse_for_memory(inquiry, reply, "out_of_memory");
    if (r < 0 && (api_path_is_conversation(inquiry->path) || api_path_is_estimated(inquiry->path)))
        return refuse(inquiry, reply, 400, "invalid_request", why.text);
    if (r < 0) {
        inquiry->path = API_PATH_OTHER;
        inquiry->unread = xstrdup(why.text);
    }
    if (!api_path_is_judged(inquiry->path))
        return true;
    if (!refuse_servers(inquiry, reply))
        return false;
    inquiry->mode = inquiry->facts.stream ? DELIVERY_STREAM : DELIVERY_WHOLE;
    char hex[33];
    clock_random_hex(hex, 12);
    (void)join_write(inquiry->completion_id, sizeof(inquiry->completion_id),
                     JOIN(text_of(inquiry_dialect(inquiry)->id_prefix), text_of(hex)));
    return true;
}

/* Is the name one that the settings know: by a prefix or a [model] line? */
static bool is_settled(const struct config *config, struct text model)
{
    const char *colon = memchr(model.at, ':', model.len);
    const struct config_model *line = NULL;
    if (colon && config_provider_by_prefix(config, text_make(model.at, (size_t)(colon - model.at))))
        return true;
    while ((line = config_model_next(config, model, line)) != NULL)
        if (line->of_count > 0)
            return true;
    return false;
}

/* Where that model is installed, by what was last told; NULL = nowhere. */
static const struct config_provider *installed_at(const struct inquiry *inquiry,
                                                  struct catalog *catalog, struct text model)
{
    const struct config *config = inquiry_config(inquiry);
    const struct strings *bound = config_client_bound(config, inquiry->client);
    const struct strings *names = bound ? bound : &config->route.priority;
    for (size_t i = 0; catalog && i < names->count; i++) {
        const struct config_provider *provider =
            config_provider_by_name(config, text_of(names->at[i]));
        if (provider && provider->kind->has_catalogue &&
            ollama_model_find(catalog_models(catalog, provider), model))
            return provider;
    }
    return NULL;
}

/*
 * The model that is meant, malloc'ed. Apps of Ollama's own mean one that is installed there, as
 * PROVIDER:MODEL says it, and write the usual tag behind names of any other, too.
 */
static char *meant_model(const struct inquiry *inquiry, struct catalog *catalog)
{
    struct text model = text_of(inquiry->facts.model);
    bool own = api_path_is_of_ollama(inquiry->path);
    if (!own || model.len == 0)
        return model.at ? xstrndup(model.at, model.len) : NULL;
    bool settled = is_settled(inquiry_config(inquiry), model) || inquiry->steering.route.at;
    const struct config_provider *at = settled ? NULL : installed_at(inquiry, catalog, model);
    if (at)
        return xasprintf("%s:%.*s", at->name, TEXT_ARG(model));
    struct text plain = ollama_name_plain(model);
    return plain.len > 0 ? xstrndup(plain.at, plain.len) : xstrndup(model.at, model.len);
}

/* NULL: none can be tried. */
static const struct config_provider *first_to_try(const struct inquiry *inquiry)
{
    size_t i = 0;
    while (i < inquiry->route.count && inquiry->route.step[i].skip != ROUTE_SKIP_NONE)
        i++;
    return i < inquiry->route.count ? inquiry->route.step[i].provider : NULL;
}

/* A model that needs no loading is loaded. True: that was all that was asked. */
static bool is_loaded(const struct inquiry *inquiry, struct reply *reply)
{
    const struct config_provider *first = first_to_try(inquiry);
    if (!inquiry->facts.load || !first || first->kind->has_catalogue)
        return false;
    reply_own(reply, 200,
              inquiry->facts.stream ? inquiry_dialect(inquiry)->stream_type : "application/json");
    if (dialect_ollama_loaded_write(inquiry->path == API_PATH_API_GENERATE, inquiry->facts.model,
                                    inquiry->begun_wall_s, &reply->body) < 0)
        reply_unmade(reply, inquiry->told_in);
    return true;
}

static bool plan_route(struct inquiry *inquiry, struct online *online, struct catalog *catalog,
                       struct reply *reply)
{
    char *model = meant_model(inquiry, catalog);
    struct error why = ERROR_NONE;
    const struct kind *app = forward_app_kind(&inquiry->headers, inquiry->path);
    struct route_query query = {
        .model = text_of(model),
        .only = inquiry->steering.route,
        .bound = config_client_bound(inquiry_config(inquiry), inquiry->client),
        .path = inquiry->path,
        .kept = inquiry->facts.kept,
        .no_fallback = inquiry->steering.no_fallback,
        .app = app,
        .client_credential = forward_has_credential(&inquiry->headers, app),
        .far = local_switch_far(online_is_offline(online)),
    };
    int r = route_plan(inquiry_config(inquiry), &query, &inquiry->route, &why);
    free(model);
    if (r == -EACCES) {
        reply_not_allowed(reply, inquiry->told_in, inquiry->id, why.text);
        return false;
    }
    if (r < 0)
        return refuse(inquiry, reply, 400, "invalid_header", why.text);
    if (inquiry->unread && !first_to_try(inquiry))
        return refuse(inquiry, reply, 400, "invalid_request", inquiry->unread);
    return !is_loaded(inquiry, reply);
}

/* A stream of a response may be read later, too. */
const struct dialect *inquiry_dialect(const struct inquiry *inquiry)
{
    bool of_responses = api_path_is_of_responses(text_of(inquiry->target));
    return dialect_asked(of_responses ? API_PATH_RESPONSES : inquiry->path);
}

const struct ollama_count *inquiry_count_prompt(const struct inquiry *inquiry)
{
    struct inquiry_count *count = inquiry->count;
    struct text body = buf_text(&inquiry->body);
    if (!count->made && inquiry->path == API_PATH_EMBEDDINGS)
        count->count = ollama_count_longest(body);
    else if (!count->made)
        ollama_count_request(body, &count->count);
    count->made = true;
    return &count->count;
}

_Static_assert(sizeof(struct inquiry) <= OBJECT_MAX, "object.h");

struct inquiry *inquiry_new(struct shared_config *shared, struct client_request *request,
                            int64_t now_ms)
{
    struct inquiry *inquiry = object_new(sizeof(*inquiry));
    const struct round_past *past = request->past;
    inquiry->shared = shared_config_ref(past ? past->shared : shared);
    inquiry->begun_at_ms = past ? past->begun_at_ms : now_ms;
    inquiry->begun_wall_s = past ? past->begun_wall_s : clock_wall_ms() / 1000;
    inquiry->count = xcalloc(1, sizeof(*inquiry->count));
    if (past)
        memcpy(inquiry->id, past->id, sizeof(inquiry->id));
    else
        clock_random_hex(inquiry->id, 8);
    inquiry->mode = DELIVERY_PASS;
    inquiry->told_in = request->dialect;
    if (request->client) {
        inquiry->client = xstrdup(request->client);
        inquiry->token = config_token_by_name(inquiry_config(inquiry), text_of(request->client));
    }
    inquiry->method = xstrdup(request->method);
    inquiry->target = xjoin(JOIN(request->path, request->query));
    inquiry->path = api_path_of(text_of(inquiry->method), text_of(inquiry->target));
    inquiry->no_body = request->no_body;
    inquiry->body = request->body; /* moved */
    buf_init(&request->body, 0);
    inquiry->hold = request->hold;
    request->hold = (struct hold){0};
    inquiry->reading = request->reading;
    request->reading = NULL;
    buf_init_secret(&inquiry->headers, HEADERS_MAX);
    alloc_must(forward_collect(&request->app, &inquiry->headers));
    return inquiry;
}

void inquiry_begin_trace(struct inquiry *inquiry)
{
    struct inquiry_trace *trace = &inquiry->trace;
    trace->on = true;
    clock_random_hex(trace->span, (SPAN_ID_SIZE - 1) / 2);
    if (forward_trace(&inquiry->headers, &trace->parent))
        return;
    trace->own = true;
    trace->parent = (struct traceparent){.flags = TRACE_FLAG_SAMPLED};
    clock_random_hex(trace->parent.trace, (TRACE_ID_SIZE - 1) / 2);
}

static bool refuse_round(const struct inquiry *inquiry, const struct round_past *past,
                         struct reply *reply)
{
    if (past->refusal_status != 503)
        return refuse(inquiry, reply, past->refusal_status, past->refusal_code, past->refusal.text);
    reply_overloaded(reply, inquiry->told_in, past->refusal_code, past->refusal.text);
    return false;
}

/* Cheap before dear: what comes back to us, or is steered wrongly, need not be unpacked and read.
 */
bool inquiry_read(struct inquiry *inquiry, const struct client_request *request,
                  struct online *online, struct catalog *catalog, struct reply *refusal)
{
    if (forward_is_loop(&request->app, process_id))
        return refuse(inquiry, refusal, 508, "loop_detected",
                      "this request has already passed through this understudy: a provider's "
                      "base_url leads back here");
    if (inquiry->client && !inquiry->token)
        return refuse(inquiry, refusal, 401, "invalid_api_key",
                      "the token that came with the request is not in the settings any more");
    if (request->past && error_is_set(&request->past->refusal))
        return refuse_round(inquiry, request->past, refusal);
    return read_steering(inquiry, request, refusal) && decode_body(inquiry, request, refusal) &&
           read_body(inquiry, refusal) && plan_route(inquiry, online, catalog, refusal);
}

void inquiry_free(struct inquiry *inquiry)
{
    if (!inquiry)
        return;
    route_done(&inquiry->route);
    request_facts_done(&inquiry->facts);
    request_reading_free(inquiry->reading);
    buf_done(&inquiry->headers);
    buf_done(&inquiry->body);
    hold_end(&inquiry->hold);
    shared_config_unref(inquiry->shared);
    free(inquiry->count);
    free(inquiry->only);
    free(inquiry->unread);
    free(inquiry->client);
    free(inquiry->method);
    free(inquiry->target);
    object_free(inquiry, sizeof(*inquiry));
}
