/* Reading the text of a setting into its field, as its row of the option table says. */
#ifndef UNDERSTUDY_OPTION_VALUE_H
#define UNDERSTUDY_OPTION_VALUE_H

#include "settings/option.h"
#include "text/error.h"
#include "text/text.h"

/*
 * Reads text into option's field of the struct at base (which one: see option.h); what the field
 * held is not freed. Secrets, headers and a model's providers are only checked, not stored: they
 * need more than a field. 0, -EINVAL or -ERANGE (*reterr may say why; it never repeats a secret),
 * or -ENOMEM.
 */
int option_store(const struct option *option, struct text text, void *base, struct error *reterr)
    __attribute__((warn_unused_result));

/* Frees and wipes what the field holds. */
void option_release(const struct option *option, void *base);

#endif
