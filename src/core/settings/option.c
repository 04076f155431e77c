/*
 * The rows. A default is written as a user would write it and goes through the same parser, so what
 * conf/understudy.ini shows cannot differ from what happens without it.
 */
#include "settings/option.h"

#include <stddef.h>

#include "config/config.h"
#include "text/count.h"
#include "text/line.h"

#define MS_SECOND 1e3
#define MS_HOUR   3.6e6
#define MS_DAY    8.64e7

#define GLOBAL(field)    .offset = offsetof(struct config, field)
#define RETRY(field)     .offset = offsetof(struct retry_policy, field)
#define PROVIDER(field)  .offset = offsetof(struct config_provider, field)
#define MODEL(field)     .offset = offsetof(struct config_model, field)
#define TOKEN(field)     .offset = offsetof(struct config_token, field)
#define TOOL(field)      .offset = offsetof(struct config_tool, field)
#define RANGE(low, high) .min = (low), .max = (high)
#define VALUE(text)      .value = (text)
#define BY_KIND(column)  .by_kind = offsetof(struct kind, column)

static const struct option_word none[] = {{"none", 0}, {NULL, 0}};
static const struct option_word no[] = {{"no", 0}, {NULL, 0}};
static const struct option_word off[] = {{"off", 0}, {NULL, 0}};
static const struct option_word automatic[] = {{"auto", 0}, {NULL, 0}};
static const struct option_word system_word[] = {{"system", 0}, {NULL, 0}};
static const struct option_word hedge[] = {{"auto", HEDGE_AUTO}, {"off", HEDGE_OFF}, {NULL, 0}};
/* By their place in the table of kinds. */
#define X(id) KIND_##id,
enum { KIND_LIST(X) };
#undef X
static const struct option_word kinds[] = {
#define X(id) {#id, KIND_##id},
    KIND_LIST(X)
#undef X
        {NULL, 0}};
static const struct option_word levels[] = {{"error", LOG_LEVEL_ERROR},
                                            {"warning", LOG_LEVEL_WARNING},
                                            {"info", LOG_LEVEL_INFO},
                                            {"debug", LOG_LEVEL_DEBUG},
                                            {NULL, 0}};
static const struct option_word formats[] = {
    {"text", LOG_FORMAT_TEXT}, {"json", LOG_FORMAT_JSON}, {NULL, 0}};

static const struct option options[] = {
    {SECTION_SERVER, "listen", OPTION_LISTEN, GLOBAL(server), VALUE("127.0.0.1:11411"),
     .text = "Addresses to listen on. Sockets that systemd passes win over these. Beyond loopback, "
             "tokens or allow_unauthenticated are needed."},
    {SECTION_SERVER, "allowed_hosts", OPTION_HOSTS, GLOBAL(server.allowed_hosts),
     VALUE("localhost, 127.0.0.1, [::1]"),
     .text = "Host names that are served beside the listen address, with any port (ssh -L, docker "
             "-p, a proxy in front); name:port with that port only. Any other gets 403, which "
             "stops DNS rebinding."},
    {SECTION_SERVER, "allowed_origins", OPTION_ORIGINS, GLOBAL(server.allowed_origins),
     VALUE("app://*, tauri://*, vscode-webview://*, vscode-file://*"),
     .text = "Origins that may call: desktop apps by default, no web page. Any other Origin gets "
             "403; listed ones get CORS answers."},
    {SECTION_SERVER, "tokens", OPTION_SECRETS, GLOBAL(server.tokens), VALUE("none"),
     .choices = none, .secret = true,
     .text = "When set, clients must send one of these as Authorization: Bearer or x-api-key, "
             "except for /healthz and /readyz."},
    {SECTION_SERVER, "allow_unauthenticated", OPTION_BOOL, GLOBAL(server.allow_unauthenticated),
     VALUE("no"), .text = "Listen beyond loopback without tokens: whoever can connect can spend."},
    {SECTION_SERVER, "max_body", OPTION_SIZE, GLOBAL(server.max_body_bytes), VALUE("64M"),
     RANGE(1, 0x1p32), .text = "Larger request bodies get 413."},
    {SECTION_SERVER, "max_body_total", OPTION_SIZE, GLOBAL(server.max_body_total_bytes),
     VALUE("256M"), RANGE(1, 0x1p40),
     .text = "All request bodies together that are held, over all workers; beyond it 503 with "
             "Retry-After: 1, also where one alone is larger."},
    {SECTION_SERVER, "max_connections", OPTION_INT, GLOBAL(server.max_connections), VALUE("4096"),
     RANGE(1, 1e6),
     .text = "Connections at a time, for each worker; beyond them 503 with Retry-After: 1, but for "
             "/healthz."},
    {SECTION_SERVER, "max_inflight", OPTION_INT, GLOBAL(server.max_inflight), VALUE("2048"),
     RANGE(1, 1e6),
     .text = "Exchanges at a time, for each worker; beyond them requests get 503 at once, with "
             "Retry-After: 1."},
    {SECTION_SERVER, "header_timeout", OPTION_DURATION, GLOBAL(server.header_timeout_ms),
     VALUE("10s"), RANGE(1, MS_HOUR),
     .text = "A client that needs longer for its headers is dropped."},
    {SECTION_SERVER, "body_timeout", OPTION_DURATION, GLOBAL(server.body_timeout_ms), VALUE("60s"),
     RANGE(1, MS_DAY), .text = "A client that needs longer for its body is dropped."},
    {SECTION_SERVER, "drain_timeout", OPTION_DURATION, GLOBAL(server.drain_timeout_ms),
     VALUE("30s"), RANGE(0, MS_DAY), .text = "How long running answers may finish after SIGTERM."},
    {SECTION_SERVER, "heartbeat", OPTION_DURATION, GLOBAL(server.heartbeat_ms), VALUE("off"),
     RANGE(0, MS_HOUR), .choices = off,
     .text =
         "Streams: after that much silence begin the answer and send comments at this interval, "
         "for clients that give up on silence. A later failure can then only be told as an "
         "error event. Streams of Ollama's own API are lines, which have no place for them."},
    {SECTION_SERVER, "workers", OPTION_INT, GLOBAL(server.workers), VALUE("1"), RANGE(0, 1024),
     .text = "Event-loop threads; 0 = one for each core."},
    {SECTION_SERVER, "ollama_admin", OPTION_BOOL, GLOBAL(server.ollama_admin), VALUE("no"),
     .text = "Let apps that speak to Ollama change which models the first one has: pull, create, "
             "copy, delete, push and blobs below /api/."},

    {SECTION_ROUTE, "priority", OPTION_NAMES, GLOBAL(route.priority), VALUE("openai, ollama"),
     .plain = "PROVIDER_PRIORITY", .text = "Providers in the order in which they are asked."},
    {SECTION_ROUTE, "messages", OPTION_NAMES, GLOBAL(route.messages), VALUE("anthropic, ollama"),
     .text = "The same for requests of apps that speak Anthropic's Messages."},
    {SECTION_ROUTE, "fallback_on", OPTION_CLASSES, GLOBAL(route.fallback_on),
     VALUE("network, timeout, protocol, server, rate_limit, auth, quota, model, context, redirect"),
     .choices = none, .text = "The failure classes that move an exchange on to the next provider."},
    {SECTION_ROUTE, "deadline", OPTION_DURATION, GLOBAL(route.deadline_ms), VALUE("290s"),
     RANGE(1, MS_DAY),
     .text = "Time until the answer begins to reach the client: attempts, waits, queues and "
             "fallback together."},
    {SECTION_ROUTE, "continue_stream", OPTION_BOOL, GLOBAL(route.continue_stream), VALUE("no"),
     .text = "Finish a stream that broke midway on the next provider."},
    {SECTION_ROUTE, "hedge_after", OPTION_DURATION, GLOBAL(route.hedge_after_ms), VALUE("auto"),
     RANGE(1, MS_DAY), .choices = hedge,
     .text =
         "After that long without content the next provider starts beside the silent one, and "
         "the first with content wins. auto: 10 s for streams, 60 s for whole answers, or three "
         "times what is usual for the model where that is more; never where the request asks "
         "for reasoning."},
    {SECTION_ROUTE, "announce", OPTION_ANNOUNCE, GLOBAL(route.announce), VALUE("no"), .choices = no,
     .text = "Put into text answers that another than the first provider gave, before or behind "
             "the answer; {provider} and {model} are replaced, quotes keep the blanks at the ends. "
             "Never with tools, a JSON format or n > 1."},

    {SECTION_RETRY, "attempts", OPTION_INT, RETRY(attempts), VALUE("3"), RANGE(1, 100),
     .plain = "LLM_RETRY_ATTEMPTS",
     .text = "Tries of one provider in one exchange, the first included."},
    {SECTION_RETRY, "multiplier", OPTION_NUMBER, RETRY(multiplier), VALUE("1.0"), RANGE(0, 1000),
     .plain = "LLM_RETRY_MULTIPLIER",
     .text = "The wait before try n+1 is multiplier * 2^(n-1) seconds, kept between min_wait and "
             "max_wait."},
    {SECTION_RETRY, "min_wait", OPTION_DURATION, RETRY(min_wait_ms), VALUE("1s"), RANGE(0, MS_HOUR),
     .plain = "LLM_RETRY_MIN_WAIT", .text = "The shortest wait."},
    {SECTION_RETRY, "max_wait", OPTION_DURATION, RETRY(max_wait_ms), VALUE("10s"),
     RANGE(0, MS_HOUR), .plain = "LLM_RETRY_MAX_WAIT",
     .text = "The longest wait; a min_wait that is not set gives way to it."},
    {SECTION_RETRY, "jitter", OPTION_NUMBER, RETRY(jitter), VALUE("0.25"), RANGE(0, 1),
     .text = "Each wait is shortened by a random part of up to this share; 0 = exact."},
    {SECTION_RETRY, "on", OPTION_CLASSES, RETRY(on), VALUE("network, timeout, protocol, server"),
     .choices = none, .text = "The failure classes that are retried."},
    {SECTION_RETRY, "honour_retry_after", OPTION_BOOL, RETRY(honour_retry_after), VALUE("yes"),
     .text = "A wait that the provider names replaces the computed one if it is at most max_wait; "
             "a longer one moves the exchange on."},
    {SECTION_RETRY, "ambiguous", OPTION_BOOL, RETRY(ambiguous), VALUE("yes"),
     .text =
         "May a request that was sent in full, and so may have been billed, be sent to the same "
         "provider again?"},
    {SECTION_RETRY, "budget", OPTION_NUMBER, RETRY(budget), VALUE("0.2"), RANGE(0, 1),
     .text = "Over the last 10 s and for each provider, retries may be at most this share of "
             "requests, with 10 always allowed; 0 = no budget."},

    {SECTION_CONNECTIVITY, "check_url", OPTION_CHECK_URL, GLOBAL(connectivity.check_url),
     .choices = off, .plain = "CONNECTIVITY_CHECK_URL",
     .derived = "the host of the first cloud in the route, local ones last",
     .text = "Any HTTP answer from there means online. Where it is not set and gives none, the "
             "hosts of the other clouds in the route are asked, too: one that is down is not the "
             "network. Empty or off: no check."},
    {SECTION_CONNECTIVITY, "timeout_ms", OPTION_MILLISECONDS, GLOBAL(connectivity.timeout_ms),
     VALUE("3000"), RANGE(1, 10 * 60 * MS_SECOND), .plain = "CONNECTIVITY_TIMEOUT_MS",
     .text = "How long one check may take."},
    {SECTION_CONNECTIVITY, "interval", OPTION_DURATION, GLOBAL(connectivity.interval_ms),
     VALUE("15s"), RANGE(10, MS_DAY),
     .text = "How long a finding stands; while offline it is checked again at this interval."},

    {SECTION_BREAKER, "failures", OPTION_INT, GLOBAL(breaker.failures), VALUE("5"), RANGE(0, 1e6),
     .text = "Consecutive failed attempts that open a provider's breaker; 0 = off."},
    {SECTION_BREAKER, "open_for", OPTION_DURATION, GLOBAL(breaker.open_for_ms), VALUE("10s"),
     RANGE(1, MS_DAY),
     .text = "How long the provider is skipped then, before one attempt probes it."},

    {SECTION_PROVIDER, "type", OPTION_KIND, PROVIDER(kind), .choices = kinds,
     .derived = "known for presets, else needed",
     .text = "openai (whatever speaks its protocol), ollama or anthropic (its Messages API)."},
    {SECTION_PROVIDER, "base_url", OPTION_BASE_URL, PROVIDER(base_url),
     .derived = "known for presets, else needed",
     .text = "Where it is. For type openai the part before /chat/completions, mostly ending in "
             "/v1; for "
             "type anthropic the part before /v1/messages."},
    {SECTION_PROVIDER, "api_key", OPTION_KEYS, PROVIDER(api_keys), VALUE(""), .choices = none,
     .secret = true,
     .text = "Sent in place of the client's own. Empty: the client's is passed on, to the first "
             "provider of a route that is of the type that the client was made for; never to a "
             "preset but openai and anthropic, which is skipped then. none: this provider needs no "
             "key. Several are separated by commas, the preferred one first: one that "
             "is refused (401, 403, 402, no credit, 429) is set aside, and the next is asked at "
             "once."},
    {SECTION_PROVIDER, "model", OPTION_MODELS, PROVIDER(model), BY_KIND(model),
     .text =
         "What to ask for when the request names no model or, for Ollama, one that is not "
         "installed. For Ollama a list by preference; auto = any installed one that can. A local "
         "server of type openai that stands in for the cloud is always asked for it, if set, and "
         "so "
         "is a provider of another type than the client was made for; type anthropic has no "
         "default, and is skipped then; nor have presets but openai and Ollama's."},
    {SECTION_PROVIDER, "connect_timeout", OPTION_DURATION, PROVIDER(connect_timeout_ms),
     VALUE("5s"), RANGE(1, MS_HOUR),
     .text = "Longest time to connect, look-up of the name and TLS included."},
    {SECTION_PROVIDER, "first_byte_timeout", OPTION_FIRST_BYTE, .offset = 0,
     BY_KIND(first_byte_timeout), RANGE(1, MS_DAY),
     .text = "Longest time until the first content. One duration counts for all answers, two are "
             "for streamed ones and for others."},
    {SECTION_PROVIDER, "idle_timeout", OPTION_DURATION, PROVIDER(idle_timeout_ms),
     BY_KIND(idle_timeout), RANGE(1, MS_DAY), .text = "Longest silence inside an answer."},
    {SECTION_PROVIDER, "header.NAME", OPTION_HEADER, .offset = 0, .derived = "no extra header",
     .text =
         "An extra header to send. Where NAME suggests a secret (authorization, key, token, "
         "cookie, secret) the value is hidden and may be env:, file: or credential: too. One that "
         "carries a key (Authorization, x-api-key, api-key, x-goog-api-key) counts as the "
         "provider's own: no app's is passed on beside it."},
    {SECTION_PROVIDER, "ca_file", OPTION_PATH, PROVIDER(ca_file), VALUE("system"),
     .choices = system_word,
     .text = "Certificates to trust instead of the system's. Verification cannot be turned off."},
    {SECTION_PROVIDER, "proxy", OPTION_PROXY, PROVIDER(proxy), VALUE("none"), .choices = none,
     .text = "Proxy to this provider. The environment's http_proxy is not read. Behind one that is "
             "not on this machine or its network the provider counts as far away, too, wherever it "
             "is: `understudy local on` and a machine that is offline skip it."},
    {SECTION_PROVIDER, "http2", OPTION_BOOL, PROVIDER(http2), VALUE("no"),
     .text = "Speak HTTP/2 to this provider where it can, over TLS. One request at a time is on a "
             "connection, as with HTTP/1.1."},
    {SECTION_PROVIDER, "responses", OPTION_BOOL, PROVIDER(responses), VALUE("yes"),
     .text =
         "It has OpenAI's /responses. no: what apps ask there is asked of it in chat, and so it "
         "is of one that turns out not to have it."},
    {SECTION_PROVIDER, "drop", OPTION_MEMBERS, PROVIDER(drop), VALUE("none"), .choices = none,
     .text =
         "Members taken out of requests to this provider, which it would refuse; all other bytes "
         "stay. A dot reaches into an object: stream_options.include_usage. Where a request had "
         "one, x-understudy-dropped names it."},
    {SECTION_PROVIDER, "rename", OPTION_RENAMES, PROVIDER(rename), VALUE("none"), .choices = none,
     .text = "Members that this provider knows by another name, max_completion_tokens:max_tokens: "
             "renamed where a request has not the new name too. drop comes first."},
    {SECTION_PROVIDER, "num_ctx", OPTION_TOKENS, PROVIDER(num_ctx), VALUE("auto"), RANGE(1, 0x1p30),
     .choices = automatic, .of_catalogue = true,
     .text =
         "Context window to ask for; another one than the loaded model's reloads it. auto: the "
         "loaded one where it suffices for prompt and answer (2048 tokens where the request names "
         "no limit), else the next of 8K, 16K, 32K ..."},
    {SECTION_PROVIDER, "allow_cloud", OPTION_BOOL, PROVIDER(allow_cloud), VALUE("no"),
     .of_catalogue = true, .text = "Use models that Ollama itself sends to its cloud."},
    {SECTION_PROVIDER, "max_inflight", OPTION_INT, PROVIDER(max_inflight), BY_KIND(max_inflight),
     RANGE(0, 1e6),
     .text = "Exchanges at a time on this provider, more wait their turn; 0 = no limit."},
    {SECTION_PROVIDER, "keep_alive", OPTION_KEEP_ALIVE, PROVIDER(keep_alive), VALUE("5m"),
     .of_catalogue = true, .text = "How long Ollama keeps the model loaded."},
    {SECTION_PROVIDER, "warm_up", OPTION_BOOL, PROVIDER(warm_up), VALUE("yes"),
     .of_catalogue = true, .text = "Have the model loaded while the cloud is being retried."},

    {SECTION_MODEL, "PROVIDER", OPTION_MODEL_OF, .offset = 0, .derived = "the request's own name",
     .text = "The model that this provider uses for requests that ask for NAME. No other stands in "
             "for it: where an Ollama has not got it, that Ollama answers no request for NAME."},
    {SECTION_MODEL, "hedge_after", OPTION_DURATION, MODEL(hedge_after_ms), RANGE(1, MS_DAY),
     .choices = hedge, .derived = "as [route] hedge_after", .text = "hedge_after for this model."},
    {SECTION_MODEL, "capabilities", OPTION_ABILITIES, MODEL(capabilities),
     .derived = "completion, tools",
     .text = "What apps that speak to Ollama are told that a cloud's model can do."},
    {SECTION_MODEL, "context", OPTION_TOKENS, MODEL(context), RANGE(1, 0x1p40), .derived = "128000",
     .text = "What those apps are told of its context window, in tokens."},

    {SECTION_TOKEN, "secret", OPTION_SECRET, .offset = 0, .derived = "needed", .secret = true,
     .text = "What the client sends as Authorization: Bearer or x-api-key."},
    {SECTION_TOKEN, "route", OPTION_NAMES, TOKEN(route), .derived = "any, as [route] has them",
     .text =
         "The providers that may answer it, in order, in place of [route] priority and messages: "
         "with ollama nothing that this client asks leaves the machine. x-understudy-route and "
         "PROVIDER:MODEL choose among these; what is beyond them gets 403."},
    {SECTION_TOKEN, "requests", OPTION_RATE, TOKEN(requests), VALUE("none"), .choices = none,
     .text =
         "How many requests it may make, in POSTs that ask a model: as many at once, and from then "
         "on as they come back evenly. Beyond it 429 with Retry-After."},
    {SECTION_TOKEN, "tools", OPTION_TOOL_SECTIONS, TOKEN(tools), VALUE("none"), .choices = none,
     .text = "The NAMEs of [tool NAME] whose tools its requests get without asking for them."},

    {SECTION_TOOL, "url", OPTION_TOOL_URL, TOOL(url), .derived = "needed",
     .text = "Where the server is: http://127.0.0.1:8001/mcp, https://..., or unix:/path for one "
             "that speaks lines on a socket, as understudy-tool@.socket makes one of a server "
             "that is written for stdin and stdout. understudy starts no program."},
    {SECTION_TOOL, "allow", OPTION_TOOL_NAMES, TOOL(allow), VALUE("none"), .choices = none,
     .text = "Its tools that may be called, by the names that the server gives them; * = all of "
             "them, also those that it comes to have. The others are not offered and never "
             "called. `understudy check --json` lists what there is."},
    {SECTION_TOOL, "api_key", OPTION_SECRET, .offset = 0, VALUE("none"), .choices = none,
     .secret = true, .text = "Sent to it as Authorization: Bearer, over http and https."},
    {SECTION_TOOL, "header.NAME", OPTION_HEADER, .offset = 0, .derived = "no extra header",
     .text =
         "An extra header to send, over http and https. Where NAME suggests a secret "
         "(authorization, key, token, cookie, secret) the value is hidden and may be env:, file: "
         "or credential: too. Authorization is sent in place of api_key."},
    {SECTION_TOOL, "timeout", OPTION_DURATION, TOOL(timeout_ms), VALUE("30s"), RANGE(1, MS_DAY),
     .text = "How long one call may take, within the deadline of the exchange; and how long its "
             "list of tools."},

    {SECTION_TOOLS, "max_iterations", OPTION_INT, GLOBAL(tools.max_iterations), VALUE("10"),
     RANGE(1, 100), .plain = "GLUELLM_MAX_TOOL_ITERATIONS",
     .text = "How often a model is asked in one exchange while it asks for tools; after that it "
             "is asked once more without them, so that there is an answer."},
    {SECTION_TOOLS, "max_result", OPTION_SIZE, GLOBAL(tools.max_result_bytes), VALUE("50K"),
     RANGE(1, 0x1p24),
     .text = "A longer result of a tool is cut, with a mark that tells the model so."},

    {SECTION_LOG, "level", OPTION_CHOICE, GLOBAL(log.level), VALUE("info"), .choices = levels,
     .text = "The least that is logged."},
    {SECTION_LOG, "format", OPTION_CHOICE, GLOBAL(log.format), VALUE("text"), .choices = formats,
     .text =
         "text, or json for one object a line. Where it is not set, a terminal gets short lines "
         "for people."},
    {SECTION_LOG, "usage_file", OPTION_PATH, GLOBAL(log.usage_file), VALUE("none"), .choices = none,
     .text = "Gets one JSON line for each exchange; reopened on SIGHUP."},
    {SECTION_LOG, "otlp", OPTION_COLLECTOR, GLOBAL(log.otlp), VALUE("none"), .choices = none,
     .text = "Gets a span of OpenTelemetry for each exchange, and one for each attempt, such as "
             "http://127.0.0.1:4318 (OTLP/HTTP in JSON; an address without a path gets "
             "/v1/traces)."},
};

static const struct {
    const char *word;
    bool named;
    const char *text;
} sections[] = {
#define X(id, word, named, text) {word, named, text},
    OPTION_SECTIONS(X)
#undef X
};

const char *option_value(const struct option *option, const struct kind *kind)
{
    const char *value = NULL;
    if (kind && option->type == OPTION_KIND)
        return kind->word;
    if (kind && option->by_kind > 0)
        value = *(const char *const *)(const void *)((const char *)kind + option->by_kind);
    return value ? value : option->value;
}

const char *option_plain(const struct option *option, const struct preset *preset)
{
    if (!preset)
        return option->plain;
    return option->section == SECTION_PROVIDER ? preset_variable(preset, option->key) : NULL;
}

bool option_concerns(const struct option *option, const struct kind *kind)
{
    return !option->of_catalogue || !kind || kind->has_catalogue;
}

size_t option_count(void)
{
    return COUNT(options);
}

const struct option *option_at(size_t n)
{
    return &options[n];
}

const struct option *option_next(enum option_section section, const struct option *before)
{
    const struct option *option = before ? before + 1 : options;
    while (option < options + COUNT(options) && option->section != section)
        option++;
    return option < options + COUNT(options) ? option : NULL;
}

static const struct option *find_exact(enum option_section section, struct text key)
{
    OPTION_EACH (option, section)
        if (text_equals(key, option->key))
            return option;
    return NULL;
}

const struct option *option_find(enum option_section section, struct text key)
{
    bool has_headers = section == SECTION_PROVIDER || section == SECTION_TOOL;
    if (has_headers && text_starts_nocase(key, OPTION_HEADER_PREFIX))
        return find_exact(section, text_of(OPTION_HEADER_PREFIX "NAME"));
    if (section == SECTION_PROVIDER && text_starts(key, OPTION_RETRY_PREFIX))
        return find_exact(SECTION_RETRY, text_skip(key, strlen(OPTION_RETRY_PREFIX)));
    const struct option *option = find_exact(section, key);
    return option || section != SECTION_MODEL ? option : find_exact(section, text_of("PROVIDER"));
}

const char *option_section_word(enum option_section section)
{
    return sections[section].word;
}

const char *option_section_text(enum option_section section)
{
    return sections[section].text;
}

bool option_section_named(enum option_section section)
{
    return sections[section].named;
}

void option_section_list(bool only_named, char *ret, size_t size)
{
    struct line line = line_to(ret, size);
    const char *comma = "";
    for (size_t i = 0; i < COUNT(sections); i++) {
        if (!sections[i].named && only_named)
            continue;
        line_add(&line, "%s%s%s", comma, sections[i].word, sections[i].named ? " NAME" : "");
        comma = ", ";
    }
}

const char *option_name_end(enum option_section section, struct text rest)
{
    if (rest.len == 0)
        return NULL;
    return section == SECTION_MODEL ? memrchr(rest.at, '.', rest.len)
                                    : memchr(rest.at, '.', rest.len);
}

bool option_section_find(struct text word, enum option_section *ret)
{
    for (size_t i = 0; i < COUNT(sections); i++) {
        if (text_equals(word, sections[i].word)) {
            *ret = (enum option_section)i;
            return true;
        }
    }
    return false;
}
