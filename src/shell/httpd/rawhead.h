/*
 * Does the library's list of header fields still say what the head said? Up to 0.9.75 it takes a
 * folded line (and hangs it on the name of the field before), a value with a NUL (and cuts it
 * there) and a line that ends in LF alone, and tells nobody.
 */
#ifndef UNDERSTUDY_RAWHEAD_H
#define UNDERSTUDY_RAWHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "http/headers.h"

/*
 * version and fields: those of one head in their order, as the library gave them, not copied. True
 * when one is not as sent. Reads up to the end of the head, and two bytes more where an end is LF.
 */
bool rawhead_is_altered(const char *version, const struct header_field *fields, size_t count);

#endif
