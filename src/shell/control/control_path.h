/*
 * Where the control socket is: $RUNTIME_DIRECTORY/control, which systemd makes, else
 * $XDG_RUNTIME_DIR/understudy/control. Who asks also looks at /run/understudy/control, where the
 * system's service has it.
 */
#ifndef UNDERSTUDY_CONTROL_PATH_H
#define UNDERSTUDY_CONTROL_PATH_H

#include <stddef.h>

/* Where a daemon has it, malloc'ed; its folder is made (mode 0700) where it is ours to make. NULL:
 * neither variable is set. */
char *control_path_to_serve(void);

/* What to do where neither is set, after what is wrong. */
#define CONTROL_PATH_ADVICE                                                                        \
    "set XDG_RUNTIME_DIR (mostly /run/user/UID) for the daemon and for the command"

/* The nth place to look for one, malloc'ed; NULL at the end. */
char *control_path_to_ask(size_t n);

#endif
