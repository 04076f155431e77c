/* See standing.h. Only what is in the way of a provider of the route is worth a word. */
#include "tell/standing.h"

#include <inttypes.h>

#include "text/line.h"

/* What is in the way of it all the time is no news: a key that nobody has set. */
static bool is_told(enum route_skip skip)
{
    return skip == ROUTE_SKIP_OFFLINE || skip == ROUTE_SKIP_LOCAL || skip == ROUTE_SKIP_BREAKER ||
           skip == ROUTE_SKIP_KEYS;
}

/* The first word of its title, "Ollama", where it is the only one of those; else its own name. */
static struct text name_of(const struct standing *standing, const struct config_provider *provider)
{
    size_t alike = 0;
    for (size_t i = 0; i < standing->count; i++)
        alike += standing->providers[i].config->kind == provider->kind;
    const char *title = provider->kind->title;
    return alike == 1 && provider->kind->has_catalogue ? text_make(title, strcspn(title, " "))
                                                       : text_of(provider->name);
}

/* What holds for all that are far, told once. */
static void say_far(struct line *to, const struct standing *standing)
{
    const struct standing_provider *offline = NULL, *kept = NULL;
    size_t count = 0;
    for (size_t i = standing->count; i-- > 0;) {
        const struct standing_provider *p = &standing->providers[i];
        if (p->skip == ROUTE_SKIP_OFFLINE)
            offline = p, count++;
        else if (p->skip == ROUTE_SKIP_LOCAL)
            kept = p;
    }
    if (offline)
        line_add(to, "%s offline since %s, ", count > 1 ? "clouds" : "cloud", offline->since);
    if (kept)
        line_add(to, "local on since %s, ", kept->since);
}

static void say_troubles(struct line *to, const struct standing *standing)
{
    const struct config_provider *answers = NULL;
    say_far(to, standing);
    for (size_t i = 0; i < standing->count; i++) {
        const struct standing_provider *p = &standing->providers[i];
        struct text name = name_of(standing, p->config);
        if (p->skip == ROUTE_SKIP_BREAKER)
            line_add(to, "%.*s fails since %s, ", TEXT_ARG(name), p->since);
        else if (p->skip == ROUTE_SKIP_KEYS)
            line_add(to, "%.*s has no key left since %s, ", TEXT_ARG(name), p->since);
        else if (p->skip == ROUTE_SKIP_NONE && !answers)
            answers = p->config;
    }
    struct text name = answers ? name_of(standing, answers) : text_of("nobody");
    line_add(to, "%.*s answers", TEXT_ARG(name));
}

void standing_tell(const struct standing *standing, char ret[STANDING_MAX])
{
    struct line to = line_to(ret, STANDING_MAX);
    bool any = false;
    for (size_t i = 0; i < standing->count; i++)
        any = any || is_told(standing->providers[i].skip);
    line_add(&to, "%s", standing->stopping ? "stopping" : "serving");
    if (standing->stopping && standing->inflight > 0) {
        line_add(&to, "; %" PRId64 " %s under way", standing->inflight,
                 standing->inflight == 1 ? "answer is" : "answers are");
    } else if (!standing->stopping && any) {
        line_add(&to, "; ");
        say_troubles(&to, standing);
    } else if (!standing->stopping && standing->address[0]) {
        line_add(&to, " on %s", standing->address);
    }
}
