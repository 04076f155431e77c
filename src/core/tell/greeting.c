/* See greeting.h. */
#include "tell/greeting.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/route.h"
#include "text/utf8.h"

/* Longer names of models are cut; Ollama's own have about 20 letters. */
#define NAME_BYTES 48

/* More variables than these are only counted. */
#define VARIABLES_SHOWN 4

struct print {
    const struct greeting *greeting;
    struct buf *out;
    int error; /* the first */
};

__attribute__((format(printf, 2, 3))) static void say(struct print *print, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (print->error == 0)
        print->error = buf_append_string(print->out, text);
}

static void say_label(struct print *print, const char *label)
{
    say(print, "%-*s  ", (int)strlen(print->greeting->program), label);
}

static bool is_told(const struct config_provider *provider, enum greeting_line line)
{
    return line == GREETING_CLOUD
               ? config_provider_is_cloud(provider)
               : provider->kind->has_catalogue && !config_provider_is_cloud(provider);
}

const struct config_provider *greeting_first(const struct config *config, enum greeting_line line)
{
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && is_told(provider, line))
            return provider;
    }
    return NULL;
}

static size_t count_of(const struct config *config, enum greeting_line line)
{
    size_t count = 0;
    for (size_t i = 0; i < config->route.priority.count; i++) {
        const struct config_provider *provider = config_priority_at(config, i);
        if (provider && is_told(provider, line))
            count++;
    }
    return count;
}

/* How many others stand behind the one that was told of. */
static void say_others(struct print *print, enum greeting_line line)
{
    size_t others = count_of(print->greeting->config, line) - 1;
    if (others > 0)
        say(print, ", and %zu more", others);
}

/* A socket that is open to all addresses is reached at each of them. */
static void say_address(struct print *print, const char *address)
{
    static const struct {
        const char *all, *own;
    } everywhere[] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}};
    const char *own = "", *rest = address;
    for (size_t i = 0; i < 2; i++) {
        if (strncmp(address, everywhere[i].all, strlen(everywhere[i].all)) != 0)
            continue;
        own = everywhere[i].own;
        rest = address + strlen(everywhere[i].all);
    }
    if (strncmp(address, "unix:", 5) == 0)
        say(print, "%s", address);
    else
        say(print, "http://%s%s/v1", own, rest);
}

static void say_addresses(struct print *print)
{
    const char *const *address = print->greeting->addresses;
    say_label(print, print->greeting->program);
    for (size_t i = 0; address[i]; i++) {
        say(print, "%s", i > 0 ? " and " : "");
        say_address(print, address[i]);
    }
    say(print, " is the base URL for your apps\n");
}

static void say_skipped(struct print *print, const struct config_provider *cloud)
{
    struct error why;
    route_skip_tell(cloud, ROUTE_SKIP_NO_KEY, &why);
    say(print, ", which is skipped: %s", why.text);
}

static void say_key(struct print *print, const struct config_provider *cloud)
{
    if (cloud->api_keys.count > 1)
        say(print, ", %zu keys, the first from %s", cloud->api_keys.count,
            cloud->api_keys_from.at[0]);
    else if (cloud->api_keys_from.count > 0)
        say(print, ", key from %s", cloud->api_keys_from.at[0]);
    else if (cloud->no_key)
        say(print, ", no key needed");
    else if (route_takes_credential(cloud, NULL))
        say(print, ", no key here: each app's own is passed on");
    else
        say_skipped(print, cloud);
}

/* Who is asked first by apps that speak Anthropic's Messages, where that is another cloud. */
static void say_messages(struct print *print, const struct config_provider *cloud)
{
    const struct config *config = print->greeting->config;
    for (size_t i = 0; i < config->route.messages.count; i++) {
        const struct config_provider *other =
            config_provider_by_name(config, text_of(config->route.messages.at[i]));
        if (!other || !config_provider_is_cloud(other) || other->idle)
            continue;
        if (other != cloud) {
            say(print, "; for Messages %s", other->name);
            say_key(print, other);
        }
        return;
    }
}

static void say_cloud(struct print *print)
{
    const struct config *config = print->greeting->config;
    const struct config_provider *cloud = greeting_first(config, GREETING_CLOUD);
    say_label(print, "cloud");
    if (cloud) {
        say(print, "%s at %s", cloud->name, cloud->base_url);
        say_key(print, cloud);
        say_others(print, GREETING_CLOUD);
    } else {
        say(print, "none in the route");
    }
    say_messages(print, cloud);
    say(print, "\n");
}

/* Bytes of the name up to the last whole character that still fits. */
static int cut(const char *name)
{
    size_t len = strlen(name), used = 0;
    while (used < len) {
        size_t n = utf8_length(name + used, len - used);
        n = n ? n : 1;
        if (used + n > NAME_BYTES)
            break;
        used += n;
    }
    return (int)used;
}

static void say_model(struct print *print)
{
    const char *model = print->greeting->model;
    if (!model) {
        say(print, ", but no model there can answer; get one with `ollama pull ministral-3:3b`");
        return;
    }
    int used = cut(model);
    say(print, ", %.*s%s would answer", used, model, model[used] ? "..." : "");
}

static void say_ollama(struct print *print)
{
    const struct greeting *greeting = print->greeting;
    const struct config_provider *ollama = greeting_first(greeting->config, GREETING_OLLAMA);
    say_label(print, "Ollama");
    if (!ollama) {
        say(print, "none in the route\n");
        return;
    }
    if (greeting->ollama == GREETING_OLLAMA_ANSWERS && greeting->version[0])
        say(print, "%s ", greeting->version);
    say(print, "at %s", ollama->base_url);
    switch (greeting->ollama) {
    case GREETING_OLLAMA_SILENT:
        say(print, " is not answering yet");
        break;
    case GREETING_OLLAMA_ABSENT:
        say(print, " is not running; start it with `ollama serve`");
        break;
    case GREETING_OLLAMA_ANSWERS:
        say_model(print);
        break;
    }
    say_others(print, GREETING_OLLAMA);
    say(print, "\n");
}

static void say_variables(struct print *print, const struct strings *names)
{
    for (size_t i = 0; i < names->count && i < VARIABLES_SHOWN; i++)
        say(print, "%s%s", i > 0 ? ", " : "", names->at[i]);
    if (names->count > VARIABLES_SHOWN)
        say(print, " and %zu more", names->count - VARIABLES_SHOWN);
}

static void say_settings(struct print *print)
{
    const struct config_origins *origins = &print->greeting->config->origins;
    bool environment = origins->environment.count > 0;
    say_label(print, "settings");
    if (origins->file)
        say(print, "%s", origins->file);
    say(print, "%s", origins->file && environment ? ", " : "");
    say_variables(print, &origins->environment);
    if (origins->flags)
        say(print, "%sthe command line", origins->file || environment ? ", " : "");
    bool none = !origins->file && !environment && !origins->flags;
    say(print, "%s; `understudy config` shows all\n", none ? "the defaults" : "");
}

int greeting_print(const struct greeting *greeting, struct buf *out)
{
    struct print print = {.greeting = greeting, .out = out};
    say_addresses(&print);
    say_cloud(&print);
    say_ollama(&print);
    say_settings(&print);
    return print.error;
}
