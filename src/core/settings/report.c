/* One line for each error and warning, with its place in front. */
#include <stdarg.h>
#include <stdio.h>

#include "settings/setting.h"

#define LINE_MAX_BYTES 2000

void report_origin(const struct origin *origin, char *ret, size_t size)
{
    switch (origin->kind) {
    case ORIGIN_DEFAULT:
        (void)snprintf(ret, size, "default");
        break;
    case ORIGIN_FILE:
        (void)snprintf(ret, size, "%.*s:%d", TEXT_ARG(origin->name), origin->line);
        break;
    case ORIGIN_PLAIN:
    case ORIGIN_ENVIRONMENT:
        (void)snprintf(ret, size, "env %.*s", TEXT_ARG(origin->name));
        break;
    case ORIGIN_FLAG:
        (void)snprintf(ret, size, "flag");
        break;
    }
}

void report_place(const struct origin *origin, char *ret, size_t size)
{
    if (origin->kind == ORIGIN_FLAG)
        (void)snprintf(ret, size, "-s %.*s", TEXT_ARG(origin->name));
    else
        report_origin(origin, ret, size);
}

/* The place and ": ". */
static size_t print_place(const struct origin *origin, char *line, size_t size)
{
    char place[LINE_MAX_BYTES / 2];
    if (!origin || origin->kind == ORIGIN_DEFAULT)
        return 0;
    report_place(origin, place, sizeof(place));
    int n = snprintf(line, size, "%s: ", place);
    return n < 0 ? 0 : (size_t)n;
}

__attribute__((format(printf, 4, 0))) static void add_line(struct report *report,
                                                           struct strings *to,
                                                           const struct origin *origin,
                                                           const char *format, va_list args)
{
    char line[LINE_MAX_BYTES];
    size_t used = print_place(origin, line, sizeof(line));
    (void)vsnprintf(line + used, sizeof(line) - used, format, args);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    if (string_list_add(to, text_of(line)) < 0)
        report->out_of_memory = true;
}

void report_error(struct report *report, const struct origin *origin, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report->errors++;
    if (report->errors <= REPORT_ERRORS_MAX)
        add_line(report, &report->to->errors, origin, format, args);
    else if (report->errors == REPORT_ERRORS_MAX + 1 &&
             string_list_add(&report->to->errors, text_of("more errors are not shown")) < 0)
        report->out_of_memory = true;
    va_end(args);
}

void report_warning(struct report *report, const struct origin *origin, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (report->to->warnings.count < REPORT_ERRORS_MAX)
        add_line(report, &report->to->warnings, origin, format, args);
    va_end(args);
}
