/* Standard input as a part of what is asked. */
#ifndef UNDERSTUDY_ASK_INPUT_H
#define UNDERSTUDY_ASK_INPUT_H

#include "text/buf.h"
#include "text/error.h"

/* All of it, until its end; *out says how much it may be. 0, or -errno and *reterr, a sentence that
 * says what to do. */
int ask_input_read(int fd, struct buf *out, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
