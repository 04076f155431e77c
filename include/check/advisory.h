/*
 * Published faults of the libraries that the program runs with, as `understudy check` tells them.
 * The table has those of the versions that understudy can be built with (tools/deps) whose library
 * code it reaches, and those that scanners will ask about though it does not.
 *
 * A version alone does not tell: distributions repair without changing it. Debian 12's libcurl says
 * 7.88.1 whether it is repaired or not. So there are three answers. Refused is what is bad for
 * sure: the distribution's own version of the package is older than its repair, or the library was
 * built by hand. Where the distribution is not one that the table knows, it is a warning.
 */
#ifndef UNDERSTUDY_ADVISORY_H
#define UNDERSTUDY_ADVISORY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "config/config.h"
#include "text/buf.h"

/* id, as pkg-config calls it, Debian's packages */
#define ADVISORY_LIBRARIES(X)                                                                      \
    X(libcurl, "libcurl4 libcurl4t64")                                                             \
    X(libmicrohttpd, "libmicrohttpd12 libmicrohttpd12t64")                                         \
    X(jansson, "libjansson4")                                                                      \
    X(zlib, "zlib1g")

enum advisory_library {
#define X(id, packages) ADVISORY_##id,
    ADVISORY_LIBRARIES(X)
#undef X
        ADVISORY_LIBRARY_COUNT
};

/* Its name, and Debian's packages that may hold it, by blanks. */
const char *advisory_library_name(enum advisory_library library);
const char *advisory_library_packages(enum advisory_library library);

/* What runs. All borrowed. */
struct advisory_found {
    const char *version;         /* of the library itself; NULL = it tells none */
    const char *package_version; /* of Debian's package that it comes from; NULL = of none */
    bool by_hand; /* it lies where no distribution puts anything (/usr/local, /opt, /home ...) */
};

enum advisory_verdict {
    ADVISORY_FINE,      /* it is not in there, or cannot be met */
    ADVISORY_UNCERTAIN, /* in there, unless the distribution has repaired it */
    ADVISORY_REFUSED,
};

struct advisory {
    enum advisory_library library;
    const char *id;
    const char *what;  /* as it would show here; where not_met is set, what it is */
    const char *since; /* the first version with it, and the first without */
    const char *repaired;
    const char *branches[2][2]; /* other repaired versions: from, and before; NULL = none */
    const char *debian[2];      /* versions of Debian's packages with the repair; NULL = none */
    const char *proxies[2];     /* met only with a proxy whose address begins so; NULL = always */
    bool several_proxies;       /* ... and only where providers have different ones */
    const char *not_met;        /* why it cannot be met here; NULL = it can */
    const char *source;
};

size_t advisory_count(void);
const struct advisory *advisory_at(size_t n);

/* How that fault stands in what was found, with those settings. */
enum advisory_verdict advisory_judge(const struct advisory *advisory,
                                     const struct advisory_found *found,
                                     const struct config *config);

/* The worst of all libraries (found is indexed by library). */
enum advisory_verdict advisory_worst(const struct advisory_found *found,
                                     const struct config *config);

/* A line for each fault that is refused or uncertain. Errors of buf. */
int advisory_print(const struct advisory_found *found, const struct config *config, struct buf *out)
    __attribute__((warn_unused_result));

/* The libraries with all that the table has of the version in use: for the caller to release, NULL
 * when memory is out. */
json_t *advisory_json(const struct advisory_found *found, const struct config *config)
    __attribute__((warn_unused_result));

/* docs/advisories.md. Errors of buf. */
int advisory_markdown(struct buf *out) __attribute__((warn_unused_result));

/* <0, 0, >0: order of versions as dpkg has it (deb-version(7)), epoch and revision included; plain
 * numbers with dots between them are ordered as anybody would. */
int advisory_version_order(const char *a, const char *b);

#endif
