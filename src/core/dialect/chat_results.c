/*
 * Calls and their results, in pairs. Apps may give results late, or never: Responses lets others
 * speak in between, and Ollama asks for no order at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/chat.h"

struct pairing {
    const struct chat_request *from;
    struct chat_message *to; /* from's messages, each once, and those that are made */
    size_t count;
    bool *taken; /* which of from's messages are in to */
};

static size_t calls_of(const struct chat_message *message)
{
    size_t count = 0;
    for (size_t i = 0; i < message->part_count; i++)
        count += message->parts[i].kind == CHAT_PART_CALL;
    return count;
}

/* By its id; or, where none was given, by the tool's name, or else it is the next one's. */
static bool answers(const struct chat_message *result, const struct chat_call *call)
{
    if (result->call_id.len)
        return text_same(result->call_id, call->id);
    return result->call_name.len == 0 || text_same(result->call_name, call->name);
}

static void take(struct pairing *pairing, size_t index)
{
    pairing->to[pairing->count++] = pairing->from->messages[index];
    pairing->taken[index] = true;
}

/* The results between one that calls and the next who does, each for one of the calls that are
 * still open (NULL = its result has come); in the order in which they were given. */
static void take_results(struct pairing *pairing, size_t caller, const struct chat_call **open,
                         size_t count)
{
    const struct chat_request *request = pairing->from;
    size_t next = 0, left = count;
    for (size_t i = caller + 1; i < request->message_count && left > 0; i++) {
        const struct chat_message *message = &request->messages[i];
        if (calls_of(message) > 0)
            return;
        for (size_t n = 0; message->role == CHAT_ROLE_TOOL && n < count; n++) {
            size_t at = (next + n) % count;
            if (!open[at] || !answers(message, open[at]))
                continue;
            take(pairing, i);
            open[at] = NULL;
            next = at + 1;
            left--;
            break;
        }
    }
}

static void make_result(struct pairing *pairing, const struct chat_call *call)
{
    pairing->to[pairing->count++] =
        (struct chat_message){.role = CHAT_ROLE_TOOL, .call_id = call->id, .call_name = call->name};
}

static int answer_calls(struct pairing *pairing, size_t caller)
{
    const struct chat_message *message = &pairing->from->messages[caller];
    const struct chat_part *part;
    size_t count = calls_of(message), n = 0;
    const struct chat_call **open = count ? calloc(count, sizeof(const struct chat_call *)) : NULL;
    if (count == 0)
        return 0;
    if (!open)
        return -ENOMEM;
    for (size_t at = 0; (part = chat_next_part(message, CHAT_PART_CALL, &at)) != NULL;)
        open[n++] = &part->call;
    take_results(pairing, caller, open, count);
    for (n = 0; n < count; n++)
        if (open[n])
            make_result(pairing, open[n]);
    free(open);
    return 0;
}

static int pair_all(struct pairing *pairing)
{
    int r = 0;
    for (size_t i = 0; i < pairing->from->message_count && r == 0; i++) {
        if (pairing->taken[i])
            continue;
        take(pairing, i);
        struct chat_message *message = &pairing->to[pairing->count - 1];
        if (message->role == CHAT_ROLE_TOOL) {
            message->role = CHAT_ROLE_USER;
            message->call_id = message->call_name = text_make("", 0);
        }
        r = answer_calls(pairing, i);
    }
    return r;
}

int chat_pair_results(struct chat_request *request)
{
    size_t most = request->message_count;
    for (size_t i = 0; i < request->message_count; i++)
        most += calls_of(&request->messages[i]);
    if (most == 0)
        return 0;
    struct pairing pairing = {.from = request,
                              .to = calloc(most, sizeof(*pairing.to)),
                              .taken = calloc(request->message_count, sizeof(*pairing.taken))};
    int r = pairing.to && pairing.taken ? pair_all(&pairing) : -ENOMEM;
    if (r == 0) {
        free(request->messages);
        request->messages = pairing.to;
        request->message_count = pairing.count;
        request->message_room = most;
    } else {
        free(pairing.to);
    }
    free(pairing.taken);
    return r;
}
