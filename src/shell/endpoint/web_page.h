/*
 * The page that a browser gets at /status: one file of HTML with its style and its script inside,
 * the same for everybody. It fetches what it shows from /status.json and /status/events. The build
 * makes it of src/web (tools/web-page), and so it has no .c in this folder.
 */
#ifndef UNDERSTUDY_WEB_PAGE_H
#define UNDERSTUDY_WEB_PAGE_H

#include <stddef.h>

struct web_page {
    const char *packed; /* the HTML, by gzip: a quarter of it, and hardly ever asked for */
    size_t packed_bytes;
    size_t html_bytes; /* at most 60 KB, or the build fails */
    /* Content-Security-Policy: its script and its style by their hashes, no other source. */
    const char *policy;
};

extern const struct web_page web_page;

#endif
