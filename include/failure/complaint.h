/* In which words a provider says what of a request it does not take. */
#ifndef UNDERSTUDY_COMPLAINT_H
#define UNDERSTUDY_COMPLAINT_H

#include "text/buf.h"
#include "text/text.h"

/* More of a refusal is not looked at; no shape of an error is longer. */
#define COMPLAINT_MAX 65536

/*
 * The texts of a refusal's body, and the names of members that hold them, are added to out, a line
 * each (one at least): what it names there is what it complains about. Left
 * out is what it repeats of the request (FastAPI's `input` and `body`, an object with a model and
 * its messages, the same written out in a text): that names all fields, and quotes the
 * conversation. What is no JSON is one text. As much is added as out holds: none where memory is
 * out.
 */
void complaint_read(struct text body, struct buf *out);

#endif
