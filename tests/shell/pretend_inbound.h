/*
 * In place of the shell's inbound.c, for what answers requests: a request whose reply the test
 * looks at. Included once in a test.
 */
#ifndef UNDERSTUDY_PRETEND_INBOUND_H
#define UNDERSTUDY_PRETEND_INBOUND_H

#include <string.h>

#include "http/headers.h"
#include "serve/inbound.h"
#include "unit.h"

#define PRETEND_HEADERS_MAX 8

static struct header_field inbound_fields[PRETEND_HEADERS_MAX];
static struct inbound inbound = {.headers = inbound_fields};
static int reply_count;

static inline void inbound_add_header(const char *name, const char *value)
{
    ck_assert_uint_lt(inbound.header_count, PRETEND_HEADERS_MAX);
    inbound_fields[inbound.header_count++] = (struct header_field){text_of(name), text_of(value)};
}

bool inbound_header(const struct inbound *request, const char *lower_case, struct text *ret_value)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (!header_name_is(request->headers[i].name, lower_case))
            continue;
        *ret_value = request->headers[i].value;
        return true;
    }
    return false;
}

const struct dialect *inbound_dialect(const struct inbound *request)
{
    (void)request;
    return NULL;
}

struct forward_app inbound_forward_app(const struct inbound *request)
{
    return (struct forward_app){.fields = request->headers, .count = request->header_count};
}

void inbound_set_job(struct inbound *request, const struct inbound_job *job, void *arg)
{
    request->job = job;
    request->job_arg = arg;
}

void inbound_reply_take(struct inbound *request, struct reply *reply)
{
    ck_assert_int_eq(reply_count++, 0);
    request->reply = *reply;
}

/* The client has its reply, or has gone: the job ends. */
static inline void inbound_closed(bool client_gone)
{
    if (inbound.job)
        inbound.job->closed(inbound.job_arg, client_gone);
    inbound.job = NULL;
    if (reply_count)
        reply_done(&inbound.reply);
}

/* A field of the reply; "" = it has none. */
static inline const char *replied_header(const char *name)
{
    const struct buf *lines = &inbound.reply.headers;
    size_t len = strlen(name);
    for (size_t at = 0; at < lines->len; at += strlen(lines->data + at) + 1)
        if (strncmp(lines->data + at, name, len) == 0 && lines->data[at + len] == ':')
            return lines->data + at + len + 2;
    return "";
}

static inline const char *replied_body(void)
{
    return inbound.reply.body.len ? inbound.reply.body.data : "";
}

#endif
