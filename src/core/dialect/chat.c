/* The neutral chat owns little: one tree, a few arrays. Dialects do the reading and writing. */
#include "dialect/chat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/string_list.h"

/* A decoded text is never longer than its JSON, and no event or body is larger than this. */
#define STRINGS_MAX ((size_t)1 << 30)

/* A name longer than this is nobody's field. */
#define FIELD_MAX 64

static const char error_mark[] = "[tool error] ";

static const struct {
    const char *name;
    bool whole;
} numbers[CHAT_NUMBER_COUNT] = {
#define X(id, name, whole) {name, whole},
    CHAT_NUMBER_TABLE(X)
#undef X
};

const char *chat_number_name(enum chat_number_id id)
{
    return numbers[id].name;
}

bool chat_number_whole(enum chat_number_id id)
{
    return numbers[id].whole;
}

struct text chat_json_text(const json_t *string)
{
    if (!json_is_string(string))
        return text_make("", 0);
    return text_make(json_string_value(string), json_string_length(string));
}

void chat_request_init(struct chat_request *request, struct buf *dropped)
{
    *request = (struct chat_request){.dropped = dropped,
                                     .format_field = "response_format",
                                     .stop_field = "stop",
                                     .limit_field = "max_tokens",
                                     .effort_field = "reasoning_effort"};
}

void chat_request_done(struct chat_request *request)
{
    if (!request)
        return;
    for (size_t i = 0; i < request->message_count; i++)
        free(request->messages[i].parts);
    free(request->messages);
    free(request->tools);
    free(request->stop);
    json_decref(request->root);
    chat_request_init(request, NULL);
}

/* list, of count items of that size, with room for one more: itself, or another in its place with
 * *room. NULL when memory is out; the list is as it was then. */
static void *with_room(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t more = *room ? *room * 2 : 4;
    void *longer = reallocarray(list, more, size);
    if (longer)
        *room = more;
    return longer;
}

struct chat_message *chat_add_message(struct chat_request *request, enum chat_role role)
{
    struct chat_message *messages = with_room(request->messages, request->message_count,
                                              &request->message_room, sizeof(*messages));
    if (!messages)
        return NULL;
    request->messages = messages;
    struct chat_message *message = &messages[request->message_count++];
    *message = (struct chat_message){.role = role};
    return message;
}

struct chat_part *chat_add_part(struct chat_message *message, enum chat_part_kind kind)
{
    struct chat_part *parts =
        with_room(message->parts, message->part_count, &message->part_room, sizeof(*parts));
    if (!parts)
        return NULL;
    message->parts = parts;
    struct chat_part *part = &parts[message->part_count++];
    *part = (struct chat_part){.kind = kind};
    return part;
}

struct chat_tool *chat_add_tool(struct chat_request *request)
{
    struct chat_tool *tools =
        with_room(request->tools, request->tool_count, &request->tool_room, sizeof(*tools));
    if (!tools)
        return NULL;
    request->tools = tools;
    struct chat_tool *tool = &tools[request->tool_count++];
    *tool = (struct chat_tool){0};
    return tool;
}

int chat_add_text(struct chat_message *message, struct text text)
{
    struct chat_part *part = chat_add_part(message, CHAT_PART_TEXT);
    if (!part)
        return -ENOMEM;
    part->data = text;
    return 0;
}

const struct chat_part *chat_next_part(const struct chat_message *message, enum chat_part_kind kind,
                                       size_t *position)
{
    while (*position < message->part_count) {
        const struct chat_part *part = &message->parts[(*position)++];
        if (part->kind == kind)
            return part;
    }
    return NULL;
}

/* A line of its own; what is empty is none. begin: where the first one begins. */
static int add_line(struct text text, size_t begin, struct buf *out)
{
    int r = text.len && out->len > begin ? buf_append(out, "\n", 1) : 0;
    return r == 0 ? buf_append_text(out, text) : r;
}

/* Who told the error may have said so in these words already. */
static bool lacks_mark(const struct chat_message *message)
{
    size_t at = 0;
    const struct chat_part *first = chat_next_part(message, CHAT_PART_TEXT, &at);
    return message->is_error && !(first && text_starts(first->data, error_mark));
}

int chat_message_text(const struct chat_message *message, struct buf *out)
{
    int r = lacks_mark(message) ? buf_append_string(out, error_mark) : 0;
    size_t begin = out->len;
    for (size_t i = 0; i < message->part_count && r == 0; i++) {
        const struct chat_part *part = &message->parts[i];
        bool document = part->kind == CHAT_PART_DOCUMENT && part->source == CHAT_SOURCE_TEXT;
        if (document)
            r = add_line(part->title, begin, out);
        if (document && r == 0)
            r = add_line(part->context, begin, out);
        if ((document || part->kind == CHAT_PART_TEXT) && r == 0)
            r = add_line(part->data, begin, out);
    }
    return r;
}

int chat_message_reasoning(const struct chat_message *message, struct buf *out)
{
    const struct chat_part *part;
    size_t begin = out->len, at = 0;
    int r = 0;
    while (r == 0 && (part = chat_next_part(message, CHAT_PART_REASONING, &at)))
        r = add_line(part->data, begin, out);
    return r;
}

struct text chat_call_name(const struct chat_request *request, struct text id)
{
    for (size_t i = request->message_count; id.len && i-- > 0;) {
        const struct chat_part *part;
        for (size_t at = 0;
             (part = chat_next_part(&request->messages[i], CHAT_PART_CALL, &at)) != NULL;)
            if (text_same(part->call.id, id))
                return part->call.name;
    }
    return text_make("", 0);
}

size_t chat_keep_tools(struct chat_request *request,
                       bool (*wanted)(const struct chat_tool *tool, const void *arg),
                       const void *arg)
{
    size_t kept = 0;
    for (size_t i = 0; i < request->tool_count; i++)
        if (wanted(&request->tools[i], arg))
            request->tools[kept++] = request->tools[i];
    request->tool_count = kept;
    return kept;
}

static bool is_named(const struct chat_tool *tool, const void *name)
{
    return text_same(tool->name, *(const struct text *)name);
}

int chat_choose(struct chat_request *request, enum chat_choice choice, struct text name,
                const char *field, struct error *reterr)
{
    bool carried = (request->carries & CHAT_CARRY_CHOICE) != 0;
    request->choice = choice;
    request->choice_name = name;
    if (choice == CHAT_CHOICE_AUTO)
        return 0;
    if (choice == CHAT_CHOICE_NONE && !carried)
        request->tool_count = 0;
    if (choice == CHAT_CHOICE_NONE)
        return 0;
    if (!carried)
        chat_drop(request, field);
    if (choice == CHAT_CHOICE_NAMED && !carried)
        (void)chat_keep_tools(request, is_named, &name);
    for (size_t i = 0; choice == CHAT_CHOICE_NAMED && i < request->tool_count; i++)
        if (is_named(&request->tools[i], &name))
            return 0;
    if (choice == CHAT_CHOICE_ANY)
        return 0;
    error_set(reterr, "tool_choice names no tool of the request");
    return -EINVAL;
}

static bool is_field_byte(char c)
{
    return text_is_digit(c) || text_is_letter(c) || c == '_' || c == '-' || c == '.';
}

static bool is_field(struct text field)
{
    if (field.len == 0 || field.len > FIELD_MAX)
        return false;
    for (size_t i = 0; i < field.len; i++)
        if (!is_field_byte(field.at[i]))
            return false;
    return true;
}

bool chat_dropped_without(struct text dropped, const char *name, struct buf *out)
{
    struct text one;
    bool found = false;
    while (string_list_item(&dropped, &one)) {
        if (text_equals(one, name))
            found = true;
        else if (buf_printf(out, "%s%.*s", out->len ? ", " : "", TEXT_ARG(one)) < 0)
            return found;
    }
    return found;
}

void chat_drop(const struct chat_request *request, const char *field)
{
    if (field && request->dropped)
        string_list_put(request->dropped, is_field(text_of(field)) ? field : "other");
}

static const struct chat_usage not_told = {-1, -1, -1, -1, -1};

static void take_number(int64_t number, int64_t *kept)
{
    if (number >= 0)
        *kept = number;
}

void chat_usage_take(struct chat_usage *usage, const struct chat_usage *later)
{
    take_number(later->prompt, &usage->prompt);
    take_number(later->completion, &usage->completion);
    take_number(later->cached, &usage->cached);
    take_number(later->cache_written, &usage->cache_written);
    take_number(later->reasoning, &usage->reasoning);
}

void chat_delta_init(struct chat_delta *delta)
{
    *delta = (struct chat_delta){.usage = not_told};
    buf_init(&delta->strings, STRINGS_MAX);
}

void chat_delta_done(struct chat_delta *delta)
{
    if (!delta)
        return;
    free(delta->pieces);
    buf_done(&delta->strings);
    chat_delta_init(delta);
}

void chat_delta_reset(struct chat_delta *delta)
{
    *delta = (struct chat_delta){.pieces = delta->pieces,
                                 .piece_room = delta->piece_room,
                                 .calls = delta->calls,
                                 .usage = not_told,
                                 .strings = delta->strings};
    buf_reset(&delta->strings);
}

struct chat_piece *chat_add_piece(struct chat_delta *delta, enum chat_piece_kind kind)
{
    struct chat_piece *pieces =
        with_room(delta->pieces, delta->piece_count, &delta->piece_room, sizeof(*pieces));
    if (!pieces)
        return NULL;
    delta->pieces = pieces;
    struct chat_piece *piece = &pieces[delta->piece_count++];
    *piece = (struct chat_piece){.kind = kind};
    return piece;
}

int chat_say(struct chat_delta *delta, enum chat_piece_kind kind, struct text text)
{
    struct chat_piece *piece = text.len ? chat_add_piece(delta, kind) : NULL;
    if (text.len && !piece)
        return -ENOMEM;
    if (piece)
        piece->text = text;
    return 0;
}

int chat_say_call(struct chat_delta *delta, const struct chat_call *call)
{
    const struct chat_piece pieces[] = {
        {.kind = CHAT_PIECE_CALL_BEGIN, .id = call->id, .name = call->name, .custom = call->custom},
        {.kind = CHAT_PIECE_CALL_MORE, .text = call->arguments},
        {.kind = CHAT_PIECE_CALL_END},
    };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct chat_piece *piece = chat_add_piece(delta, pieces[i].kind);
        if (!piece)
            return -ENOMEM;
        *piece = pieces[i];
        piece->call = delta->calls;
    }
    delta->calls++;
    return 0;
}

bool chat_has_piece(const struct chat_delta *delta, enum chat_piece_kind kind)
{
    for (size_t i = 0; i < delta->piece_count; i++)
        if (delta->pieces[i].kind == kind)
            return true;
    return false;
}

int chat_join(const struct chat_delta *delta, enum chat_piece_kind kind, size_t call,
              struct buf *out)
{
    bool of_call = kind != CHAT_PIECE_TEXT && kind != CHAT_PIECE_REASONING;
    int r = 0;
    for (size_t i = 0; i < delta->piece_count && r == 0; i++)
        if (delta->pieces[i].kind == kind && (!of_call || delta->pieces[i].call == call))
            r = buf_append_text(out, delta->pieces[i].text);
    return r;
}
