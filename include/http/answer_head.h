/* What the head of a provider's answer says about the body that follows. */
#ifndef UNDERSTUDY_ANSWER_HEAD_H
#define UNDERSTUDY_ANSWER_HEAD_H

#include <stdbool.h>

#include "http/coding.h"
#include "text/text.h"

struct answer_head {
    int status;
    struct text content_type; /* at NULL when absent */
    struct codings codings;
};

bool answer_head_is_event_stream(const struct answer_head *head);

/*
 * Why the body of a 2xx answer to chat or completions is not worth reading; NULL: it may be what
 * was asked for. A stream cannot be judged at its end, when the app has it: it is refused here when
 * it is packed in a way that cannot be undone, or a page. Whole JSON is read whatever its head
 * says: proxies unpack bodies and leave the field.
 */
const char *answer_head_unfit(const struct answer_head *head, bool stream);

#endif
