/* What the tests of requests share: parts of bodies, and what was found as bits. */
#ifndef UNDERSTUDY_REQUEST_ROW_H
#define UNDERSTUDY_REQUEST_ROW_H

#include "request/request.h"
#include "unit.h"

#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define IMAGE    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}}"

static inline void read_or_fail(const char *name, const char *body, struct request_facts *facts)
{
    struct error error = ERROR_NONE;
    ck_assert_msg(request_read(API_PATH_CHAT, text_of(body), facts, &error) == 0, "%s: %s", name,
                  error.text);
    ck_assert(!error_is_set(&error));
}

#define STREAM    1u
#define USAGE     2u
#define TOOLS     4u
#define IMAGES    8u
#define AUDIO     16u
#define REASONING 32u
#define ONE_CALL  64u
#define LEGACY    128u
#define SHAPED    256u
#define LOGPROBS  512u
#define KEPT      1024u

static inline unsigned flags_of(const struct request_facts *facts)
{
    return (facts->stream ? STREAM : 0) | (facts->include_usage ? USAGE : 0) |
           (facts->tools ? TOOLS : 0) | (facts->images ? IMAGES : 0) | (facts->audio ? AUDIO : 0) |
           (facts->reasoning ? REASONING : 0) | (facts->one_tool_call ? ONE_CALL : 0) |
           (facts->legacy_call ? LEGACY : 0) | (facts->shaped ? SHAPED : 0) |
           (facts->logprobs ? LOGPROBS : 0) | (facts->kept ? KEPT : 0);
}

#endif
