/*
 * Which installed model answers. Candidates are tried in order of preference; the first that can do
 * all that is needed wins. Of those that could not, the reason that came nearest to a fit is told:
 *
 *     not installed < would leave the machine < cannot answer chats < cannot do this < too small
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ollama/ollama.h"

/* What a request may need of a model: fact of the request, ability, what to say. */
enum fit {
    FIT_ABSENT,
    FIT_CLOUD,
    FIT_NO_CHAT,
    FIT_NO_EMBEDDING,
    FIT_NO_AUDIO,
    FIT_NO_VISION,
    FIT_NO_TOOLS,
    FIT_WINDOW,
    FIT_OK,
};

struct search {
    const struct config_provider *provider;
    const struct ollama_models *models;
    const struct ollama_need *need;
    enum fit best;       /* of the candidates so far */
    const char *nearest; /* name of the candidate that came so far; NULL = none */
    int64_t window;      /* largest context window among those that are too small */
    int64_t tokens;      /* of the prompt, to that one */
};

static bool can(const struct ollama_model *model, unsigned what)
{
    return !model->capabilities_known || (model->capabilities & what) != 0;
}

static bool is_cloud(const struct ollama_model *model)
{
    return model->remote || ollama_name_is_cloud(text_of(model->name));
}

/* May a model answer that another machine answers for? */
static bool may_leave(const struct search *search)
{
    return search->provider->allow_cloud && !search->need->near_only;
}

/* Our estimate is rough: half as much again as the window must be asked for to rule it out. */
static bool is_too_small(const struct ollama_model *model, const struct ollama_count *count)
{
    int64_t tokens = count ? ollama_count_tokens(count, &model->rates) : 0;
    return model->context_length > 0 && tokens > model->context_length &&
           tokens - model->context_length > model->context_length / 2;
}

static enum fit fit_for_chat(const struct search *search, const struct ollama_model *model)
{
    const struct request_facts *facts = search->need->facts;
    if (!can(model, OLLAMA_CAN_COMPLETION))
        return FIT_NO_CHAT;
    if (facts && facts->audio && !can(model, OLLAMA_CAN_AUDIO))
        return FIT_NO_AUDIO;
    if (facts && facts->images && !can(model, OLLAMA_CAN_VISION))
        return FIT_NO_VISION;
    if (facts && facts->tools && !can(model, OLLAMA_CAN_TOOLS))
        return FIT_NO_TOOLS;
    return FIT_OK;
}

static enum fit fit_of(const struct search *search, const struct ollama_model *model)
{
    if (!model)
        return FIT_ABSENT;
    if (is_cloud(model) && !may_leave(search))
        return FIT_CLOUD;
    if (search->need->embeds && !can(model, OLLAMA_CAN_EMBEDDING))
        return FIT_NO_EMBEDDING;
    enum fit fit = search->need->embeds ? FIT_OK : fit_for_chat(search, model);
    if (fit != FIT_OK)
        return fit;
    return is_too_small(model, search->need->count) ? FIT_WINDOW : FIT_OK;
}

/* Notes how near the candidate comes; true when it fits. */
static bool try_model(struct search *search, const char *name, const struct ollama_model *model)
{
    enum fit fit = fit_of(search, model);
    if (!search->nearest || fit > search->best) {
        search->best = fit;
        search->nearest = name;
    }
    if (fit == FIT_WINDOW && model->context_length > search->window) {
        search->window = model->context_length;
        search->tokens = ollama_count_tokens(search->need->count, &model->rates);
    }
    return fit == FIT_OK;
}

static const char *try_any(struct search *search)
{
    for (size_t i = 0; i < search->models->count; i++) {
        const struct ollama_model *model = &search->models->at[i];
        if (try_model(search, model->name, model))
            return model->name;
    }
    return NULL;
}

static bool is_auto(const char *name)
{
    return strcmp(name, "auto") == 0;
}

/* A name as it is written; where it is installed under another spelling, that one is asked for. */
static const char *try_name(struct search *search, const char *name)
{
    const struct ollama_model *model = ollama_model_find(search->models, text_of(name));
    return try_model(search, name, model) ? model->name : NULL;
}

static const char *try_preferences(struct search *search)
{
    const struct strings *list = &search->provider->model;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = is_auto(list->at[i]) ? try_any(search) : try_name(search, list->at[i]);
        if (name)
            return name;
    }
    return NULL;
}

/* The wish counts where it is installed; an explicit one stands alone. */
static const char *find(struct search *search)
{
    const struct ollama_need *need = search->need;
    if (need->explicit_ && need->wanted)
        return try_name(search, need->wanted);
    if (need->wanted && ollama_model_find(search->models, text_of(need->wanted))) {
        const char *name = try_name(search, need->wanted);
        if (name)
            return name;
    }
    return try_preferences(search);
}

/* The server never told what it has: the name is taken on trust, but for what the name says. */
static const char *guess(struct search *search)
{
    const struct strings *list = &search->provider->model;
    const char *name = search->need->explicit_ ? search->need->wanted : NULL;
    for (size_t i = 0; !name && i < list->count; i++)
        if (!is_auto(list->at[i]))
            name = list->at[i];
    search->nearest = name;
    search->best = FIT_ABSENT;
    if (!name || may_leave(search) || !ollama_name_is_cloud(text_of(name)))
        return name;
    search->best = FIT_CLOUD;
    return NULL;
}

/* What to install: a preference that is missing, else the default's model, which sees and calls. */
static const char *suggestion(const struct search *search)
{
    const struct strings *list = &search->provider->model;
    for (size_t i = 0; i < list->count; i++) {
        struct text name = text_of(list->at[i]);
        if (!is_auto(list->at[i]) && !ollama_name_is_cloud(name) &&
            !ollama_model_find(search->models, name))
            return list->at[i];
    }
    return "ministral-3:3b";
}

static const char *inability(enum fit fit)
{
    switch (fit) {
    case FIT_NO_EMBEDDING:
        return "embed texts";
    case FIT_NO_AUDIO:
        return "hear audio";
    case FIT_NO_VISION:
        return "see images";
    case FIT_NO_TOOLS:
        return "call tools";
    case FIT_ABSENT:
    case FIT_CLOUD:
    case FIT_NO_CHAT:
    case FIT_WINDOW:
    case FIT_OK:
        return "chat";
    }
    return "chat";
}

/* Why the one model that it had to be does not answer. One elsewhere is not to be installed. */
static void explain_one(const struct search *search, struct error *reterr)
{
    const char *name = search->nearest;
    bool cloud = !may_leave(search) && ollama_name_is_cloud(text_of(name));
    if (search->best == FIT_CLOUD || cloud)
        error_set(reterr, "Ollama model %s is answered by another machine; allow_cloud permits it",
                  name);
    else if (search->best == FIT_ABSENT)
        error_set(reterr, "Ollama model %s is not installed; try `ollama pull %s`", name, name);
    else
        error_set(reterr, "Ollama model %s cannot %s", name, inability(search->best));
}

/* Why none of those that might have been it does. */
static void explain_all(const struct search *search, struct error *reterr)
{
    const char *pull = suggestion(search);
    if (!search->nearest || search->best == FIT_ABSENT)
        error_set(reterr, "no Ollama model that may answer is installed; try `ollama pull %s`",
                  pull);
    else if (search->best == FIT_CLOUD)
        error_set(reterr,
                  "only Ollama models that another machine answers, as %s, are installed; try "
                  "`ollama pull %s`, or allow_cloud",
                  search->nearest, pull);
    else if (search->best == FIT_NO_AUDIO)
        error_set(reterr, "no installed Ollama model can %s", inability(search->best));
    else
        error_set(reterr, "no installed Ollama model can %s; try `ollama pull %s`",
                  inability(search->best), pull);
}

/* Of a cloud, where nobody can install anything. */
static void explain_far(const struct search *search, bool one, struct error *reterr)
{
    const char *name = search->provider->name, *model = search->nearest;
    if (one && search->best == FIT_ABSENT)
        error_set(reterr, "%s has no model %s", name, model);
    else if (one)
        error_set(reterr, "model %s of %s cannot %s", model, name, inability(search->best));
    else if (!model || search->best == FIT_ABSENT)
        error_set(reterr, "%s has no model that may answer; [provider %s] model names one", name,
                  name);
    else
        error_set(reterr, "no model of %s can %s", name, inability(search->best));
}

/* It may have them all, but nobody could ask it. */
static void explain_unknown(const struct search *search, struct error *reterr)
{
    const char *name = search->provider->name;
    error_set(reterr,
              "%s has not told which models it has, and none is named; [provider %s] model names "
              "one that is asked for all the same",
              name, name);
}

static int explain(const struct search *search, struct error *reterr)
{
    const struct preset *preset = search->provider->preset;
    bool one = search->need->explicit_ && search->need->wanted;
    if (search->best == FIT_WINDOW) {
        error_set(reterr,
                  "%s of about %" PRId64 " tokens is longer than the %" PRId64
                  " that an Ollama model here can read",
                  search->need->embeds ? "a text" : "the conversation", search->tokens,
                  search->window);
        return -EMSGSIZE;
    }
    if (!search->models->known && !search->nearest)
        explain_unknown(search, reterr);
    else if (preset && preset->is_far)
        explain_far(search, one, reterr);
    else if (one)
        explain_one(search, reterr);
    else
        explain_all(search, reterr);
    return -ENOENT;
}

int ollama_choose(const struct config_provider *provider, const struct ollama_models *models,
                  const struct ollama_need *need, char **ret_name, struct error *reterr)
{
    struct search search = {.provider = provider, .models = models, .need = need};
    const char *name = models->known ? find(&search) : guess(&search);
    if (!name)
        return explain(&search, reterr);
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    *ret_name = copy;
    return 0;
}
