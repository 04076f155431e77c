/* A request that came in over HTTP, as the client of an exchange (exchange/client.h). */
#ifndef UNDERSTUDY_INBOUND_CLIENT_H
#define UNDERSTUDY_INBOUND_CLIENT_H

struct endpoints;
struct inbound;

void inbound_client_start(struct endpoints *at, struct inbound *inbound);

#endif
