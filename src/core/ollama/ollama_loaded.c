/*
 * Which models are in memory, and with which window: another window would load them anew. Models
 * that share their weights share one runner, and only one of their names is told here.
 */
#include <errno.h>

#include <jansson.h>

#include "json/jsonload.h"
#include "ollama/ollama.h"

static void read_one(const json_t *json, struct ollama_models *models)
{
    const json_t *name = json_object_get(json, "name");
    const json_t *context = json_object_get(json, "context_length");
    if (!json_is_string(name) || !json_is_integer(context) || json_integer_value(context) <= 0)
        return;
    struct ollama_model *model = ollama_model_find(models, text_of(json_string_value(name)));
    if (model)
        model->loaded_context = json_integer_value(context);
}

int ollama_ps_read(struct text body, struct ollama_models *models, struct error *reterr)
{
    json_auto_t *json = jsonload(body, reterr);
    const json_t *list = json_object_get(json, "models");
    size_t i;
    json_t *one;
    if (!json_is_object(json) || (!json_is_array(list) && !json_is_null(list))) {
        error_set(reterr, "the list of loaded models is not what Ollama answers");
        return -EINVAL;
    }
    for (i = 0; i < models->count; i++)
        models->at[i].loaded_context = 0;
    json_array_foreach (list, i, one)
        read_one(one, models);
    return 0;
}
