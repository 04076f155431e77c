/*
 * Fields are gathered one by one, as facts; only at the end of the head they are weighed against
 * each other, since RFC 9112, 6.3, has one field overrule another, and the status all of them.
 */
#include "http/framing.h"

#include <string.h>

void framing_init(struct framing *framing)
{
    *framing = (struct framing){.length = -1};
}

/* The next element of a list (RFC 9110, 5.6.1); false: there is none. It may be empty. */
static bool next_element(struct text *list, struct text *ret)
{
    if (!list->at)
        return false;
    const char *comma = list->len ? memchr(list->at, ',', list->len) : NULL;
    size_t len = comma ? (size_t)(comma - list->at) : list->len;
    *ret = text_trim(text_make(list->at, len));
    *list = comma ? text_skip(*list, len + 1) : text_make(NULL, 0);
    return true;
}

/* One number, or the same one several times (RFC 9110, 8.6). */
static void take_length(struct framing *framing, struct text value)
{
    struct text element;
    framing->has_length = true;
    while (next_element(&value, &element)) {
        int64_t length;
        size_t digits = text_digits(element, &length);
        if (digits == 0 || digits < element.len || length < 0 ||
            (framing->length >= 0 && framing->length != length))
            framing->spoilt_length = true;
        else
            framing->length = length;
    }
}

static void take_encoding(struct framing *framing, struct text value)
{
    struct text element;
    framing->has_encoding = true;
    while (next_element(&value, &element)) {
        if (element.len == 0)
            continue;
        if (framing->chunked || !text_equals_nocase(element, "chunked"))
            framing->other_coding = true;
        framing->chunked = true;
    }
}

static void take_connection(struct framing *framing, struct text value)
{
    struct text element;
    while (next_element(&value, &element)) {
        framing->close |= text_equals_nocase(element, "close");
        framing->keep_alive |= text_equals_nocase(element, "keep-alive");
    }
}

void framing_take(struct framing *framing, struct text name, struct text value)
{
    if (text_equals_nocase(name, "connection"))
        take_connection(framing, value);
    else if (text_equals_nocase(name, "content-length"))
        take_length(framing, value);
    else if (text_equals_nocase(name, "transfer-encoding"))
        take_encoding(framing, value);
}

/* RFC 9112, 6.3, rule 1; interim responses come to nobody here. */
static bool has_no_body(const struct framing_case *of)
{
    return of->bodiless || of->status == 204 || of->status == 304;
}

enum framing_body framing_body(const struct framing *framing, const struct framing_case *of,
                               const char **ret_why)
{
    if (has_no_body(of))
        return FRAMING_NONE;
    if (framing->has_encoding) {
        if (framing->chunked && !framing->other_coding)
            return FRAMING_CHUNKED;
        *ret_why = "the answer has a Transfer-Encoding that is not chunked alone";
        return FRAMING_BAD;
    }
    if (framing->spoilt_length) {
        *ret_why = "the answer has a Content-Length that is not one number of bytes";
        return FRAMING_BAD;
    }
    return framing->has_length ? FRAMING_LENGTH : FRAMING_CLOSE;
}

/* Is it certain where the response ends, also to a peer that errs? RFC 9112, 6.1, has a connection
 * closed behind both fields, and one of HTTP/1.0 behind Transfer-Encoding. */
static bool ends_surely(const struct framing *framing, const struct framing_case *of)
{
    if (framing->spoilt_length || framing->other_coding)
        return false;
    if (framing->has_encoding && (framing->has_length || of->http10))
        return false;
    if (of->bodiless || of->status == 304) /* its fields tell of the body that it does not have */
        return true;
    if (of->status == 204) /* must have neither (RFC 9110, 8.6; RFC 9112, 6.1) */
        return !framing->has_encoding && framing->length <= 0;
    return framing->has_encoding || framing->has_length;
}

bool framing_keeps(const struct framing *framing, const struct framing_case *of)
{
    return !framing->close && (!of->http10 || framing->keep_alive) && ends_surely(framing, of);
}
