/*
 * CURLE_OK proves nothing: a response that is cut inside its head is a success to libcurl 7.88, so
 * the head's closing blank line is asked for as well. (Whether a body is whole is judged by
 * its content, elsewhere.)
 */
#include "connect/curlcode.h"

#include <stddef.h>

#include "text/count.h"

static const struct {
    CURLcode code;
    enum transport transport;
} map[] = {
    {CURLE_COULDNT_RESOLVE_HOST, TRANSPORT_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, TRANSPORT_DNS},
    {CURLE_COULDNT_CONNECT, TRANSPORT_CONNECT},
    {CURLE_PROXY, TRANSPORT_PROXY},
    {CURLE_SSL_CONNECT_ERROR, TRANSPORT_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_CACERT_BADFILE, TRANSPORT_CERTIFICATE},
    {CURLE_SSL_ISSUER_ERROR, TRANSPORT_CERTIFICATE},
    {CURLE_SEND_ERROR, TRANSPORT_SEND},
    {CURLE_GOT_NOTHING, TRANSPORT_RESET},
    {CURLE_SEND_FAIL_REWIND, TRANSPORT_RESET},
    {CURLE_ABORTED_BY_CALLBACK, TRANSPORT_RESET}, /* libcurl was about to send it once more */
    {CURLE_PARTIAL_FILE, TRANSPORT_TRUNCATED},
    {CURLE_HTTP2, TRANSPORT_RESET},
    {CURLE_HTTP2_STREAM, TRANSPORT_RESET},
    {CURLE_WEIRD_SERVER_REPLY, TRANSPORT_MALFORMED},
    {CURLE_UNSUPPORTED_PROTOCOL, TRANSPORT_MALFORMED}, /* "HTTP/0.9 when not allowed" */
    {CURLE_BAD_CONTENT_ENCODING, TRANSPORT_MALFORMED},
    {CURLE_WRITE_ERROR, TRANSPORT_TOO_LARGE}, /* our own body callback said stop */
};

/* 56 stands for a connection that broke and for a body with broken chunks: errno tells. */
static enum transport receive_error(const struct curl_ending *ending)
{
    if (ending->os_errno != 0)
        return TRANSPORT_RESET;
    return ending->answered ? TRANSPORT_TRUNCATED : TRANSPORT_MALFORMED;
}

/*
 * What is in no row is an answer that libcurl would not take, once the request was sent: each
 * release has other codes for that. 7.88 calls a header line over 100 KB out of memory (27), 8.6
 * and later too large (100).
 */
static enum transport transport_of_code(const struct curl_ending *ending)
{
    if (ending->code == CURLE_RECV_ERROR)
        return receive_error(ending);
    for (size_t i = 0; i < COUNT(map); i++)
        if (map[i].code == ending->code)
            return map[i].transport;
    return ending->sent ? TRANSPORT_MALFORMED : TRANSPORT_INTERNAL;
}

/* The tunnel was not made: nothing of the request has left. */
static enum transport refused_by_proxy(const struct curl_ending *ending)
{
    return ending->connect_status == 407 ? TRANSPORT_PROXY_AUTH : TRANSPORT_PROXY;
}

/* Nothing of the request has left. What otherwise ends an answer broke while the way was made. */
static enum transport unsent(const struct curl_ending *ending)
{
    if (ending->connect_status >= 300)
        return refused_by_proxy(ending);
    if (ending->no_descriptor)
        return TRANSPORT_NO_DESCRIPTOR;
    if (ending->code == CURLE_OPERATION_TIMEDOUT)
        return TRANSPORT_CONNECT_TIMEOUT;
    enum transport transport = transport_of_code(ending);
    if (transport_processed(transport))
        return ending->by_proxy ? TRANSPORT_PROXY : TRANSPORT_TLS;
    return transport;
}

enum transport transport_of_curl(const struct curl_ending *ending)
{
    if (ending->head_refused)
        return TRANSPORT_MALFORMED;
    if (ending->code == CURLE_OK)
        return ending->answered ? TRANSPORT_OK : TRANSPORT_TRUNCATED;
    if (!ending->sent)
        return unsent(ending);
    /* We set it no time for the answer: once the request is sent, it is the kernel that gave up. */
    if (ending->code == CURLE_OPERATION_TIMEDOUT)
        return TRANSPORT_RESET;
    /* A kept connection broke, and libcurl tells only how the next one could not be made. */
    enum transport transport = transport_of_code(ending);
    return transport_processed(transport) ? transport : TRANSPORT_RESET;
}
