/* What was found, as lines for people and as JSON for programs. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include "check/checkup.h"
#include "check/finding.h"
#include "rules/route.h"
#include "text/count.h"

static const char *const key_words[] = {[CHECKUP_KEY_UNKNOWN] = "unknown",
                                        [CHECKUP_KEY_ACCEPTED] = "accepted",
                                        [CHECKUP_KEY_REFUSED] = "refused",
                                        [CHECKUP_KEY_NOT_SET] = "not_set",
                                        [CHECKUP_KEY_NOT_NEEDED] = "not_needed"};

static const struct {
    unsigned bit;
    const char *word;
} abilities[] = {
    {OLLAMA_CAN_COMPLETION, "completion"}, {OLLAMA_CAN_TOOLS, "tools"},
    {OLLAMA_CAN_VISION, "vision"},         {OLLAMA_CAN_THINKING, "thinking"},
    {OLLAMA_CAN_AUDIO, "audio"},           {OLLAMA_CAN_EMBEDDING, "embedding"},
};

/* Of an address nearby: it is skipped with those far away. */
#define BY_FAR_PROXY ", counts as far away as its proxy is"

#define ABILITY_COUNT COUNT(abilities)

/* Names come from a server: what a terminal could take for a command, or what turns the direction
 * of the line, is shown as '?'. */
static int print_name(struct buf *out, const char *name)
{
    return buf_append_shown(out, text_of(name), '?');
}

/* Each of several by its number. */
static int print_keys(struct buf *out, const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    int r = 0;
    for (size_t i = 0; r == 0 && i < provider->api_keys.count; i++) {
        bool refused = checkup->keys[i] == CHECKUP_KEY_REFUSED;
        bool accepted = checkup->keys[i] == CHECKUP_KEY_ACCEPTED;
        r = buf_printf(out, ", key %zu: %s (from %s)", i + 1,
                       refused    ? "refused"
                       : accepted ? "accepted"
                                  : "not checked",
                       provider->api_keys_from.at[i]);
    }
    return r;
}

static const char *first_from(const struct checkup *checkup)
{
    const struct strings *from = &checkup->provider->api_keys_from;
    return from->count > 0 ? from->at[0] : NULL;
}

/* A preset that is not built in wants its own key, and apps cannot help it. */
static int print_no_key(struct buf *out, const struct checkup *checkup)
{
    struct error why;
    int r = buf_append_string(out, ", no key set");
    if (r == 0 && route_takes_credential(checkup->provider, NULL))
        r = buf_append_string(out, " (apps must send theirs)");
    config_provider_tell_keyless(checkup->provider, &why);
    if (r == 0 && error_is_set(&why))
        r = buf_printf(out, ": %s", why.text);
    return r;
}

static int print_key(struct buf *out, const struct checkup *checkup)
{
    if (checkup->provider->api_keys.count > 1)
        return print_keys(out, checkup);
    switch (checkup->key) {
    case CHECKUP_KEY_ACCEPTED:
        return buf_printf(out, ", key accepted (from %s)", first_from(checkup));
    case CHECKUP_KEY_REFUSED: /* behind what is wrong its place is told, too */
        return buf_append_string(out, ", key refused");
    case CHECKUP_KEY_NOT_SET:
        return print_no_key(out, checkup);
    case CHECKUP_KEY_NOT_NEEDED:
        return buf_append_string(out, ", no key needed");
    case CHECKUP_KEY_UNKNOWN:
        break;
    }
    return first_from(checkup) ? buf_printf(out, ", key not checked (from %s)", first_from(checkup))
                               : buf_append_string(out, ", key not checked");
}

/* Where nobody answered: where the key would be from. */
static int print_key_place(struct buf *out, const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    if (first_from(checkup))
        return buf_printf(out, "; the key is from %s", first_from(checkup));
    struct error why;
    config_provider_tell_keyless(provider, &why);
    if (provider->no_key || !config_provider_needs_key(provider) || !error_is_set(&why))
        return 0;
    return buf_printf(out, "; no key is set: %s", why.text);
}

static int print_abilities(struct buf *out, const struct ollama_model *model)
{
    int r = model->capabilities_known ? 0 : buf_append_string(out, "; capabilities not told");
    const char *comma = "; ";
    for (size_t i = 0; r == 0 && i < ABILITY_COUNT; i++) {
        if (!(model->capabilities & abilities[i].bit))
            continue;
        r = buf_printf(out, "%s%s", comma, abilities[i].word);
        comma = ", ";
    }
    return r;
}

static int print_model(struct buf *out, const struct ollama_model *model)
{
    int r = print_name(out, model->name);
    if (r == 0 && model->context_length > 0)
        r = buf_printf(out, " (context %" PRId64, model->context_length);
    else if (r == 0)
        r = buf_append_string(out, " (context not told");
    if (r == 0)
        r = print_abilities(out, model);
    if (r == 0 && model->remote)
        r = buf_append_string(out, "; answered in the cloud");
    return r < 0 ? r : buf_append_string(out, ")");
}

static int print_candidates(struct buf *out, const struct checkup *checkup)
{
    const char *before = ": ";
    int r = 0;
    for (size_t i = checkup_candidate(checkup, 0); r == 0 && i < checkup->models.count;
         i = checkup_candidate(checkup, i + 1)) {
        r = buf_append_string(out, before);
        if (r == 0)
            r = print_model(out, &checkup->models.at[i]);
        before = ", ";
    }
    return r;
}

/* A task for which another model, or none, would be used. */
static int print_special(struct buf *out, const struct checkup *checkup, enum checkup_task task,
                         const char *what)
{
    const char *plain = checkup->fallback[CHECKUP_PLAIN], *model = checkup->fallback[task];
    if (model && strcmp(model, plain) == 0)
        return 0;
    int r = buf_printf(out, ", for %s ", what);
    return r < 0 ? r : print_name(out, model ? model : "none");
}

int checkup_print_fallback(const struct checkup *checkup, struct buf *out)
{
    int r = buf_append_string(out, "a fallback uses ");
    if (r == 0 && !checkup->fallback[CHECKUP_PLAIN])
        return buf_printf(out, "none: %s", checkup->why_none[CHECKUP_PLAIN].text);
    if (r == 0)
        r = print_name(out, checkup->fallback[CHECKUP_PLAIN]);
    if (r == 0)
        r = print_special(out, checkup, CHECKUP_TOOLS, "tools");
    return r < 0 ? r : print_special(out, checkup, CHECKUP_IMAGES, "images");
}

static int print_models(struct buf *out, const struct checkup *checkup)
{
    int r = 0;
    if (checkup->model_count >= 0)
        r = buf_printf(out, ", %" PRId64 " model%s", checkup->model_count,
                       checkup->model_count == 1 ? "" : "s");
    if (r == 0)
        r = print_candidates(out, checkup);
    if (r < 0 || !checkup->models.known)
        return r;
    r = buf_append_string(out, "; ");
    return r < 0 ? r : checkup_print_fallback(checkup, out);
}

/* A mistyped name, or a model that is not pulled; some lists are not complete. */
static int print_absent(struct buf *out, const struct checkup *checkup)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < checkup->absent.count; i++)
        r = buf_printf(out, "%s%s", i ? ", " : "; not in its list: ", checkup->absent.at[i]);
    return r;
}

static int print_unreachable(struct buf *out, const struct checkup *checkup)
{
    const char *variable = checkup_hint(checkup);
    int r = buf_printf(out, "not reachable: %s", checkup->trouble.text);
    if (r == 0)
        r = print_key_place(out, checkup);
    if (r == 0 && variable)
        r = buf_printf(out, "; %s is set, but not read: set [provider %s] proxy", variable,
                       checkup->provider->name);
    if (r == 0 && checkup->provider->far_by_proxy)
        r = buf_append_string(out, BY_FAR_PROXY);
    return r;
}

/* What helps, where the line does not say it already; from: where the line begins in out. */
static int print_to_do(const struct checkup *checkup, size_t from, struct buf *out)
{
    struct finding findings[FINDING_MAX];
    size_t count = finding_of_provider(checkup, findings);
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        if (findings[i].told && !strstr(out->data + from, findings[i].to_do.text))
            r = buf_printf(out, "; %s", findings[i].to_do.text);
    return r;
}

static int print_line(const struct checkup *checkup, struct buf *out)
{
    const char *place = checkup->in_messages ? " (for Messages only)" : " (not in the route)";
    int r = buf_printf(out, "%s%s: ", checkup->provider->name, checkup->in_route ? "" : place);
    if (r == 0 && checkup->status == 0)
        return print_unreachable(out, checkup);
    if (r == 0)
        r = buf_printf(out, "reachable in %" PRId64 " ms", checkup->latency_ms);
    if (r == 0)
        r = print_key(out, checkup);
    if (r == 0 && checkup->trouble.text[0])
        r = buf_printf(out, ", %s", checkup->trouble.text);
    if (r == 0 && checkup->key == CHECKUP_KEY_REFUSED && checkup->provider->api_keys.count <= 1)
        r = buf_printf(out, "; the key is from %s", checkup->provider->api_keys_from.at[0]);
    if (r == 0 && checkup->provider->far_by_proxy)
        r = buf_append_string(out, BY_FAR_PROXY);
    if (r == 0 && checkup->version[0])
        r = buf_printf(out, ", version %s", checkup->version);
    if (r == 0)
        r = print_models(out, checkup);
    return r;
}

int checkup_print_line(const struct checkup *checkup, struct buf *out)
{
    size_t from = out->len;
    int r = print_line(checkup, out);
    if (r == 0)
        r = print_absent(out, checkup);
    if (r == 0)
        r = print_to_do(checkup, from, out);
    return r < 0 ? r : buf_append_string(out, "\n");
}

static json_t *string_or_null(const char *text)
{
    return text && text[0] ? json_string(text) : json_null();
}

static json_t *abilities_json(const struct ollama_model *model)
{
    json_t *list = model->capabilities_known ? json_array() : json_null();
    for (size_t i = 0; i < ABILITY_COUNT; i++)
        if (model->capabilities & abilities[i].bit)
            (void)json_array_append_new(list, json_string(abilities[i].word));
    return list;
}

static json_t *candidates_json(const struct checkup *checkup)
{
    json_t *list = json_array();
    for (size_t i = checkup_candidate(checkup, 0); i < checkup->models.count;
         i = checkup_candidate(checkup, i + 1)) {
        const struct ollama_model *model = &checkup->models.at[i];
        json_t *length =
            model->context_length > 0 ? json_integer(model->context_length) : json_null();
        (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:b}", "name", model->name,
                                                    "context_length", length, "capabilities",
                                                    abilities_json(model), "cloud", model->remote));
    }
    return list;
}

static void add_catalogue(json_t *json, const struct checkup *checkup)
{
    (void)json_object_set_new(json, "version", string_or_null(checkup->version));
    (void)json_object_set_new(json, "candidates", candidates_json(checkup));
    (void)json_object_set_new(json, "fallback",
                              json_pack("{s:o, s:o, s:o}", "plain",
                                        string_or_null(checkup->fallback[CHECKUP_PLAIN]), "tools",
                                        string_or_null(checkup->fallback[CHECKUP_TOOLS]), "images",
                                        string_or_null(checkup->fallback[CHECKUP_IMAGES])));
    if (checkup->why_none[CHECKUP_PLAIN].text[0])
        (void)json_object_set_new(json, "no_fallback",
                                  json_string(checkup->why_none[CHECKUP_PLAIN].text));
}

static json_t *number_or_null(int64_t value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

static json_t *keys_json(const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    json_t *list = json_array();
    for (size_t i = 0; i < provider->api_keys.count; i++)
        (void)json_array_append_new(list, json_pack("{s:I, s:s, s:s}", "n", (json_int_t)i + 1,
                                                    "key", key_words[checkup->keys[i]], "from",
                                                    provider->api_keys_from.at[i]));
    return list;
}

json_t *checkup_json(const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o, s:o, s:s, s:o, s:s, s:o, s:b}", "name",
                  provider->name, "type", provider->kind->word, "base_url", provider->base_url,
                  "in_route", checkup->in_route, "in_messages", checkup->in_messages, "reachable",
                  checkup->status != 0, "latency_ms", number_or_null(checkup->latency_ms), "status",
                  checkup->status ? json_integer(checkup->status) : json_null(), "class",
                  failure_word(checkup->failure), "message", string_or_null(checkup->trouble.text),
                  "key", key_words[checkup->key], "models", number_or_null(checkup->model_count),
                  "can_answer", checkup_can_answer(checkup));
    if (json) {
        (void)json_object_set_new(json, "local", json_boolean(provider->local));
        (void)json_object_set_new(json, "key_from", string_or_null(first_from(checkup)));
        (void)json_object_set_new(json, "key_variable",
                                  string_or_null(checkup_key_variable(checkup)));
    }
    for (size_t i = 0; json && i < checkup->absent.count; i++) {
        if (i == 0)
            (void)json_object_set_new(json, "not_listed", json_array());
        (void)json_array_append_new(json_object_get(json, "not_listed"),
                                    json_string(checkup->absent.at[i]));
    }
    if (json && provider->api_keys.count > 1)
        (void)json_object_set_new(json, "keys", keys_json(checkup));
    if (json && checkup_hint(checkup))
        (void)json_object_set_new(json, "proxy_variable", json_string(checkup_hint(checkup)));
    if (json && provider->kind->has_catalogue)
        add_catalogue(json, checkup);
    return json;
}
