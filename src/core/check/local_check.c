/*
 * /readyz is asked, and not /healthz: a daemon that serves but can ask nobody is of no use to those
 * who wait for it. Whoever only wants to know that the process lives has /healthz.
 */
#include "check/local_check.h"

#include <stdio.h>

#include <jansson.h>

#include "http/host.h"
#include "json/jsonload.h"
#include "json/jsonwrite.h"

static const char *const state_words[] = {[LOCAL_ABSENT] = "absent",
                                          [LOCAL_FOREIGN] = "foreign",
                                          [LOCAL_NOT_READY] = "not_ready",
                                          [LOCAL_READY] = "ready"};

const char *local_check_host(const struct config_listen *listen)
{
    if (!listen->host || !host_is_any(text_of(listen->host)))
        return listen->host;
    return strchr(listen->host, ':') ? "::1" : "127.0.0.1";
}

void local_check_init(struct local_daemon *daemon, const struct config_listen *listen)
{
    const char *host = local_check_host(listen);
    bool literal = host && strchr(host, ':');
    *daemon = (struct local_daemon){.state = LOCAL_ABSENT, .listen = listen};
    if (host)
        (void)snprintf(daemon->address, sizeof(daemon->address), "%s%s%s:%u", literal ? "[" : "",
                       host, literal ? "]" : "", (unsigned)listen->port);
    else
        (void)snprintf(daemon->address, sizeof(daemon->address), "unix:%s", listen->path);
}

/* The name of a machine that listens everywhere, or on a path, is whichever the owner allows. */
int local_check_name(const struct config_server *server, const struct config_listen *listen,
                     struct buf *out)
{
    if (listen->host && !host_is_any(text_of(listen->host)))
        return buf_printf(out, strchr(listen->host, ':') ? "[%s]" : "%s", listen->host);
    return buf_append_string(out, server->allowed_hosts.count ? server->allowed_hosts.at[0]
                                                              : "localhost");
}

int local_check_request(const struct config_server *server, const struct config_listen *listen,
                        struct buf *out)
{
    int r = buf_append_string(out, "GET /readyz HTTP/1.1\r\nHost: ");
    if (r == 0)
        r = local_check_name(server, listen, out);
    return r < 0 ? r : buf_append_string(out, "\r\nConnection: close\r\n\r\n");
}

/* 0 = it is no answer of HTTP. What a stranger says is shown to nobody. */
static int64_t status_of(struct text answer)
{
    int64_t status = 0;
    if (!text_starts(answer, "HTTP/1.") || answer.len < strlen("HTTP/1.1 200"))
        return 0;
    (void)text_digits(text_skip(answer, strlen("HTTP/1.1 ")), &status);
    return status > 0 ? status : 0;
}

void local_check_answered(struct local_daemon *daemon, struct text answer)
{
    int64_t status = status_of(answer);
    const char *body = answer.len ? memmem(answer.at, answer.len, "\r\n\r\n", 4) : NULL;
    json_t *root = body ? jsonload(text_skip(answer, (size_t)(body + 4 - answer.at)), NULL) : NULL;
    const char *word = json_string_value(json_object_get(root, "status"));
    bool ready = status == 200 && word && strcmp(word, "ready") == 0;
    daemon->state = ready ? LOCAL_READY : status == 503 && word ? LOCAL_NOT_READY : LOCAL_FOREIGN;
    if (daemon->state == LOCAL_NOT_READY)
        error_set(&daemon->why, strcmp(word, "draining") == 0
                                    ? "it is draining, and ends after that"
                                    : "no provider of its route can be tried");
    else if (daemon->state == LOCAL_FOREIGN && status)
        error_set(&daemon->why, "HTTP %d is no answer of understudy to GET /readyz", (int)status);
    else if (daemon->state == LOCAL_FOREIGN)
        error_set(&daemon->why, "it does not speak HTTP");
    json_decref(root);
}

bool local_check_near(const struct checkup *checkups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (checkups[i].in_route && checkups[i].provider->local && checkup_can_answer(&checkups[i]))
            return true;
    return false;
}

static int print_daemon(const struct local_daemon *daemon, struct buf *out)
{
    switch (daemon->state) {
    case LOCAL_ABSENT:
        return buf_printf(out, "daemon: does not answer at %s: %s\n", daemon->address,
                          daemon->why.text);
    case LOCAL_FOREIGN:
        return buf_printf(out, "daemon: is not what answers at %s: %s\n", daemon->address,
                          daemon->why.text);
    case LOCAL_NOT_READY:
        return buf_printf(out, "daemon: serves at %s, but is not ready: %s\n", daemon->address,
                          daemon->why.text);
    case LOCAL_READY:
        break;
    }
    return buf_printf(out, "daemon: serves at %s and is ready\n", daemon->address);
}

int local_check_print(const struct local_daemon *daemon, const struct checkup *checkups,
                      size_t count, struct buf *out)
{
    int r = print_daemon(daemon, out);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = checkup_print_line(&checkups[i], out);
    if (r < 0)
        return r;
    if (daemon->state != LOCAL_READY)
        return buf_append_string(out, "this machine: cannot answer\n");
    return buf_append_string(out, local_check_near(checkups, count)
                                      ? "this machine: can answer, without the cloud too\n"
                                      : "this machine: can answer, but only by the cloud, which "
                                        "was not asked\n");
}

json_t *local_check_json(const struct local_daemon *daemon)
{
    return json_pack("{s:s, s:s, s:s}", "address", daemon->address, "state",
                     state_words[daemon->state], "message", daemon->why.text);
}

int local_check_print_json(const struct local_daemon *daemon, const struct checkup *checkups,
                           size_t count, struct buf *out)
{
    json_t *providers = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(providers, checkup_json(&checkups[i]));
    json_t *json = json_pack("{s:b, s:b, s:o, s:o}", "can_answer", daemon->state == LOCAL_READY,
                             "without_cloud",
                             daemon->state == LOCAL_READY && local_check_near(checkups, count),
                             "daemon", local_check_json(daemon), "providers", providers);
    return jsonwrite_page(json, out);
}
