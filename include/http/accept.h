/* What a client takes for an answer: the field Accept (RFC 9110, 12.5.1). */
#ifndef UNDERSTUDY_ACCEPT_H
#define UNDERSTUDY_ACCEPT_H

#include <stdbool.h>

#include "text/text.h"

/*
 * Does that value name this type (lower case) itself, and not with a q of 0? A range such as the
 * star of curl names none: browsers write text/html, programs that would take anything do not.
 */
bool accept_names(struct text accept, const char *type);

#endif
