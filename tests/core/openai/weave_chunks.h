/* Chunks of chat completions, in rows of weave_row.h: with ' for ". */
#ifndef UNDERSTUDY_WEAVE_CHUNKS_H
#define UNDERSTUDY_WEAVE_CHUNKS_H

#define HEAD(id)                                                                                   \
    "'id':'" id "','object':'chat.completion.chunk','created':" id "1,'model':'m" id "'"
#define JSON(json)         "data: {" json "}\n\n"
#define CHUNK(id, choices) JSON(HEAD(id) ",'choices':[" choices "]")
#define DELTA(id, delta)   CHUNK(id, "{'index':0,'delta':{" delta "},'finish_reason':null}")
#define FINISH(id, reason) CHUNK(id, "{'index':0,'delta':{},'finish_reason':'" reason "'}")
#define USAGE(id, prompt)  JSON(HEAD(id) ",'choices':[],'usage':{'prompt_tokens':" prompt "}")
#define DONE               "data: [DONE]\n\n"
#define CALL(index, id, name)                                                                      \
    "{'index':" index ",'id':'" id "','type':'function','function':{'name':'" name                 \
    "','arguments':''}}"
#define MORE(index, text) "{'index':" index ",'function':{'arguments':'" text "'}}"
#define CALLS(id, calls)  DELTA(id, "'tool_calls':[" calls "]")
#define BEGIN(id)         DELTA(id, "'role':'assistant','content':''")
#define ASKS(id)                                                                                   \
    BEGIN(id)                                                                                      \
    CALLS(id, CALL("0", "a", "us__f"))                                                             \
    CALLS(id, MORE("0", "{}"))                                                                     \
    FINISH(id, "tool_"                                                                             \
               "calls")

#endif
