/*
 * The service manager is told how we are: the protocol of sd_notify(3), by hand. Without a
 * $NOTIFY_SOCKET every call does nothing, and nothing here ever fails loudly.
 */
#ifndef UNDERSTUDY_NOTIFY_H
#define UNDERSTUDY_NOTIFY_H

#include <stdint.h>

/* Requests are served; also what ends a reload. */
void notify_ready(void);

/* Settings are being read again; notify_ready must follow. */
void notify_reloading(void);

/* The drain has begun. */
void notify_stopping(void);

/* One line for `systemctl status`. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A sign of life, to be given at least every notify_watchdog_ms() / 2. */
void notify_watchdog(void);

/* The time without a sign of life after which we are killed (WatchdogSec=); 0 = nobody watches. */
int64_t notify_watchdog_ms(void);

#endif
