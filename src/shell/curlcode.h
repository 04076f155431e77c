/* libcurl's result codes in our words. */
#ifndef UNDERSTUDY_CURLCODE_H
#define UNDERSTUDY_CURLCODE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "failure.h"

/* What is known beside the code when a transfer ends. */
struct curl_ending {
    CURLcode code;
    bool sent;         /* the request was handed to a connection */
    bool answered;     /* a whole response head has come */
    bool head_refused; /* by us */
    long os_errno;     /* CURLINFO_OS_ERRNO */
};

enum transport transport_of_curl(const struct curl_ending *ending);

#endif
