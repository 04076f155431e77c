/*
 * Whoever can read the file has the key. Groups count by their numbers: a file that is open to a
 * group is fine where we run in it, as services do whose key belongs to root and their group.
 */
#include "machine/secretfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/fileaccess.h"
#include "machine/regularfile.h"

static int judge(const struct stat *st, const char *path, struct error *reterr)
{
    bool laid = fileaccess_is_laid(path);
    mode_t others = st->st_mode & (laid ? S_IWOTH : S_IRWXO);
    unsigned mode = st->st_mode & 07777;
    if (others) {
        error_set(reterr, "%s can be %s by others (mode %04o): chmod 600 %s", path,
                  others & S_IROTH ? "read" : "written", mode, path);
        return -EPERM;
    }
    if (laid)
        return 0;
    if (st->st_uid != geteuid() && st->st_uid != 0) {
        error_set(reterr, "%s belongs to another user (uid %u), who could change it: chown it",
                  path, (unsigned)st->st_uid);
        return -EPERM;
    }
    if ((st->st_mode & S_IRWXG) && !fileaccess_is_our_group(st->st_gid)) {
        error_set(reterr,
                  "%s can be read by a group that is not ours (gid %u, mode %04o): "
                  "chmod 600 %s",
                  path, (unsigned)st->st_gid, mode, path);
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
    case EISDIR:
    case EINVAL:
        return "it is not a regular file; a secret must be in one";
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
    int fd = regularfile_open(path, &st);
    int r = fd < 0 ? fd : judge(&st, path, reterr);
    if (r == 0)
        r = read_all(fd, out);
    if (fd >= 0)
        close(fd);
    if (r < 0)
        error_set(reterr, "%s cannot be read: %s", path, advice(-r));
    return r;
}
