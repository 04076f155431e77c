/*
 * libcurl keeps what it has read for as long as it is told, in whole seconds, and if all comes from
 * one file. Where it is built with a folder beside its file, as Debian's is, it would read both for
 * every connection, and trust the folder even where the settings name another file.
 */
#include "connect/upstream_certificates.h"

#include <unistd.h>

/* After a day the system may have others. */
#define KEPT_MAX_S 86400

void upstream_certificates_init(struct upstream_certificates *certificates, int64_t now_ms)
{
    const char *file = curl_version_info(CURLVERSION_NOW)->cainfo;
    certificates->built_in = file && access(file, R_OK) == 0;
    /* Within a second of a renewal nothing is kept; at the start there is nothing to renew. */
    certificates->valid_from_ms = now_ms - 1000;
}

void upstream_certificates_renew(struct upstream_certificates *certificates, int64_t now_ms)
{
    certificates->valid_from_ms = now_ms;
}

void upstream_certificates_set(const struct upstream_certificates *certificates, CURL *easy,
                               const char *file, int64_t now_ms)
{
    int64_t kept_s = (now_ms - certificates->valid_from_ms) / 1000;
    (void)curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT,
                           kept_s < KEPT_MAX_S ? (long)kept_s : (long)KEPT_MAX_S);
    if (file)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    if (!file && !certificates->built_in)
        return;
    (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
}
