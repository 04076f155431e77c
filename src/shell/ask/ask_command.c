/*
 * Words and standard input become a request, which the daemon of this machine answers, found as
 * `check --local` finds it; where none runs this process is one for as long as that takes.
 *
 * Standard output gets the answer and nothing else. What becomes of it is told on standard error.
 */
#include "ask/ask_command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "ask/ask_daemon.h"
#include "ask/ask_direct.h"
#include "ask/ask_first.h"
#include "ask/ask_input.h"
#include "ask/ask_request.h"
#include "ask/ask_tell.h"
#include "ask/asking.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "call/upstream.h"
#include "command/command.h"
#include "command/command_print.h"
#include "command/local_daemon.h"
#include "machine/memory.h"
#include "machine/process.h"

#define CONNECT_MS     5000
#define LINE_MAX_BYTES (64u << 10)
#define JSON_MAX       (256u << 20)
#define WORDS_MAX      (64u << 20) /* the kernel takes less: execve(2) */

/* An answer that is kept, or one event's. */
#define TEXT_MAX (64u << 20)

/* JSON may take six bytes for one of text. */
#define BODY_MAX(config) (6 * (config)->server.max_body_bytes + 65536)

/* The shell that waits is to see that it was a signal: its loops end, too. */
static void on_signal(int number)
{
    static const char words[] = "\nunderstudy: stopped: the answer is not whole\n";
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void watch_signal(int number)
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        (void)signal(number, on_signal);
}

static int wrong(const struct error *why)
{
    (void)fprintf(stderr, "understudy: ask: %s (see understudy -h)\n", why->text);
    return CLI_EXIT_WRONG;
}

/* The last one counts. */
static const char *last_value(const struct cli_call *call, const char *word)
{
    const char *found = NULL, *value;
    for (size_t n = 0; (value = cli_value(call, word, n)); n++)
        found = value;
    return found;
}

/* Several words are one text, as for echo(1). */
static void join_words(const struct cli_call *call, struct buf *out)
{
    for (size_t i = 0; i < call->operand_count; i++)
        alloc_must(buf_printf(out, "%s%s", i > 0 ? " " : "", call->operands[i]));
}

/* Reads what is piped in, or from a terminal where TEXT is "-". 0, -errno. */
static int read_question(const struct cli_call *call, struct ask_request *request,
                         struct buf *piped, struct error *reterr)
{
    bool only_piped = text_equals(request->text, "-");
    request->model = last_value(call, "--model");
    request->system = last_value(call, "--system");
    request->usage = cli_has(call, "--json");
    if (only_piped)
        request->text = text_of("");
    if (request->system && ask_is_setting(request->system)) {
        error_set(reterr,
                  "behind `ask` -s is what the model is told first: for a setting write "
                  "--set %s, or -s before `ask`",
                  request->system);
        return -EINVAL;
    }
    if (!only_piped && isatty(STDIN_FILENO))
        return 0;
    int r = ask_input_read(STDIN_FILENO, piped, reterr);
    request->piped = buf_text(piped);
    return r;
}

/* Not whole: what there is of it has gone out. */
static int fail(struct asking *asking, const struct ask_facts *facts)
{
    struct ask_answer *answer = &asking->answer;
    (void)!ask_tell_cure(answer, facts, &answer->why);
    if (asking->out.error)
        (void)fprintf(stderr,
                      "understudy: standard output cannot be written (%s): the answer is "
                      "not whole\n",
                      strerror(-asking->out.error));
    else if (answer->spoke)
        (void)fprintf(stderr, "understudy: the answer is not whole: %s\n",
                      buf_text(&answer->why).at);
    else
        (void)fprintf(stderr, "understudy: no answer: %s\n", buf_text(&answer->why).at);
    return CLI_EXIT_FAULT;
}

static int conclude(struct asking *asking, const struct ask_facts *facts)
{
    struct ask_answer *answer = &asking->answer;
    struct ask_out *out = &asking->out;
    struct buf line, json;
    bool whole = ask_answer_end(answer, error_is_set(&asking->cut) ? asking->cut.text : NULL);
    buf_init(&line, LINE_MAX_BYTES);
    buf_init(&json, JSON_MAX);
    if (whole && out->kept)
        alloc_must(ask_tell_json(answer, &json));
    (void)ask_out_put(out, out->in_line ? text_of("\n") : buf_text(&json));
    alloc_must(ask_tell_who(answer, facts, &line));
    if (whole || answer->spoke)
        (void)fprintf(stderr, "understudy: %s", line.data);
    buf_done(&json);
    buf_done(&line);
    return whole && out->error == 0 ? CLI_EXIT_DONE : fail(asking, facts);
}

/* Takes config over. */
static void find_answer(struct asking *asking, struct config *config, struct buf *body,
                        struct error *ret_direct)
{
    struct local_daemon daemon;
    local_daemon_ask(&config->server, LOCAL_DAEMON_LIMIT_MS, &daemon);
    if (daemon.state == LOCAL_READY || daemon.state == LOCAL_NOT_READY) {
        ask_daemon(asking, &config->server, &daemon, buf_text(body));
        config_free(config);
        return;
    }
    error_set(ret_direct, "at %s %s", daemon.address, daemon.why.text);
    ask_direct(asking, config, body);
}

/* Takes config over. */
static int ask(struct config *config, struct buf *body, const struct ask_facts *known, bool json)
{
    struct loop loop;
    struct error direct = ERROR_NONE;
    struct asking asking = {
        .loop = &loop,
        .out = {.fd = STDOUT_FILENO, .terminal = isatty(STDOUT_FILENO), .kept = json},
        .connect_timeout_ms = CONNECT_MS};
    char hex[17];
    clock_random_hex(hex, 8);
    (void)snprintf(process_id, sizeof(process_id), "understudy-%s", hex);
    (void)signal(SIGPIPE, SIG_IGN);
    watch_signal(SIGINT);
    watch_signal(SIGTERM);
    memory_set_up();
    alloc_must(loop_init(&loop));
    alloc_must(ask_answer_init(&asking.answer, TEXT_MAX));
    asking.upstream = upstream_new(&loop);
    if (!asking.upstream)
        alloc_failed();
    find_answer(&asking, config, body, &direct);
    struct ask_facts facts = *known;
    facts.direct = error_is_set(&direct) ? direct.text : NULL;
    int status = conclude(&asking, &facts);
    ask_answer_done(&asking.answer);
    upstream_free(asking.upstream);
    loop_done(&loop);
    curl_global_cleanup();
    return status;
}

/* Takes config over. */
static int ask_first_of(struct config *config, const struct ask_request *request, struct buf *body)
{
    const struct config_provider *first;
    struct error why = ERROR_NONE;
    alloc_must(ask_first(config, request->model, &first, &why));
    if (error_is_set(&why)) {
        config_free(config);
        return wrong(&why);
    }
    char *name = first ? xstrdup(first->name) : NULL;
    char *file = config->origins.file ? xstrdup(config->origins.file) : NULL;
    const struct ask_facts facts = {.first = name, .model = request->model, .settings = file};
    int status = ask(config, body, &facts, request->usage);
    free(name);
    free(file);
    return status;
}

int ask_command(const struct loader *loader, const struct cli_call *call)
{
    struct ask_request request = {0};
    struct error why = ERROR_NONE;
    struct buf words, piped, body;
    struct config *config = command_load(loader);
    if (!config)
        return CLI_EXIT_WRONG;
    if (!command_can_print()) { /* before anybody is asked and paid */
        config_free(config);
        return CLI_EXIT_FAULT;
    }
    buf_init(&words, WORDS_MAX);
    buf_init(&piped, config->server.max_body_bytes);
    buf_init(&body, BODY_MAX(config));
    join_words(call, &words);
    request.text = buf_text(&words);
    int r = read_question(call, &request, &piped, &why);
    if (r == 0)
        r = ask_request_write(&request, &body, &why);
    buf_done(&piped);
    buf_done(&words);
    if (r == -ENOMEM)
        alloc_failed();
    int status = CLI_EXIT_WRONG;
    if (r == 0)
        status = ask_first_of(config, &request, &body);
    else {
        config_free(config);
        (void)wrong(&why);
    }
    buf_done(&body);
    return status;
}
