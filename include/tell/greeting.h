/*
 * What the daemon says at its start to whoever sits at the terminal, in four lines: the address to
 * use, the cloud (and that of Messages, if it is another one) and where its key is from, Ollama and
 * what would answer there, where the settings are from.
 */
#ifndef UNDERSTUDY_GREETING_H
#define UNDERSTUDY_GREETING_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "text/buf.h"

/* What was found out about the Ollama of the route. */
enum greeting_ollama {
    GREETING_OLLAMA_SILENT,  /* no answer yet */
    GREETING_OLLAMA_ABSENT,  /* nobody listens there */
    GREETING_OLLAMA_ANSWERS, /* model says what with */
};

struct greeting {
    const char *program; /* "understudy 0.1.0" */
    const struct config *config;
    const char *const *addresses; /* as struct listener has them; NULL at the end */
    enum greeting_ollama ollama;
    const char *version; /* of that Ollama, "" = not told */
    const char *model;   /* that would answer; NULL = none can */
};

/* Whom a line tells of. */
enum greeting_line { GREETING_CLOUD, GREETING_OLLAMA };

/* The first provider of the route of a kind that the line tells of; NULL = there is none. */
const struct config_provider *greeting_first(const struct config *config, enum greeting_line line);

/* Four lines, each with its end. What comes from outside is not escaped. Errors of buf. */
int greeting_print(const struct greeting *greeting, struct buf *out)
    __attribute__((warn_unused_result));

#endif
