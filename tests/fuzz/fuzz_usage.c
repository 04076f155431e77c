/* The first byte is the size of the pieces: what they add up to is what the whole does, and JSON.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "json/jsonspan.h"
#include "usage/usage_print.h"
#include "usage/usage_reader.h"

/* What was read, as JSON in out; the number of broken lines. */
static int64_t print_pieces(struct text left, size_t step, struct buf *out)
{
    const struct usage_query all = usage_query_all();
    struct usage_sum sum;
    struct usage_reader reader;
    usage_sum_init(&sum, &all);
    usage_reader_init(&reader, &sum);
    for (; left.len > 0; left = text_skip(left, step))
        require(usage_reader_take(&reader, text_cut(left, step)) == 0);
    require(usage_reader_end(&reader) == 0);
    require(reader.lines == reader.broken + sum.total.sum[USAGE_REQUESTS]);
    require(usage_print_json(&sum, out) == 0);
    int64_t broken = reader.broken;
    usage_reader_done(&reader);
    usage_sum_done(&sum);
    return broken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, pieces;
    struct error why = ERROR_NONE;
    if (size == 0)
        return 0;
    struct text lines = text_make((const char *)data + 1, size - 1);
    buf_init(&whole, 1u << 24);
    buf_init(&pieces, 1u << 24);
    require(print_pieces(lines, size, &whole) == print_pieces(lines, data[0] % 16u + 1u, &pieces));
    require(same(buf_text(&whole), buf_text(&pieces)));
    require(jsonspan_check(buf_text(&whole), &why) == 0);
    buf_done(&whole);
    buf_done(&pieces);
    return 0;
}
