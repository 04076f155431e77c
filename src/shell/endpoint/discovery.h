/* What apps of Ollama's API ask before they chat, and what would change its models: see
 * ollama_page.h for the answers. */
#ifndef UNDERSTUDY_DISCOVERY_H
#define UNDERSTUDY_DISCOVERY_H

struct inbound;
struct endpoints;

void discovery_version(struct endpoints *at, struct inbound *inbound); /* GET /api/version */
void discovery_tags(struct endpoints *at, struct inbound *inbound);    /* GET /api/tags */
void discovery_ps(struct endpoints *at, struct inbound *inbound);      /* GET /api/ps */
void discovery_show(struct endpoints *at, struct inbound *inbound);    /* POST /api/show */
/* POST /api/pull: of what is there already there is nothing to do. (Home Assistant pulls what it
 * does not find.) */
void discovery_pull(struct endpoints *at, struct inbound *inbound);

/* POST /api/chat, generate, embed, embeddings: passed on as soon as it is known what is installed.
 */
void discovery_asked(struct endpoints *at, struct inbound *inbound);
/* All else below /api: Ollama's, if the settings let it. */
void discovery_rest(struct endpoints *at, struct inbound *inbound);

#endif
