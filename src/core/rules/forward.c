/*
 * Deny by name (headers.h), then the provider's own: its key instead of the app's, its header.NAME
 * over a field of the same name. What of the app's goes to a provider at all is its kind's.
 */
#include "rules/forward.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text/join.h"

#define VIA_MAX 1024
/* Of VIA_MAX, for our own entry. */
#define OWN_VIA_MAX 64

static int add(struct buf *out, struct text name, struct text value)
{
    int r = buf_append_text(out, name);
    if (r == 0)
        r = buf_append(out, ": ", 2);
    if (r == 0)
        r = buf_append_text(out, value);
    return r < 0 ? r : buf_append(out, "", 1);
}

static int add_line(struct buf *out, const char *line)
{
    return buf_append(out, line, strlen(line) + 1);
}

static bool is_listed_in_connection(const struct forward_app *app, struct text name)
{
    for (size_t i = 0; i < app->count; i++)
        if (header_name_is(app->fields[i].name, "connection") &&
            header_listed(app->fields[i].value, name))
            return true;
    return false;
}

/* Is that our own token? It is for nobody else; what stands beside it may be the provider's key. */
static bool is_token(const struct forward_app *app, struct text name)
{
    if (header_name_is(name, "authorization"))
        return app->authorization_is_token;
    if (header_name_is(name, "x-api-key"))
        return app->x_api_key_is_token;
    return header_name_is(name, "api-key") && app->api_key_is_token;
}

/* Room for all fields, with what is put between them. */
static void reserve(const struct forward_app *app, struct buf *collected)
{
    size_t bytes = 0;
    for (size_t i = 0; i < app->count; i++)
        bytes += app->fields[i].name.len + app->fields[i].value.len + sizeof(": ");
    buf_reserve(collected, bytes);
}

int forward_collect(const struct forward_app *app, struct buf *collected)
{
    int r = 0;
    reserve(app, collected);
    for (size_t i = 0; r == 0 && i < app->count; i++) {
        const struct header_field *field = &app->fields[i];
        /* Via is kept, so that ours can be put behind it. */
        bool travels = header_name_is(field->name, "via") || header_request_travels(field->name);
        if (travels && !is_token(app, field->name) && !is_listed_in_connection(app, field->name))
            r = add(collected, field->name, field->value);
    }
    return r;
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

static bool has_coding(const struct buf *collected)
{
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line))
        if (header_tells_of_coding(name_of(line)))
            return true;
    return false;
}

int forward_without_coding(struct buf *collected)
{
    struct buf kept;
    int r = 0;
    if (!has_coding(collected))
        return 0;
    buf_init_secret(&kept, collected->max);
    for (const char *line = next_line(collected, NULL); r == 0 && line;
         line = next_line(collected, line))
        if (!header_tells_of_coding(name_of(line)))
            r = add_line(&kept, line);
    if (r < 0) {
        buf_done(&kept);
        return r;
    }
    buf_done(collected);
    *collected = kept;
    return 0;
}

static bool is_named(struct text name, const char *other)
{
    return strlen(other) == name.len && strncasecmp(other, name.at, name.len) == 0;
}

const struct kind *forward_app_kind(const struct buf *collected, enum api_path path)
{
    for (const char *line = next_line(collected, NULL); line && path == API_PATH_OTHER;
         line = next_line(collected, line)) {
        const struct kind *kind = kind_by_field(name_of(line));
        if (kind)
            return kind;
    }
    return kind_of_apps(path);
}

bool forward_has_credential(const struct buf *collected, const struct kind *kind)
{
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line)) {
        struct text name = name_of(line);
        if (header_name_is(name, "authorization") || is_named(name, kind->key_header))
            return true;
    }
    return false;
}

struct text forward_field(const struct buf *collected, const char *lower_case)
{
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line))
        if (header_name_is(name_of(line), lower_case))
            return text_of(strchr(line, ':') + 2);
    return (struct text){NULL, 0};
}

bool forward_trace(const struct buf *collected, struct traceparent *ret)
{
    struct text only = {NULL, 0};
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line)) {
        if (!header_name_is(name_of(line), "traceparent"))
            continue;
        if (only.at)
            return false;
        only = text_of(strchr(line, ':') + 2);
    }
    return only.at && traceparent_read(only, ret);
}

static bool is_overridden(const struct config_provider *provider, struct text name)
{
    for (size_t i = 0; i < provider->header_count; i++)
        if (is_named(name, provider->headers[i].name))
            return true;
    return false;
}

/* Does a field of ours stand in its place, or is it of a trace that is not gone on with? */
static bool is_replaced(const struct forward_target *target, struct text name)
{
    if (!target->traceparent)
        return false;
    return header_name_is(name, "traceparent") ||
           (target->own_trace && header_name_is(name, "tracestate"));
}

static bool may_go(const struct forward_target *target, struct text name)
{
    const struct config_provider *provider = target->provider;
    if (is_overridden(provider, name) || is_replaced(target, name) || header_name_is(name, "via"))
        return false;
    if (target->json && header_name_is(name, "content-type"))
        return false;
    if (header_is_credential(name))
        return target->credential && !config_provider_has_own_key(provider);
    const struct kind *owner = kind_by_field(name);
    return !owner || owner == provider->kind;
}

/* RFC 9110, 7.6.3: our entry goes behind those that are there. */
static int add_via(const struct buf *collected, const char *process, struct buf *out)
{
    char via[VIA_MAX] = "";
    for (const char *line = next_line(collected, NULL); line; line = next_line(collected, line)) {
        size_t used = strlen(via);
        if (header_name_is(name_of(line), "via"))
            (void)snprintf(via + used, sizeof(via) - used, "%s, ", strchr(line, ':') + 2);
    }
    if (strlen(via) > sizeof(via) - OWN_VIA_MAX)
        via[0] = '\0';
    int r =
        join_append(out, JOIN(text_of("Via: "), text_of(via), text_of("1.1 "), text_of(process)));
    return r < 0 ? r : buf_append(out, "", 1);
}

/* libcurl takes "Name;" for a field without a value and "Name:" for one to leave out. */
static int add_collected(struct buf *out, struct text name, const char *line)
{
    if (strchr(line, ':')[2] != '\0')
        return add_line(out, line);
    int r = buf_append_text(out, name);
    return r < 0 ? r : buf_append(out, ";", 2);
}

/* What the kind wants to be told, unless the settings tell it. */
static int add_always(const struct config_provider *provider, struct buf *out)
{
    const struct kind_field *always = &provider->kind->always;
    struct text name = text_of(always->name);
    return is_overridden(provider, name) ? 0 : add(out, name, text_of(always->value));
}

static int add_of_app(const struct buf *collected, const struct forward_target *target,
                      struct buf *out)
{
    const char *always = target->provider->kind->always.name;
    bool accept = false, type = target->json, said = !always;
    int r = 0;
    for (const char *line = next_line(collected, NULL); r == 0 && line;
         line = next_line(collected, line)) {
        struct text name = name_of(line);
        if (!may_go(target, name))
            continue;
        accept = accept || header_name_is(name, "accept");
        type = type || header_name_is(name, "content-type");
        said = said || is_named(name, always);
        r = add_collected(out, name, line);
    }
    /* Fields that libcurl would make up: not ours to say. */
    if (r == 0 && !accept)
        r = add_line(out, "Accept:");
    if (r == 0 && !said)
        r = add_always(target->provider, out);
    return r < 0 || type ? r : add_line(out, "Content-Type:");
}

/* Of an app that was made for another kind only its trace goes there. */
static int add_of_ours(const struct buf *collected, const struct forward_target *target,
                       struct buf *out)
{
    const struct kind *kind = target->provider->kind;
    int r = add(out, text_of("Accept"), text_of(kind->accept));
    if (r == 0 && kind->always.name)
        r = add_always(target->provider, out);
    if (r == 0 && !target->json && kind->takes_app_headers)
        r = add_line(out, "Content-Type:");
    for (const char *line = next_line(collected, NULL); r == 0 && line;
         line = next_line(collected, line)) {
        struct text name = name_of(line);
        if (header_is_trace(name) && !is_replaced(target, name) &&
            !is_overridden(target->provider, name))
            r = add_collected(out, name, line);
    }
    return r;
}

int forward_headers(const struct buf *collected, const struct forward_target *target,
                    struct buf *out)
{
    const struct config_provider *provider = target->provider;
    const struct kind *kind = provider->kind;
    bool of_app = kind->takes_app_headers && !target->foreign;
    int r = of_app ? add_of_app(collected, target, out) : add_of_ours(collected, target, out);
    if (r == 0 && target->json)
        r = add_line(out, "Content-Type: application/json");
    bool has_key = target->key < provider->api_keys.count;
    if (r == 0 && has_key && !is_overridden(provider, text_of(kind->key_header))) {
        r = join_append(out,
                        JOIN(text_of(kind->key_header), text_of(": "), text_of(kind->key_scheme)));
        if (r == 0)
            r = add_line(out, provider->api_keys.at[target->key]);
    }
    struct text traceparent = text_of("traceparent");
    if (r == 0 && target->traceparent && !is_overridden(provider, traceparent))
        r = add(out, traceparent, text_of(target->traceparent));
    for (size_t i = 0; r == 0 && i < provider->header_count; i++)
        r = add(out, text_of(provider->headers[i].name), text_of(provider->headers[i].value));
    return r < 0 ? r : add_via(collected, target->process, out);
}

bool forward_is_loop(const struct forward_app *app, const char *process)
{
    for (size_t i = 0; i < app->count; i++) {
        const struct header_field *field = &app->fields[i];
        if (header_name_is(field->name, "via") &&
            memmem(field->value.at, field->value.len, process, strlen(process)))
            return true;
    }
    return false;
}
