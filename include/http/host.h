/*
 * What a host's name says about where it is, without asking anybody: a name is only looked at,
 * never resolved. Hosts are given without brackets ("::1").
 */
#ifndef UNDERSTUDY_HOST_H
#define UNDERSTUDY_HOST_H

#include <stdbool.h>

#include "text/text.h"

/* An IPv4 or IPv6 literal, or letters, digits, '-', '_' and '.' as in host names. */
bool host_valid(struct text host);

/* Reaches this machine only: 127.0.0.0/8, ::1, localhost, names below .localhost (RFC 6761). */
bool host_is_loopback(struct text host);

/* 0.0.0.0 or :: - every address of this machine, for those who listen. */
bool host_is_any(struct text host);

/*
 * Can be reached without the internet: loopback, unspecified, private (RFC 1918, RFC 4193) and
 * link-local (RFC 3927, RFC 4291) literals, names without a dot, and names below .local, .lan,
 * .internal, .localhost and .home.arpa.
 */
bool host_is_local(struct text host);

#endif
