/*
 * Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Every
 * function returns what the buffer does: 0, -EMSGSIZE or -ENOMEM.
 */
#include <inttypes.h>

#include "machine/process.h"
#include "record/log.h"
#include "record/metrics_table.h"
#include "record/turns.h"
#include "text/count.h"
#include "text/utf8.h"

const struct metric_family metric_families[METRIC_COUNT] = {
#define X(id, name, type, help, ...)                                                               \
    [METRIC_##id] = {name, METRIC_TYPE_##type, help, {__VA_ARGS__}},
    METRIC_TABLE(X)
#undef X
};

/* Milliseconds, from a token of a small local model to the 290 s of the default deadline. */
static const struct metric_bucket answer_buckets[] = {
    {10, "0.01"},  {25, "0.025"}, {50, "0.05"},  {100, "0.1"},    {250, "0.25"},  {500, "0.5"},
    {750, "0.75"}, {1000, "1"},   {1500, "1.5"}, {2500, "2.5"},   {5000, "5"},    {10000, "10"},
    {20000, "20"}, {30000, "30"}, {60000, "60"}, {120000, "120"}, {300000, "300"}};

/* Microseconds: loop_turn_limits_us. */
static const struct metric_bucket turn_buckets[] = {
    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"},
    {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {1000000, "1"}};

_Static_assert(COUNT(answer_buckets) <= METRIC_BUCKETS && COUNT(turn_buckets) == LOOP_TURN_LIMITS,
               "a series has room for each of its buckets");

const struct metric_scale *metric_scale(enum metric histogram)
{
    static const struct metric_scale answers = {1000, COUNT(answer_buckets), answer_buckets};
    static const struct metric_scale turns = {1000000, COUNT(turn_buckets), turn_buckets};
    return histogram == METRIC_LOOP_TURN ? &turns : &answers;
}

#define PREFIX "understudy_"

static const char *const type_words[] = {"counter", "gauge", "histogram"};

static int print_head(struct buf *out, const char *name, enum metric_type type, const char *help)
{
    return buf_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name,
                      type_words[type]);
}

/* Label values are UTF-8 with three escapes; a byte that is none is shown as \xNN. */
static int print_escaped(struct buf *out, struct text value)
{
    int r = 0;
    while (r == 0 && value.len > 0) {
        size_t n = utf8_length(value.at, value.len);
        if (n == 0)
            r = buf_printf(out, "\\\\x%02x", (unsigned)(unsigned char)*value.at);
        else if (*value.at == '\n')
            r = buf_append_string(out, "\\n");
        else if (*value.at == '"' || *value.at == '\\')
            r = buf_printf(out, "\\%c", *value.at);
        else
            r = buf_append(out, value.at, n);
        value = text_skip(value, n ? n : 1);
    }
    return r;
}

static int print_labels(struct buf *out, const struct metric_family *family,
                        const struct metric_series *series)
{
    int r = 0;
    for (size_t i = 0; r == 0 && family->labels[i]; i++) {
        r = buf_printf(out, "%s%s=\"", i ? "," : "{", family->labels[i]);
        if (r == 0)
            r = print_escaped(out, text_of(series->labels[i]));
        if (r == 0)
            r = buf_append_string(out, family->labels[i + 1] ? "\"" : "\"}");
    }
    return r;
}

static int print_value(struct buf *out, const struct metric_family *family,
                       const struct metric_series *series)
{
    int r = buf_printf(out, PREFIX "%s", family->name);
    if (r == 0)
        r = print_labels(out, family, series);
    return r < 0 ? r : buf_printf(out, " %" PRId64 "\n", series->value);
}

static int print_histogram(struct buf *out, enum metric metric, const struct metric_series *series)
{
    const char *name = metric_families[metric].name;
    const struct metric_scale *scale = metric_scale(metric);
    uint64_t sum = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < scale->count; i++) {
        sum += series->buckets[i];
        r = buf_printf(out, PREFIX "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name,
                       scale->buckets[i].words, sum);
    }
    if (r == 0)
        r = buf_printf(out, PREFIX "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, series->count);
    if (r == 0)
        r = buf_printf(out, PREFIX "%s_sum %" PRId64 ".%0*d\n", name,
                       series->value / scale->per_second, scale->per_second == 1000 ? 3 : 6,
                       (int)(series->value % scale->per_second));
    return r < 0 ? r : buf_printf(out, PREFIX "%s_count %" PRIu64 "\n", name, series->count);
}

int metrics_page_family(struct buf *out, enum metric metric, const struct metric_table *table)
{
    const struct metric_family *family = &metric_families[metric];
    int r = print_head(out, family->name, family->type, family->help);
    for (size_t i = 0; r == 0 && i < table->count; i++) {
        const struct metric_series *series = table->series[i];
        r = family->type == METRIC_TYPE_HISTOGRAM ? print_histogram(out, metric, series)
                                                  : print_value(out, family, series);
    }
    return r;
}

/* In whole units, or with the thousandths of it. */
static int print_reading(struct buf *out, const char *name, int64_t value, int per_unit)
{
    if (per_unit == 1)
        return buf_printf(out, PREFIX "%s %" PRId64 "\n", name, value);
    return buf_printf(out, PREFIX "%s %" PRId64 ".%03d\n", name, value / per_unit,
                      (int)(value % per_unit));
}

int metrics_page_process(struct buf *out, int64_t started_at_ms)
{
    const struct {
        const char *name;
        enum metric_type type;
        const char *help;
        int per_unit;
        int64_t value;
    } readings[] = {
#define X(name, type, help, per_unit, read) {name, METRIC_TYPE_##type, help, per_unit, read},
        METRIC_READINGS(X)
#undef X
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(readings); i++) {
        if (readings[i].value < 0)
            continue;
        r = print_head(out, readings[i].name, readings[i].type, readings[i].help);
        if (r == 0)
            r = print_reading(out, readings[i].name, readings[i].value, readings[i].per_unit);
    }
    return r;
}
