/* See standing.h. Only what is in the way of a provider of the route is worth a word. */
#include "tell/standing.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct sentence {
    char *at;
    size_t left; /* the NUL included */
};

__attribute__((format(printf, 2, 3))) static void say(struct sentence *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(to->at, to->left, format, args);
    va_end(args);
    size_t written = n < 0 ? 0 : (size_t)n < to->left ? (size_t)n : to->left - 1;
    to->at += written;
    to->left -= written;
}

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
static void say_far(struct sentence *to, const struct standing *standing)
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
        say(to, "%s offline since %s, ", count > 1 ? "clouds" : "cloud", offline->since);
    if (kept)
        say(to, "local on since %s, ", kept->since);
}

static void say_troubles(struct sentence *to, const struct standing *standing)
{
    const struct config_provider *answers = NULL;
    say_far(to, standing);
    for (size_t i = 0; i < standing->count; i++) {
        const struct standing_provider *p = &standing->providers[i];
        struct text name = name_of(standing, p->config);
        if (p->skip == ROUTE_SKIP_BREAKER)
            say(to, "%.*s fails since %s, ", TEXT_ARG(name), p->since);
        else if (p->skip == ROUTE_SKIP_KEYS)
            say(to, "%.*s has no key left since %s, ", TEXT_ARG(name), p->since);
        else if (p->skip == ROUTE_SKIP_NONE && !answers)
            answers = p->config;
    }
    struct text name = answers ? name_of(standing, answers) : text_of("nobody");
    say(to, "%.*s answers", TEXT_ARG(name));
}

void standing_tell(const struct standing *standing, char ret[STANDING_MAX])
{
    struct sentence to = {ret, STANDING_MAX};
    bool any = false;
    for (size_t i = 0; i < standing->count; i++)
        any = any || is_told(standing->providers[i].skip);
    say(&to, "%s", standing->stopping ? "stopping" : "serving");
    if (standing->stopping && standing->inflight > 0) {
        say(&to, "; %" PRId64 " %s under way", standing->inflight,
            standing->inflight == 1 ? "answer is" : "answers are");
    } else if (!standing->stopping && any) {
        say(&to, "; ");
        say_troubles(&to, standing);
    } else if (!standing->stopping && standing->address[0]) {
        say(&to, " on %s", standing->address);
    }
}
