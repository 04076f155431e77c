/*
 * Doubly linked lists whose links stand in the objects themselves, so that one is in as many lists
 * as it has links and leaves each without a search. Whoever holds a list holds a pointer to its
 * first object, NULL while it is empty. prev points to where this object's address stands: in the
 * list's holder or in the next of the one before.
 */
#ifndef UNDERSTUDY_LIST_H
#define UNDERSTUDY_LIST_H

#include <stddef.h>

#define LIST_LINK(type)                                                                            \
    struct {                                                                                       \
        type *next, **prev;                                                                        \
    }

/* Puts object, which is in no list by that link, at *where: a list's first, or another's next. */
#define LIST_ADD(where, object, link)                                                              \
    do {                                                                                           \
        (object)->link.next = *(where);                                                            \
        (object)->link.prev = (where);                                                             \
        if ((object)->link.next)                                                                   \
            (object)->link.next->link.prev = &(object)->link.next;                                 \
        *(where) = (object);                                                                       \
    } while (0)

/* Takes object out of the list that it is in by that link. */
#define LIST_TAKE(object, link)                                                                    \
    do {                                                                                           \
        *(object)->link.prev = (object)->link.next;                                                \
        if ((object)->link.next)                                                                   \
            (object)->link.next->link.prev = (object)->link.prev;                                  \
        (object)->link.next = NULL;                                                                \
        (object)->link.prev = NULL;                                                                \
    } while (0)

#endif
