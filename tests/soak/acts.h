/*
 * What the clients of a soak ask its provider to do, and what it says. The numbers stand in the
 * text of a request: "soak CLOUD LOCAL NUMBER".
 */
#ifndef SOAK_ACTS_H
#define SOAK_ACTS_H

#define ACT_MARK "soak "
/* The answer's text begins with this and the NUMBER, so that nobody gets what another one asked
 * for; */
#define ACT_FOR "answer-to "
/* then this with each number from 0 on. A blank is behind each number. */
#define ACT_WORD  "word "
#define ACT_WORDS 6

enum act {
    ACT_OK,
    ACT_503,
    ACT_429,
    ACT_400,
    ACT_401,
    ACT_HTML,  /* a web page as 200 */
    ACT_RESET, /* before the answer */
    ACT_CUT,   /* in the answer */
    ACT_HANG   /* says nothing any more: after two words of a stream, else before the answer */
};

#endif
