/*
 * See usage_command.h. Files are read piece by piece, as they may be larger than the memory; those
 * that a rotation has packed with gzip are told by their first byte, with which no JSON begins.
 */
#include "command/usage_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "command/command.h"
#include "command/command_print.h"
#include "http/coding.h"
#include "settings/settings.h"
#include "usage/usage_print.h"
#include "usage/usage_reader.h"

#define PIECE_BYTES (64u << 10)
#define GZIP_MAGIC  0x1f /* RFC 1952, 2.3.1 */

/* deflate makes up to 1032 bytes of one: 4 MB of so many. */
#define PACKED_BYTES 4096u
#define UNPACKED_MAX (8u << 20)
#define PRINTED_MAX  (256u << 20)

static int take_packed(struct decoder *decoder, struct text packed, struct usage_reader *reader)
{
    struct buf bytes;
    int r = 0;
    buf_init(&bytes, UNPACKED_MAX);
    while (r == 0 && packed.len > 0) {
        buf_reset(&bytes);
        r = decoder_feed(decoder, text_cut(packed, PACKED_BYTES), &bytes);
        if (r == 0)
            r = usage_reader_take(reader, buf_text(&bytes));
        packed = text_skip(packed, PACKED_BYTES);
    }
    buf_done(&bytes);
    return r;
}

static ssize_t read_piece(int fd, char piece[PIECE_BYTES])
{
    ssize_t n;
    do
        n = read(fd, piece, PIECE_BYTES);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

/* To its end. 0, -errno, -EBADMSG for gzip that is broken, or an error of usage_sum_add. */
static int read_file(int fd, struct usage_reader *reader)
{
    static char piece[PIECE_BYTES];
    static const struct codings gzip = {.at = {CODING_GZIP}, .count = 1};
    struct decoder *decoder = NULL;
    ssize_t n = read_piece(fd, piece);
    int r = 0;
    if (n > 0 && piece[0] == GZIP_MAGIC && !(decoder = decoder_new(&gzip, DECODER_STRICT)))
        alloc_failed();
    for (; r == 0 && n > 0; n = r < 0 ? 0 : read_piece(fd, piece)) {
        struct text bytes = text_make(piece, (size_t)n);
        r = decoder ? take_packed(decoder, bytes, reader) : usage_reader_take(reader, bytes);
    }
    if (r == 0)
        r = n < 0 ? (int)n : decoder ? decoder_end(decoder) : 0;
    /* What was there is counted, also where the rest is missing. */
    int end = usage_reader_end(reader);
    decoder_free(decoder);
    return r < 0 ? r : end;
}

static void tell_broken(const char *name, const struct usage_reader *reader)
{
    if (reader->broken > 0)
        (void)fprintf(stderr,
                      "understudy: warning: %s: %" PRId64 " of %" PRId64
                      " lines are none of a usage file and are left out; the first is line %" PRId64
                      ": %s\n",
                      name, reader->broken, reader->lines, reader->first_broken, reader->why.text);
}

static void tell_error(const char *name, int r)
{
    const char *what = strerror(-r);
    if (r == -E2BIG)
        what = "it has more combinations than can be shown: ask for fewer, as with --by "
               "day,provider or --since 7d";
    else if (r == -EBADMSG)
        what = "it is packed with gzip, and broken or not whole: what was read up to there is "
               "counted";
    else if (r == -EACCES)
        what = "it is for others: the daemon makes it for its own user (sudo understudy usage)";
    (void)fprintf(stderr, "understudy: %s: %s\n", name, what);
}

static int add_file(const char *path, struct usage_sum *sum)
{
    bool is_input = strcmp(path, "-") == 0;
    const char *name = is_input ? "standard input" : path;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct usage_reader reader;
    int r = fd < 0 ? -errno : 0;
    usage_reader_init(&reader, sum);
    if (r == 0)
        r = read_file(fd, &reader);
    if (r == -ENOMEM)
        alloc_failed();
    tell_broken(name, &reader);
    if (r < 0)
        tell_error(name, r);
    if (fd >= 0 && !is_input)
        close(fd);
    usage_reader_done(&reader);
    return r;
}

/* The one of the settings. */
static int add_own_file(const struct loader *loader, struct usage_sum *sum)
{
    struct config *config = command_load(loader);
    if (!config)
        return CLI_EXIT_WRONG;
    const char *path = config->log.usage_file;
    int r = path ? add_file(path, sum) : -EINVAL;
    if (!path)
        (void)fputs("understudy: usage of what? Name a usage file (- is standard input), or set "
                    "[log] usage_file, into which the daemon writes a line an exchange\n",
                    stderr);
    if (r == -ENOENT)
        (void)fputs("understudy: it is [log] usage_file, which the daemon makes when it starts\n",
                    stderr);
    config_free(config);
    return r == 0 ? CLI_EXIT_DONE : path ? CLI_EXIT_FAULT : CLI_EXIT_WRONG;
}

static int read_query(const struct cli_call *call, struct usage_query *ret)
{
    struct error why = ERROR_NONE;
    const char *by = cli_value(call, "--by", 0);
    const char *since = cli_value(call, "--since", 0);
    int r = 0;
    *ret = usage_query_all();
    if (by)
        r = usage_query_by(ret, text_of(by), &why);
    if (r == 0 && since)
        r = usage_query_since(ret, text_of(since), clock_wall_ms() / 1000, &why);
    if (r < 0)
        (void)fprintf(stderr, "understudy: usage: %s\n", why.text);
    return r;
}

/* The exit status. */
static int print_sum(struct usage_sum *sum, bool json)
{
    struct buf out;
    buf_init(&out, PRINTED_MAX);
    int r = json ? usage_print_json(sum, &out) : usage_print_table(sum, &out);
    if (r == -ENOMEM)
        alloc_failed();
    int status = r == 0 ? command_print(&out) : CLI_EXIT_FAULT;
    buf_done(&out);
    return status;
}

int usage_command(const struct loader *loader, const struct cli_call *call)
{
    struct usage_query query;
    struct usage_sum sum;
    int status = CLI_EXIT_DONE;
    if (read_query(call, &query) < 0)
        return CLI_EXIT_WRONG;
    usage_sum_init(&sum, &query);
    if (call->operand_count == 0)
        status = add_own_file(loader, &sum);
    for (size_t i = 0; i < call->operand_count; i++)
        if (add_file(call->operands[i], &sum) < 0)
            status = CLI_EXIT_FAULT;
    bool nothing = status != CLI_EXIT_DONE && sum.row_count == 0;
    if (!nothing && print_sum(&sum, cli_has(call, "--json")) != CLI_EXIT_DONE)
        status = CLI_EXIT_FAULT;
    usage_sum_done(&sum);
    return status;
}
