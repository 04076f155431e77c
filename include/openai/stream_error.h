/*
 * The event that ends a stream that failed after its 200. The official SDKs raise on an event whose
 * data is an object with an `error` (openai-python 3.3 _streaming.py, openai-node 6 streaming.ts),
 * and take everything else for a part of the answer. Always one data line: each would be an event
 * of its own to readers that go by lines.
 */
#ifndef UNDERSTUDY_STREAM_ERROR_H
#define UNDERSTUDY_STREAM_ERROR_H

#include "json/jsonwrite.h"
#include "text/buf.h"
#include "text/text.h"

/* The member `error` of a stream that broke: type upstream_error, code stream_incomplete. */
void stream_error_object(struct jsonwrite *json, struct text message);

/* The event with that error alone, for a stream of chat or completions. Errors of buf (out may hold
 * a part then). */
int stream_error_write(struct text message, struct buf *out) __attribute__((warn_unused_result));

/*
 * The body of an error answer as an event: its JSON without the blanks between values, or the
 * object in it where it is an array (Google). A body that apps would not see as an error (a web
 * page, {"detail"}) is told by an error of ours with that message and code. Errors as above.
 */
int stream_error_from(struct text body, struct text message, const char *code, struct buf *out)
    __attribute__((warn_unused_result));

#endif
