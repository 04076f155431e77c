/* A whole answer through relay_whole: out is what the app gets, nothing where it fails. */
#ifndef UNDERSTUDY_WHOLE_H
#define UNDERSTUDY_WHOLE_H

#include <check.h>

#include "answer/relay.h"

static inline void whole_relay_read(const struct relay_options *options,
                                    struct relay_reading *reading, const char *content_type,
                                    struct buf *out, struct answer_facts *ret_facts)
{
    struct buf sent;
    buf_init(&sent, out->max);
    ck_assert_int_eq(buf_append_text(&sent, buf_text(out)), 0);
    relay_whole(options, reading, text_of(content_type), out, ret_facts);
    if (ret_facts->failure != FAILURE_NONE) {
        ck_assert(text_same(buf_text(out), buf_text(&sent)));
        buf_reset(out);
    }
    buf_done(&sent);
}

/* Looked at byte by byte as it comes, it is told alike. */
static inline void whole_relay(const struct relay_options *options, const char *content_type,
                               struct text body, struct buf *out, struct answer_facts *ret_facts)
{
    struct relay_reading *reading = relay_reading_new(options);
    struct answer_facts read;
    struct buf again;
    ck_assert_int_eq(buf_append_text(out, body), 0);
    whole_relay_read(options, NULL, content_type, out, ret_facts);
    if (!reading)
        return;
    buf_init(&again, out->max);
    for (size_t i = 0; i < body.len; i++) {
        ck_assert_int_eq(buf_append(&again, body.at + i, 1), 0);
        relay_reading_more(reading, buf_text(&again));
    }
    whole_relay_read(options, reading, content_type, &again, &read);
    ck_assert(text_same(buf_text(out), buf_text(&again)));
    ck_assert(read.failure == ret_facts->failure && read.repeats == ret_facts->repeats &&
              read.policy == ret_facts->policy && read.done == ret_facts->done &&
              read.tool_calls == ret_facts->tool_calls &&
              read.prompt_tokens == ret_facts->prompt_tokens &&
              read.completion_tokens == ret_facts->completion_tokens &&
              read.cached_tokens == ret_facts->cached_tokens);
    ck_assert_str_eq(read.error.message, ret_facts->error.message);
    relay_reading_free(reading);
    buf_done(&again);
}

#endif
