/*
 * A library tells its version, the loader where it came from, and dpkg what Debian calls that. All
 * three are needed: see advisory.h.
 */
#include "command/libraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <curl/curl.h>
#include <jansson.h>
#include <microhttpd.h>

#include "text/count.h"
#include "text/text.h"

#define DPKG_STATUS "/var/lib/dpkg/status"

static const char *curl_version_alone(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}

static const struct {
    const char *(*version)(void);
    const char *symbol; /* by which the loader finds its file */
} libraries[ADVISORY_LIBRARY_COUNT] = {
    [ADVISORY_libcurl] = {curl_version_alone, "curl_version_info"},
    [ADVISORY_libmicrohttpd] = {MHD_get_version, "MHD_get_version"},
    [ADVISORY_jansson] = {jansson_version_str, "jansson_version_str"},
    [ADVISORY_zlib] = {zlibVersion, "zlibVersion"},
};

bool libraries_by_hand(const char *path)
{
    static const char *const shipped[] = {"/lib/",       "/lib32/",     "/lib64/",
                                          "/usr/lib/",   "/usr/lib32/", "/usr/lib64/",
                                          "/nix/store/", "/gnu/store/"};
    for (size_t i = 0; i < COUNT(shipped); i++)
        if (text_starts(text_of(path), shipped[i]))
            return false;
    return true;
}

/* One that is linked into the program lies nowhere: whoever built that knows. */
static bool is_by_hand(const char *symbol)
{
    Dl_info info;
    void *at = dlsym(RTLD_DEFAULT, symbol);
    return at && dladdr(at, &info) && info.dli_fname && strstr(info.dli_fname, ".so") &&
           libraries_by_hand(info.dli_fname);
}

/* Is name one of the words of list? */
static bool has_word(const char *list, struct text name)
{
    while (*list) {
        size_t len = strcspn(list, " ");
        if (text_same(text_make(list, len), name))
            return true;
        list += len + (list[len] == ' ');
    }
    return false;
}

/* A paragraph of dpkg's list while it is read. */
struct paragraph {
    bool wanted;
    bool installed;
    char version[LIBRARIES_VERSION_MAX];
};

static void read_line(struct paragraph *paragraph, struct text line, const char *packages)
{
    if (text_starts(line, "Package: ")) {
        *paragraph = (struct paragraph){.wanted = has_word(packages, text_skip(line, 9))};
    } else if (text_starts(line, "Status: ")) {
        paragraph->installed = text_ends(line, " installed");
    } else if (text_starts(line, "Version: ") && line.len - 9 < sizeof(paragraph->version)) {
        memcpy(paragraph->version, line.at + 9, line.len - 9);
        paragraph->version[line.len - 9] = '\0';
    }
}

bool libraries_package_version(const char *path, const char *packages,
                               char ret[LIBRARIES_VERSION_MAX])
{
    struct paragraph paragraph = {0};
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file && !found) {
        ssize_t n = getline(&line, &size, file);
        if (n > 1) {
            read_line(&paragraph, text_make(line, (size_t)n - (line[n - 1] == '\n')), packages);
            continue;
        }
        found = paragraph.wanted && paragraph.installed && paragraph.version[0];
        if (n < 0)
            break;
    }
    if (found)
        memcpy(ret, paragraph.version, LIBRARIES_VERSION_MAX);
    free(line);
    if (file)
        (void)fclose(file);
    return found && !strstr(ret, "ubuntu");
}

void libraries_find(struct libraries *ret)
{
    *ret = (struct libraries){0};
    for (int i = 0; i < ADVISORY_LIBRARY_COUNT; i++) {
        struct advisory_found *found = &ret->found[i];
        const char *packages = advisory_library_packages((enum advisory_library)i);
        found->version = libraries[i].version();
        found->by_hand = is_by_hand(libraries[i].symbol);
        if (!found->by_hand &&
            libraries_package_version(DPKG_STATUS, packages, ret->package_version[i]))
            found->package_version = ret->package_version[i];
    }
}
