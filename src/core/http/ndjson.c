/* The end of a line is searched where the last search ended, so each byte is looked at once. */
#include "http/ndjson.h"

#include <errno.h>

void ndjson_init(struct ndjson *ndjson, size_t line_max)
{
    *ndjson = (struct ndjson){.line_max = line_max};
    buf_init_secret(&ndjson->pending, line_max + NDJSON_PUSH_MAX);
}

void ndjson_done(struct ndjson *ndjson)
{
    if (!ndjson)
        return;
    buf_done(&ndjson->pending);
    ndjson_init(ndjson, ndjson->line_max);
}

static void drop_taken(struct ndjson *ndjson)
{
    if (ndjson->taken == 0)
        return;
    buf_drain(&ndjson->pending, ndjson->taken);
    ndjson->taken = ndjson->scanned = ndjson->line_len = 0;
}

static void find_line(struct ndjson *ndjson)
{
    struct text unseen = text_skip(buf_text(&ndjson->pending), ndjson->scanned);
    if (ndjson->line_len || unseen.len == 0)
        return;
    const char *lf = memchr(unseen.at, '\n', unseen.len);
    if (lf)
        ndjson->line_len = (size_t)(lf - ndjson->pending.data) + 1;
    else
        ndjson->scanned = ndjson->pending.len;
}

static bool too_long(const struct ndjson *ndjson)
{
    return (ndjson->line_len ? ndjson->line_len : ndjson->pending.len) > ndjson->line_max;
}

int ndjson_push(struct ndjson *ndjson, struct text bytes)
{
    drop_taken(ndjson);
    int r = buf_append_text(&ndjson->pending, bytes);
    if (r < 0)
        return r;
    find_line(ndjson);
    return too_long(ndjson) ? -EMSGSIZE : 0;
}

bool ndjson_next(struct ndjson *ndjson, struct text *ret_line)
{
    for (;;) {
        drop_taken(ndjson);
        find_line(ndjson);
        if (ndjson->line_len == 0 || !ndjson->pending.data || too_long(ndjson))
            return false;
        struct text line = text_make(ndjson->pending.data, ndjson->line_len - 1);
        if (line.len && line.at[line.len - 1] == '\r')
            line.len--;
        ndjson->taken = ndjson->line_len;
        if (line.len) {
            *ret_line = line;
            return true;
        }
    }
}

size_t ndjson_taken(const struct ndjson *ndjson)
{
    return ndjson->taken;
}

struct text ndjson_rest(const struct ndjson *ndjson)
{
    return text_skip(buf_text(&ndjson->pending), ndjson->taken);
}
