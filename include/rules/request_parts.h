/* What the messages of a request hold beside texts. */
#ifndef UNDERSTUDY_REQUEST_PARTS_H
#define UNDERSTUDY_REQUEST_PARTS_H

#include "kind/api_path.h"
#include "rules/request.h"
#include "text/error.h"
#include "text/text.h"

/*
 * Sets messages, images, image_count and audio, and of responses kept, as they stand in messages
 * (of responses the input) of a request for that path. at NULL = there are none.
 */
void request_parts_look(enum api_path path, struct text messages, struct request_facts *facts);

/*
 * Are the messages, an array, what Anthropic's API takes: objects with a role and with content, a
 * text or an array? 0, or -EINVAL and *reterr: which one is not, and why. What is in them is the
 * provider's business.
 */
int request_parts_check(struct text messages, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
