/* Which providers can be tried now, for /readyz, and the pages /status and /status.json. */
#ifndef UNDERSTUDY_STATUS_H
#define UNDERSTUDY_STATUS_H

#include "config/config.h"
#include "rules/route.h"
#include "text/buf.h"

struct inbound;
struct endpoints;

/* Why a chat request with this one's Authorization would pass the provider over. */
enum route_skip status_skip(struct endpoints *at, const struct inbound *inbound,
                            const struct config_provider *provider);

/* In which words: STATUS_EVENT is what changes from one second to the next (status_page.h). */
enum status_form { STATUS_TEXT, STATUS_JSON, STATUS_EVENT };

/* The status as somebody who sends such a request sees it; NULL = somebody without a key. 0 or
 * errors of buf. */
int status_write(struct endpoints *at, const struct inbound *inbound, enum status_form form,
                 struct buf *out) __attribute__((warn_unused_result));

void status_show(struct endpoints *at, struct inbound *inbound);
void status_show_page(struct endpoints *at, struct inbound *inbound); /* web_page.h */
void status_show_json(struct endpoints *at, struct inbound *inbound);

#endif
