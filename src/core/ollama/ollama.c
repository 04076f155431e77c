/*
 * The list of installed models, as /api/tags tells it and /api/show completes it. Old servers tell
 * less: what is not told stays not known, and is never taken for "cannot".
 */
#include "ollama/ollama.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json/jsonload.h"
#include "text/count.h"

static const struct {
    const char *word;
    unsigned bit;
} abilities[] = {
    {"completion", OLLAMA_CAN_COMPLETION}, {"tools", OLLAMA_CAN_TOOLS},
    {"vision", OLLAMA_CAN_VISION},         {"thinking", OLLAMA_CAN_THINKING},
    {"embedding", OLLAMA_CAN_EMBEDDING},   {"audio", OLLAMA_CAN_AUDIO},
};

static void model_done(struct ollama_model *model)
{
    free(model->name);
    free(model->modified_at);
    free(model->digest);
    free(model->told);
}

void ollama_models_done(struct ollama_models *models)
{
    if (!models)
        return;
    for (size_t i = 0; i < models->count; i++)
        model_done(&models->at[i]);
    free(models->at);
    *models = (struct ollama_models){0};
}

/* NULL stays NULL. False when memory is out. */
static bool copy_string(const char *from, char **ret)
{
    *ret = from ? strdup(from) : NULL;
    return *ret || !from;
}

/* Ability words that we do not know say nothing to us. */
static void read_capabilities(const json_t *words, struct ollama_model *model)
{
    size_t i;
    json_t *word;
    if (!json_is_array(words))
        return;
    model->capabilities_known = true;
    model->capabilities = 0;
    json_array_foreach (words, i, word) {
        for (size_t a = 0; a < COUNT(abilities); a++)
            if (json_is_string(word) && strcmp(json_string_value(word), abilities[a].word) == 0)
                model->capabilities |= abilities[a].bit;
    }
}

static void read_remote(const json_t *json, struct ollama_model *model)
{
    const json_t *host = json_object_get(json, "remote_host");
    const json_t *name = json_object_get(json, "remote_model");
    if (json_string_length(host) > 0 || json_string_length(name) > 0)
        model->remote = true;
}

static void read_context(const json_t *length, struct ollama_model *model)
{
    if (json_is_number(length) && json_number_value(length) >= 1 &&
        json_number_value(length) < 1e15)
        model->context_length = (int64_t)json_number_value(length);
}

/*
 * The list never looks into a model's own chat template (0.33, model_list_cache.go), where most of
 * those that call tools or think say so: what it does not name there, only /api/show knows.
 */
static void doubt_capabilities(struct ollama_model *model)
{
    unsigned doubtful = OLLAMA_CAN_TOOLS | OLLAMA_CAN_THINKING;
    if ((model->capabilities & OLLAMA_CAN_COMPLETION) &&
        (model->capabilities & doubtful) != doubtful)
        model->capabilities_known = false;
}

/* A model without a name is passed over: nobody could ask for it. */
static int read_model(const json_t *json, struct ollama_model *ret)
{
    const json_t *name = json_object_get(json, "name");
    const json_t *modified = json_object_get(json, "modified_at");
    const json_t *digest = json_object_get(json, "digest");
    *ret = (struct ollama_model){0};
    if (json_string_length(name) == 0)
        name = json_object_get(json, "model");
    if (json_string_length(name) == 0)
        return -ENOENT;
    bool copied = copy_string(json_string_value(name), &ret->name);
    copied = copy_string(json_string_value(modified), &ret->modified_at) && copied;
    copied = copy_string(json_string_value(digest), &ret->digest) && copied;
    ret->told = json_dumps(json, JSON_COMPACT);
    if (!copied || !ret->told) {
        model_done(ret);
        return -ENOMEM;
    }
    read_capabilities(json_object_get(json, "capabilities"), ret);
    doubt_capabilities(ret);
    read_context(json_object_get(json_object_get(json, "details"), "context_length"), ret);
    read_remote(json, ret);
    ret->remote = ret->remote || ollama_name_is_cloud(text_of(ret->name));
    return 0;
}

static int read_list(const json_t *list, struct ollama_models *ret)
{
    size_t i;
    json_t *json;
    ret->at = calloc(json_array_size(list) + 1, sizeof(*ret->at));
    if (!ret->at)
        return -ENOMEM;
    json_array_foreach (list, i, json) {
        int r = read_model(json, &ret->at[ret->count]);
        if (r == -ENOMEM)
            return r;
        if (r == 0)
            ret->count++;
    }
    return 0;
}

int ollama_tags_read(struct text body, struct ollama_models *ret, struct error *reterr)
{
    json_auto_t *json = jsonload(body, reterr);
    const json_t *list = json_object_get(json, "models");
    *ret = (struct ollama_models){0};
    /* An empty server answers {"models": null}, as Go writes a nil slice. */
    if (!json_is_object(json) || (!json_is_array(list) && !json_is_null(list))) {
        error_set(reterr, "the list of models is not what Ollama answers");
        return -EINVAL;
    }
    int r = read_list(list, ret);
    if (r < 0) {
        ollama_models_done(ret);
        error_set(reterr, "no memory is left for the list of models");
        return -EINVAL;
    }
    ret->known = true;
    return 0;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* "<architecture>.context_length", where the architecture is whatever the model says. */
static void read_model_info(const json_t *json, struct ollama_model *model)
{
    const char *name;
    json_t *value;
    json_t *info = json_object_get(json, "model_info");
    json_object_foreach (info, name, value) {
        if (ends_with(name, ".context_length"))
            read_context(value, model);
    }
}

int ollama_show_read(struct text body, struct ollama_model *model, struct error *reterr)
{
    json_auto_t *json = jsonload(body, reterr);
    if (!json_is_object(json)) {
        error_set(reterr, "the description of the model is not what Ollama answers");
        return -EINVAL;
    }
    read_capabilities(json_object_get(json, "capabilities"), model);
    read_model_info(json, model);
    read_remote(json, model);
    return 0;
}

static bool same_string(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool ollama_model_is_same(const struct ollama_model *model, const struct ollama_model *before)
{
    if (!same_string(model->name, before->name))
        return false;
    if (model->digest && before->digest && strcmp(model->digest, before->digest) != 0)
        return false;
    return (model->digest && before->digest) ||
           same_string(model->modified_at, before->modified_at);
}

static void recall(struct ollama_model *model, const struct ollama_model *old)
{
    if (!model->rates.known)
        model->rates = old->rates;
    if (model->capabilities_known || !old->capabilities_known)
        return;
    model->capabilities_known = true;
    model->capabilities = old->capabilities;
    model->context_length = old->context_length;
    model->remote = old->remote;
}

void ollama_model_recall(struct ollama_model *model, const struct ollama_models *before)
{
    for (size_t i = 0; i < before->count; i++)
        if (ollama_model_is_same(model, &before->at[i]))
            recall(model, &before->at[i]);
}

/* The parts of "[registry.ollama.ai/][library/]name[:tag]" that tell models apart. */
struct name {
    struct text base;
    struct text tag;
};

static struct text skip_prefix(struct text text, const char *prefix)
{
    return text_starts_nocase(text, prefix) ? text_skip(text, strlen(prefix)) : text;
}

/* The tag is behind the last colon, unless that is the port of a registry. */
static struct name split(struct text text)
{
    size_t colon = text.len;
    while (colon > 0 && text.at[colon - 1] != ':' && text.at[colon - 1] != '/')
        colon--;
    bool tagged = colon > 0 && text.at[colon - 1] == ':';
    struct text base = {text.at, tagged ? colon - 1 : text.len};
    struct text tag = tagged ? text_skip(text, colon) : text_of("latest");
    return (struct name){skip_prefix(skip_prefix(base, "registry.ollama.ai/"), "library/"), tag};
}

static bool same_nocase(struct text a, struct text b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && text_lower(a.at[i]) == text_lower(b.at[i]))
        i++;
    return a.len == b.len && i == a.len;
}

struct ollama_model *ollama_model_find(const struct ollama_models *models, struct text name)
{
    struct name wanted = split(name);
    for (size_t i = 0; i < models->count; i++) {
        struct name here = split(text_of(models->at[i].name));
        if (same_nocase(here.base, wanted.base) && same_nocase(here.tag, wanted.tag))
            return &models->at[i];
    }
    return NULL;
}

struct text ollama_name_plain(struct text name)
{
    static const char tag[] = ":latest";
    return text_ends(name, tag) ? text_cut(name, name.len - (sizeof(tag) - 1)) : name;
}

bool ollama_name_is_cloud(struct text name)
{
    static const char end[] = "-cloud";
    struct text tag = text_trim(split(text_trim(name)).tag);
    size_t len = sizeof(end) - 1;
    return text_equals_nocase(tag, "cloud") ||
           (tag.len >= len && text_equals_nocase(text_skip(tag, tag.len - len), end));
}
