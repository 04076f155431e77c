/*
 * Deny by name (headers.h), then the provider's own: its key instead of the app's, its header.NAME
 * over a field of the same name. A provider of kind ollama gets nothing of the app's.
 */
#include "call/forward.h"

#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "daemon/worker.h"
#include "http/headers.h"

/* Bounded by what the library and the settings let in. */
static void must(int r)
{
    if (r < 0)
        alloc_failed();
}

static void add(struct buf *out, struct text name, struct text value)
{
    must(buf_append_text(out, name));
    must(buf_append(out, ": ", 2));
    must(buf_append_text(out, value));
    must(buf_append(out, "", 1));
}

static void add_line(struct buf *out, const char *line)
{
    must(buf_append(out, line, strlen(line) + 1));
}

static bool is_listed_in_connection(const struct inbound *inbound, struct text name)
{
    for (size_t i = 0; i < inbound->header_count; i++)
        if (header_name_is(inbound->headers[i].name, "connection") &&
            header_listed(inbound->headers[i].value, name))
            return true;
    return false;
}

static bool is_credential(struct text name)
{
    return header_name_is(name, "authorization") || header_name_is(name, "x-api-key") ||
           header_name_is(name, "api-key");
}

/* Is that our own token? It is for nobody else; what stands beside it may be the provider's key. */
static bool is_token(const struct guard_verdict *verdict, struct text name)
{
    if (header_name_is(name, "authorization"))
        return verdict->authorization_is_token;
    if (header_name_is(name, "x-api-key"))
        return verdict->api_key_is_token;
    return header_name_is(name, "api-key") && verdict->authenticated_by_token;
}

void forward_collect(const struct inbound *inbound, struct buf *out)
{
    for (size_t i = 0; i < inbound->header_count; i++) {
        const struct guard_header *header = &inbound->headers[i];
        bool via = header_name_is(header->name, "via");
        if (is_token(&inbound->verdict, header->name) ||
            is_listed_in_connection(inbound, header->name) ||
            !(via || header_request_travels(header->name)))
            continue;
        add(out, header->name, header->value);
    }
}

static struct text name_of(const char *line)
{
    const char *colon = strchr(line, ':');
    return text_make(line, colon ? (size_t)(colon - line) : 0);
}

static const char *next_line(const struct buf *lines, const char *line)
{
    const char *next = line ? line + strlen(line) + 1 : lines->data;
    return next && next < lines->data + lines->len ? next : NULL;
}

void forward_without_coding(struct buf *collected)
{
    struct buf kept;
    buf_init_secret(&kept, collected->max);
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line))
        if (!header_tells_of_coding(name_of(line)))
            add_line(&kept, line);
    buf_done(collected);
    *collected = kept;
}

bool forward_has_authorization(const struct buf *collected)
{
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line))
        if (header_name_is(name_of(line), "authorization"))
            return true;
    return false;
}

static bool is_overridden(const struct config_provider *provider, struct text name)
{
    for (size_t i = 0; i < provider->header_count; i++) {
        const char *own = provider->headers[i].name;
        if (strlen(own) == name.len && strncasecmp(own, name.at, name.len) == 0)
            return true;
    }
    return false;
}

static bool may_go(const struct config_provider *provider, struct text name, bool json)
{
    if (is_overridden(provider, name) || header_name_is(name, "via"))
        return false;
    if (json && header_name_is(name, "content-type"))
        return false;
    return !(is_credential(name) && (provider->api_key || provider->no_key));
}

/* RFC 9110, 7.6.3: our entry goes behind those that are there. */
static void add_via(const struct buf *collected, struct buf *out)
{
    char via[1024] = "";
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line)) {
        size_t used = strlen(via);
        if (header_name_is(name_of(line), "via"))
            (void)snprintf(via + used, sizeof(via) - used, "%s, ", strchr(line, ':') + 2);
    }
    if (strlen(via) > sizeof(via) - 64)
        via[0] = '\0';
    must(buf_printf(out, "Via: %s1.1 %s", via, process_id));
    must(buf_append(out, "", 1));
}

static void add_of_app(const struct buf *collected, const struct config_provider *provider,
                       bool json, struct buf *out)
{
    bool accept = false, type = json;
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line)) {
        struct text name = name_of(line);
        if (!may_go(provider, name, json))
            continue;
        accept = accept || header_name_is(name, "accept");
        type = type || header_name_is(name, "content-type");
        /* libcurl takes "Name;" for a field without a value and "Name:" for one to leave out. */
        bool empty = strchr(line, ':')[2] == '\0';
        must(empty ? buf_append_text(out, name) : 0);
        must(empty ? buf_append(out, ";", 2) : buf_append(out, line, strlen(line) + 1));
    }
    /* Fields that libcurl would make up: not ours to say. */
    if (!accept)
        add_line(out, "Accept:");
    if (!type)
        add_line(out, "Content-Type:");
}

void forward_headers(const struct buf *collected, const struct config_provider *provider, bool json,
                     struct buf *out)
{
    if (provider->kind == PROVIDER_OPENAI)
        add_of_app(collected, provider, json, out);
    else
        add_line(out, "Accept: application/json, application/x-ndjson");
    if (json)
        add_line(out, "Content-Type: application/json");
    if (provider->api_key && !is_overridden(provider, text_of("authorization"))) {
        must(buf_append_string(out, "Authorization: Bearer "));
        add_line(out, provider->api_key);
    }
    for (size_t i = 0; i < provider->header_count; i++)
        add(out, text_of(provider->headers[i].name), text_of(provider->headers[i].value));
    add_via(collected, out);
}

bool forward_is_loop(const struct inbound *inbound)
{
    for (size_t i = 0; i < inbound->header_count; i++) {
        const struct guard_header *header = &inbound->headers[i];
        if (header_name_is(header->name, "via") &&
            memmem(header->value.at, header->value.len, process_id, strlen(process_id)))
            return true;
    }
    return false;
}
