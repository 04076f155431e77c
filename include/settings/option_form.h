/* A row of the option table in words, for messages and pages. */
#ifndef UNDERSTUDY_OPTION_FORM_H
#define UNDERSTUDY_OPTION_FORM_H

#include <stddef.h>

#include "failure/failure.h"
#include "settings/option.h"

#define OPTION_ALLOWED_MAX 320

/* What may be written, with words and limits: "auto, off, or a duration ... from 1ms to 1d". */
void option_allowed(const struct option *option, char *ret, size_t size);

/* The failure classes that an OPTION_CLASSES may name. */
failure_set option_classes(const struct option *option);

/* What a bare number counts: "seconds", "bytes"; "" where there is nothing to count. */
const char *option_unit(const struct option *option);

/*
 * The environment name, UNDERSTUDY_SECTION[_NAME]_KEY, cut at size; name is NULL for a section
 * without one. Every byte but letters and digits is '_' there. "" for header.NAME, which has none.
 */
void option_environment(const struct option *option, enum option_section section, const char *name,
                        char *ret, size_t size);

#endif
