/*
 * Does a refusal of POST /responses say that the server does not know that path? Many who speak
 * OpenAI's chat do not: they are asked in chat instead.
 */
#ifndef UNDERSTUDY_RESPONSES_ABSENT_H
#define UNDERSTUDY_RESPONSES_ABSENT_H

#include <stdbool.h>

#include "failure/provider_error.h"

/* status: of the answer. A 404 for a model, an item or an answer before is none. */
bool responses_is_absent(int status, const struct provider_error *error);

#endif
