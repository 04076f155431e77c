/* See reminder.h. Whoever leaves something to be said rings. */
#include "record/reminder.h"

#include <unistd.h>

#include "base/bell.h"
#include "base/owner.h"
#include "record/log.h"
#include "record/repeat.h"

/* A reader that was stopped, or a disk that was full, is looked at so often. */
#define LOOK_MS 1000

static void look(struct reminder *reminder)
{
    int64_t now_ms = loop_now_ms(reminder->loop);
    int64_t next_ms = repeat_tell(now_ms);
    if (!log_tell_dropped() && (next_ms < 0 || next_ms > LOOK_MS))
        next_ms = LOOK_MS;
    if (next_ms >= 0)
        loop_timer_set(reminder->loop, &reminder->again, now_ms + next_ms);
}

static void on_again(struct loop_timer *timer)
{
    look(OWNER(timer, struct reminder, again));
}

static void on_bell(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    bell_hush(watch->fd);
    look(OWNER(watch, struct reminder, bell));
}

int reminder_init(struct reminder *reminder, struct loop *loop)
{
    *reminder = (struct reminder){.loop = loop, .bell = {.fd = -1, .ready = on_bell}};
    reminder->again.due = on_again;
    int r = bell_hang(loop, &reminder->bell);
    if (r < 0)
        return r;
    log_remind_by(reminder->bell.fd);
    look(reminder); /* of what was before */
    return 0;
}

void reminder_done(struct reminder *reminder)
{
    log_remind_by(-1);
    repeat_end();
    (void)log_tell_dropped();
    if (!reminder->loop)
        return;
    loop_timer_cancel(reminder->loop, &reminder->again);
    int fd = reminder->bell.fd;
    loop_watch_remove(reminder->loop, &reminder->bell);
    if (fd >= 0)
        close(fd);
}
