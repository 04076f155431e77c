/* The table of what can become of a tool's call, told as a story and as a page. */
#include "tell/explain_tool.h"

#include "tell/explain_settings.h"
#include "text/count.h"
#include "text/page.h"

#define LINE_WIDTH 100

/* Settings: of each [tool NAME] the first three. */
enum {
    TIMEOUT = 1 << 0,
    ALLOW = 1 << 1,
    URL = 1 << 2,
    DEADLINE = 1 << 3,
    ITERATIONS = 1 << 4,
    RESULT = 1 << 5,
};

#define GOES_ON  "The request goes on: the model is asked again, with this in place of a result. "
#define NO_AGAIN "The call is not made again, since the tool may have done its work. "
#define NOT_RUN  "The tool is not called. " GOES_ON
#define OFFERED                                                                                    \
    "The request goes on without these tools, and x-understudy-dropped of the answer names "       \
    "tool:weather. "

static const struct explain_tool rows[] = {
    {"tool-error", "the tool was called and says that it failed, or its server refused the call",
     "[tool error] and what the tool said; [tool error] weather refused the call: and what the "
     "server said",
     GOES_ON "It may call again with other arguments, which is a call of its own.",
     "mostly nothing: it is for the model, which had an argument wrong", 0},
    {"tool-timeout", "the tool's server did not answer in time",
     "[tool error] weather did not answer within 30 s", GOES_ON NO_AGAIN,
     "set a longer timeout in [tool NAME], if the tool needs it; what the deadline has left "
     "bounds it, too",
     TIMEOUT | DEADLINE},
    {"tool-network",
     "the tool's server was not reached, or the connection broke before it answered",
     "[tool error] weather was not reached: it refused the connection, or its host is "
     "unreachable; [tool error] weather broke the connection before it answered",
     GOES_ON NO_AGAIN, "see what `understudy check` says of the server, and start it", URL},
    {"tool-protocol", "what the tool's server answered is no result",
     "[tool error] weather answered with status 401; with something that is not MCP; redirects to "
     "another address (status 302), which is not followed",
     GOES_ON NO_AGAIN,
     "mend url (mostly it ends in /mcp) or api_key of [tool NAME]: `understudy check` says which",
     URL},
    {"tool-too-large", "the answer of the tool's server is larger than can be held (8 MB)",
     "[tool error] weather answered with more than 8 MB", GOES_ON NO_AGAIN,
     "have the tool give less: a part of the file, a shorter list", 0},
    {"tool-cancelled", "the app hung up, or the daemon stopped, while the tool was being called",
     "nothing: it is not asked again",
     "The tool's server is told that nobody waits, where its MCP has a word for that; whether the "
     "tool has done its work is not known. " NO_AGAIN,
     "look at the server of the tool, where it matters", 0},
    {"tool-cut", "the result of the tool is longer than the model is given",
     "the beginning of the result, and a last line that says how much is missing",
     "The call went well and counts as such.",
     "set [tools] max_result to more, if the model's window has room for it", RESULT},
    {"tool-unknown",
     "the model called a tool that [tool NAME] does not allow, or that is not there",
     "[tool error] no such tool", NOT_RUN, "name it in allow of [tool NAME], if it may be called",
     ALLOW},
    {"tool-arguments", "the model wrote arguments that are not a JSON object",
     "[tool error] the arguments are not a JSON object", NOT_RUN,
     "nothing; a model that does so often is too small for tools", 0},
    {"tool-calls", "the model called more than 16 tools in one answer",
     "[tool error] too many calls at once: only the first 16 of a turn are run",
     "The first 16 are called, 8 at a time. " GOES_ON,
     "nothing: it may call the others in its next answer", 0},
    {"tool-deadline", "the deadline leaves no time for a call and an answer after it",
     "[tool error] there is no time left to call it: answer without it", NOT_RUN,
     "set [route] deadline to more, or x-understudy-deadline for one request", DEADLINE},
    {"tool-iterations", "the model has asked for tools as often as it may in one exchange",
     "the results so far, and no tools",
     "It is asked once more without them, so that there is an answer.",
     "set [tools] max_iterations to more", ITERATIONS},
    {"tool-down", "the tool's server does not answer, or has none of the tools that are allowed",
     "no tools of that server", OFFERED "It is asked again in the background, ten seconds later.",
     "see what `understudy check` says of it", URL | ALLOW},
    {"tool-local",
     "understudy local on holds, and the tool's server is not on this machine or its "
     "network",
     "no tools of that server", OFFERED, "understudy local off", URL},
};

const struct explain_tool *explain_tool_at(size_t n)
{
    return n < COUNT(rows) ? &rows[n] : NULL;
}

static bool is_same(struct text word, const char *known)
{
    size_t i = 0;
    for (; i < word.len && known[i]; i++)
        if ((word.at[i] == '_' ? '-' : text_lower(word.at[i])) != known[i])
            return false;
    return i == word.len && !known[i];
}

const struct explain_tool *explain_tool_find(struct text word)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (is_same(word, rows[i].word))
            return &rows[i];
    return NULL;
}

static void put_text(struct page *page, const char *title, const char *sentences)
{
    struct buf whole;
    buf_init(&whole, 4096);
    int r = buf_printf(&whole, "%s%s", title, sentences);
    page->r = page->r < 0 ? page->r : r;
    for (struct text rest = text_trim(buf_text(&whole)); rest.len > 0;) {
        struct text line = page_take_line(&rest, LINE_WIDTH, LINE_WIDTH);
        PAGE_PUT(page, "%.*s\n", TEXT_ARG(line));
    }
    buf_done(&whole);
}

static void put_list(struct page *page, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        PAGE_PUT(page, "%s%s", i ? ", " : "", list->at[i]);
    PAGE_PUT(page, "%s\n", list->count > 0 ? "" : "none");
}

static void put_settings_of(struct page *page, const struct config_tool *tool, unsigned set)
{
    char text[EXPLAIN_DURATION_MAX];
    if (set & URL) {
        PAGE_PUT(page, "  [tool %s] url = ", tool->name);
        page->r = page->r < 0 ? page->r : config_tool_print_address(tool, page->out);
        PAGE_PUT(page, "\n");
    }
    if (set & ALLOW) {
        PAGE_PUT(page, "  [tool %s] allow = ", tool->name);
        put_list(page, &tool->allow);
    }
    if (set & TIMEOUT)
        PAGE_PUT(page, "  [tool %s] timeout = %s\n", tool->name,
                 explain_duration(tool->timeout_ms, text, sizeof(text)));
}

static void put_settings(struct page *page, const struct config *config, unsigned set)
{
    char text[EXPLAIN_DURATION_MAX];
    if (set == 0) {
        PAGE_PUT(page, "\nNo setting changes that.\n");
        return;
    }
    PAGE_PUT(page, "\nThe settings that decide (`understudy config` tells where each comes "
                   "from):\n");
    for (size_t i = 0; i < config->tools.count; i++)
        put_settings_of(page, &config->tools.at[i], set);
    if (config->tools.count == 0 && (set & (TIMEOUT | ALLOW | URL)))
        PAGE_PUT(page, "  there is no [tool NAME]\n");
    if (set & DEADLINE)
        PAGE_PUT(page, "  [route] deadline = %s\n",
                 explain_duration(config->route.deadline_ms, text, sizeof(text)));
    if (set & ITERATIONS)
        PAGE_PUT(page, "  [tools] max_iterations = %d\n", config->tools.max_iterations);
    if (set & RESULT)
        PAGE_PUT(page, "  [tools] max_result = %zu\n", config->tools.max_result_bytes);
}

int explain_tool_print(const struct config *config, const struct explain_tool *tool,
                       struct buf *out)
{
    struct page page = {.out = out};
    PAGE_PUT(&page, "%s: %s.\n", tool->word, tool->what);
    put_text(&page, "The model sees: ", tool->model);
    PAGE_PUT(&page, "\n");
    put_text(&page, "", tool->then);
    put_text(&page, "What to do: ", tool->to_do);
    put_settings(&page, config, tool->decides);
    return page.r;
}

int explain_tool_print_markdown(struct buf *out)
{
    struct page page = {.out = out};
    PAGE_PUT(&page, "\n| word | what | the model sees | what to do |\n|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT(rows); i++)
        PAGE_PUT(&page, "| %s | %s | %s | %s |\n", rows[i].word, rows[i].what, rows[i].model,
                 rows[i].to_do);
    return page.r;
}
