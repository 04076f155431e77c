/* A request as options of an easy handle. */
#include "upstream_request.h"

#include <stdlib.h>
#include <string.h>

static void set_provider(CURL *easy, const struct config_provider *provider)
{
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)provider->connect_timeout_ms);
    /* "" and not unset: unset would read http_proxy of the environment, which catches localhost. */
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, provider->proxy ? provider->proxy : "");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           provider->http2 ? (long)CURL_HTTP_VERSION_2TLS
                                           : (long)CURL_HTTP_VERSION_1_1);
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
        abort();
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

bool upstream_request_set(const struct upstream_request *request, CURL *easy,
                          struct curl_slist **ret_headers)
{
    *ret_headers = list_of(request->headers);
    set_provider(easy, request->provider);
    set_body(easy, request);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *ret_headers);
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK;
}
