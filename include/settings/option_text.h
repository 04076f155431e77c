/* The part of option_value.h that reads texts and lists of texts, one function for each form. */
#ifndef UNDERSTUDY_OPTION_TEXT_H
#define UNDERSTUDY_OPTION_TEXT_H

#include "settings/config.h"
#include "settings/option.h"
#include "text/error.h"
#include "text/text.h"

/* Is it the name of an openai or ollama provider section: [A-Za-z0-9_-]+, not reserved? */
bool option_provider_name_valid(struct text name);

/* Checks one text (of a list: one element). 0 or -EINVAL and *reterr. */
int option_check_text(enum option_type type, struct text text, struct error *reterr)
    __attribute__((warn_unused_result));

/* Reads a comma list, each element checked and none twice. 0, -EINVAL and *reterr, -ENOMEM. */
int option_read_list(enum option_type type, struct text text, struct strings *ret,
                     struct error *reterr) __attribute__((warn_unused_result));

/* The same for [server] listen. */
int option_read_listen(struct text text, struct config_server *ret, struct error *reterr)
    __attribute__((warn_unused_result));

/* Frees what option_read_listen made. */
void option_free_listen(struct config_server *server);

#endif
