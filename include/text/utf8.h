/* UTF-8 (RFC 3629): well-formed sequences only, no surrogates, no overlong forms. */
#ifndef UNDERSTUDY_UTF8_H
#define UNDERSTUDY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* U+FFFD, put where there is no character. */
#define UTF8_REPLACEMENT UINT32_C(0xfffd)

/* Bytes (1 to 4) of the character that begins at at; 0 when there is none: ill-formed, cut, len 0.
 */
size_t utf8_length(const char *at, size_t len);

/* The code point of that character, length being what utf8_length gave for it. */
uint32_t utf8_code_point(const char *at, size_t length);

/*
 * Shows nothing itself and may change how what stands around it is shown: controls (C0, DEL, C1),
 * ends of lines and paragraphs, marks and embeddings of direction, joiners, tags (Unicode 16:
 * Bidi_Control, and those of Default_Ignorable_Code_Point that are no part of a letter).
 */
bool utf8_is_hidden(uint32_t code_point);

/* Is there a character, length being what utf8_length gave for it, and is it none of these? */
bool utf8_is_shown(const char *at, size_t length);

/* Bytes of the longest beginning of len bytes of UTF-8 that has at most max and ends between two
 * characters. */
size_t utf8_fit(const char *at, size_t len, size_t max);

/* Writes a code point, returns its bytes. Surrogates and what is beyond U+10FFFF become U+FFFD. */
size_t utf8_put(uint32_t code_point, char ret[4]);

/* Writes a code point (up to U+10FFFF) as JSON has it in ASCII, beyond U+FFFF as two surrogates
 * (RFC 8259, 7). */
#define UTF8_ESCAPE_SIZE sizeof("\\ud83d\\ude00")
void utf8_escape(uint32_t code_point, char ret[UTF8_ESCAPE_SIZE]);

#endif
