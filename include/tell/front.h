/*
 * What GET / answers: whoever opens the address in a browser, or asks what listens there, is told
 * which address to give to an app.
 */
#ifndef UNDERSTUDY_FRONT_H
#define UNDERSTUDY_FRONT_H

#include "text/buf.h"
#include "text/text.h"

/* The page loads nothing, runs nothing and is in no frame. Content-Security-Policy. */
#define FRONT_POLICY "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/* To all but browsers, word for word: many apps look for it to know that an Ollama is there. */
#define FRONT_LINE "Ollama is running"

/* On the page, by which one understudy knows another. */
#define FRONT_TITLE "understudy is running"

/*
 * host: the request's Host, by which the client reaches us; where it is not a plain one, the
 * default address is told. 0 or an error of buf.h.
 */
int front_page(struct text host, struct buf *out) __attribute__((warn_unused_result));

#endif
