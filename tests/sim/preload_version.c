/*
 * Another libcurl for one process (LD_PRELOAD), as far as its version goes: SIM_CURL_VERSION is
 * what it says of itself. The rest is the real one's.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include <curl/curl.h>

curl_version_info_data *curl_version_info(CURLversion age)
{
    static curl_version_info_data told;
    curl_version_info_data *(*real)(CURLversion);
    *(void **)&real = dlsym(RTLD_NEXT, "curl_version_info"); /* as POSIX shows it */
    told = *real(age);
    const char *version = getenv("SIM_CURL_VERSION");
    if (version)
        told.version = version;
    return &told;
}
