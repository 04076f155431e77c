/* See tool_notes.h. */
#include "tools/tool_notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tool_notes_add(struct tool_notes *notes, const struct tool_note *note)
{
    struct tool_note copy = *note;
    struct tool_note *at = realloc(notes->at, (notes->count + 1) * sizeof(*at));
    if (!at)
        return -ENOMEM;
    notes->at = at;
    copy.name = strdup(note->name);
    if (!copy.name)
        return -ENOMEM;
    notes->at[notes->count++] = copy;
    return 0;
}

void tool_notes_done(struct tool_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        free(notes->at[i].name);
    free(notes->at);
    *notes = (struct tool_notes){0};
}

static size_t count_of(const struct tool_notes *notes, const char *name, size_t from)
{
    size_t count = 0;
    for (size_t i = from; i < notes->count; i++)
        count += strcmp(notes->at[i].name, name) == 0;
    return count;
}

void tool_notes_write(const struct tool_notes *notes, struct buf *out)
{
    for (size_t i = 0; i < notes->count; i++) {
        const char *name = notes->at[i].name;
        size_t all = count_of(notes, name, 0);
        if (all == count_of(notes, name, i))
            (void)!buf_printf(out, "%s%s=%zu", out->len ? ", " : "", name, all);
    }
}
