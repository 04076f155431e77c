/*
 * Lists of models, of an Ollama and of a cloud, and what is made of them. What cannot be read
 * leaves nothing behind; what we answer is valid JSON, however the lists were.
 *
 *     variant | first body, 0xff, second body
 */
#include <errno.h>

#include "fuzz.h"
#include "ollama/ollama.h"
#include "tell/model_page.h"
#include "tokens/ollama_tokens.h"

enum variant { TAGS, CLOUD, OWNER, VARIANTS };

static void check_answer(struct model_answer *answer)
{
    require(answer->type || jsonspan_check(buf_text(&answer->text), NULL) == 0);
    model_answer_done(answer);
}

static void check_offer(const struct offer *offer)
{
    struct model_answer answer;
    model_page_list(offer, MODEL_PAGE_CODEX, &answer);
    require(answer.type || is_object(buf_text(&answer.text)));
    check_answer(&answer);
}

static void check_models(const struct ollama_models *models)
{
    for (size_t i = 0; i < models->count; i++) {
        const struct ollama_model *model = &models->at[i];
        require(model->name && model->name[0] && model->context_length >= 0);
        require(model->loaded_context >= 0);
        require(ollama_model_find(models, text_of(model->name)) != NULL);
    }
}

static void choose(const struct config_provider *provider, const struct ollama_models *models)
{
    struct request_facts facts = {.n = 1, .max_tokens = -1, .tools = true};
    const struct ollama_count count = {.hundredths = {900000}};
    struct ollama_need need = {.facts = &facts, .count = &count};
    struct error why = ERROR_NONE;
    char *name = NULL;
    int r = ollama_choose(provider, models, &need, &name, &why);
    require(r == 0 || r == -ENOENT || r == -EMSGSIZE);
    if (r == 0)
        require(name && ollama_model_find(models, text_of(name)) != NULL);
    else
        require(why.text[0] != '\0');
    free(name);
}

static void tags(const struct config_provider *provider, struct text input)
{
    struct ollama_models models = {0};
    struct error why = ERROR_NONE;
    if (ollama_tags_read(take_until(&input, '\xff'), &models, &why) < 0) {
        require(models.count == 0 && !models.known && why.text[0] != '\0');
        return;
    }
    require(models.known);
    check_models(&models);
    if (models.count)
        (void)!ollama_show_read(take_until(&input, '\xff'), &models.at[0], &why);
    (void)!ollama_ps_read(input, &models, &why);
    check_models(&models);
    choose(provider, &models);
    const struct offer offer = {.at = {{.provider = provider, .models = &models}}, .count = 1};
    check_offer(&offer);
    ollama_models_done(&models);
}

/* Two clouds; and the first body once more as what one of them says of one model. */
static void cloud(struct config_provider *provider, struct text input)
{
    const struct model_said said = {200, take_until(&input, '\xff')};
    struct offer offer = {.at = {{.provider = provider, .bare = true}, {.provider = provider}},
                          .count = 2};
    struct model_answer answer;
    provider->kind = &kind_openai;
    if (offer_is_list(said.body))
        offer.at[0].answer = said.body;
    if (offer_is_list(input))
        offer.at[1].answer = input;
    check_offer(&offer);
    offer.count = 1;
    model_page_one(&offer, text_of("m"), &said, &answer);
    check_answer(&answer);
}

static void owner(struct config_provider *provider, struct text input)
{
    struct config config = {.providers = provider, .provider_count = 1};
    struct text name = {0};
    struct buf plain;
    if (offer_owner(&config, input, &name))
        require(name.len > 0 && name.at >= input.at && name.at + name.len == input.at + input.len);
    buf_init(&plain, SIZE_MAX);
    require(offer_unescape(input, &plain) == 0 && plain.len <= input.len);
    buf_done(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char own[] = "home", wish[] = "wish:1b", any[] = "auto";
    char *names[] = {wish, any, NULL};
    struct config_provider provider = {
        .name = own, .kind = &kind_ollama, .model = {names, 2}, .allow_cloud = size % 2};
    struct text input = text_make((const char *)data, size);
    switch ((enum variant)(take_byte(&input) % VARIANTS)) {
    case TAGS:
        tags(&provider, input);
        break;
    case CLOUD:
        cloud(&provider, input);
        break;
    case OWNER:
    case VARIANTS:
        owner(&provider, input);
    }
    return 0;
}
