/*
 * Members of a request that a provider does not take, or takes by another name: [provider NAME]
 * drop and rename. Every other byte of the request stays as it is.
 */
#ifndef UNDERSTUDY_REQUEST_MEMBERS_H
#define UNDERSTUDY_REQUEST_MEMBERS_H

#include <stdbool.h>

#include "config/config.h"
#include "text/buf.h"
#include "text/text.h"

/*
 * What of body the provider gets: added to out where that is not the body itself, which
 * *ret_changed tells. Names are compared unescaped, and all of a name that is there several times
 * are meant.
 *
 * A member that is dropped goes with the comma behind it, the last one with the comma before it;
 * blanks around them stay. An object may be left empty. What was dropped is named in dropped
 * (string_list_put), as the setting names it. A member is renamed where its object has not the new
 * name already, once the dropped ones are gone; all renaming is judged by the names that the
 * request came with. Of two old names for one new name the first in the list counts.
 *
 * What is no JSON object stays as it is. 0, or errors of buf (out may hold a part then).
 */
int request_members_change(struct text body, const struct config_provider *provider,
                           struct buf *out, struct buf *dropped, bool *ret_changed)
    __attribute__((warn_unused_result));

#endif
