/* A request as options of an easy handle. */
#include "call/upstream_options.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"

static void set_way(CURL *easy, const struct upstream_way *way)
{
    (void)curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, way->unix_socket);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)way->connect_timeout_ms);
    /* "" and not unset: unset would read http_proxy of the environment, which catches localhost. */
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, way->proxy ? way->proxy : "");
    /* Unset would read no_proxy, and go past the proxy that the settings name. */
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           way->http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
}

static void set_body(CURL *easy, const struct upstream_request *request)
{
    if (strcmp(request->method, "HEAD") == 0) {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (request->body.at) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.at);
    }
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (!longer)
        alloc_failed();
    *headers = longer;
}

static struct curl_slist *list_of(const struct buf *headers)
{
    static const char no_expect[] = "Expect:"; /* else bodies over 1 MiB wait a second for a 100 */
    struct curl_slist *list = NULL;
    add_header(&list, no_expect);
    const char *end = headers->data + headers->len;
    for (const char *line = headers->data; line && line < end; line += strlen(line) + 1)
        add_header(&list, line);
    return list;
}

/* libcurl since 8.8 leaves out a '?' with nothing behind it; a target that ends so is given as it
 * is. */
static void set_target(CURL *easy, const struct upstream_request *request)
{
    const char *url = request->url, *proxy = request->way.proxy, *authority = strstr(url, "://");
    const char *path = authority ? strchr(authority + 3, '/') : NULL;
    /* On the way to an HTTP proxy the request line holds the whole address. */
    bool whole =
        proxy && proxy[0] && strncasecmp(proxy, "socks", 5) != 0 && strncmp(url, "https:", 6) != 0;
    const char *target = whole ? url : path;
    bool ends_so = path && path[strlen(path) - 1] == '?';
    (void)curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, ends_so ? target : NULL);
}

bool upstream_options_set(const struct upstream_request *request, CURL *easy,
                          struct curl_slist **ret_headers)
{
    *ret_headers = list_of(request->headers);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->own_connection ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request->own_connection ? 1L : 0L);
    set_way(easy, &request->way);
    set_body(easy, request);
    set_target(easy, request);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *ret_headers);
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK;
}
