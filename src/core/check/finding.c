/* What helps is told by how the first question ended: a row for each way, the first that fits. */
#include "check/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/route.h"
#include "text/count.h"

/* What is wrong is told with what to do behind a semicolon: "no server is running at X; start it".
 */
static const char *said_behind(const char *text)
{
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, "; ")); at += 2)
        last = at + 2;
    return last;
}

/* Of a connection that did not come about. %s is the provider's name. */
static const struct {
    enum transport transport;
    const char *words; /* that the HTTP client says of it; NULL = any */
    const char *to_do;
} ways[] = {
    {TRANSPORT_DNS, NULL,
     "look whether the machine is online, and the host in [provider %s] base_url is right"},
    {TRANSPORT_CONNECT, NULL,
     "look whether [provider %s] base_url is right, and its server runs and lets this machine in"},
    {TRANSPORT_PROXY, NULL, "look at [provider %s] proxy: it must let understudy through"},
    {TRANSPORT_PROXY_AUTH, NULL,
     "put name and password into [provider %s] proxy: http://NAME:PASSWORD@HOST:PORT"},
    {TRANSPORT_TLS, "wrong version number", "write http:// into [provider %s] base_url"},
    {TRANSPORT_TLS, NULL,
     "look whether [provider %s] base_url is right, and nothing in between takes TLS apart"},
    {TRANSPORT_CERTIFICATE, "expired",
     "look at this machine's clock (`timedatectl`); if it is right, whoever serves [provider %s] "
     "has to renew the certificate"},
    {TRANSPORT_CERTIFICATE, "not yet valid",
     "set this machine's clock (`timedatectl set-ntp true`): [provider %s] has a certificate from "
     "what is the future to it"},
    {TRANSPORT_CERTIFICATE, "name",
     "write the name that is in the certificate into [provider %s] "
     "base_url"},
    {TRANSPORT_CERTIFICATE, NULL,
     "if the certificate is to be trusted, name a file with who signed it in [provider %s] "
     "ca_file"},
    {TRANSPORT_CONNECT_TIMEOUT, NULL,
     "look whether a firewall stands in between, or a proxy is needed: [provider %s] proxy"},
    {TRANSPORT_FIRST_BYTE_TIMEOUT, NULL, "look whether the server of [provider %s] hangs"},
    {TRANSPORT_NO_DESCRIPTOR, NULL, "raise LimitNOFILE, or `ulimit -n`, and ask %s again"},
};

/* Of an answer that is no list of models, by its class. */
static const struct {
    enum failure failure;
    const char *to_do;
} answers[] = {
    {FAILURE_AUTH, "set [provider %s] api_key: it wants one"},
    {FAILURE_QUOTA, "put credit on the account at %s"},
    {FAILURE_RATE_LIMIT, "ask %s again in a while"},
    {FAILURE_SERVER, "ask %s again in a while; its status page may tell more"},
    {FAILURE_REDIRECT, "write the address that it sends to into [provider %s] base_url"},
};

static const char *way_of(const struct checkup *checkup)
{
    for (size_t i = 0; i < COUNT(ways); i++)
        if (ways[i].transport == checkup->transport &&
            (!ways[i].words || strstr(checkup->trouble.text, ways[i].words)))
            return ways[i].to_do;
    return "look whether [provider %s] base_url is that of the provider";
}

static const char *answer_of(const struct checkup *checkup)
{
    for (size_t i = 0; i < COUNT(answers); i++)
        if (answers[i].failure == checkup->failure)
            return answers[i].to_do;
    return "look whether [provider %s] base_url is right";
}

/* One of the texts above, whose only argument is the provider's name. */
static void set_to_do(struct finding *finding, const char *format, const char *name)
{
    const char *at = strstr(format, "%s");
    error_set(&finding->to_do, "%.*s%s%s", (int)(at - format), format, name, at + 2);
}

static void find_unreachable(const struct checkup *checkup, struct finding *ret)
{
    const char *said = said_behind(checkup->trouble.text);
    const char *variable = checkup_hint(checkup);
    size_t len = strlen(checkup->trouble.text);
    if (checkup->not_running && said) {
        error_set(&ret->to_do, "%s", said);
        len -= strlen(said) + strlen("; ");
    }
    error_set(&ret->what, "not reachable: %.*s%s%s", (int)len, checkup->trouble.text,
              variable ? "; no proxy is used, though the environment names one: " : "",
              variable ? variable : "");
    if (error_is_set(&ret->to_do))
        return;
    if (variable)
        error_set(&ret->to_do, "set [provider %s] proxy", checkup->provider->name);
    else
        set_to_do(ret, way_of(checkup), checkup->provider->name);
}

static bool wants_key(const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    return checkup->key == CHECKUP_KEY_NOT_SET ||
           (!config_provider_has_own_key(provider) && config_provider_needs_key(provider));
}

static void find_no_key(const struct checkup *checkup, struct finding *ret)
{
    const struct config_provider *provider = checkup->provider;
    const char *variable = checkup_key_variable(checkup);
    bool apps = route_takes_credential(provider, NULL);
    error_set(&ret->what, apps ? "no key is set, so apps must send theirs" : "no key is set");
    if (provider->key_emptied)
        error_set(&ret->to_do,
                  "put the key into [provider %s] api_key (%s), or take that out "
                  "and set %s",
                  provider->name, provider->key_emptied, variable);
    else if (variable)
        error_set(&ret->to_do, "set %s in the environment, or [provider %s] api_key", variable,
                  provider->name);
    else
        error_set(&ret->to_do, "set [provider %s] api_key, or `none` if it needs no key",
                  provider->name);
}

static size_t find_refused_keys(const struct checkup *checkup, struct finding *ret)
{
    const struct config_provider *provider = checkup->provider;
    size_t count = 0, keys = provider->api_keys.count;
    for (size_t i = 0; i < keys; i++) {
        if (checkup->keys[i] != CHECKUP_KEY_REFUSED)
            continue;
        struct finding *finding = &ret[count++];
        if (keys > 1)
            error_set(&finding->what, "key %zu is refused", i + 1);
        else
            error_set(&finding->what, "the key is refused");
        error_set(&finding->to_do, "put a key that it takes into %s",
                  provider->api_keys_from.at[i]);
    }
    return count;
}

/* Nobody there would answer such a request. */
static size_t find_no_model(const struct checkup *checkup, struct finding *ret)
{
    size_t count = 0;
    for (int i = 0; i < CHECKUP_TASK_COUNT && checkup->models.known; i++) {
        const char *why = checkup->why_none[i].text, *said = strstr(why, "; try ");
        if (checkup->fallback[i])
            continue;
        struct finding *finding = &ret[count++];
        error_set(&finding->what, "%.*s", (int)(said ? said - why : (long)strlen(why)), why);
        if (said)
            error_set(&finding->to_do, "%s", said + strlen("; try "));
        else
            error_set(&finding->to_do, "name one that can in [provider %s] model",
                      checkup->provider->name);
        finding->told = i == CHECKUP_PLAIN;
        if (i == CHECKUP_PLAIN)
            break; /* what can do nothing can do nothing special */
    }
    return count;
}

/* Names of models that the settings ask for and its list has not; some lists are not complete. Of
 * an Ollama's a request for such a name is answered by none. */
static void find_absent(const struct checkup *checkup, struct finding *ret)
{
    const char *first = checkup->absent.at[0], *end = strstr(first, CHECKUP_ABSENT_OF);
    size_t more = checkup->absent.count - 1;
    char others[32] = "";
    if (more > 0)
        (void)snprintf(others, sizeof(others), " and %zu more", more);
    error_set(&ret->what, "not in its list of models: %s%s", checkup->absent.at[0], others);
    ret->told = checkup->provider->kind->has_catalogue; /* the line names them all */
    if (ret->told)
        error_set(&ret->to_do,
                  "no other model stands in for it: `ollama pull %.*s`, or mend the name there",
                  (int)(end ? end - first : (long)strlen(first)), first);
    else
        error_set(&ret->to_do, "mend the name there, if its list is complete");
}

size_t finding_of_provider(const struct checkup *checkup, struct finding ret[FINDING_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < FINDING_MAX; i++)
        ret[i] = (struct finding){.about = checkup->provider->name, .told = true};
    if (checkup->status == 0) {
        find_unreachable(checkup, &ret[count++]);
    } else {
        count = find_refused_keys(checkup, ret);
        bool refused = checkup->failure == FAILURE_AUTH && (count > 0 || wants_key(checkup));
        if (checkup->failure != FAILURE_NONE && !refused) {
            error_set(&ret[count].what, "%s", checkup->trouble.text);
            set_to_do(&ret[count], answer_of(checkup), checkup->provider->name);
            count++;
        }
    }
    if (wants_key(checkup))
        find_no_key(checkup, &ret[count++]);
    if (checkup->absent.count > 0)
        find_absent(checkup, &ret[count++]);
    return count + find_no_model(checkup, &ret[count]);
}

/* "3 days", "20 minutes" */
static const char *span_of(int64_t seconds, char ret[32])
{
    static const struct {
        int64_t seconds;
        const char *word;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
    size_t i = 0;
    while (i + 1 < COUNT(units) && seconds < units[i].seconds)
        i++;
    int64_t n = seconds / units[i].seconds;
    (void)snprintf(ret, 32, "%" PRId64 " %s%s", n, units[i].word, n == 1 ? "" : "s");
    return ret;
}

bool finding_of_clock(const struct checkup *checkups, size_t count, struct finding *ret)
{
    char span[32];
    for (size_t i = 0; i < count; i++) {
        int64_t date_s = checkups[i].date_s, off_s = checkups[i].now_s - date_s;
        if (date_s == 0 || checkups[i].provider->local)
            continue;
        if (llabs(off_s) <= FINDING_CLOCK_S)
            return false;
        *ret = (struct finding){.about = "clock"};
        error_set(&ret->what, "this machine's clock is %s %s that of %s",
                  span_of(llabs(off_s), span), off_s < 0 ? "behind" : "ahead of",
                  checkups[i].provider->name);
        error_set(&ret->to_do, "set it: `timedatectl set-ntp true`");
        return true;
    }
    return false;
}

bool finding_of_daemon(const struct local_daemon *daemon, const char *holder, struct finding *ret)
{
    bool foreign = daemon->state == LOCAL_FOREIGN || (daemon->state == LOCAL_ABSENT && holder[0]);
    if (!foreign)
        return false;
    *ret = (struct finding){.about = "daemon"};
    error_set(&ret->what, "%s is taken by another program%s%s%s: %s", daemon->address,
              holder[0] ? " (" : "", holder, holder[0] ? ")" : "", daemon->why.text);
    error_set(&ret->to_do, "end that program, or set [server] listen to another port");
    return true;
}
