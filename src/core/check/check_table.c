/*
 *       provider   reached  key         models
 *     ✓ openai     212 ms   accepted    97
 *     ✗ ollama     no       not needed  -
 *         not reachable: Ollama is not running at 127.0.0.1:11434
 *         → start it with `ollama serve`
 *
 * A mark says what its colour says. Findings stand below whom they are about, each with what to do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/check_report.h"
#include "text/count.h"
#include "text/page.h"

enum mark { GOOD, DOUBTFUL, BAD, ASIDE, MARK_COUNT };

static const struct {
    const char *colour;
    const char *sign; /* in UTF-8 */
    char plain;
} marks[MARK_COUNT] = {[GOOD] = {"\x1b[32m", "\u2713", '+'},
                       [DOUBTFUL] = {"\x1b[33m", "!", '!'},
                       [BAD] = {"\x1b[31m", "\u2717", 'x'},
                       [ASIDE] = {"\x1b[2m", "-", '-'}};

#define DIM  "\x1b[2m"
#define BOLD "\x1b[1m"
#define OFF  "\x1b[0m"

enum cell { NAME, REACHED, KEY, MODELS, CELL_COUNT };

#define CELL_MAX      72
#define NOTE_INDENT   4
#define NARROWEST     40
#define COLUMNS_USUAL 80

struct row {
    enum mark mark;
    char cells[CELL_COUNT][CELL_MAX];
};

struct table {
    struct page page;
    const struct check_style *style;
    int widths[CELL_COUNT];
};

static void put_colour(struct table *table, const char *colour)
{
    if (table->style->colour)
        PAGE_PUT(&table->page, "%s", colour);
}

static void put_mark(struct table *table, enum mark mark)
{
    put_colour(table, marks[mark].colour);
    if (table->style->utf8)
        PAGE_PUT(&table->page, "%s", marks[mark].sign);
    else
        PAGE_PUT(&table->page, "%c", marks[mark].plain);
    put_colour(table, OFF);
    PAGE_PUT(&table->page, " ");
}

/* Broken into lines that the terminal has room for. */
static void put_note(struct table *table, const char *before, const char *said)
{
    int columns = table->style->columns > 0 ? table->style->columns : COLUMNS_USUAL;
    int room = columns - NOTE_INDENT - 2;
    size_t width = room > NARROWEST ? (size_t)room : NARROWEST;
    struct text text = text_of(said);
    for (bool first = true; text.len > 0; first = false) {
        struct text line = page_take_line(&text, width, width + 1);
        PAGE_PUT(&table->page, "%*s%s%.*s\n", NOTE_INDENT, "",
                 before[0] == '\0' ? ""
                 : first           ? before
                                   : "  ",
                 TEXT_ARG(line));
    }
}

static void put_finding(struct table *table, const struct finding *finding)
{
    put_note(table, "", finding->what.text);
    put_colour(table, BOLD);
    put_note(table, table->style->utf8 ? "\u2192 " : "> ", finding->to_do.text);
    put_colour(table, OFF);
}

static enum mark mark_of(const struct checkup *checkup)
{
    struct finding findings[FINDING_MAX];
    bool fine = finding_of_provider(checkup, findings) == 0;
    if (!checkup_can_answer(checkup))
        return checkup->in_route || checkup->in_messages ? BAD : ASIDE;
    return fine ? GOOD : DOUBTFUL;
}

static void write_key(const struct checkup *checkup, char ret[CELL_MAX])
{
    static const char *const words[] = {[CHECKUP_KEY_UNKNOWN] = "not checked",
                                        [CHECKUP_KEY_ACCEPTED] = "accepted",
                                        [CHECKUP_KEY_REFUSED] = "refused",
                                        [CHECKUP_KEY_NOT_SET] = "not set",
                                        [CHECKUP_KEY_NOT_NEEDED] = "not needed"};
    size_t keys = checkup->provider->api_keys.count, accepted = 0;
    for (size_t i = 0; i < keys; i++)
        accepted += checkup->keys[i] == CHECKUP_KEY_ACCEPTED;
    if (keys > 1 && checkup->status != 0)
        (void)snprintf(ret, CELL_MAX, "%zu of %zu accepted", accepted, keys);
    else
        (void)snprintf(ret, CELL_MAX, "%s", words[checkup->key]);
}

static struct row row_of(const struct checkup *checkup)
{
    struct row row = {.mark = mark_of(checkup)};
    (void)snprintf(row.cells[NAME], CELL_MAX, "%s%s", checkup->provider->name,
                   checkup->in_route      ? ""
                   : checkup->in_messages ? " (Messages)"
                                          : " (no route)");
    if (checkup->status != 0)
        (void)snprintf(row.cells[REACHED], CELL_MAX, "%" PRId64 " ms", checkup->latency_ms);
    else
        (void)snprintf(row.cells[REACHED], CELL_MAX, "no");
    write_key(checkup, row.cells[KEY]);
    if (checkup->model_count >= 0)
        (void)snprintf(row.cells[MODELS], CELL_MAX, "%" PRId64, checkup->model_count);
    else
        (void)snprintf(row.cells[MODELS], CELL_MAX, "-");
    return row;
}

static void put_cells(struct table *table, const struct row *row)
{
    for (int i = 0; i + 1 < CELL_COUNT; i++)
        PAGE_PUT(&table->page, "%-*s  ", table->widths[i], row->cells[i]);
    PAGE_PUT(&table->page, "%s\n", row->cells[CELL_COUNT - 1]);
}

static void widen(struct table *table, const struct row *row)
{
    for (int i = 0; i < CELL_COUNT; i++) {
        int width = (int)strlen(row->cells[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
}

/* What is installed there, and which of it would stand in. */
static void put_fallback(struct table *table, const struct checkup *checkup)
{
    struct buf said;
    buf_init(&said, 4096);
    int r = checkup->version[0] ? buf_printf(&said, "version %s; ", checkup->version) : 0;
    if (r == 0)
        r = checkup_print_fallback(checkup, &said);
    if (r == 0)
        put_note(table, "", said.data);
    else if (table->page.r == 0)
        table->page.r = r;
    buf_done(&said);
}

static void put_provider(struct table *table, const struct checkup *checkup)
{
    struct finding findings[FINDING_MAX];
    size_t count = finding_of_provider(checkup, findings);
    const struct row row = row_of(checkup);
    put_mark(table, row.mark);
    put_cells(table, &row);
    if (checkup->fallback[CHECKUP_PLAIN])
        put_fallback(table, checkup);
    for (size_t i = 0; i < count; i++)
        put_finding(table, &findings[i]);
}

/* The line says what is there; where it is not, the finding does. */
static void put_tool(struct table *table, const struct tool_checkup *checkup)
{
    struct finding findings[TOOL_FINDING_MAX];
    size_t count = tool_checkup_find(checkup, findings);
    put_mark(table, count == 0 ? GOOD : checkup->reached ? DOUBTFUL : BAD);
    if (!checkup->reached)
        PAGE_PUT(&table->page, "tool %s", checkup->tool->name);
    else if (table->page.r == 0)
        table->page.r = tool_checkup_print(checkup, table->page.out);
    PAGE_PUT(&table->page, "\n");
    for (size_t i = 0; i < count; i++)
        put_finding(table, &findings[i]);
}

static void put_libraries(struct table *table, const struct check_report *report)
{
    struct buf said;
    struct text rest;
    buf_init(&said, 1u << 20);
    enum mark mark =
        advisory_worst(report->found, report->config) == ADVISORY_REFUSED ? BAD : DOUBTFUL;
    int r = advisory_print(report->found, report->config, &said);
    if (r < 0 && table->page.r == 0)
        table->page.r = r;
    for (rest = buf_text(&said); rest.len > 0;) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;
        put_mark(table, mark);
        PAGE_PUT(&table->page, "%.*s\n", (int)len, rest.at);
        rest = text_skip(rest, len + 1);
    }
    buf_done(&said);
}

static void put_machine(struct table *table, const struct check_report *report)
{
    struct finding findings[2];
    size_t count = check_report_machine(report, findings);
    for (size_t i = 0; i < count; i++) {
        put_mark(table, BAD);
        PAGE_PUT(&table->page, "%s\n", findings[i].about);
        put_finding(table, &findings[i]);
    }
    if (report->daemon && report->daemon->state == LOCAL_READY) {
        put_mark(table, GOOD);
        PAGE_PUT(&table->page, "daemon: serves at %s\n", report->daemon->address);
    } else if (report->daemon && report->daemon->state == LOCAL_NOT_READY) {
        put_mark(table, DOUBTFUL);
        PAGE_PUT(&table->page, "daemon: serves at %s, but %s\n", report->daemon->address,
                 report->daemon->why.text);
    }
}

int check_table(const struct check_report *report, const struct check_style *style, struct buf *out)
{
    static const struct row head = {.cells = {"provider", "reached", "key", "models"}};
    static const enum mark verdicts[] = {[CHECKUP_ROUTE_CANNOT] = BAD,
                                         [CHECKUP_ROUTE_ONE_SIDE] = DOUBTFUL,
                                         [CHECKUP_ROUTE_CAN] = GOOD};
    struct table table = {.page = {.out = out}, .style = style};
    put_libraries(&table, report);
    widen(&table, &head);
    for (size_t i = 0; i < report->count; i++) {
        const struct row row = row_of(&report->checkups[i]);
        widen(&table, &row);
    }
    put_colour(&table, DIM);
    PAGE_PUT(&table.page, "  ");
    put_cells(&table, &head);
    put_colour(&table, OFF);
    for (size_t i = 0; i < report->count; i++)
        put_provider(&table, &report->checkups[i]);
    for (size_t i = 0; i < report->tool_count; i++)
        put_tool(&table, &report->tools[i]);
    put_machine(&table, report);
    put_mark(&table, verdicts[checkup_route(report->checkups, report->count)]);
    if (table.page.r == 0)
        table.page.r = check_report_route(report, out);
    PAGE_PUT(&table.page, "\n");
    return table.page.r;
}
