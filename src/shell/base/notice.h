/*
 * Something has changed that people are told of: the machine is offline, a provider is left alone,
 * a key is refused. Whoever tells them looks then, and need not look all the time.
 */
#ifndef UNDERSTUDY_NOTICE_H
#define UNDERSTUDY_NOTICE_H

/* The bell (bell.h) that is rung; -1 = nobody listens, as at the start. */
void notice_to(int fd);

/* From any thread, under any lock. */
void notice_change(void);

#endif
