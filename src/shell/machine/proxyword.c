/* See proxyword.h. The names are those that curl and most other clients read. */
#include "machine/proxyword.h"

#include <stddef.h>
#include <stdlib.h>

#include "text/count.h"

const char *proxyword_variable(void)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                                        "all_proxy",   "HTTP_PROXY",  "http_proxy"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return names[i];
    }
    return NULL;
}
