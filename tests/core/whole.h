/* A whole answer through relay_whole: out is what the app gets, nothing where it fails. */
#ifndef UNDERSTUDY_WHOLE_H
#define UNDERSTUDY_WHOLE_H

#include <check.h>

#include "answer/relay.h"

static inline void whole_relay(const struct relay_options *options, const char *content_type,
                               struct text body, struct buf *out, struct answer_facts *ret_facts)
{
    ck_assert_int_eq(buf_append_text(out, body), 0);
    relay_whole(options, text_of(content_type), out, ret_facts);
    if (ret_facts->failure == FAILURE_NONE)
        return;
    ck_assert(text_same(buf_text(out), body));
    buf_reset(out);
}

#endif
