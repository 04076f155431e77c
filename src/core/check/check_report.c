/* See check_report.h: lines, and JSON. */
#include "check/check_report.h"

#include <jansson.h>

#include "json/jsonwrite.h"

size_t check_report_machine(const struct check_report *report, struct finding ret[2])
{
    size_t count = finding_of_clock(report->checkups, report->count, &ret[0]);
    if (report->daemon)
        count += finding_of_daemon(report->daemon, report->holder, &ret[count]);
    return count;
}

static int print_able(const struct check_report *report, struct buf *out)
{
    const char *before = "): can answer, but only by ";
    int r = 0;
    for (size_t i = 0; r == 0 && i < report->count; i++) {
        if (!report->checkups[i].in_route || !checkup_can_answer(&report->checkups[i]))
            continue;
        r = buf_printf(out, "%s%s", before, report->checkups[i].provider->name);
        before = ", ";
    }
    return r;
}

static int print_verdict(const struct check_report *report, struct buf *out)
{
    switch (checkup_route(report->checkups, report->count)) {
    case CHECKUP_ROUTE_CANNOT:
        return buf_append_string(out, "): cannot answer");
    case CHECKUP_ROUTE_ONE_SIDE:
        return print_able(report, out);
    case CHECKUP_ROUTE_CAN:
        break;
    }
    return buf_append_string(out, "): can answer");
}

int check_report_route(const struct check_report *report, struct buf *out)
{
    const struct strings *priority = &report->config->route.priority;
    int r = buf_append_string(out, "route (");
    for (size_t i = 0; r == 0 && i < priority->count; i++)
        r = buf_printf(out, "%s%s", i ? ", " : "", priority->at[i]);
    return r < 0 ? r : print_verdict(report, out);
}

static int print_tool(const struct tool_checkup *checkup, struct buf *out)
{
    struct finding findings[TOOL_FINDING_MAX];
    size_t count = tool_checkup_find(checkup, findings);
    int r = tool_checkup_print(checkup, out);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = checkup->reached
                ? buf_printf(out, "; %s: %s", findings[i].what.text, findings[i].to_do.text)
                : buf_printf(out, "; %s", findings[i].to_do.text);
    return r < 0 ? r : buf_append_string(out, "\n");
}

int check_report_lines(const struct check_report *report, struct buf *out)
{
    struct finding findings[2];
    size_t found = check_report_machine(report, findings);
    int r = advisory_print(report->found, report->config, out);
    for (size_t i = 0; r == 0 && i < report->count; i++)
        r = checkup_print_line(&report->checkups[i], out);
    for (size_t i = 0; r == 0 && i < report->tool_count; i++)
        r = print_tool(&report->tools[i], out);
    for (size_t i = 0; r == 0 && i < found; i++)
        r = buf_printf(out, "%s: %s; %s\n", findings[i].about, findings[i].what.text,
                       findings[i].to_do.text);
    if (r == 0)
        r = check_report_route(report, out);
    return r < 0 ? r : buf_append_string(out, "\n");
}

static void add_finding(json_t *list, const struct finding *finding)
{
    (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "about", finding->about, "what",
                                                finding->what.text, "to_do", finding->to_do.text));
}

static json_t *findings_json(const struct check_report *report)
{
    json_t *list = json_array();
    struct finding findings[FINDING_MAX];
    for (size_t i = 0; i < report->count; i++) {
        size_t found = finding_of_provider(&report->checkups[i], findings);
        for (size_t j = 0; j < found; j++)
            add_finding(list, &findings[j]);
    }
    for (size_t i = 0; i < report->tool_count; i++) {
        size_t found = tool_checkup_find(&report->tools[i], findings);
        for (size_t j = 0; j < found; j++)
            add_finding(list, &findings[j]);
    }
    size_t found = check_report_machine(report, findings);
    for (size_t j = 0; j < found; j++)
        add_finding(list, &findings[j]);
    return list;
}

static json_t *daemon_json(const struct check_report *report)
{
    json_t *json = report->daemon ? local_check_json(report->daemon) : json_null();
    if (report->daemon)
        (void)json_object_set_new(json, "held_by",
                                  report->holder[0] ? json_string(report->holder) : json_null());
    return json;
}

int check_report_json(const struct check_report *report, struct buf *out)
{
    json_t *providers = json_array(), *route = json_array(), *able = json_array();
    json_t *tools = json_array();
    for (size_t i = 0; i < report->tool_count; i++)
        (void)json_array_append_new(tools, tool_checkup_json(&report->tools[i]));
    const struct strings *priority = &report->config->route.priority;
    for (size_t i = 0; i < report->count; i++) {
        const struct checkup *checkup = &report->checkups[i];
        (void)json_array_append_new(providers, checkup_json(checkup));
        if (checkup->in_route && checkup_can_answer(checkup))
            (void)json_array_append_new(able, json_string(checkup->provider->name));
    }
    enum checkup_route verdict = checkup_route(report->checkups, report->count);
    for (size_t i = 0; i < priority->count; i++)
        (void)json_array_append_new(route, json_string(priority->at[i]));
    json_t *json =
        json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "can_answer",
                  verdict != CHECKUP_ROUTE_CANNOT, "one_side", verdict == CHECKUP_ROUTE_ONE_SIDE,
                  "answered_by", able, "route", route, "providers", providers, "tools", tools,
                  "findings", findings_json(report), "daemon", daemon_json(report), "libraries",
                  advisory_json(report->found, report->config));
    return jsonwrite_page(json, out);
}
