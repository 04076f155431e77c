/* Which libraries this process runs with, and who built them. */
#ifndef UNDERSTUDY_LIBRARIES_H
#define UNDERSTUDY_LIBRARIES_H

#include <stdbool.h>

#include "check/advisory.h"
#include "text/text.h"

/* Debian's version of a package may be as long; a longer one is not taken. Bytes. */
#define LIBRARIES_VERSION_MAX 128

struct libraries {
    struct advisory_found found[ADVISORY_LIBRARY_COUNT];
    char package_version[ADVISORY_LIBRARY_COUNT][LIBRARIES_VERSION_MAX]; /* what found points to */
};

/* Asks each library itself, and dpkg-query where there is one. */
void libraries_find(struct libraries *ret);

/*
 * The version of the first of these packages (names with blanks between) that is installed by the
 * list, a line "PACKAGE STATUS VERSION" for each. False where there is none, or it is Ubuntu's,
 * whose repairs are not Debian's.
 */
bool libraries_package_version(struct text list, const char *packages,
                               char ret[LIBRARIES_VERSION_MAX]);

/* Does a file of that name lie where no distribution puts a library? */
bool libraries_by_hand(const char *path);

#endif
