/* A control socket in a loop of its own, and peers that speak to it. Included once in a test. */
#ifndef UNDERSTUDY_CONTROL_CASE_H
#define UNDERSTUDY_CONTROL_CASE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dial.h"
#include "base/loop.h"
#include "control/control.h"
#include "control/control_line.h"
#include "ledger/recent.h"
#include "provider/local_switch.h"
#include "record/log.h"
#include "record/metrics.h"
#include "record_case.h"
#include "unit.h"

#define ON  "{\"ok\":true,\"local\":\"on\",\"address\":\"127.0.0.1:1\"}\n"
#define OFF "{\"ok\":true,\"local\":\"off\",\"address\":\"127.0.0.1:1\"}\n"

static struct loop loop;
static struct control *control;
static char folder[] = "/tmp/us-control-XXXXXX", path[64];
static int switched; /* how often */

/* One turn, which waits for 1 ms at most. */
static int64_t stop(struct loop_hook *hook)
{
    (void)hook;
    loop_stop(&loop);
    return 1;
}

static struct loop_hook once = {.turn = stop};

static void turn(void)
{
    loop.stopped = false;
    loop_run(&loop);
}

static void set_local(void *arg, bool on)
{
    ck_assert_ptr_eq(arg, &loop);
    local_switch_set(on);
    switched++;
}

static const char *standing = "serving";

static const char *tell_standing(const void *arg)
{
    ck_assert_ptr_eq(arg, &loop);
    return standing;
}

static const struct control_owner owner = {
    .set_local = set_local, .standing = tell_standing, .address = "127.0.0.1:1", .arg = &loop};

static void setup(void)
{
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    metrics_setup();
    ck_assert_int_eq(loop_init(&loop), 0);
    loop_add_hook(&loop, &once);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/control", folder);
    (void)setenv("RUNTIME_DIRECTORY", folder, 1);
    control = control_new(&loop, &owner);
    ck_assert_ptr_nonnull(control);
}

static void teardown(void)
{
    control_free(control);
    ck_assert_int_lt(access(path, F_OK), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    loop_done(&loop);
}

static int come(void)
{
    int fd = dial_unix(path, 0);
    ck_assert_int_ge(fd, 0);
    turn();
    return fd;
}

static void send_bytes(int peer, const char *bytes, size_t len)
{
    ck_assert_int_eq(send(peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
    turn();
}

static void say(int peer, const char *text)
{
    send_bytes(peer, text, strlen(text));
}

/* What it was told; "" = nothing yet, NULL = it was closed. */
static const char *told(int peer)
{
    static char text[9000];
    ssize_t n = recv(peer, text, sizeof(text) - 1, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return NULL;
    text[n > 0 ? n : 0] = '\0';
    return text;
}

#endif
