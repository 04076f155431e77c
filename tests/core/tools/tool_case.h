/* Two [tool] sections and what their servers list, for the tests of this room. */
#ifndef UNDERSTUDY_TESTS_TOOL_CASE_H
#define UNDERSTUDY_TESTS_TOOL_CASE_H

#include <check.h>

#include "mcp/mcp_tools.h"
#include "tools/tool_kit.h"

#define WORD(text) ((char[]){text})

static char *tool_case_of_mail[] = {WORD("mail")};
static struct config_tool tool_case_sections[] = {{.name = WORD("weather")},
                                                  {.name = WORD("mail")}};
static const struct config tool_case_config = {.tools = {.at = tool_case_sections, .count = 2}};
__attribute__((unused)) static const struct config_token tool_case_token = {
    .name = WORD("desk"), .tools = {tool_case_of_mail, 1}};

static struct mcp_tool tool_case_today[] = {
    {.own = WORD("today"),
     .offered = WORD("weather__today"),
     .description = WORD("The weather"),
     .parameters = WORD("{\"type\":\"object\"}")},
    {.own = WORD("next week"),
     .offered = WORD("weather__next_week"),
     .description = WORD(""),
     .parameters = WORD("{\"type\":\"object\",\"properties\":{}}")}};
__attribute__((unused)) static const struct mcp_tools tool_case_weather = {.at = tool_case_today,
                                                                           .count = 2};

/* weather with its tools, mail that is down. */
__attribute__((unused)) static struct tool_kit tool_case_kit(void)
{
    struct tool_kit kit = {0};
    const struct tool_wish_one weather = {.tool = &tool_case_sections[0]};
    const struct tool_wish_one mail = {.tool = &tool_case_sections[1]};
    ck_assert_int_eq(tool_kit_add(&kit, &weather, &tool_case_weather), 0);
    ck_assert_int_eq(tool_kit_add(&kit, &mail, NULL), 0);
    return kit;
}

#endif
