/* Calls and results, in pairs. */
#include "dialect/chat.h"
#include "dialect/chat_dump.h"
#include "text/count.h"
#include "unit.h"

/*
 * A talk in short, a blank between the messages: u = the user, s = the system, a = the assistant,
 * with the ids of its calls behind it ("axy"), r = the result of the call of that id ("rx"), and R
 * one that is told by the name of its tool alone. What was made is told as e ("ex"), and what has
 * become the user's as U.
 */
static const struct {
    const char *name;
    const char *talk, *want;
} rows[] = {
    {"no calls", "s u a u", "s u a u"},
    {"results in order", "u axy rx ry u", "u axy rx ry u"},
    {"results in another order stay in it", "u axy ry rx", "u axy ry rx"},
    {"a result that comes late", "u axy rx u ry", "u axy rx ry u"},
    {"one behind what the assistant said", "u ax a rx", "u ax rx a"},
    {"a call without a result", "u axyz ry u", "u axyz ry ex ez u"},
    {"a call at the end", "u ax", "u ax ex"},
    {"calls without results, in a row", "u ax ay u", "u ax ex ay ey u"},
    {"an id that comes again", "ax rx u ax rx", "ax rx u ax rx"},
    {"an id that comes again, and was not answered before", "ax u ax rx", "ax ex u ax rx"},
    {"a result of nothing", "u rx a", "u U a"},
    {"a second result", "ax rx rx", "ax rx U"},
    {"a result behind the next calls", "ax ay rx ry", "ax ex ay ry U"},
    {"results by the names of their tools", "axy Ry Rx", "axy Ry Rx"},
    {"nothing", "", ""},
};

static void add_word(struct chat_request *request, const char *word)
{
    static const char letters[] = "suarR";
    static const enum chat_role roles[] = {CHAT_ROLE_SYSTEM, CHAT_ROLE_USER, CHAT_ROLE_ASSISTANT,
                                           CHAT_ROLE_TOOL, CHAT_ROLE_TOOL};
    struct chat_message *message =
        chat_add_message(request, roles[strchr(letters, word[0]) - letters]);
    ck_assert_int_eq(chat_add_text(message, text_make(word, 1)), 0);
    if (word[0] == 'r')
        message->call_id = text_make(word + 1, 1);
    if (word[0] == 'R')
        message->call_name = text_make(word + 1, 1);
    for (size_t i = 1; word[0] == 'a' && word[i] != ' ' && word[i] != '\0'; i++) {
        struct chat_part *part = chat_add_part(message, CHAT_PART_CALL);
        part->call.id = part->call.name = text_make(word + i, 1);
    }
}

static void tell(const struct chat_message *message, struct buf *out)
{
    const struct chat_part *part;
    bool made = message->role == CHAT_ROLE_TOOL && message->part_count == 0;
    struct text said = made ? text_of("e") : message->parts[0].data;
    struct text of = message->call_id.len ? message->call_id : message->call_name;
    bool now = message->role == CHAT_ROLE_USER && (said.at[0] == 'r' || said.at[0] == 'R');
    ck_assert_int_eq(buf_printf(out, "%s%.*s%.*s", out->len ? " " : "",
                                TEXT_ARG(now ? text_of("U") : said), TEXT_ARG(of)),
                     0);
    for (size_t at = 0; (part = chat_next_part(message, CHAT_PART_CALL, &at)) != NULL;)
        ck_assert_int_eq(buf_append_text(out, part->call.id), 0);
}

START_TEST(each_call_has_its_result)
{
    struct chat_request request;
    struct buf out;
    buf_init(&out, 1024);
    chat_request_init(&request, NULL);
    for (const char *at = rows[_i].talk; at && *at;
         at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
        add_word(&request, at);
    ck_assert_int_eq(chat_pair_results(&request), 0);
    for (size_t i = 0; i < request.message_count; i++)
        tell(&request.messages[i], &out);
    ck_assert_msg(text_equals(buf_text(&out), rows[_i].want), "%s: %s", rows[_i].name, out.data);
    ck_assert_ptr_nonnull(chat_add_message(&request, CHAT_ROLE_USER));
    chat_request_done(&request);
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("chat_results");
    TCase *tc = tcase_create("pairs");
    tcase_add_loop_test(tc, each_call_has_its_result, 0, ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
