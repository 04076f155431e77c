/* The first byte is the size of the pieces: lines are those that a plain search for LF finds. */

#include "fuzz.h"
#include "http/ndjson.h"

/* The next line of what is left that is not empty, without its end. */
static bool next_by_search(struct text *left, struct text *ret)
{
    while (left->len > 0) {
        const char *lf = memchr(left->at, '\n', left->len);
        if (!lf)
            return false;
        *ret = text_make(left->at, (size_t)(lf - left->at));
        *left = text_skip(*left, ret->len + 1);
        if (ret->len && ret->at[ret->len - 1] == '\r')
            ret->len--;
        if (ret->len)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ndjson ndjson;
    struct text line, expected;
    if (size == 0)
        return 0;
    struct text left = text_make((const char *)data + 1, size - 1), searched = left;
    size_t step = data[0] % 16u + 1u;
    ndjson_init(&ndjson, 1u << 20);
    while (left.len > 0) {
        size_t n = step < left.len ? step : left.len;
        require(ndjson_push(&ndjson, text_make(left.at, n)) == 0);
        left = text_skip(left, n);
        while (ndjson_next(&ndjson, &line))
            require(next_by_search(&searched, &expected) && same(line, expected));
    }
    require(!next_by_search(&searched, &expected));
    require(same(ndjson_rest(&ndjson), searched));
    ndjson_done(&ndjson);
    return 0;
}
