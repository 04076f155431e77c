/*
 * What we read of an app's request before it is passed on byte for byte: just enough to route
 * it. Everything else in it is the provider's business.
 */
#ifndef UNDERSTUDY_REQUEST_H
#define UNDERSTUDY_REQUEST_H

#include "kind/api_path.h"
#include "request/request_facts.h"
#include "text/error.h"
#include "text/text.h"

/*
 * Reads the body of a request for that path, of which only the members that mean something there
 * are looked at. 0 and *ret (freed with request_facts_done), or -EINVAL and
 * *reterr for what no provider could understand either, each saying what to do: empty, not JSON
 * (where), not an object, `model` or `stream` twice, model not a string or empty or too long, model
 * with control characters, none where Ollama's apps ask, stream not a boolean (null is absent), and
 * of chat and Messages messages missing or not an array, of Messages also one that no provider
 * takes (request_parts.h). -ENOMEM. Unknown members, and odd values of members that we only look
 * at, are not our business. Of other members that are there twice the last counts.
 */
int request_read(enum api_path path, struct text body, struct request_facts *ret,
                 struct error *reterr) __attribute__((warn_unused_result));

/*
 * A large body is read while it comes, piece by piece: all of it at its end would let every stream
 * wait for that long. NULL: memory is out, or it is of a path of which nothing is read.
 */
struct request_reading;
struct request_reading *request_reading_new(enum api_path path);
void request_reading_free(struct request_reading *reading);

/* so_far: all that has come, which may have moved. */
void request_reading_more(struct request_reading *reading, struct text so_far);

/* request_read of that path and the whole body, which goes on where the reading is. After that the
 * reading can only be freed. */
int request_reading_end(struct request_reading *reading, struct text body,
                        struct request_facts *ret, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
