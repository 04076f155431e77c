/* In which era a server is spoken to, and when a request may be sent once more. */
#include <stdio.h>
#include <string.h>

#include "mcp/mcp_session.h"
#include "unit.h"

#define RESULT     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"
#define FAIL(code) "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":" #code ",\"message\":\"x\"}}"

static struct mcp_session session;

static void setup(void)
{
    session = (struct mcp_session){.state = MCP_SESSION_UNKNOWN};
}

static void open_session(const char *id)
{
    mcp_session_opened(&session, "2025-06-18", text_of(id));
}

/* It was sent as the session is now, and is answered so; json NULL: by no message. */
static bool answered(bool is_call, int status, const char *json)
{
    const struct mcp_sent sent = mcp_session_sent(&session);
    struct mcp_message message;
    if (json)
        mcp_message_read(text_of(json), &message);
    return mcp_session_answered(&session, &sent, is_call, status, json ? &message : NULL);
}

static const struct row {
    const char *name;
    enum mcp_session_state before;
    bool is_call;
    int status;
    const char *json;
    bool again;
    enum mcp_session_state after;
} rows[] = {
    {"a list that is told is of the modern era", MCP_SESSION_UNKNOWN, false, 200, RESULT, false,
     MCP_SESSION_MODERN},
    {"on a socket, too", MCP_SESSION_UNKNOWN, false, 0, RESULT, false, MCP_SESSION_MODERN},
    {"no session: it is older", MCP_SESSION_UNKNOWN, false, 400, FAIL(-32000), true,
     MCP_SESSION_SHUT},
    {"no such path: it is older", MCP_SESSION_UNKNOWN, false, 404, NULL, true, MCP_SESSION_SHUT},
    {"no such verb: it is older", MCP_SESSION_UNKNOWN, false, 405, NULL, true, MCP_SESSION_SHUT},
    {"not initialized, on a socket", MCP_SESSION_UNKNOWN, false, 0, FAIL(-32602), true,
     MCP_SESSION_SHUT},
    {"no such method", MCP_SESSION_UNKNOWN, false, 200, FAIL(-32601), true, MCP_SESSION_SHUT},
    {"a list that was told goes back, too", MCP_SESSION_MODERN, false, 400, FAIL(-32600), true,
     MCP_SESSION_SHUT},
    {"a fault tells nothing of the era", MCP_SESSION_UNKNOWN, false, 500, NULL, false,
     MCP_SESSION_UNKNOWN},
    {"nor does a refused key", MCP_SESSION_UNKNOWN, false, 401, NULL, false, MCP_SESSION_UNKNOWN},
    {"a call that was not taken goes again", MCP_SESSION_MODERN, true, 404, NULL, true,
     MCP_SESSION_UNKNOWN},
    {"with the code of one without a session", MCP_SESSION_MODERN, true, 400, FAIL(-32000), true,
     MCP_SESSION_UNKNOWN},
    {"a call that the tool refuses does not", MCP_SESSION_MODERN, true, 400, FAIL(-32602), false,
     MCP_SESSION_MODERN},
    {"nor one whose status says that it was run", MCP_SESSION_MODERN, true, 200, FAIL(-32000),
     false, MCP_SESSION_MODERN},
    {"nor one on a socket", MCP_SESSION_MODERN, true, 0, FAIL(-32601), false, MCP_SESSION_MODERN},
    {"a session that is forgotten", MCP_SESSION_OPEN, true, 404, FAIL(-32001), true,
     MCP_SESSION_SHUT},
    {"by a status alone", MCP_SESSION_OPEN, false, 404, NULL, true, MCP_SESSION_SHUT},
    {"and as an example of the SDK has it", MCP_SESSION_OPEN, true, 400, FAIL(-32000), true,
     MCP_SESSION_SHUT},
    {"no such verb in a session", MCP_SESSION_OPEN, false, 405, NULL, false, MCP_SESSION_OPEN},
    {"by a server that has become modern", MCP_SESSION_OPEN, true, 400, FAIL(-32022), true,
     MCP_SESSION_SHUT},
    {"a call that the tool refuses in a session", MCP_SESSION_OPEN, true, 400, FAIL(-32602), false,
     MCP_SESSION_OPEN},
    {"a result in a session", MCP_SESSION_OPEN, true, 200, RESULT, false, MCP_SESSION_OPEN},
    {"an error in a session", MCP_SESSION_OPEN, true, 200, FAIL(-32601), false, MCP_SESSION_OPEN},
};

START_TEST(what_an_answer_tells)
{
    const struct row *row = &rows[_i];
    if (row->before == MCP_SESSION_OPEN)
        open_session("abc");
    session.state = row->before;
    ck_assert_msg(answered(row->is_call, row->status, row->json) == row->again, "%s", row->name);
    ck_assert_msg(session.state == row->after, "%s: %d", row->name, (int)session.state);
}
END_TEST

START_TEST(a_call_is_not_what_the_era_is_found_out_with)
{
    ck_assert_int_eq(mcp_session_step(&session, true), MCP_STEP_LEARN);
    ck_assert_int_eq(mcp_session_step(&session, false), MCP_STEP_SEND);
    session.state = MCP_SESSION_SHUT;
    ck_assert_int_eq(mcp_session_step(&session, true), MCP_STEP_INITIALIZE);
    ck_assert_int_eq(mcp_session_step(&session, false), MCP_STEP_INITIALIZE);
    open_session("");
    ck_assert_int_eq(mcp_session_step(&session, true), MCP_STEP_SEND);
    session.state = MCP_SESSION_MODERN;
    ck_assert_int_eq(mcp_session_step(&session, true), MCP_STEP_SEND);
}
END_TEST

static const struct {
    const char *name;
    bool is_call;
    int status;
    const char *json;
    bool again;
} without[] = {
    {"another server behind the same path", false, 404, NULL, true},
    {"a call that was not taken", true, 400, FAIL(-32000), true},
    {"a server that has become modern", false, 400, FAIL(-32022), true},
    {"and misses what it wants", true, 400, FAIL(-32020), true},
    {"wrong parameters", true, 400, FAIL(-32602), false},
    {"a tool that fails", true, 200, FAIL(-32000), false},
    {"no tools at all", false, 200, FAIL(-32601), false},
    {"on a socket", false, 0, FAIL(-32601), false},
    {"a fault", false, 500, NULL, false},
};

/* There is none that it could have forgotten: the era is found out anew. */
START_TEST(a_server_without_sessions_may_be_another_one)
{
    open_session("");
    ck_assert_msg(answered(without[_i].is_call, without[_i].status, without[_i].json) ==
                      without[_i].again,
                  "%s", without[_i].name);
    ck_assert_int_eq(session.state, without[_i].again ? MCP_SESSION_UNKNOWN : MCP_SESSION_OPEN);
}
END_TEST

START_TEST(the_session_behind_it_is_not_given_up)
{
    open_session("abc");
    const struct mcp_sent sent = mcp_session_sent(&session);
    mcp_session_closed(&session);
    open_session("def");
    ck_assert(mcp_session_answered(&session, &sent, true, 404, NULL));
    ck_assert_int_eq(session.state, MCP_SESSION_OPEN);
    ck_assert_str_eq(session.id, "def");
}
END_TEST

START_TEST(what_another_request_found_out_stays)
{
    struct mcp_message result;
    const struct mcp_sent sent = mcp_session_sent(&session);
    mcp_message_read(text_of(RESULT), &result);
    session.state = MCP_SESSION_SHUT;
    ck_assert(!mcp_session_answered(&session, &sent, false, 200, &result));
    ck_assert_int_eq(session.state, MCP_SESSION_SHUT);
    open_session("abc");
    ck_assert(mcp_session_answered(&session, &sent, true, 404, NULL));
    ck_assert_int_eq(session.state, MCP_SESSION_OPEN);
}
END_TEST

START_TEST(silence_is_taken_for_an_older_server_only_while_nothing_is_known)
{
    struct mcp_sent sent = mcp_session_sent(&session);
    ck_assert(mcp_session_unanswered(&session, &sent));
    ck_assert_int_eq(session.state, MCP_SESSION_SHUT);
    ck_assert(!mcp_session_unanswered(&session, &sent));
    session.state = MCP_SESSION_MODERN;
    ck_assert(!mcp_session_unanswered(&session, &sent));
    open_session("");
    sent = mcp_session_sent(&session);
    ck_assert(!mcp_session_unanswered(&session, &sent));
}
END_TEST

START_TEST(it_is_opened_and_closed)
{
    ck_assert_str_eq(mcp_session_version(&session), "");
    open_session("abc");
    ck_assert_str_eq(mcp_session_version(&session), "2025-06-18");
    ck_assert_int_eq(mcp_session_sent(&session).era, MCP_HANDSHAKE);
    mcp_session_closed(&session);
    ck_assert_int_eq(session.state, MCP_SESSION_SHUT);
    ck_assert_str_eq(mcp_session_version(&session), MCP_HANDSHAKE_VERSION);
    ck_assert(!mcp_session_refused(&session, NULL));
    ck_assert_int_eq(session.state, MCP_SESSION_UNKNOWN);
    session.state = MCP_SESSION_MODERN;
    mcp_session_closed(&session); /* nothing was lost with it */
    ck_assert_int_eq(session.state, MCP_SESSION_MODERN);
    ck_assert_str_eq(mcp_session_version(&session), MCP_MODERN_VERSION);
}
END_TEST

static const struct refusal {
    const char *json;
    bool is_modern;
} refusals[] = {
    {FAIL(-32601), false},
    {FAIL(-32022), false},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"x\","
     "\"data\":{\"supported\":[\"2026-07-28\"]}}}",
     true},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"x\","
     "\"data\":{\"supported\":[\"2030-01-01\"]}}}",
     false},
};

START_TEST(who_refuses_a_handshake_may_say_that_he_is_modern)
{
    struct mcp_message message;
    mcp_message_read(text_of(refusals[_i].json), &message);
    session.state = MCP_SESSION_SHUT;
    ck_assert(mcp_session_refused(&session, &message) == refusals[_i].is_modern);
    ck_assert_int_eq(session.state,
                     refusals[_i].is_modern ? MCP_SESSION_MODERN : MCP_SESSION_UNKNOWN);
}
END_TEST

/*
 * A server that is restarted, or becomes another one, behind the same path: requests are sent
 * as the session says. A call is run at most once, and once the server stays what it is, no
 * more than one request fails.
 */
struct toy_answer {
    int status;
    const char *json;
};

static const struct toy_kind {
    const char *name;
    bool is_modern, shakes_hands, has_sessions;
    struct toy_answer modern;    /* what a modern request gets otherwise */
    struct toy_answer forgotten; /* one of a session that is not known */
    struct toy_answer bare;      /* one of before without a session */
} kinds[] = {
    {"2026-07-28 only", true, false, false, {0}, {400, FAIL(-32022)}, {400, FAIL(-32022)}},
    {"the Python SDK of 2026", true, true, true, {0}, {404, FAIL(-32600)}, {400, FAIL(-32600)}},
    {"the Python SDK of 2025",
     false,
     true,
     true,
     {400, FAIL(-32600)},
     {404, FAIL(-32600)},
     {400, FAIL(-32600)}},
    {"examples of the TypeScript SDK of 2025",
     false,
     true,
     true,
     {400, FAIL(-32000)},
     {400, FAIL(-32000)},
     {400, FAIL(-32000)}},
    {"the same without sessions", false, true, false, {400, FAIL(-32000)}, {0}, {0}},
    {"what answers anything", true, true, false, {0}, {0}, {0}},
};

static struct {
    const struct toy_kind *kind;
    int start; /* of it, counted: ids of earlier sessions are forgotten */
    int runs;  /* of the call at hand */
} toy;

static void toy_id(char ret[20])
{
    (void)snprintf(ret, 20, "session-%d", toy.start);
}

static struct toy_answer toy_asked(const struct mcp_sent *sent, bool is_call)
{
    const struct toy_kind *kind = toy.kind;
    char known[20];
    toy_id(known);
    bool in_session = kind->shakes_hands && (!kind->has_sessions || strcmp(session.id, known) == 0);
    bool is_modern = sent->era == MCP_MODERN;
    if (is_modern && !kind->is_modern)
        return kind->modern;
    if (!is_modern && !in_session)
        return session.id[0] ? kind->forgotten : kind->bare;
    toy.runs += is_call;
    return (struct toy_answer){200, RESULT};
}

static bool toy_opens(void)
{
    char id[20] = "";
    if (!toy.kind->shakes_hands) {
        struct mcp_message message;
        mcp_message_read(text_of(refusals[2].json), &message);
        return mcp_session_refused(&session, &message);
    }
    if (toy.kind->has_sessions)
        toy_id(id);
    mcp_session_opened(&session, MCP_HANDSHAKE_VERSION, text_of(id));
    return true;
}

/* As the shell has it: a request is sent again at most twice. */
static bool toy_serves(bool is_call)
{
    for (int sent_times = 0; sent_times < 3;) {
        enum mcp_step step = mcp_session_step(&session, is_call);
        if (step == MCP_STEP_INITIALIZE && !toy_opens())
            return false;
        if (step == MCP_STEP_LEARN && !toy_serves(false))
            return false;
        if (step != MCP_STEP_SEND)
            continue;
        const struct mcp_sent sent = mcp_session_sent(&session);
        const struct toy_answer answer = toy_asked(&sent, is_call);
        struct mcp_message message;
        sent_times++;
        mcp_message_read(text_of(answer.json), &message);
        if (!mcp_session_answered(&session, &sent, is_call, answer.status, &message))
            return message.kind == MCP_RESULT;
    }
    return false;
}

START_TEST(a_server_that_changes_is_found_again)
{
    uint32_t chance = (uint32_t)_i + 1;
    toy.kind = &kinds[0];
    for (int round = 0; round < 1000; round++) {
        int failed = 0;
        chance = chance * 1664525u + 1013904223u;
        toy.start++;
        if (chance >> 31)
            toy.kind = &kinds[(chance >> 8) % ROWS(kinds)];
        for (int request = 0; request < 4; request++) {
            bool is_call = chance >> (16 + request) & 1;
            toy.runs = 0;
            bool served = toy_serves(is_call);
            failed += !served;
            ck_assert_int_eq(toy.runs, served && is_call);
            ck_assert_msg(failed == 0 || (failed == 1 && request == 0) || served, "%s: request %d",
                          toy.kind->name, request);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mcp_session");
    TCase *tc = tcase_create("mcp_session");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, what_an_answer_tells, 0, ROWS(rows));
    tcase_add_test(tc, a_call_is_not_what_the_era_is_found_out_with);
    tcase_add_loop_test(tc, a_server_without_sessions_may_be_another_one, 0, ROWS(without));
    tcase_add_loop_test(tc, a_server_that_changes_is_found_again, 0, 20);
    tcase_add_test(tc, the_session_behind_it_is_not_given_up);
    tcase_add_test(tc, what_another_request_found_out_stays);
    tcase_add_test(tc, silence_is_taken_for_an_older_server_only_while_nothing_is_known);
    tcase_add_test(tc, it_is_opened_and_closed);
    tcase_add_loop_test(tc, who_refuses_a_handshake_may_say_that_he_is_modern, 0, ROWS(refusals));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
