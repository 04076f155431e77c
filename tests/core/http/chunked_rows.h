/* Chunked bodies, whole and odd, for the tests of chunked.c and of what libcurl makes of them. */
#ifndef UNDERSTUDY_CHUNKED_ROWS_H
#define UNDERSTUDY_CHUNKED_ROWS_H

#include <stddef.h>

#include "http/chunked.h"

static const struct chunked_row {
    const char *name;
    const char *bytes;
    size_t len; /* of bytes with a NUL; 0 = up to their end */
    enum chunked_event end;
    const char *body;
    const char *left; /* behind the end */
} chunked_rows[] = {
    {"no chunk", "0\r\n\r\n", 0, CHUNKED_END, "", ""},
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n", 0, CHUNKED_END, "hello", ""},
    {"what is behind is left", "5\r\nhello\r\n0\r\n\r\n0\r\n\r\n", 0, CHUNKED_END, "hello",
     "0\r\n\r\n"},
    {"several chunks", "1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n", 0, CHUNKED_END, "hello", ""},
    {"line ends in data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", 0, CHUNKED_END, "\r\n\r\n", ""},
    {"hexadecimal digits", "a\r\n0123456789\r\nF\r\n0123456789abcde\r\n0\r\n\r\n", 0, CHUNKED_END,
     "01234567890123456789abcde", ""},
    {"leading zeros", "0000000000000002\r\nhi\r\n0000\r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"more of them than a number has", "00000000000000002\r\nhi\r\n", 0, CHUNKED_BAD, "", ""},
    {"the largest size", "7fffffffffffffff\r\nhi", 0, CHUNKED_MORE, "hi", ""},
    {"one more", "8000000000000000\r\nhi", 0, CHUNKED_BAD, "", ""},
    {"all digits", "ffffffffffffffff\r\nhi", 0, CHUNKED_BAD, "", ""},
    {"no size", "\r\n", 0, CHUNKED_BAD, "", ""},
    {"no size behind a chunk", "2\r\nhi\r\n\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"no size before an extension", ";x\r\n", 0, CHUNKED_BAD, "", ""},
    {"a blank before a size", " 2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"0x", "0x2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a minus", "-2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a letter", "2g\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"two sizes", "2 2\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"blanks behind a size", "2 \t\r\nhi\r\n0  \r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"extensions", "2;a=b ; c=\"d;e\"\r\nhi\r\n0;\r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"blanks before an extension", "2 ;a\r\nhi\r\n0 \t; b\r\n\r\n", 0, CHUNKED_END, "hi", ""},
    {"LF in an extension", "2;a\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"CR in an extension", "2;a\rb\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"LF alone behind a size", "2\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"CR alone behind a size", "2\rhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"LF alone behind data", "2\r\nhi\n0\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"CR alone behind data", "2\r\nhi\r0\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"data longer than its size", "2\r\nhiho\r\n0\r\n\r\n", 0, CHUNKED_BAD, "hi", ""},
    {"data shorter than its size", "4\r\nhi\r\n0\r\n\r\n", 0, CHUNKED_BAD, "hi\r\n", ""},
    {"no last chunk", "2\r\nhi\r\n", 0, CHUNKED_MORE, "hi", ""},
    {"half a last chunk", "2\r\nhi\r\n0\r\n\r", 0, CHUNKED_MORE, "hi", ""},
    {"a trailer section", "0\r\nX: y\r\nZ:\r\n\r\nleft", 0, CHUNKED_END, "", "left"},
    {"a field that goes on", "0\r\nX: y\r\n z\r\n\t\r\n\r\n", 0, CHUNKED_END, "", ""},
    {"blanks before a colon", "0\r\nX \t: y\r\n\r\n", 0, CHUNKED_END, "", ""},
    {"LF alone in a trailer section", "0\r\nX: y\nZ: z\n\nleft", 0, CHUNKED_END, "", "left"},
    {"LF alone without any trailer", "0\r\n\nleft", 0, CHUNKED_END, "", "left"},
    {"no first field that goes on", "0\r\n X: y\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"no name", "0\r\n: y\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"no colon", "0\r\nX\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a name of two words", "0\r\nX Y: z\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a name with a quote", "0\r\nX\": z\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a CR in a value", "0\r\nX: y\rz\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a NUL in a value", "0\r\nX: \0\r\n\r\n", 11, CHUNKED_BAD, "", ""},
    {"a NUL in a name", "0\r\nX\0: \r\n\r\n", 11, CHUNKED_BAD, "", ""},
    {"a CR in the last line end", "0\r\nX: y\r\n\rZ: z\r\n\r\n", 0, CHUNKED_BAD, "", ""},
    {"a chunk behind the last one", "0\r\n2\r\nhi\r\n", 0, CHUNKED_BAD, "", ""},
};

#endif
