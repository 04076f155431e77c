/* See http1_request.h. Whatever has a length of its own is added in one piece. */
#include "http/http1_request.h"

#include <errno.h>
#include <string.h>

#include "http/headers.h"
#include "text/join.h"

struct parts {
    struct text host;   /* as the field Host has it (RFC 9110, 7.2) */
    struct text target; /* in origin-form (RFC 9112, 3.2.1); may lack its slash */
};

static bool is_sound(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f)
            return false;
    return true;
}

/* RFC 9110, 4.2.1 and 4.2.2: the scheme's own port goes without saying. */
static struct text without_default_port(struct text authority, bool tls)
{
    const char *port = tls ? ":443" : ":80";
    return text_ends(authority, port) ? text_cut(authority, authority.len - strlen(port))
                                      : authority;
}

static bool cut(const char *url, struct parts *ret)
{
    bool tls = text_starts_nocase(text_of(url), "https://");
    if (!tls && !text_starts_nocase(text_of(url), "http://"))
        return false;
    const char *authority = url + (tls ? 8 : 7);
    const char *target = authority + strcspn(authority, "/?#");
    ret->host = without_default_port(text_make(authority, (size_t)(target - authority)), tls);
    ret->target = text_make(target, strcspn(target, "#"));
    return ret->host.len > 0 && is_sound(ret->host) && is_sound(ret->target);
}

static int add_request_line(const char *method, const struct parts *parts, struct buf *out)
{
    int r = buf_append_string(out, method);
    bool slash = parts->target.len > 0 && parts->target.at[0] == '/';
    r = r < 0 ? r : buf_append_string(out, slash ? " " : " /");
    r = r < 0 ? r : buf_append_text(out, parts->target);
    return r < 0 ? r : buf_append_string(out, " HTTP/1.1\r\n");
}

static bool is_host(const char *line)
{
    return (line[0] == 'H' || line[0] == 'h') && header_name_is(text_make(line, 4), "host");
}

static bool names_host(const struct buf *headers)
{
    const char *end = headers->data + headers->len;
    for (const char *line = headers->data; line && line < end; line += strlen(line) + 1)
        if (strlen(line) > 5 && line[4] == ':' && is_host(line))
            return true;
    return false;
}

static int add_field(const char *line, size_t len, struct buf *out)
{
    char last = len > 0 ? line[len - 1] : ':';
    bool named_only = last == ';' && !memchr(line, ':', len);
    if (last == ':' && memchr(line, ':', len) == line + len - 1)
        return 0;
    int r = buf_append(out, line, named_only ? len - 1 : len);
    return r < 0 ? r : buf_append_string(out, named_only ? ":\r\n" : "\r\n");
}

static int add_fields(const struct buf *headers, struct buf *out)
{
    const char *end = headers->data + headers->len;
    int r = 0;
    for (const char *line = headers->data; r == 0 && line && line < end;) {
        size_t len = strlen(line);
        r = add_field(line, len, out);
        line += len + 1;
    }
    return r;
}

static int add_host(struct text host, struct buf *out)
{
    int r = buf_append_string(out, "Host: ");
    r = r < 0 ? r : buf_append_text(out, host);
    return r < 0 ? r : buf_append_string(out, "\r\n");
}

int http1_request_write(const struct http1_request *request, struct buf *out)
{
    struct parts parts;
    if (!cut(request->url, &parts))
        return -EINVAL;
    int r = add_request_line(request->method, &parts, out);
    if (r == 0 && !names_host(request->headers))
        r = add_host(parts.host, out);
    r = r < 0 ? r : add_fields(request->headers, out);
    if (r == 0 && request->has_body) {
        char room[JOIN_NUMBER_SIZE];
        r = join_append(out,
                        JOIN(text_of("Content-Length: "),
                             join_number((int64_t)request->body_bytes, room), text_of("\r\n")));
    }
    return r < 0 ? r : buf_append_string(out, "\r\n");
}
