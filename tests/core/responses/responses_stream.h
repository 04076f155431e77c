/* Streams of the Responses API, for rows of tests: with ' for ". n: sequence_number, i:
 * output_index. (Shapes of openai-python 3.54, 2026-11.) */
#ifndef UNDERSTUDY_RESPONSES_STREAM_H
#define UNDERSTUDY_RESPONSES_STREAM_H

#define EVENT(type, n, rest)                                                                       \
    "event: response." type "\ndata: {'type':'response." type "','sequence_number':" n rest "}\n"  \
    "\n"
#define RESPONSE(id, status, output, usage)                                                        \
    ",'response':{'id':'" id "','object':'response','status':'" status "','output':[" output       \
    "],'usage':" usage "}"
#define BEGIN(id)                                                                                  \
    EVENT("created", "0", RESPONSE(id, "in_progress", "", "null"))                                 \
    EVENT("in_progress", "1", RESPONSE(id, "in_progress", "", "null"))
#define ENDS(n, id, output, usage) EVENT("completed", n, RESPONSE(id, "completed", output, usage))
#define ADDED(n, i, item)          EVENT("output_item.added", n, ",'output_index':" i ",'item':" item)
#define DONE(n, i, item)           EVENT("output_item.done", n, ",'output_index':" i ",'item':" item)
#define MORE(type, n, i, rest)     EVENT(type, n, ",'output_index':" i rest)

#define TEXT_ITEM(id, status, content)                                                             \
    "{'id':'" id "','type':'message','status':'" status "','role':'assistant','content':[" content \
    "]}"
#define CALL_ITEM(name, status, arguments)                                                         \
    "{'id':'fc_" name "','type':'function_call','status':'" status "','arguments':'" arguments     \
    "','call_id':'call_" name "','name':'" name "'}"
#define SAYS(t)     "{'type':'output_text','text':'" t "','annotations':[]}"
#define SAID(id, t) TEXT_ITEM(id, "completed", SAYS(t))
#define LOOKED      CALL_ITEM("sky__x", "completed", "{}")
#define OPENED      CALL_ITEM("open", "completed", "{}")
#define USED(in, out, cached)                                                                      \
    "{'input_tokens':" in ",'input_tokens_details':{'cached_tokens':" cached                       \
    "},'output_tokens':" out "}"

#endif
