/* What a refusal complains about, and what it only repeats. */
#include <stdio.h>

#include "failure/complaint.h"
#include "json_row.h"
#include "text/wording.h"
#include "unit.h"

#define ECHO                                                                                       \
    "{'model':'m','temperature':1,'messages':[{'role':'user','content':'stop it'}],'seed':2}"

/* Of stop, seed and temperature; with ' for " where it is JSON. */
static const struct {
    const char *name, *body, *named;
} rows[] = {
    {"a message", "{'error':{'message':'seed is not supported','param':null}}", "seed"},
    {"the field beside it", "{'error':{'message':'not supported','param':'seed'}}", "seed"},
    {"FastAPI's list",
     "{'detail':[{'loc':['body','seed'],'msg':'no'},{'loc':['body','stop'],'msg':'no'}]}",
     "stop seed"},
    {"with the whole request as input",
     "{'detail':[{'loc':['body','seed'],'msg':'no','input':" ECHO "}]}", "seed"},
    {"and beside it", "{'detail':[{'loc':['body','seed'],'msg':'no'}],'body':" ECHO "}", "seed"},
    {"under any name", "{'error':{'message':'no seed','received':" ECHO "}}", "seed"},
    {"in a list", "{'error':{'message':'no seed','sent':[" ECHO "]}}", "seed"},
    {"as JSON in a text",
     "{'error':'no seed','sent':'{\\'model\\':\\'m\\',\\'stop\\':1,\\'messages\\':[]}'}", "seed"},
    {"inside a message", "{'error':{'message':'no seed in {\\'model\\':\\'m\\', \\'stop\\': 1}'}}",
     "seed"},
    {"Rails' names of members", "{'errors':{'seed':['is not known']}}", "seed"},
    {"a prompt", "{'message':'no seed','request':{'model':'m','prompt':'stop','temperature':1}}",
     "seed"},
    {"an error of an error", "{'error':{'message':'{\\'error\\':{\\'message\\':\\'no seed\\'}}'}}",
     "seed"},
    {"all three", "{'message':'seed, stop: and temperature: not supported'}",
     "stop seed temperature"},
    {"Python's repr",
     "1 error: {`type`: `extra_forbidden`, `loc`: (`body`, `seed`), `input`: {`model`: `m`, "
     "`stop`: 1, "
     "`messages`: [{`content`: `the temperature`}]}}",
     "seed"},
    {"JSON that was cut",
     "{'message':'no seed','input':{'stop':1,'messages':[{'content':'temperature", "seed"},
    {"a text", "seed, stop: no", "stop seed"},
    {"a name in quotes before a colon", "'seed': not supported", "seed"},
    {"an empty object", "{}", ""},
    {"nothing", "", ""},
    {"what is deeper than any error", "[[[[[[[[[[[[[[[[[['seed']]]]]]]]]]]]]]]]]]", ""},
};

START_TEST(what_it_repeats_is_no_complaint)
{
    static const char *const words[] = {"stop", "seed", "temperature"};
    char *body = json_row_text(rows[_i].body), named[64] = "";
    struct buf out;
    for (char *at = body; *at; at++)
        if (*at == '`')
            *at = '\'';
    buf_init(&out, COMPLAINT_MAX);
    complaint_read(text_of(body), &out);
    for (int i = 0; i < ROWS(words); i++)
        if (wording_names(out.data, words[i]))
            (void)snprintf(named + strlen(named), sizeof(named) - strlen(named), "%s%s",
                           named[0] ? " " : "", words[i]);
    ck_assert_msg(strcmp(named, rows[_i].named) == 0, "%s: %s", rows[_i].name, named);
    buf_done(&out);
    free(body);
}
END_TEST

START_TEST(of_what_is_too_long_the_beginning_is_there)
{
    struct buf out;
    buf_init(&out, 6);
    complaint_read(text_of("no seed"), &out);
    ck_assert_str_eq(out.data, "no see");
    buf_done(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("complaint");
    TCase *tc = tcase_create("complaint");
    tcase_add_loop_test(tc, what_it_repeats_is_no_complaint, 0, ROWS(rows));
    tcase_add_test(tc, of_what_is_too_long_the_beginning_is_there);
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
