/*
 * A provider can answer when its list of models came and its key was not refused. Where no key is
 * set a refusal proves nothing: apps may bring one that is good.
 */
#include "check/checkup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json/jsonload.h"
#include "rules/not_running.h"
#include "rules/route.h"
#include "text/string_list.h"

static const struct kind *kind_of(const struct checkup *checkup)
{
    return checkup->provider->kind;
}

void checkup_init(struct checkup *checkup, const struct config *config,
                  const struct config_provider *provider)
{
    struct text name = text_of(provider->name);
    *checkup = (struct checkup){.config = config,
                                .provider = provider,
                                .in_route = string_list_has(&config->route.priority, name),
                                .in_messages = string_list_has(&config->route.messages, name),
                                .failure = FAILURE_NETWORK,
                                .latency_ms = -1,
                                .model_count = -1};
}

void checkup_done(struct checkup *checkup)
{
    ollama_models_done(&checkup->models);
    string_list_done(&checkup->absent);
    for (int i = 0; i < CHECKUP_TASK_COUNT; i++) {
        free(checkup->fallback[i]);
        checkup->fallback[i] = NULL;
    }
}

const char *checkup_path(const struct checkup *checkup)
{
    return kind_list(kind_of(checkup));
}

/* With an answer of that class. */
static enum checkup_key key_of(const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    bool needed = config_provider_needs_key(provider) && !provider->no_key;
    if (provider->api_keys_from.count == 0)
        return needed ? CHECKUP_KEY_NOT_SET : CHECKUP_KEY_NOT_NEEDED;
    if (checkup->failure == FAILURE_AUTH)
        return CHECKUP_KEY_REFUSED;
    return checkup->failure == FAILURE_NONE ? CHECKUP_KEY_ACCEPTED : CHECKUP_KEY_UNKNOWN;
}

static void not_a_list(struct checkup *checkup)
{
    checkup->failure = FAILURE_PROTOCOL;
    error_set(&checkup->trouble, "what it answers is no list of models");
}

/*
 * An alias is the beginning of what it stands for (claude-sonnet-4-5-20250929), a variant has
 * something behind a colon (OpenRouter's :free), and Gemini's list has models/ before each name.
 */
static bool is_name_of(const char *id, struct text name)
{
    struct text own = text_of(id);
    if (text_starts(own, "models/") && !text_starts(name, "models/"))
        own = text_skip(own, strlen("models/"));
    bool variant = name.len > own.len && name.at[own.len] == ':';
    return own.len > 0 && (text_same(text_cut(own, name.len), name) ||
                           (variant && text_same(text_cut(name, own.len), own)));
}

/* data: a cloud's list. */
static bool is_listed(const struct checkup *checkup, const json_t *data, struct text name)
{
    if (kind_of(checkup)->has_catalogue)
        return ollama_model_find(&checkup->models, name);
    bool found = false;
    for (size_t i = 0; !found && i < json_array_size(data); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(data, i), "id"));
        found = id && is_name_of(id, name);
    }
    return found;
}

/* setting: where the model is named. Where memory is out less is told. */
static void note_model(struct checkup *checkup, const json_t *data, const char *model,
                       const char *setting)
{
    char told[MODEL_NAME_MAX + 200];
    if (strcmp(model, "auto") == 0 || is_listed(checkup, data, text_of(model)))
        return;
    (void)snprintf(told, sizeof(told), "%s" CHECKUP_ABSENT_OF "%s)", model, setting);
    (void)!string_list_add(&checkup->absent, text_of(told));
}

/* The models that the settings ask of it by name. A list by preference need not be there in full.
 */
static void note_absent(struct checkup *checkup, const json_t *data)
{
    const struct config_provider *provider = checkup->provider;
    const struct config *config = checkup->config;
    char setting[180];
    if (provider->preset && provider->preset->names_own)
        return;
    (void)snprintf(setting, sizeof(setting), "[provider %s] model", provider->name);
    if (!kind_of(checkup)->has_catalogue && provider->model_is_set && provider->model.count > 0)
        note_model(checkup, data, provider->model.at[0], setting);
    for (size_t i = 0; i < config->model_count; i++)
        for (size_t j = 0; j < config->models[i].of_count; j++) {
            const struct config_header *of = &config->models[i].of[j];
            (void)snprintf(setting, sizeof(setting), "[model %.100s] %.64s", config->models[i].name,
                           of->name);
            if (strcmp(of->name, provider->name) == 0)
                note_model(checkup, data, of->value, setting);
        }
}

static void read_cloud_models(struct checkup *checkup, struct text body)
{
    json_t *root = jsonload(body, NULL);
    const json_t *data = json_object_get(root, "data");
    if (json_is_array(data)) {
        checkup->model_count = (int64_t)json_array_size(data);
        note_absent(checkup, data);
    } else {
        not_a_list(checkup);
    }
    json_decref(root);
}

static void read_ollama_models(struct checkup *checkup, struct text body)
{
    if (ollama_tags_read(body, &checkup->models, NULL) < 0) {
        not_a_list(checkup);
        return;
    }
    checkup->model_count = (int64_t)checkup->models.count;
    note_absent(checkup, NULL);
}

static void read_models(struct checkup *checkup, struct text body)
{
    if (kind_of(checkup)->has_catalogue)
        read_ollama_models(checkup, body);
    else
        read_cloud_models(checkup, body);
}

/* "http://127.0.0.1:1234" is what a local server prints at its start. */
static bool misses_ending(const struct checkup *checkup)
{
    const char *host = strstr(checkup->provider->base_url, "://");
    return kind_of(checkup)->usual_ending && host && !strchr(host + 3, '/');
}

/* The provider's own words stay out: some repeat the key in them. */
static void note_status(struct checkup *checkup, struct text body)
{
    struct provider_error error;
    (void)provider_error_read_refusal(body, &error);
    checkup->failure = failure_of_answer(kind_of(checkup)->speaker, checkup->status, &error);
    if (checkup->failure == FAILURE_NONE)
        return;
    if (checkup->status == 404 || checkup->status == 405)
        error_set(&checkup->trouble, "HTTP %d: no list of models is there; is base_url right?%s%s",
                  checkup->status, misses_ending(checkup) ? " Most end in " : "",
                  misses_ending(checkup) ? kind_of(checkup)->usual_ending : "");
    else if (checkup->failure == FAILURE_AUTH)
        error_set(&checkup->trouble, "HTTP %d", checkup->status);
    else
        error_set(&checkup->trouble, "HTTP %d: %s", checkup->status,
                  failure_sentence(checkup->failure));
}

static void take_answer(struct checkup *checkup, const struct checkup_probe *probe)
{
    const char *detail = probe->detail;
    checkup->transport = probe->transport;
    checkup->date_s = probe->date_s;
    checkup->now_s = probe->now_s;
    if (probe->transport != TRANSPORT_OK) {
        checkup->failure = transport_failure(probe->transport);
        checkup->not_running = not_running(checkup->provider, probe->transport, &checkup->trouble);
        if (checkup->not_running)
            return;
        /* OpenSSL's words for an answer that is no TLS. */
        bool plain = strstr(detail, "wrong version number");
        error_set(&checkup->trouble, "%s%s%s%s%s", transport_sentence(probe->transport),
                  detail[0] ? " (" : "", detail, detail[0] ? ")" : "",
                  plain ? "; is it http:// there, and not https://?" : "");
        return;
    }
    checkup->status = probe->status;
    checkup->latency_ms = probe->latency_ms;
    note_status(checkup, probe->body);
    checkup->key = key_of(checkup);
    if (checkup->failure == FAILURE_NONE)
        read_models(checkup, probe->body);
}

/* Another key's answer, which is of no other use. */
static enum checkup_key other_key(const struct checkup *checkup, const struct checkup_probe *probe)
{
    struct checkup other = {.provider = checkup->provider, .status = probe->status};
    if (probe->transport != TRANSPORT_OK)
        return CHECKUP_KEY_UNKNOWN;
    note_status(&other, probe->body);
    return key_of(&other);
}

/* What is told is what the first key that is accepted brings, or else the last. */
void checkup_answered(struct checkup *checkup, const struct checkup_probe *probe)
{
    size_t key = checkup->keys_asked++;
    bool known = checkup->failure == FAILURE_NONE || probe->transport != TRANSPORT_OK;
    if (key > 0 && known) {
        checkup->keys[key] = other_key(checkup, probe);
        return;
    }
    checkup->trouble.text[0] = '\0';
    take_answer(checkup, probe);
    checkup->keys[key] = checkup->key;
    if (checkup->failure == FAILURE_NONE)
        checkup->good_key = key;
}

bool checkup_wants_key(const struct checkup *checkup)
{
    return checkup->status != 0 && checkup->keys_asked < checkup->provider->api_keys.count;
}

void checkup_versioned(struct checkup *checkup, struct text body)
{
    json_t *root = jsonload(body, NULL);
    const json_t *version = json_object_get(root, "version");
    const char *text =
        json_string_length(version) < CHECKUP_VERSION_MAX ? json_string_value(version) : NULL;
    for (size_t i = 0; text && text[i]; i++)
        checkup->version[i] = text[i] > ' ' && text[i] < 0x7f ? text[i] : '?';
    json_decref(root);
}

static bool is_preferred(const struct checkup *checkup, const struct ollama_model *model)
{
    const struct strings *list = &checkup->provider->model;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i], "auto") == 0 ||
            ollama_model_find(&checkup->models, text_of(list->at[i])) == model)
            return true;
    return false;
}

size_t checkup_candidate(const struct checkup *checkup, size_t from)
{
    while (from < checkup->models.count && !is_preferred(checkup, &checkup->models.at[from]))
        from++;
    return from;
}

int checkup_choose(struct checkup *checkup)
{
    static const struct request_facts tasks[CHECKUP_TASK_COUNT] = {
        [CHECKUP_TOOLS] = {.tools = true}, [CHECKUP_IMAGES] = {.images = true, .image_count = 1}};
    for (int i = 0; i < CHECKUP_TASK_COUNT && checkup->models.known; i++) {
        const struct ollama_need need = {.facts = &tasks[i]};
        int r = ollama_choose(checkup->provider, &checkup->models, &need, &checkup->fallback[i],
                              &checkup->why_none[i]);
        if (r == -ENOMEM)
            return r;
    }
    return 0;
}

bool checkup_can_answer(const struct checkup *checkup)
{
    const struct config_provider *provider = checkup->provider;
    bool keyless = !config_provider_has_own_key(provider);
    if (keyless && config_provider_needs_key(provider) && !route_takes_credential(provider, NULL))
        return false; /* whatever it answers: it is skipped */
    if (kind_of(checkup)->has_catalogue)
        return checkup->fallback[CHECKUP_PLAIN] != NULL;
    bool not_ours = checkup->failure == FAILURE_AUTH && checkup->key == CHECKUP_KEY_NOT_SET;
    return checkup->failure == FAILURE_NONE || not_ours;
}

/* Far away, where the internet is needed, or near. */
enum side { FAR, NEAR, SIDE_COUNT };

enum checkup_route checkup_route(const struct checkup *checkups, size_t count)
{
    size_t all[SIDE_COUNT] = {0}, good[SIDE_COUNT] = {0};
    for (size_t i = 0; i < count; i++) {
        enum side side = checkups[i].provider->local ? NEAR : FAR;
        all[side] += checkups[i].in_route;
        good[side] += checkups[i].in_route && checkup_can_answer(&checkups[i]);
    }
    size_t able = good[FAR] + good[NEAR], asked = all[FAR] + all[NEAR];
    bool side_lost = (all[FAR] && !good[FAR]) || (all[NEAR] && !good[NEAR]);
    if (able == 0)
        return CHECKUP_ROUTE_CANNOT;
    return asked > 1 && (able == 1 || side_lost) ? CHECKUP_ROUTE_ONE_SIDE : CHECKUP_ROUTE_CAN;
}

const char *checkup_key_variable(const struct checkup *checkup)
{
    const struct preset *preset = checkup->provider->preset;
    return preset ? preset->key_variable : NULL;
}

const char *checkup_hint(const struct checkup *checkup)
{
    bool far = !checkup->provider->local && checkup->status == 0;
    return far && !checkup->provider->proxy ? checkup->proxy_variable : NULL;
}
