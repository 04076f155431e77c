/* GET /v1/models and /v1/models/ID: what can be had, from every provider of the route at once. */
#ifndef UNDERSTUDY_MODELS_H
#define UNDERSTUDY_MODELS_H

struct inbound;
struct endpoints;

void models_start(struct endpoints *at, struct inbound *inbound);

#endif
