/* Which providers can be tried now, for /readyz, and the pages /status and /status.json. */
#ifndef UNDERSTUDY_STATUS_H
#define UNDERSTUDY_STATUS_H

#include "config/config.h"
#include "rules/route.h"

struct inbound;
struct endpoints;

/* Why a chat request with this one's Authorization would pass the provider over. */
enum route_skip status_skip(struct endpoints *at, const struct inbound *inbound,
                            const struct config_provider *provider);

void status_show(struct endpoints *at, struct inbound *inbound);
void status_show_page(struct endpoints *at, struct inbound *inbound); /* web_page.h */
void status_show_json(struct endpoints *at, struct inbound *inbound);

#endif
