/* What a run asks: whether the app's request is one, what is kept of it, the body of each round. */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "json/jsonspan.h"
#include "request/request.h"
#include "rounds/tool_run.h"
#include "serve/request_unpack.h"
#include "tools/tool_request.h"

static void keep_fields(struct tool_run_request *kept, const struct forward_app *app)
{
    size_t bytes = 0;
    for (size_t i = 0; i < app->count; i++)
        bytes += app->fields[i].name.len + app->fields[i].value.len;
    size_t array = app->count * sizeof(*kept->fields);
    kept->fields = xcalloc(1, array + bytes + 1);
    char *at = (char *)kept->fields + array;
    for (size_t i = 0; i < app->count; i++) {
        const struct text from[] = {app->fields[i].name, app->fields[i].value};
        struct text to[2];
        for (size_t n = 0; n < 2; n++) {
            to[n] = text_make(memcpy(at, from[n].at ? from[n].at : "", from[n].len), from[n].len);
            at += from[n].len;
        }
        kept->fields[i] = (struct header_field){to[0], to[1]};
    }
    kept->app = *app;
    kept->app.fields = kept->fields;
}

void tool_run_keep_request(struct tool_run *run, struct client_request *request)
{
    struct tool_run_request *kept = &run->request;
    kept->method = xstrdup(request->method);
    kept->path = xstrndup(request->path.at, request->path.len);
    kept->query = xstrndup(request->query.at, request->query.len);
    kept->client = request->client ? xstrdup(request->client) : NULL;
    kept->dialect = dialect_asked(api_path_of(text_of(request->method), request->path));
    keep_fields(kept, &request->app);
    kept->body = request->body; /* moved */
    buf_init(&request->body, 0);
    kept->hold = request->hold;
    request->hold = (struct hold){0};
    request_reading_free(request->reading); /* each round has a body of its own */
    request->reading = NULL;
}

/* What all requests pay for where no [tool] is set, and none is asked for: a look at the fields. */
bool tool_run_asks(const struct config *config, struct client_request *request,
                   struct tool_wish *wish, struct error *why)
{
    struct tool_wish_query query = {.fields = request->app.fields,
                                    .field_count = request->app.count};
    if (config->tools.count == 0 && !tool_wish_is_likely(config, &query))
        return false;
    const struct dialect *dialect =
        dialect_asked(api_path_of(text_of(request->method), request->path));
    if (!dialect || !dialect->tools ||
        request_unpack(&request->app, &request->body, &request->hold, &config->server) < 0)
        return false;
    request->unpacked = true;
    struct text body = buf_text(&request->body);
    query.body = dialect->tools->names_servers ? body : text_of("");
    if (request->client)
        query.token = config_token_by_name(config, text_of(request->client));
    if (!tool_wish_is_likely(config, &query) || jsonspan_check(body, NULL) < 0 ||
        jsonspan_type(body) != JSONSPAN_OBJECT)
        return false;
    int r = tool_wish_read(config, &query, wish, why);
    alloc_must(r == -ENOMEM ? r : 0);
    return r < 0 || wish->count > 0;
}

void tool_run_refuse(struct tool_run *run, int status, const char *code, const struct error *why)
{
    run->past.refusal_status = status;
    run->past.refusal_code = code;
    run->past.refusal = *why;
}

void tool_run_write_body(struct tool_run *run, struct buf *out, struct hold *hold)
{
    const struct config_server *server = &run->past.shared->config->server;
    const struct tool_request request = {.dialect = run->request.dialect->tools,
                                         .kit = &run->kit,
                                         .turns = buf_text(&run->turns),
                                         .offer = run->offers};
    struct error why = ERROR_NONE;
    int r = tool_request_write(buf_text(&run->request.body), &request, out);
    if (r == 0 && !hold_grow(hold, out->len, server->max_body_total_bytes))
        r = -ENOBUFS;
    if (r == 0)
        return;
    error_set(&why, "no memory is left for the request with its tools; try again in a second (see "
                    "server.max_body_total)");
    tool_run_refuse(run, 503, r == -ENOBUFS ? "max_body_total" : "out_of_memory", &why);
}
