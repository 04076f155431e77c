/* UTF-8 (RFC 3629): well-formed sequences only, no surrogates, no overlong forms. */
#ifndef UNDERSTUDY_UTF8_H
#define UNDERSTUDY_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* U+FFFD, put where there is no character. */
#define UTF8_REPLACEMENT UINT32_C(0xfffd)

/* Bytes (1 to 4) of the character that begins at at; 0 when there is none: ill-formed, cut, len 0.
 */
size_t utf8_length(const char *at, size_t len);

/* Writes a code point, returns its bytes. Surrogates and what is beyond U+10FFFF become U+FFFD. */
size_t utf8_put(uint32_t code_point, char ret[4]);

#endif
