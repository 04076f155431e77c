/* system and messages: turns, and the results that a turn of the user brings. */
#include "anthropic/anthropic_row.h"
#include "dialect/translate_row.h"
#include "unit.h"

#define SYSTEM(system)                                                                             \
    "{'max_tokens':9,'system':" system ",'messages':[{'role':'user','content':'hi'}]}"
#define HI "{'user':[{'text':'hi'}]}"

#define CALLS                                                                                      \
    "{'role':'assistant','content':[{'type':'text','text':'a'},{'type':'tool_use','id':'toolu_1'," \
    "'name':'weather','input':{'city':'Oslo'}},{'type':'tool_use','id':'toolu_2','name':'time',"   \
    "'input':{}}]}"
#define CALLED                                                                                     \
    "{'assistant':[{'text':'a'},{'id':'toolu_1','call':'weather','arguments':"                     \
    "'{\\'city\\':\\'Oslo\\'}'},{'id':'toolu_2','call':'time','arguments':'{}'}]}"

static const struct anthropic_row rows[] = {
    {"system as a text", SYSTEM("'be kind'"),
     "{'messages':[{'system':[{'text':'be kind'}]}," HI "]}", NULL, NULL, false},
    {"system that is empty", SYSTEM("''"), "{'messages':[" HI "]}", NULL, NULL, false},
    {"system without blocks", SYSTEM("[]"), "{'messages':[" HI "]}", NULL, NULL, false},
    {"system of blocks, in order",
     SYSTEM("[{'type':'text','text':'a','cache_control':{'type':'ephemeral'}},"
            "{'type':'text','text':'b'}]"),
     "{'messages':[{'system':[{'text':'a'},{'text':'b'}]}," HI "]}", NULL, NULL, false},
    {"what names the program is for Anthropic alone",
     SYSTEM("[{'type':'text','text':'x-anthropic-billing-header: cch=1;'},"
            "{'type':'text','text':'b'}]"),
     "{'messages':[{'system':[{'text':'b'}]}," HI "]}", NULL, NULL, false},
    {"and so it is when it stands alone",
     SYSTEM("[{'type':'text','text':'x-anthropic-billing-header: cch=1;'}]"),
     "{'messages':[" HI "]}", NULL, NULL, false},
    {"turns",
     TALK("{'role':'user','content':'u'},{'role':'assistant','content':'a'},"
          "{'role':'user','content':[{'type':'text','text':'v'}]}"),
     "{'messages':[{'user':[{'text':'u'}]},{'assistant':[{'text':'a'}]},{'user':[{'text':'v'}]}]}",
     NULL, NULL, false},
    {"messages of one role in a row are one turn",
     TALK("{'role':'user','content':'u'},{'role':'user','content':'v'},{'role':'assistant',"
          "'content':'a'},{'role':'assistant','content':[{'type':'text','text':'b'}]}"),
     "{'messages':[{'user':[{'text':'u'},{'text':'v'}]},{'assistant':[{'text':'a'},{'text':'b'}]}]"
     "}",
     NULL, NULL, false},
    {"system in the middle stands for itself",
     TALK("{'role':'user','content':'u'},{'role':'system','content':'s'},{'role':'system',"
          "'content':[{'type':'text','text':'t'}]},{'role':'user','content':'v'}"),
     "{'messages':[{'user':[{'text':'u'}]},{'system':[{'text':'s'}]},{'system':[{'text':'t'}]},"
     "{'user':[{'text':'v'}]}]}",
     NULL, NULL, false},
    {"results come first and have names, then the user's words in order",
     TALK(CALLS ",{'role':'user','content':[{'type':'text','text':'x'},{'type':'tool_result',"
                "'tool_use_id':'toolu_2','content':'noon'},{'type':'tool_result','tool_use_id':"
                "'toolu_1','content':[{'type':'text','text':'sun'},{'type':'text','text':'ny'}]},"
                "{'type':'text','text':'y'}]}"),
     "{'messages':[" CALLED ",{'tool':[{'text':'noon'}],'call_id':'toolu_2','call_name':'time'},"
     "{'tool':[{'text':'sun'},{'text':'ny'}],'call_id':'toolu_1','call_name':'weather'},"
     "{'user':[{'text':'x'},{'text':'y'}]}]}",
     NULL, NULL, false},
    {"results alone make no turn of the user",
     TALK(CALLS ",{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1'},"
                "{'type':'tool_result','tool_use_id':'toolu_2','content':[]}]},"
                "{'role':'assistant','content':'ok'}"),
     "{'messages':[" CALLED ",{'tool':[],'call_id':'toolu_1','call_name':'weather'},"
     "{'tool':[],'call_id':'toolu_2','call_name':'time'},{'assistant':[{'text':'ok'}]}]}",
     NULL, NULL, false},
    {"a result that tells of an error, and one that is an image",
     TALK(CALLS
          ",{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1',"
          "'is_error':true,'content':'no such city'},{'type':'tool_result','tool_use_id':"
          "'toolu_2','content':[{'type':'text','text':'see'},{'type':'image','source':{'type':"
          "'base64','media_type':'image/png','data':'AAAA'}}]}]}"),
     "{'messages':[" CALLED ",{'tool':[{'text':'no such city'}],'call_id':'toolu_1','call_name':"
     "'weather','is_error':true},{'tool':[{'text':'see'},{'image':'AAAA','source':'base64','media':"
     "'image/png'}],'call_id':'toolu_2','call_name':'time'}]}",
     NULL, NULL, false},
    {"a result of an unknown call keeps its id",
     TALK("{'role':'user','content':[{'type':'tool_result','tool_use_id':'z','content':'x'}]}"),
     "{'messages':[{'tool':[{'text':'x'}],'call_id':'z'}]}", NULL, NULL, false},
    {"a result of which nothing can be carried is still one",
     TALK("{'role':'user','content':[{'type':'tool_result','tool_use_id':'z','content':[{'type':"
          "'browser_state','tabs':[]}]}]}"),
     "{'messages':[{'tool':[],'call_id':'z'}]}", "browser_state", NULL, false},
    {"a turn of thoughts alone is left out, and its neighbours are one",
     TALK("{'role':'user','content':'u'},{'role':'assistant','content':[{'type':'thinking',"
          "'thinking':'hm','signature':'s'}]},{'role':'user','content':'v'}"),
     "{'messages':[{'user':[{'text':'u'},{'text':'v'}]}]}", NULL, NULL, false},
    {"members that nobody carries are named",
     TALK("{'role':'user','content':[{'type':'tool_result','tool_use_id':'z','content':'x',"
          "'toolset_name':'t','cache_control':{}}],'name':'bob'}"),
     "{'messages':[{'tool':[{'text':'x'}],'call_id':'z'}]}",
     "messages.name, tool_result.toolset_name", NULL, false},

    {"messages that are empty", TALK(""), NULL, NULL, "messages is empty", false},
    {"messages that are a text", "{'messages':'hi'}", NULL, NULL,
     "messages is not an array of messages", false},
    {"a message that is no object", TALK("{'role':'user','content':'x'},7"), NULL, NULL,
     "messages[1]: role is neither user nor assistant", false},
    {"an unknown role", TALK("{'role':'tool','content':'x'}"), NULL, NULL,
     "messages[0]: role is neither user nor assistant", false},
    {"a message without content", TALK("{'role':'user'}"), NULL, NULL,
     "messages[0]: content is neither a text nor an array of blocks", false},
    {"content that is a number", TALK("{'role':'user','content':5}"), NULL, NULL,
     "messages[0]: content is neither a text nor an array of blocks", false},
    {"a block inside a result",
     TALK("{'role':'user','content':[{'type':'text','text':'x'},{'type':"
          "'tool_result','tool_use_id':'z','content':[{'type':'text'}]}"
          "]}"),
     NULL, NULL, "messages[0].content[1].content[0]: a text block without text", false},
    {"a result without an id",
     TALK("{'role':'user','content':[{'type':'tool_result','content':'x'}]}"), NULL, NULL,
     "messages[0].content[0]: a tool_result without tool_use_id", false},
    {"a result whose content is a number",
     TALK("{'role':'user','content':[{'type':'tool_result','tool_use_id':'z','content':5}]}"), NULL,
     NULL, "messages[0].content[0]: content is neither a text nor an array of blocks", false},
    {"a result that the assistant brings",
     TALK("{'role':'assistant','content':[{'type':'tool_result','tool_use_id':'z'}]}"), NULL, NULL,
     "messages[0].content[0]: a tool_result that is not of the user", false},
    {"system that is a number", SYSTEM("5"), NULL, NULL,
     "system: content is neither a text nor an array of blocks", false},
    {"system with an image", SYSTEM("[{'type':'text','text':'a'},{'type':'image','source':{}}]"),
     NULL, NULL, "system: content[1]: a block that is not of type text", false},
};

START_TEST(turns_stay_what_they_say)
{
    anthropic_row_check(&rows[_i]);
}
END_TEST

/* The same for an Ollama. */
static const struct translate_row ollama[] = {
    {"a turn with results, an error and words",
     TALK(CALLS
          ",{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1',"
          "'is_error':true,'content':'no city'},{'type':'tool_result','tool_use_id':'toolu_2',"
          "'content':'noon'},{'type':'text','text':'and?'}]}"),
     "{'messages':[{'role':'assistant','content':'a','tool_calls':[{'id':'toolu_1','function':"
     "{'index':0,'name':'weather','arguments':{'city':'Oslo'}}},{'id':'toolu_2','function':"
     "{'index':1,'name':'time','arguments':{}}}]},{'role':'tool','content':'[tool error] no city',"
     "'tool_name':'weather','tool_call_id':'toolu_1'},{'role':'tool','content':'noon','tool_name':"
     "'time','tool_call_id':'toolu_2'},{'role':'user','content':'and?'}],'think':false,"
     "'options':{'num_ctx':8192,'num_predict':9}}",
     NULL, NULL, 0},
    {"blocks of system are one message, their order kept",
     SYSTEM("[{'type':'text','text':'a'},"
            "{'type':'text','text':'b'}]"),
     "{'messages':[{'role':'system','content':'a\\nb'},{'role':'user','content':'hi'}]}", NULL,
     NULL, 0},
};

START_TEST(an_ollama_is_told_the_same)
{
    translate_row_check_of(&dialect_anthropic, &ollama[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_message");
    TCase *tc = tcase_create("messages");
    tcase_add_loop_test(tc, turns_stay_what_they_say, 0, ANTHROPIC_ROWS(rows));
    tcase_add_loop_test(tc, an_ollama_is_told_the_same, 0, ANTHROPIC_ROWS(ollama));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
