/*
 * The columns are the same in both forms: the keys that were asked for, what was added up, the
 * percentiles. In the table each is as wide as the widest of its cells.
 */
#include "usage/usage_print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/jsonwrite.h"
#include "text/count.h"
#include "text/page.h"
#include "text/utf8.h"

/* A longer name is cut, and ends in "...". */
#define NAME_CHARS_MAX 40

/* With the NUL. A number is shorter. */
#define CELL_SIZE (4 * NAME_CHARS_MAX + sizeof("..."))

static const struct {
    const char *word;
    const char *head;
} sums[USAGE_SUM_COUNT] = {
#define X(id, word, head) [USAGE_##id] = {word, head},
    USAGE_SUMS(X)
#undef X
};

static const struct {
    const char *word;
    const char *head;
    unsigned per_cent;
} percentiles[] = {{"ttft_p50_ms", "ttft p50", 50}, {"ttft_p99_ms", "ttft p99", 99}};

#define PERCENTILE_COUNT COUNT(percentiles)
#define COLUMNS_MAX      (USAGE_KEY_COUNT + USAGE_SUM_COUNT + PERCENTILE_COUNT)

/* One line of the table. Keys stand on the left of their columns, numbers on the right. */
struct table_line {
    char cell[COLUMNS_MAX][CELL_SIZE];
    size_t chars[COLUMNS_MAX];
};

static size_t column_count(const struct usage_sum *sum)
{
    return sum->query.by_count + USAGE_SUM_COUNT + PERCENTILE_COUNT;
}

/* What a terminal could take for a command, or what turns the direction of a line, is shown as '?'.
 */
static size_t write_name(struct text name, char ret[CELL_SIZE])
{
    size_t len = 0, chars = 0;
    while (name.len > 0 && chars < NAME_CHARS_MAX) {
        size_t n = utf8_length(name.at, name.len);
        bool shown = utf8_is_shown(name.at, n);
        memcpy(ret + len, shown ? name.at : "?", shown ? n : 1);
        len += shown ? n : 1;
        chars++;
        name = text_skip(name, n ? n : 1);
    }
    const char *end = name.len > 0 ? "..." : len == 0 ? "-" : "";
    memcpy(ret + len, end, strlen(end) + 1);
    return chars + strlen(end);
}

static void write_ms(int64_t ms, char ret[CELL_SIZE])
{
    if (ms < 0)
        (void)snprintf(ret, CELL_SIZE, "-");
    else if (ms < 10000)
        (void)snprintf(ret, CELL_SIZE, "%" PRId64 " ms", ms);
    else
        (void)snprintf(ret, CELL_SIZE, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
}

static void write_numbers(const struct usage_sum *sum, struct usage_row *row,
                          struct table_line *line)
{
    size_t column = sum->query.by_count;
    for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
        (void)snprintf(line->cell[column++], CELL_SIZE, "%" PRId64, row->sum[i]);
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        write_ms(spread_percentile(&row->ttft, percentiles[i].per_cent), line->cell[column++]);
    for (size_t i = sum->query.by_count; i < column; i++)
        line->chars[i] = strlen(line->cell[i]);
}

/* NULL: that of all together. */
static void write_row(struct usage_sum *sum, struct usage_row *row, struct table_line *line)
{
    for (size_t i = 0; i < sum->query.by_count; i++)
        line->chars[i] = row ? write_name(row->key[i], line->cell[i])
                             : write_name(text_of(i == 0 ? "total" : " "), line->cell[i]);
    write_numbers(sum, row ? row : &sum->total, line);
}

static void write_heads(const struct usage_sum *sum, struct table_line *line)
{
    size_t column = 0;
    for (size_t i = 0; i < sum->query.by_count; i++)
        (void)snprintf(line->cell[column++], CELL_SIZE, "%s", usage_key_word(sum->query.by[i]));
    for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
        (void)snprintf(line->cell[column++], CELL_SIZE, "%s", sums[i].head);
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        (void)snprintf(line->cell[column++], CELL_SIZE, "%s", percentiles[i].head);
    for (size_t i = 0; i < column; i++)
        line->chars[i] = strlen(line->cell[i]);
}

static void widen(const struct usage_sum *sum, const struct table_line *line,
                  size_t width[COLUMNS_MAX])
{
    for (size_t i = 0; i < column_count(sum); i++)
        width[i] = width[i] > line->chars[i] ? width[i] : line->chars[i];
}

static void put_line(struct page *page, const struct usage_sum *sum, const struct table_line *line,
                     const size_t width[COLUMNS_MAX])
{
    size_t last = column_count(sum) - 1;
    for (size_t i = 0; i <= last; i++) {
        bool left = i < sum->query.by_count;
        int pad = (int)(width[i] - line->chars[i]);
        PAGE_PUT(page, "%*s%s%*s%s", left ? 0 : pad, "", line->cell[i], left ? pad : 0, "",
                 i < last ? "  " : "\n");
    }
}

int usage_print_table(struct usage_sum *sum, struct buf *out)
{
    struct page page = {.out = out};
    struct table_line line;
    size_t width[COLUMNS_MAX] = {0};
    if (sum->row_count == 0)
        return buf_append_string(out, "no exchanges\n");
    struct usage_row **rows = usage_sum_sorted(sum);
    if (!rows)
        return -ENOMEM;
    /* NULL behind the last row is the total's. */
    write_heads(sum, &line);
    widen(sum, &line, width);
    for (size_t i = 0; i <= sum->row_count; i++) {
        write_row(sum, rows[i], &line);
        widen(sum, &line, width);
    }
    write_heads(sum, &line);
    put_line(&page, sum, &line, width);
    for (size_t i = 0; i <= sum->row_count; i++) {
        write_row(sum, rows[i], &line);
        put_line(&page, sum, &line, width);
    }
    free(rows);
    return page.r;
}

static int put_object(const struct usage_sum *sum, struct usage_row *row, struct buf *out)
{
    struct jsonwrite writer = jsonwrite_to(out);
    jsonwrite_open(&writer, NULL, '{');
    for (size_t i = 0; i < sum->query.by_count; i++) {
        const char *word = usage_key_word(sum->query.by[i]);
        jsonwrite_shown_or_null(&writer, word, row->key[i]);
    }
    for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
        jsonwrite_integer(&writer, sums[i].word, row->sum[i]);
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        int64_t ms = spread_percentile(&row->ttft, percentiles[i].per_cent);
        jsonwrite_known(&writer, percentiles[i].word, ms, 0);
    }
    jsonwrite_close(&writer, '}');
    return writer.r;
}

int usage_print_json(struct usage_sum *sum, struct buf *out)
{
    struct usage_row **rows = usage_sum_sorted(sum);
    if (!rows)
        return -ENOMEM;
    int r = buf_append_string(out, "[");
    for (size_t i = 0; r == 0 && rows[i]; i++) {
        r = buf_append_string(out, i ? ",\n" : "\n");
        if (r == 0)
            r = put_object(sum, rows[i], out);
    }
    free(rows);
    return r < 0 ? r : buf_append_string(out, sum->row_count ? "\n]\n" : "]\n");
}
