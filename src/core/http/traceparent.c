/* See traceparent.h. */
#include "http/traceparent.h"

#include <stdio.h>
#include <string.h>

#define LEN (TRACEPARENT_SIZE - 1)
/* Where its fields begin. */
#define TRACE_AT 3
#define SPAN_AT  36
#define FLAGS_AT 53

/* What a later version may mean by other bits is not known. */
#define FLAGS_KNOWN 0x03u

/* Lower case only: that is what the rule says. */
static int digit(char c)
{
    return c >= 'A' && c <= 'F' ? -1 : text_hex_value(c);
}

/* -1: these are no two digits. */
static int byte_at(const char *at)
{
    int high = digit(at[0]), low = digit(at[1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* All digits, and not all of them 0. */
static bool is_id(const char *at, size_t len)
{
    bool zero = true;
    for (size_t i = 0; i < len; i++) {
        if (digit(at[i]) < 0)
            return false;
        zero = zero && at[i] == '0';
    }
    return !zero;
}

bool traceparent_read(struct text value, struct traceparent *ret)
{
    const char *at = value.at;
    if (value.len < LEN || at[TRACE_AT - 1] != '-' || at[SPAN_AT - 1] != '-' ||
        at[FLAGS_AT - 1] != '-')
        return false;
    int version = byte_at(at), flags = byte_at(at + FLAGS_AT);
    bool ends = value.len == LEN || (version > 0 && at[LEN] == '-');
    if (version < 0 || version == 0xff || flags < 0 || !ends ||
        !is_id(at + TRACE_AT, TRACE_ID_SIZE - 1) || !is_id(at + SPAN_AT, SPAN_ID_SIZE - 1))
        return false;
    memcpy(ret->trace, at + TRACE_AT, TRACE_ID_SIZE - 1);
    ret->trace[TRACE_ID_SIZE - 1] = '\0';
    memcpy(ret->span, at + SPAN_AT, SPAN_ID_SIZE - 1);
    ret->span[SPAN_ID_SIZE - 1] = '\0';
    ret->flags = (unsigned char)(version == 0 ? (unsigned)flags : (unsigned)flags & FLAGS_KNOWN);
    return true;
}

void traceparent_write(const struct traceparent *parent, const char *span,
                       char ret[TRACEPARENT_SIZE])
{
    (void)snprintf(ret, TRACEPARENT_SIZE, "00-%.32s-%.16s-%02x", parent->trace, span,
                   parent->flags);
}
