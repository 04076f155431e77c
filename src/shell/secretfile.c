/*
 * The file is judged by what was opened (fstat), not by its name, so it cannot be exchanged between
 * the look and the read. O_NONBLOCK: opening a FIFO must not hang before it can be refused.
 */
#include "secretfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Inside the directory that systemd made for us? Its files are shown with group bits where access
 * is given by an ACL, and nobody else gets into the directory.
 */
static bool is_credential(const char *path)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    size_t len = directory ? strlen(directory) : 0;
    return len > 0 && strncmp(path, directory, len) == 0 && path[len] == '/' &&
           !strstr(path, "/..");
}

static int judge(const struct stat *st, const char *path, struct error *reterr)
{
    if (!S_ISREG(st->st_mode)) {
        error_set(reterr, "%s is not a regular file; a secret must be in one", path);
        return -EINVAL;
    }
    if (st->st_uid != geteuid() && st->st_uid != 0) {
        error_set(reterr, "%s belongs to another user (uid %u), who could change it: chown it",
                  path, (unsigned)st->st_uid);
        return -EPERM;
    }
    if ((st->st_mode & 077) != 0 && !is_credential(path)) {
        error_set(reterr, "%s can be read by others (mode %04o): chmod 600 %s", path,
                  (unsigned)(st->st_mode & 07777), path);
        return -EPERM;
    }
    return 0;
}

static int read_all(int fd, struct buf *out)
{
    /* One byte more than allowed, to see that there is more. */
    char bytes[SECRETFILE_MAX_BYTES + 1];
    size_t len = 0;
    ssize_t n = 0;
    int r = 0;
    do {
        n = read(fd, bytes + len, sizeof(bytes) - len);
        len += n > 0 ? (size_t)n : 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        r = -errno;
    else if (len <= SECRETFILE_MAX_BYTES)
        r = buf_append(out, bytes, len);
    else
        r = -EFBIG;
    explicit_bzero(bytes, sizeof(bytes));
    return r;
}

static const char *advice(int error)
{
    switch (error) {
    case EFBIG:
        return "it is too large to hold a key; is it the right file?";
    case ELOOP:
        return "it is a symbolic link; name the file itself";
    case ENOENT:
        return "there is no such file";
    case EACCES:
        return "it is not ours to read; chown it to the user this runs as";
    default:
        return strerror(error);
    }
}

int secretfile_read(void *arg, const char *path, struct buf *out, struct error *reterr)
{
    struct stat st;
    (void)arg;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : judge(&st, path, reterr);
    if (r == 0)
        r = read_all(fd, out);
    if (fd >= 0)
        close(fd);
    if (r < 0)
        error_set(reterr, "%s cannot be read: %s", path, advice(-r));
    return r;
}
