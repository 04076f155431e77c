/*
 * Whom `understudy ask` asks first, as the settings say it: known before anything is sent. The
 * daemon that is asked may have others, and knows better then.
 */
#ifndef UNDERSTUDY_ASK_FIRST_H
#define UNDERSTUDY_ASK_FIRST_H

#include "config/config.h"
#include "text/error.h"

/*
 * The first of the route for that model (NULL = none is named), whether it can be asked or not;
 * borrowed from config, NULL where there is none. reterr: where no model is named, and the first
 * that has a key is a cloud without a default model, which only refuses such a request: what to do.
 * -ENOMEM, else 0.
 */
int ask_first(const struct config *config, const char *model, const struct config_provider **ret,
              struct error *reterr) __attribute__((warn_unused_result));

#endif
