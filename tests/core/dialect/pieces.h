/*
 * Answers told in short, for rows of tests: t:TEXT r:REASONING b:CALL,ID,NAME m:CALL,MORE e:CALL
 * f:FINISH, a blank between them; one of | begins another event. _ in a text is a blank, ' is ".
 */
#ifndef UNDERSTUDY_PIECES_H
#define UNDERSTUDY_PIECES_H

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "dialect/chat.h"
#include "text/count.h"

/* Called with each event, or once with all of them. */
typedef void pieces_fn(void *arg, const struct chat_delta *delta);

static inline void pieces_finish(struct chat_delta *delta, const char *word)
{
    static const struct {
        const char *word;
        enum chat_finish finish;
    } words[] = {{"stop", CHAT_FINISH_STOP},
                 {"sequence", CHAT_FINISH_STOP_SEQUENCE},
                 {"length", CHAT_FINISH_LENGTH},
                 {"calls", CHAT_FINISH_TOOL_CALLS},
                 {"filter", CHAT_FINISH_FILTER}};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(word, words[i].word) == 0)
            delta->finish = words[i].finish;
    ck_assert_msg(delta->finish != CHAT_FINISH_NONE, "no such finish: %s", word);
    delta->stop_sequence = text_of("END");
    delta->usage.prompt = 7;
    delta->usage.completion = 3;
}

static inline void pieces_add(struct chat_delta *delta, char *word)
{
    static const char letters[] = "trbme";
    const char *letter = strchr(letters, word[0]);
    char *rest = word + 2, *comma = NULL;
    for (char *c = word; *c; c++)
        if (*c == '\'')
            *c = '"';
        else if (*c == '_' && (word[0] == 't' || word[0] == 'r'))
            *c = ' ';
    if (word[0] == 'f') {
        pieces_finish(delta, rest);
        return;
    }
    ck_assert_msg(letter != NULL, "no such piece: %s", word);
    struct chat_piece *piece = chat_add_piece(delta, (enum chat_piece_kind)(letter - letters));
    if (piece->kind == CHAT_PIECE_TEXT || piece->kind == CHAT_PIECE_REASONING) {
        piece->text = text_of(rest);
        return;
    }
    piece->call = strtoul(rest, &comma, 10);
    rest = *comma == ',' ? comma + 1 : comma;
    if (piece->kind != CHAT_PIECE_CALL_BEGIN) {
        piece->text = text_of(rest);
        return;
    }
    comma = strchr(rest, ',');
    piece->id = text_make(rest, (size_t)(comma - rest));
    piece->name = text_of(comma + 1);
}

/* whole: all events are one. */
static inline void pieces_tell(const char *story, bool whole, pieces_fn *take, void *arg)
{
    char *copy = strdup(story), *event_rest = NULL, *word_rest = NULL;
    struct chat_delta delta;
    chat_delta_init(&delta);
    for (char *event = strtok_r(copy, "|", &event_rest); event;
         event = strtok_r(NULL, "|", &event_rest)) {
        for (char *word = strtok_r(event, " ", &word_rest); word;
             word = strtok_r(NULL, " ", &word_rest))
            pieces_add(&delta, word);
        if (whole)
            continue;
        take(arg, &delta);
        chat_delta_reset(&delta);
    }
    if (whole)
        take(arg, &delta);
    chat_delta_done(&delta);
    free(copy);
}

#endif
