/* What an answer says, for tests: a chat_delta of the pieces of literal texts.
 *     struct chat_delta delta = {SAYS(THOUGHT("hm"), SAID("hi")), .finish = CHAT_FINISH_STOP};
 */
#ifndef UNDERSTUDY_DELTA_ROW_H
#define UNDERSTUDY_DELTA_ROW_H

#include "dialect/chat.h"

#define SAYS(...)                                                                                  \
    .pieces = (struct chat_piece[]){__VA_ARGS__},                                                  \
    .piece_count = sizeof((struct chat_piece[]){__VA_ARGS__}) / sizeof(struct chat_piece)

#define DELTA_TEXT(literal)                                                                        \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

#define SAID(literal)                                                                              \
    {                                                                                              \
        .kind = CHAT_PIECE_TEXT, .text = DELTA_TEXT(literal)                                       \
    }
#define THOUGHT(literal)                                                                           \
    {                                                                                              \
        .kind = CHAT_PIECE_REASONING, .text = DELTA_TEXT(literal)                                  \
    }
#define CALL_BEGINS(number, its_id, its_name)                                                      \
    {                                                                                              \
        .kind = CHAT_PIECE_CALL_BEGIN, .call = (number), .id = DELTA_TEXT(its_id),                 \
        .name = DELTA_TEXT(its_name)                                                               \
    }
#define CALL_MORE(number, literal)                                                                 \
    {                                                                                              \
        .kind = CHAT_PIECE_CALL_MORE, .call = (number), .text = DELTA_TEXT(literal)                \
    }
#define CALL_ENDS(number)                                                                          \
    {                                                                                              \
        .kind = CHAT_PIECE_CALL_END, .call = (number)                                              \
    }
#define CALLED(number, its_id, its_name, arguments)                                                \
    CALL_BEGINS(number, its_id, its_name), CALL_MORE(number, arguments), CALL_ENDS(number)

#define TOOK(prompt, completion) .usage = {prompt, completion, -1, -1, -1}

#endif
