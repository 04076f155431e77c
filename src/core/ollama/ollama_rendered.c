/*
 * Asked with _debug_render_only, Ollama answers with the prompt as the model would see it:
 * {"_debug_info": {"rendered_template": "..."}}.
 */
#include "json/jsonspan.h"
#include "ollama/ollama.h"

bool ollama_rendered_open(struct text body, struct text begun)
{
    struct text info, rendered;
    struct buf prompt;
    bool open = false;
    if (jsonspan_check(body, NULL) < 0 || !jsonspan_get(body, "_debug_info", &info) ||
        !jsonspan_get(info, "rendered_template", &rendered))
        return false;
    buf_init(&prompt, body.len);
    if (jsonspan_decode(rendered, &prompt) == 0 && prompt.len >= begun.len)
        open = text_same(text_skip(buf_text(&prompt), prompt.len - begun.len), begun);
    buf_done(&prompt);
    return open;
}
