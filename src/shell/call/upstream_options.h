/* What a request asks for, told to libcurl. Not for anybody but upstream.c. */
#ifndef UNDERSTUDY_UPSTREAM_OPTIONS_H
#define UNDERSTUDY_UPSTREAM_OPTIONS_H

#include <stdbool.h>

#include <curl/curl.h>

#include "call/upstream_request.h"

/* False: its address is none. The headers are the caller's to free, after easy was used. */
bool upstream_options_set(const struct upstream_request *request, CURL *easy,
                          struct curl_slist **ret_headers);

#endif
