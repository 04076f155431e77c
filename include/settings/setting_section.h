/* What was meant by a section that there is none of. */
#ifndef UNDERSTUDY_SETTING_SECTION_H
#define UNDERSTUDY_SETTING_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/config.h"
#include "text/text.h"

/*
 * The section that [kind] most likely stands for: "provider ollama" for ollama, "retry" for rety.
 * providers: the names known so far. False, and nothing in ret, when there is none. Cut at size.
 */
bool setting_section_suggest(struct text kind, const struct strings *providers, char *ret,
                             size_t size);

#endif
