/*
 * What two readers make of the same bytes and the end of the connection behind them: libcurl, in a
 * transfer of its own over the loopback, and http1.c.
 */
#ifndef UNDERSTUDY_CURL_VERDICT_H
#define UNDERSTUDY_CURL_VERDICT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "http/http1.h"
#include "text/buf.h"

/* Of the daemon: upstream_head.h. */
#define VERDICT_HEAD_MAX ((size_t)300 << 10)

enum verdict_kind {
    VERDICT_GOOD, /* a whole answer */
    VERDICT_CUT,  /* the connection ended too early */
    VERDICT_BAD,  /* no answer that can be read */
};

struct verdict {
    enum verdict_kind kind;
    int status; /* of a good one */
    struct buf body;
    int code; /* the reader's own word: CURLcode, enum http1_fault */
};

static inline void verdict_done(struct verdict *verdict)
{
    buf_done(&verdict->body);
}

static inline bool verdict_same(const struct verdict *a, const struct verdict *b)
{
    return a->kind == b->kind &&
           (a->kind != VERDICT_GOOD ||
            (a->status == b->status && text_same(buf_text(&a->body), buf_text(&b->body))));
}

static inline void verdict_http1(struct verdict *verdict, struct text bytes, bool bodiless)
{
    struct buf lines;
    struct http1 http1;
    struct text piece;
    enum http1_event event;
    *verdict = (struct verdict){.kind = VERDICT_BAD};
    buf_init(&verdict->body, SIZE_MAX);
    buf_init(&lines, VERDICT_HEAD_MAX);
    http1_init(&http1, &lines, bodiless);
    while ((event = http1_read(&http1, &bytes, &piece)) == HTTP1_HEAD || event == HTTP1_BODY)
        if (event == HTTP1_BODY && buf_append_text(&verdict->body, piece) < 0)
            abort();
    if (event == HTTP1_MORE)
        event = http1_close(&http1);
    if (event == HTTP1_END)
        verdict->kind = VERDICT_GOOD;
    else if (http1.fault == HTTP1_CUT || http1.fault == HTTP1_NOTHING)
        verdict->kind = VERDICT_CUT;
    verdict->status = http1.status;
    verdict->code = (int)http1.fault;
    buf_done(&lines);
}

static inline size_t verdict_write(char *at, size_t size, size_t count, void *verdict)
{
    struct buf *body = &((struct verdict *)verdict)->body;
    return buf_append(body, at, size * count) == 0 ? size * count : 0;
}

/* The other end of libcurl's connection. */
struct verdict_peer {
    int listener;
    int fd;
    uint16_t port;
    struct text bytes;
};

static inline void verdict_listen(struct verdict_peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->listener < 0 || bind(peer->listener, (struct sockaddr *)&address, len) < 0 ||
        listen(peer->listener, 1) < 0 ||
        getsockname(peer->listener, (struct sockaddr *)&address, &len) < 0)
        abort();
    peer->port = ntohs(address.sin_port);
}

/* libcurl is connected, and about to send its request: the answer and the end are there before, so
 * that no thread and no time is in it. What does not fit is beyond what libcurl reads. */
static inline int verdict_answer(void *arg, char *to, char *from, int to_port, int from_port)
{
    struct verdict_peer *peer = arg;
    const int large = 4 << 20;
    (void)to, (void)from, (void)to_port, (void)from_port;
    peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer->fd < 0)
        return CURL_PREREQFUNC_ABORT;
    (void)setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
    while (peer->bytes.len > 0) {
        ssize_t n = send(peer->fd, peer->bytes.at, peer->bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0)
            break;
        peer->bytes = text_skip(peer->bytes, (size_t)n);
    }
    (void)shutdown(peer->fd, SHUT_WR);
    return CURL_PREREQFUNC_OK;
}

static inline CURLcode verdict_ask(CURL *easy, struct verdict *verdict, struct verdict_peer *peer,
                                   bool bodiless)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)peer->port);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, bodiless ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, verdict_answer);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, peer);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, verdict_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, verdict);
    return curl_easy_perform(easy);
}

static inline void verdict_curl(struct verdict *verdict, struct text bytes, bool bodiless)
{
    long status = 0;
    struct verdict_peer peer = {.fd = -1, .bytes = bytes};
    CURL *easy = curl_easy_init();
    *verdict = (struct verdict){.kind = VERDICT_BAD};
    buf_init(&verdict->body, SIZE_MAX);
    if (!easy)
        abort();
    verdict_listen(&peer);
    CURLcode code = verdict_ask(easy, verdict, &peer, bodiless);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK)
        verdict->kind = VERDICT_GOOD;
    else if (code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING)
        verdict->kind = VERDICT_CUT;
    verdict->status = (int)status;
    verdict->code = (int)code;
    curl_easy_cleanup(easy);
    (void)close(peer.listener);
    if (peer.fd >= 0)
        (void)close(peer.fd);
}

#endif
