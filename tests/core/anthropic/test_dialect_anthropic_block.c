/* Blocks of content: each type that there is. */
#include "anthropic/anthropic_row.h"
#include "unit.h"

#define USER(parts) "{'messages':[{'user':[" parts "]}]}"
#define ANSWERED(blocks)                                                                           \
    TALK("{'role':'user','content':'u'},{'role':'assistant','content':[" blocks "]}")
#define ANSWER(parts) "{'messages':[{'user':[{'text':'u'}]},{'assistant':[" parts "]}]}"
#define AT            "messages[0].content[0]: "

static const struct anthropic_row rows[] = {
    {"texts stay apart",
     SAID("{'type':'text','text':'a'},{'type':'text','text':''},"
          "{'type':'text','text':'b','cache_control':{'type':'ephemeral'}}"),
     USER("{'text':'a'},{'text':''},{'text':'b'}"), NULL, NULL, false},
    {"where a text was taken from is named",
     SAID("{'type':'text','text':'a','citations':[{'type':'char_location'}]},"
          "{'type':'text','text':'b','citations':null,'colour':'red'}"),
     USER("{'text':'a'},{'text':'b'}"), "citations, content.colour", NULL, false},
    {"an image in base64",
     SAID("{'type':'image','source':{'type':'base64','media_type':'image/png',"
          "'data':'iVBO'}}"),
     USER("{'image':'iVBO','source':'base64','media':'image/png'}"), NULL, NULL, false},
    {"an image by its URL",
     SAID("{'type':'image','source':{'type':'url','url':'https://x/y.png'}}"),
     USER("{'image':'https://x/y.png','source':'url'}"), NULL, NULL, false},
    {"an image by its URL, for who cannot carry one",
     SAID("{'type':'image','source':{'type':'url','url':'https://x/y.png'}}"), NULL, NULL,
     AT "an image by its URL is not fetched, send its bytes as base64", true},
    {"an image by its file id", SAID("{'type':'image','source':{'type':'file','file_id':'f'}}"),
     NULL, NULL, AT "an image by its file id is known to its own provider only, send its bytes",
     false},
    {"an image that is no base64",
     SAID("{'type':'image','source':{'type':'base64','media_type':'image/png','data':'?'}}"), NULL,
     NULL, AT "data that is not base64", false},
    {"an image without a media type",
     SAID("{'type':'image','source':{'type':'base64','data':'iVBO'}}"), NULL, NULL,
     AT "a source of type base64 without media_type", false},
    {"an image without a source", SAID("{'type':'image'}"), NULL, NULL,
     AT "a source of a type that cannot be translated", false},
    {"a document of text",
     SAID("{'type':'document','title':'T','context':'C','citations':{"
          "'enabled':true},'source':{'type':'text','media_type':'text/plain',"
          "'data':'x'}}"),
     USER("{'document':'x','source':'text','media':'text/plain','title':'T','context':'C'}"),
     "citations", NULL, false},
    {"a document of blocks",
     SAID("{'type':'document','title':'T','citations':{'enabled':false},'source':{'type':'content',"
          "'content':[{'type':'text','text':'a'},{'type':'image','source':{'type':'base64',"
          "'media_type':'image/png','data':'iVBO'}},{'type':'text','text':'b'}]}}"),
     USER("{'document':'a','source':'text','title':'T'},{'image':'iVBO','source':'base64','media':"
          "'image/png'},{'document':'b','source':'text'}"),
     NULL, NULL, false},
    {"a document of one text",
     SAID("{'type':'document','source':{'type':'content','content':'a'}}"),
     USER("{'document':'a','source':'text'}"), NULL, NULL, false},
    {"a PDF is for who can read it",
     SAID("{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':"
          "'JVBE'}}"),
     USER("{'document':'JVBE','source':'base64','media':'application/pdf'}"), NULL, NULL, false},
    {"a document by its URL", SAID("{'type':'document','source':{'type':'url','url':'https://x'}}"),
     NULL, NULL, AT "a document by its URL is not fetched, send its text", false},
    {"a document by its file id",
     SAID("{'type':'document','source':{'type':'file','file_id':'f'}}"), NULL, NULL,
     AT "a document by its file id is known to its own provider only, send its text", false},
    {"a document with something else in it",
     SAID("{'type':'document','source':{'type':'content','content':[{'type':'video'}]}}"), NULL,
     NULL, AT "a document with a block that is neither text nor image", false},
    {"what a search of the app's own found",
     SAID("{'type':'search_result','title':'T','source':'https://x','citations':{'enabled':false},"
          "'content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]}"),
     USER("{'document':'a','source':'text','title':'T','context':'https://x'},{'document':'b',"
          "'source':'text'}"),
     NULL, NULL, false},
    {"a call, its numbers as short as they can be",
     ANSWERED("{'type':'tool_use','id':'toolu_1','name':'f','input':{'x':0.1,'y':[1,2.50],'z':'é'},"
              "'cache_control':{}}"),
     ANSWER(
         "{'id':'toolu_1','call':'f','arguments':'{\\'x\\':0.1,\\'y\\':[1,2.5],\\'z\\':\\'é\\'}'}"),
     NULL, NULL, false},
    {"a call with a number that needs all its digits",
     ANSWERED("{'type':'tool_use','id':'toolu_1','name':'f','input':{'x':0.30000000000000004}}"),
     ANSWER("{'id':'toolu_1','call':'f','arguments':'{\\'x\\':0.30000000000000004}'}"), NULL, NULL,
     false},
    {"a call without input, who called it named",
     ANSWERED("{'type':'tool_use','id':'toolu_1','name':'f','caller':{'type':'direct'}}"),
     ANSWER("{'id':'toolu_1','call':'f','arguments':'{}'}"), "content.caller", NULL, false},
    {"a call without a name", ANSWERED("{'type':'tool_use','id':'t','input':{}}"), NULL, NULL,
     "messages[1].content[0]: a tool_use without name", false},
    {"a call whose input is a text", ANSWERED("{'type':'tool_use','name':'f','input':'{}'}"), NULL,
     NULL, "messages[1].content[0]: a tool_use whose input is not an object", false},
    {"a call of the user", SAID("{'type':'tool_use','name':'f'}"), NULL, NULL,
     AT "a tool_use that is not of the assistant", false},
    {"what was thought is left out silently",
     ANSWERED("{'type':'thinking','thinking':'hm','signature':'s'},{'type':'redacted_thinking',"
              "'data':'x'},{'type':'text','text':'a'}"),
     ANSWER("{'text':'a'}"), NULL, NULL, false},
    {"what Anthropic's own tools did is named",
     ANSWERED(
         "{'type':'server_tool_use','id':'s','name':'web_search','input':{}},{'type':"
         "'web_search_tool_result','tool_use_id':'s','content':[]},{'type':'text','text':'a'}"),
     ANSWER("{'text':'a'}"), "server_tool_use, web_search_tool_result", NULL, false},
    {"what was said before, in short",
     ANSWERED("{'type':'compaction','content':'they met'},"
              "{'type':'compaction','content':null}"),
     ANSWER("{'text':'they met'}"), NULL, NULL, false},
    {"a tool that was found",
     TALK("{'role':'user','content':[{'type':'tool_result','tool_use_id':"
          "'z','content':[{'type':'tool_reference','tool_name':'f'}]}]}"),
     "{'messages':[{'tool':[{'text':'f'}],'call_id':'z'}]}", NULL, NULL, false},
    {"a text block without text", SAID("{'type':'text'}"), NULL, NULL,
     AT "a text block without text", false},
    {"a type that nobody knows", SAID("{'type':'hologram'}"), NULL, NULL,
     AT "a block of type \"hologram\" cannot be translated", false},
    {"no type", SAID("{'text':'x'}"), NULL, NULL, AT "a block of type \"\" cannot be translated",
     false},
    {"no object", SAID("7"), NULL, NULL, AT "a block of type \"\" cannot be translated", false},
};

START_TEST(blocks_stay_what_they_say)
{
    anthropic_row_check(&rows[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialect_anthropic_block");
    TCase *tc = tcase_create("blocks");
    tcase_add_loop_test(tc, blocks_stay_what_they_say, 0, ANTHROPIC_ROWS(rows));
    suite_add_tcase(s, tc);
    return s;
}

UNIT_MAIN(suite)
