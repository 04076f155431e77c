/* Streams of the Messages API, for rows of tests: with ' for ". (Recorded shapes of
 * platform.claude.com/docs/en/build-with-claude/streaming and of anthropic-python 2.14, 2026-11.)
 */
#ifndef UNDERSTUDY_ANTHROPIC_STREAM_H
#define UNDERSTUDY_ANTHROPIC_STREAM_H

#define EVENT(name, rest) "event: " name "\ndata: {'type':'" name "'" rest "}\n\n"
#define START                                                                                      \
    EVENT("message_start",                                                                         \
          ",'message':{'model':'claude-x','id':'msg_01','type':'message','role':'assistant',"      \
          "'content':[],'stop_reason':null,'stop_sequence':null,'usage':{'input_tokens':9,"        \
          "'cache_creation_input_tokens':3,'cache_read_input_tokens':4,'output_tokens':1}}")
#define PING              EVENT("ping", "")
#define BLOCK(n, rest)    EVENT("content_block_start", ",'index':" n ",'content_block':{" rest "}")
#define DELTA(n, rest)    EVENT("content_block_delta", ",'index':" n ",'delta':{" rest "}")
#define STOP(n)           EVENT("content_block_stop", ",'index':" n)
#define TEXT(n)           BLOCK(n, "'type':'text','text':''")
#define SAY(n, text)      DELTA(n, "'type':'text_delta','text':'" text "'")
#define THOUGHT(n)        BLOCK(n, "'type':'thinking','thinking':'','signature':''")
#define THINK(n, text)    DELTA(n, "'type':'thinking_delta','thinking':'" text "'")
#define SIGN(n)           DELTA(n, "'type':'signature_delta','signature':'EqQB'")
#define CALL(n, id, name) BLOCK(n, "'type':'tool_use','id':'" id "','name':'" name "','input':{}")
#define MORE(n, json)     DELTA(n, "'type':'input_json_delta','partial_json':'" json "'")
#define ENDS(reason)                                                                               \
    EVENT("message_delta", ",'delta':{'stop_reason':'" reason                                      \
                           "','stop_sequence':null},'usage':{'output_tokens':5}")
#define OVER     EVENT("message_stop", "")
#define FAILS    EVENT("error", ",'error':{'type':'overloaded_error','message':'Overloaded'}")
#define HI       TEXT("0") PING SAY("0", "Rain ") SAY("0", "\\u00e9.") STOP("0")
#define HI_WHOLE START HI ENDS("end_turn") OVER

#endif
