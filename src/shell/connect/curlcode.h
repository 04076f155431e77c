/* libcurl's result codes in our words. */
#ifndef UNDERSTUDY_CURLCODE_H
#define UNDERSTUDY_CURLCODE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "failure/failure.h"

/* What is known beside the code when a transfer ends. */
struct curl_ending {
    CURLcode code;
    bool sent;           /* the request was handed to a connection */
    bool answered;       /* a whole response head has come */
    bool head_refused;   /* by us */
    long os_errno;       /* CURLINFO_OS_ERRNO */
    long connect_status; /* of a proxy that was asked for a tunnel; 0 = none has answered */
    bool by_proxy;
    bool no_descriptor; /* we had none left for it */
};

enum transport transport_of_curl(const struct curl_ending *ending);

#endif
