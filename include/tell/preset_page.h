/* The table of presets (preset.h) for people: `understudy config --presets`, and docs/providers.md.
 * Errors of buf. */
#ifndef UNDERSTUDY_PRESET_PAGE_H
#define UNDERSTUDY_PRESET_PAGE_H

#include "text/buf.h"

int preset_page_print(struct buf *out) __attribute__((warn_unused_result));
int preset_page_markdown(struct buf *out) __attribute__((warn_unused_result));

#endif
