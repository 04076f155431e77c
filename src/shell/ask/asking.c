/* See asking.h. Standard output may be shared, and its O_NONBLOCK is not ours to change: where it
 * is set, room is waited for. */
#include "ask/asking.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "ask/ask_tell.h"
#include "base/alloc.h"

/* Text of one event, with a '?' for each byte at most. */
#define SHOWN_MAX (2 * (size_t)ANSWER_EVENT_MAX)

int ask_out_put(struct ask_out *out, struct text text)
{
    while (text.len > 0 && out->error == 0) {
        ssize_t n = write(out->fd, text.at, text.len);
        if (n > 0) {
            out->in_line = text.at[n - 1] != '\n';
            text = text_skip(text, (size_t)n);
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = out->fd, .events = POLLOUT};
            (void)poll(&room, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            out->error = -errno;
        }
    }
    return out->error;
}

bool asking_take(struct asking *asking, struct text bytes)
{
    struct buf *text = &asking->answer.text;
    struct buf shown;
    while (bytes.len > 0) { /* by events that are put out one after the other, none waits */
        struct text part = text_cut(bytes, SSE_PUSH_MAX);
        bytes = text_skip(bytes, part.len);
        ask_answer_take(&asking->answer, part);
        if (asking->out.kept)
            continue;
        buf_init(&shown, SHOWN_MAX);
        if (asking->out.terminal)
            alloc_must(ask_tell_shown(buf_text(text), &shown));
        (void)ask_out_put(&asking->out, buf_text(asking->out.terminal ? &shown : text));
        buf_done(&shown);
        buf_reset(text);
    }
    return asking->out.error == 0;
}

void asking_over(struct asking *asking)
{
    loop_stop(asking->loop);
}
