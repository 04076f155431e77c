/*
 * Reads an HTTP answer piece by piece and checks it against script.h: a whole answer byte for byte,
 * a stream event by event. What is not exactly as it was sent makes the answer bad.
 */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_LINE_MAX 1024

struct answer_line {
    size_t len;
    char text[ANSWER_LINE_MAX];
};

enum answer_place {
    ANSWER_HEAD,
    ANSWER_BODY, /* of known length: `left` bytes */
    ANSWER_CHUNK_SIZE,
    ANSWER_CHUNK, /* `left` bytes */
    ANSWER_CHUNK_END,
    ANSWER_TRAILER,
    ANSWER_END
};

struct answer {
    enum answer_place place;
    const char *bad; /* what is wrong, or NULL */
    bool stream;
    bool chunked;
    int status;
    size_t left;
    size_t matched;    /* bytes of the whole answer that were as expected */
    size_t fill;       /* a whole answer's text is to be that long; 0: SCRIPT_WHOLE */
    uint64_t events;   /* content events so far, all in order */
    uint64_t expected; /* content events; 0 = any number */
    bool finished;
    bool counted; /* the usage has come */
    bool done;
    struct answer_line line;   /* of the head, or a chunk's size */
    struct answer_line data;   /* of the stream */
    int64_t delay_us;          /* how long the last content event took */
    void (*delay)(int64_t us); /* told that of each */
    void (*gap)(int64_t us);   /* told what the way has added to the gap before each, may be < 0 */
};

/* Begins anew; `expected` content events if it is a stream, 0 = any number. fill is set behind it.
 */
void answer_reset(struct answer *answer, bool stream, uint64_t expected);

/*
 * Takes bytes that came at the instant now_us. An answer ends within them or not; bytes behind its
 * end make it bad, since no request has asked for them.
 */
void answer_feed(struct answer *answer, const char *bytes, size_t len, int64_t now_us);

#endif
