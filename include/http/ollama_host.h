/* The environment variable OLLAMA_HOST, read as Ollama's own client reads it. */
#ifndef UNDERSTUDY_OLLAMA_HOST_H
#define UNDERSTUDY_OLLAMA_HOST_H

#include "text/buf.h"
#include "text/error.h"
#include "text/text.h"

/*
 * Adds the base URL to out. Forms (envconfig.Host of github.com/ollama/ollama): `host`, `:port`,
 * `host:port`, `[v6]:port`, `v6`, or any of them behind http:// or https://, with or without a
 * path, in quotes or not. Port 11434 when none is given, 80 or 443 behind a scheme. An address to
 * listen on (0.0.0.0, [::]) means loopback. 0, -EINVAL and *reterr, or the errors of buf.
 */
int ollama_host_url(struct text value, struct buf *out, struct error *reterr)
    __attribute__((warn_unused_result));

#endif
