/*
 * Is there exactly one way to read this head (RFC 9112; FAULTS of request smuggling)? The library
 * below us takes a good deal more than it should, so whatever two readers could see differently is
 * refused here with 400, and the caller closes the connection.
 */
#include "guard/guard_rule.h"
#include "http/headers.h"
#include "text/count.h"

static bool check_count(const struct guard_request *request, struct guard_verdict *ret)
{
    if (request->header_count <= GUARD_HEADERS_MAX)
        return true;
    ret->expects_body = true; /* fields may be missing from the list, so it cannot be excluded */
    return guard_refuse(ret, 431, "too_many_headers", "the request has more than %d header fields",
                        GUARD_HEADERS_MAX);
}

static bool check_headers(const struct guard_request *request, struct guard_verdict *ret)
{
    if (request->altered)
        return guard_refuse(ret, 400, "invalid_header",
                            "a header is folded, contains a NUL or ends in LF without CR");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct header_field *header = &request->headers[i];
        if (!header_name_valid(header->name))
            return guard_refuse(ret, 400, "invalid_header",
                                "header field %zu has a name that is no token (RFC 9110, 5.6.2)",
                                i + 1);
        if (!header_value_valid(header->value))
            return guard_refuse(ret, 400, "invalid_header",
                                "the header %.*s contains a control character",
                                GUARD_SHOWN(header->name));
    }
    return true;
}

/* Fields of which a second one would leave open which counts. */
static bool check_single(const struct guard_request *request, struct guard_verdict *ret)
{
    static const char *const single[] = {
        "host",         "content-length", "transfer-encoding", "expect", "authorization",
        "content-type", "origin",         "x-api-key",
    };
    struct text value;
    for (size_t i = 0; i < COUNT(single); i++)
        if (guard_find(request, single[i], &value) > 1)
            return guard_refuse(ret, 400, "duplicate_header",
                                "the header %s is in the request twice: send it once", single[i]);
    return true;
}

static bool check_version(const struct guard_request *request, struct guard_verdict *ret)
{
    if (text_equals(request->version, "HTTP/1.1") || text_equals(request->version, "HTTP/1.0"))
        return true;
    return guard_refuse(ret, 400, "http_version",
                        "the HTTP version %.*s is not served: use HTTP/1.1",
                        GUARD_SHOWN(request->version));
}

static bool check_method(const struct guard_request *request, struct guard_verdict *ret)
{
    if (!header_name_valid(request->method))
        return guard_refuse(ret, 400, "invalid_method", "the request's method is no token");
    if (!text_equals(request->method, "TRACE") && !text_equals(request->method, "CONNECT"))
        return true;
    ret->allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    return guard_refuse(ret, 405, "method_not_supported", "%.*s is not served here",
                        GUARD_SHOWN(request->method));
}

/* What is escaped at the beginning of text, a '%', must be two digits and no control character. */
static const char *wrong_in_escape(struct text text)
{
    int high = text.len > 2 ? text_hex_value(text.at[1]) : -1;
    int low = high < 0 ? -1 : text_hex_value(text.at[2]);
    if (low < 0)
        return "a '%' without two hexadecimal digits";
    return high < 2 || (high == 7 && low == 15) ? "an escaped control character" : NULL;
}

/* Bytes that end a line, or that one reader decodes and another does not. */
static const char *wrong_in_target(struct text target)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.at[i];
        if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '#')
            return "a control character, a blank, a backslash, '#' or a byte that is not ASCII";
        const char *wrong = c == '%' ? wrong_in_escape(text_skip(target, i)) : NULL;
        if (wrong)
            return wrong;
    }
    return NULL;
}

static bool is_dots(struct text segment)
{
    return text_equals(segment, ".") || text_equals(segment, "..");
}

/* Segments that somebody on the way might fold away. */
static const char *wrong_in_path(struct text path)
{
    for (size_t i = 0; i + 2 < path.len; i++)
        if (path.at[i] == '%' && path.at[i + 1] == '2' && text_lower(path.at[i + 2]) == 'e')
            return "an escaped dot";
    for (size_t i = 0; i < path.len;) {
        struct text rest = text_skip(path, i + 1);
        const char *slash = rest.len ? memchr(rest.at, '/', rest.len) : NULL;
        struct text segment = text_make(rest.at, slash ? (size_t)(slash - rest.at) : rest.len);
        if (is_dots(segment))
            return "a segment '.' or '..'";
        if (segment.len == 0 && slash)
            return "'//'";
        i += segment.len + 1;
    }
    return NULL;
}

static bool check_target(const struct guard_request *request, struct guard_verdict *ret)
{
    struct text target = request->target;
    if (target.len == 0 || target.at[0] != '/')
        return guard_refuse(ret, 400, "invalid_target",
                            "the request target must begin with '/', as in POST "
                            "/v1/chat/completions: this is no proxy");
    const char *query = memchr(target.at, '?', target.len);
    ret->path = text_make(target.at, query ? (size_t)(query - target.at) : target.len);
    ret->query = text_skip(target, ret->path.len);
    const char *wrong = wrong_in_target(target);
    if (!wrong)
        wrong = wrong_in_path(ret->path);
    return !wrong || guard_refuse(ret, 400, "invalid_target",
                                  "the request target contains %s: send the plain path", wrong);
}

/* 1*DIGIT that fits. -1 when it is not that. */
static int64_t read_length(struct text value)
{
    int64_t length;
    size_t digits = text_digits(value, &length);
    return digits > 0 && digits == value.len ? length : -1;
}

static bool check_transfer_encoding(const struct guard_request *request, struct text encoding,
                                    bool has_length, struct guard_verdict *ret)
{
    if (has_length)
        return guard_refuse(ret, 400, "invalid_framing",
                            "Content-Length and Transfer-Encoding exclude each other: send one");
    if (text_equals(request->version, "HTTP/1.0"))
        return guard_refuse(ret, 400, "invalid_framing",
                            "HTTP/1.0 has no Transfer-Encoding: use HTTP/1.1 or Content-Length");
    if (!text_equals_nocase(encoding, "chunked"))
        return guard_refuse(ret, 400, "invalid_framing",
                            "the only Transfer-Encoding served is chunked");
    ret->expects_body = true;
    return true;
}

static bool check_content_length(struct text value, struct guard_verdict *ret)
{
    ret->content_length = read_length(value);
    if (ret->content_length < 0)
        return guard_refuse(ret, 400, "invalid_framing",
                            "Content-Length must be one decimal number of bytes");
    ret->expects_body = ret->content_length > 0;
    return true;
}

static bool check_body(const struct guard_request *request, struct guard_verdict *ret)
{
    struct text length, encoding;
    bool has_length = guard_find(request, "content-length", &length) > 0;
    bool has_encoding = guard_find(request, "transfer-encoding", &encoding) > 0;
    if (has_encoding && !check_transfer_encoding(request, encoding, has_length, ret))
        return false;
    if (has_length && !check_content_length(length, ret))
        return false;
    if (ret->expects_body &&
        (text_equals(request->method, "GET") || text_equals(request->method, "HEAD")))
        return guard_refuse(ret, 400, "invalid_framing", "a %.*s request must have no body",
                            GUARD_SHOWN(request->method));
    return true;
}

static bool check_expect(const struct guard_request *request, struct guard_verdict *ret)
{
    struct text expect;
    if (guard_find(request, "expect", &expect) == 0 || text_equals_nocase(expect, "100-continue"))
        return true;
    return guard_refuse(ret, 417, "expectation_failed",
                        "the only Expect served is 100-continue: leave the header out");
}

bool guard_rule_framing(const struct guard_request *request, struct guard_verdict *ret)
{
    return check_count(request, ret) && check_headers(request, ret) && check_single(request, ret) &&
           check_version(request, ret) && check_body(request, ret) && check_method(request, ret) &&
           check_target(request, ret) && check_expect(request, ret);
}
