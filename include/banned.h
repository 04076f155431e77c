/*
 * Functions that this project does not use, made impossible to use. Each has a bounded or checked
 * twin: snprintf, memcpy with a known length, buf_append, strtol and strtod with an end pointer.
 *
 * The Makefile includes this file before every source file of ours, so the system headers that
 * declare these names come first.
 */
#ifndef UNDERSTUDY_BANNED_H
#define UNDERSTUDY_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For clang some of them are macros of glibc, where _FORTIFY_SOURCE is set. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets
#pragma GCC poison strtok atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime

#endif
