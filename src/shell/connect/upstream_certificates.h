/*
 * Whose certificates calls trust: those of a file. It is read once and kept, since reading the
 * system's takes 40 ms, in which everybody waits. Not for anybody but upstream.c.
 */
#ifndef UNDERSTUDY_UPSTREAM_CERTIFICATES_H
#define UNDERSTUDY_UPSTREAM_CERTIFICATES_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

struct upstream_certificates {
    int64_t valid_from_ms; /* what was read before that is not used */
    bool built_in;         /* libcurl's own file is there */
};

void upstream_certificates_init(struct upstream_certificates *certificates, int64_t now_ms);

/* From now on files are read anew. */
void upstream_certificates_renew(struct upstream_certificates *certificates, int64_t now_ms);

/* file: NULL = the system's. */
void upstream_certificates_set(const struct upstream_certificates *certificates, CURL *easy,
                               const char *file, int64_t now_ms);

#endif
