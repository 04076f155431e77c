/* One table in two forms. What holds for all presets is said once, and put on both pages. */
#include "tell/preset_page.h"

#include "kind/preset.h"
#include "text/count.h"

/* What holds for all presets. */
static const char *const said[] = {
    "A preset needs no section: name it in [route] priority and have its key in the environment. "
    "PROVIDER_PRIORITY=groq,openrouter,ollama with GROQ_API_KEY and OPENROUTER_API_KEY is a "
    "working set-up.",
    "A section [provider NAME] overrides any key of it and leaves the others as they are; so do "
    "UNDERSTUDY_PROVIDER_NAME_* and -s. One that sets only model keeps type, base_url and key.",
    "PROVIDER:MODEL asks a preset that no route names. (mistral:7b and qwen:7b are models of "
    "Ollama, unless the settings name those presets.)",
    "A preset without its key is skipped (skipped-no-key). The credential that an app sends goes "
    "to openai and anthropic only, to no other preset.",
    "A model's name is one cloud's own. Which one another cloud is asked for in its place is told "
    "by a section [model NAME] with a line PRESET = MODEL.",
};

static const char *address(const struct preset *preset)
{
    return preset->base_url ? preset->base_url : preset->base_url_form;
}

static const char *key_of(const struct preset *preset)
{
    return preset->key_variable ? preset->key_variable : "none needed";
}

/* What has to be done about the address, before what else there is to say. */
static const char *must_be_set(const struct preset *preset)
{
    return preset->base_url ? ""
           : preset->note   ? "base_url has to be set; "
                            : "base_url has to be set";
}

static const char *note_of(const struct preset *preset)
{
    return preset->note ? preset->note : "";
}

int preset_page_print(struct buf *out)
{
    static const char form[] = "%-12s  %-9s  %-57s  %s\n";
    int r = buf_printf(out, form, "NAME", "TYPE", "BASE_URL", "KEY FROM");
    for (size_t i = 0; r == 0 && i < preset_count(); i++) {
        const struct preset *preset = preset_at(i);
        r = buf_printf(out, form, preset->name, preset->type, address(preset), key_of(preset));
        if (r == 0 && (preset->note || !preset->base_url))
            r = buf_printf(out, "%-12s  %s%s\n", "", must_be_set(preset), note_of(preset));
    }
    return r;
}

static int markdown_row(const struct preset *preset, struct buf *out)
{
    const char *quote = preset->key_variable ? "`" : "";
    return buf_printf(out, "| %s | %s | `%s` | %s%s%s | `%s` | %s%s | [%s](%s) |\n", preset->name,
                      preset->type, address(preset), quote, key_of(preset), quote,
                      preset_kind(preset)->list_path, must_be_set(preset), note_of(preset),
                      preset->read_on ? preset->read_on : "not read", preset->source);
}

int preset_page_markdown(struct buf *out)
{
    int r = buf_append_string(
        out,
        "# Providers\n\n"
        "This page is made from the table of presets (`src/core/kind/preset.c`), as is what\n"
        "`understudy config --presets` prints. A preset is a provider that is known already.\n");
    for (size_t i = 0; r == 0 && i < COUNT(said); i++)
        r = buf_printf(out, "\n- %s%s", said[i], i + 1 == COUNT(said) ? "\n" : "");
    if (r == 0)
        r = buf_append_string(
            out, "\nWhat is linked at the end of a row is where it comes from, and when "
                 "that was read. \"Not read\":\nit has what is generally known of that "
                 "cloud.\n");
    if (r == 0)
        r = buf_append_string(out,
                              "\n| name | type | base_url | key from | models | peculiar | read |\n"
                              "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; r == 0 && i < preset_count(); i++)
        r = markdown_row(preset_at(i), out);
    return r;
}
