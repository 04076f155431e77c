/* A request from one dialect into another, by way of the neutral one. */
#include "dialect/dialect.h"

int dialect_translate_request(struct text body, const struct dialect_target *target,
                              struct buf *out, struct buf *dropped, struct error *reterr)
{
    struct chat_request request;
    const struct dialect *from = target->app ? target->app : &dialect_openai;
    chat_request_init(&request, dropped);
    request.carries = dialect_ollama.carries;
    int r = from->request_read(body, &request, reterr);
    if (r == 0)
        r = dialect_ollama.request_write(&request, target, out, reterr);
    chat_request_done(&request);
    return r;
}

bool dialect_window_exceeded(int64_t prompt_tokens, int64_t completion_tokens, int64_t num_ctx)
{
    return num_ctx > 0 && prompt_tokens > 0 && completion_tokens > 0 &&
           completion_tokens > num_ctx - prompt_tokens;
}
