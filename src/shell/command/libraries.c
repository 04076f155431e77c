/*
 * A library tells its version, the loader where it came from, and dpkg what Debian calls that. All
 * three are needed: see advisory.h.
 */
#include "command/libraries.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <curl/curl.h>
#include <jansson.h>
#include <microhttpd.h>

#include "text/buf.h"
#include "text/count.h"
#include "text/text.h"

#define DPKG_QUERY "/usr/bin/dpkg-query"

/* Some packages, a short line each. Bytes. */
#define DPKG_LIST_MAX 16384

static const char *curl_version_alone(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}

static const struct {
    const char *(*version)(void);
    const char *symbol; /* by which the loader finds its file */
} libraries[ADVISORY_LIBRARY_COUNT] = {
    [ADVISORY_libcurl] = {curl_version_alone, "curl_version_info"},
    [ADVISORY_libmicrohttpd] = {MHD_get_version, "MHD_get_version"},
    [ADVISORY_jansson] = {jansson_version_str, "jansson_version_str"},
    [ADVISORY_zlib] = {zlibVersion, "zlibVersion"},
};

bool libraries_by_hand(const char *path)
{
    static const char *const shipped[] = {"/lib/",       "/lib32/",     "/lib64/",
                                          "/usr/lib/",   "/usr/lib32/", "/usr/lib64/",
                                          "/nix/store/", "/gnu/store/"};
    for (size_t i = 0; i < COUNT(shipped); i++)
        if (text_starts(text_of(path), shipped[i]))
            return false;
    return true;
}

/* One that is linked into the program lies nowhere: whoever built that knows. */
static bool is_by_hand(const char *symbol)
{
    Dl_info info;
    void *at = dlsym(RTLD_DEFAULT, symbol);
    return at && dladdr(at, &info) && info.dli_fname && strstr(info.dli_fname, ".so") &&
           libraries_by_hand(info.dli_fname);
}

/* Is name one of the words of list? */
static bool has_word(const char *list, struct text name)
{
    while (*list) {
        size_t len = strcspn(list, " ");
        if (text_same(text_make(list, len), name))
            return true;
        list += len + (list[len] == ' ');
    }
    return false;
}

/* The beginning of rest up to a byte, which is taken off with it; all of it where there is none. */
static struct text cut_at(struct text *rest, char end)
{
    size_t len = 0;
    while (len < rest->len && rest->at[len] != end)
        len++;
    struct text piece = text_cut(*rest, len);
    *rest = text_skip(*rest, len < rest->len ? len + 1 : len);
    return piece;
}

bool libraries_package_version(struct text list, const char *packages,
                               char ret[LIBRARIES_VERSION_MAX])
{
    while (list.len > 0) {
        struct text line = cut_at(&list, '\n');
        struct text package = cut_at(&line, ' '), state = cut_at(&line, ' ');
        if (!text_equals(state, "installed") || !has_word(packages, package) || line.len == 0 ||
            line.len >= LIBRARIES_VERSION_MAX || memmem(line.at, line.len, "ubuntu", 6))
            continue;
        memcpy(ret, line.at, line.len);
        ret[line.len] = '\0';
        return true;
    }
    return false;
}

/* dpkg-query, with its words on a pipe; -1 where it cannot be started. */
static int start_dpkg(pid_t *ret)
{
    static char format[] = "--showformat=${Package} ${db:Status-Status} ${Version}\n";
    char packages[256] = "";
    char *words[16] = {(char[]){"dpkg-query"}, (char[]){"--show"}, format};
    size_t count = 3;
    int ends[2];
    posix_spawn_file_actions_t actions;
    for (int i = 0; i < ADVISORY_LIBRARY_COUNT; i++) {
        size_t len = strlen(packages);
        (void)snprintf(packages + len, sizeof(packages) - len, "%s ",
                       advisory_library_packages((enum advisory_library)i));
    }
    for (char *rest = packages, *word; (word = strsep(&rest, " ")) && count + 1 < COUNT(words);)
        if (word[0])
            words[count++] = word;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int r = posix_spawn(ret, DPKG_QUERY, &actions, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (r != 0)
        close(ends[0]);
    return r == 0 ? ends[0] : -1;
}

/* What dpkg has of all packages of the table; nothing where it is not. Its files are its own. */
static void ask_dpkg(struct buf *out)
{
    char bytes[1024];
    pid_t child;
    ssize_t n = 1;
    int fd = start_dpkg(&child);
    if (fd < 0)
        return;
    while (n > 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
        if (buf_append(out, bytes, (size_t)n) < 0)
            break;
    close(fd);
    (void)waitpid(child, NULL, 0);
}

void libraries_find(struct libraries *ret)
{
    struct buf list;
    *ret = (struct libraries){0};
    buf_init(&list, DPKG_LIST_MAX);
    ask_dpkg(&list);
    for (int i = 0; i < ADVISORY_LIBRARY_COUNT; i++) {
        struct advisory_found *found = &ret->found[i];
        const char *packages = advisory_library_packages((enum advisory_library)i);
        found->version = libraries[i].version();
        found->by_hand = is_by_hand(libraries[i].symbol);
        if (!found->by_hand &&
            libraries_package_version(buf_text(&list), packages, ret->package_version[i]))
            found->package_version = ret->package_version[i];
    }
    buf_done(&list);
}
