/* The way without a daemon: an exchange in this process, with the same rules. */
#ifndef UNDERSTUDY_ASK_DIRECT_H
#define UNDERSTUDY_ASK_DIRECT_H

#include "ask/asking.h"
#include "config/config.h"
#include "text/buf.h"

/* Takes config over, and moves *body. Runs until the answer is over. */
void ask_direct(struct asking *asking, struct config *config, struct buf *body);

#endif
