/*
 * All that an app may ask, each with values that mean something. A member that a dialect's app half
 * knows has a row here (dialect_app.member says which they are); what stands inside of one has rows
 * in words behind it.
 */
#include "tell/carried.h"
#include "text/count.h"

#define FUNCTION  "{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}"
#define TOOLS     "{'tools':[" FUNCTION "]}"
#define FLAT      "{'tools':[{'type':'function','name':'f','parameters':{'type':'object'}}]}"
#define SCHEMAED  "{'tools':[{'name':'f','input_schema':{'type':'object'}}]}"
#define SCHEMA    "{'type':'object','properties':{'a':{'type':'string'}}}"
#define PNG       "iVBORw0KGgo="
#define PDF       "data:application/pdf;base64,JVBERi0="
#define SAYS(x)   "{'messages':[{'role':'user','content':[" x "]}]}"
#define TALK(x)   "{'messages':[{'role':'user','content':'hi'}," x "]}"
#define INPUT(x)  "{'input':[" x "]}"
#define SAYING(x) INPUT("{'role':'user','content':[" x "]}")
#define OPTION(x) "{'options':{" x "}}"

/* The same in all of OpenAI's: those that have no row of their own in a reader. */
#define NUMBERS(app)                                                                               \
    {app, "temperature", "{'temperature':0.5}", NULL}, {app, "top_p", "{'top_p':0.5}", NULL},      \
        {app, "frequency_penalty", "{'frequency_penalty':0.5}", NULL},                             \
        {app, "presence_penalty", "{'presence_penalty':0.5}", NULL},                               \
        {app, "seed", "{'seed':1}", NULL}, {app, "top_k", "{'top_k':4}", NULL},                    \
        {app, "min_p", "{'min_p':0.1}", NULL}, {app, "typical_p", "{'typical_p':0.5}", NULL},      \
        {app, "repeat_penalty", "{'repeat_penalty':1.1}", NULL},                                   \
    {                                                                                              \
        app, "repeat_last_n", "{'repeat_last_n':8}", NULL                                          \
    }

#define BOOKS(app)                                                                                 \
    {app, "user", "{'user':'u'}", NULL}, {app, "metadata", "{'metadata':{'a':'b'}}", NULL},        \
        {app, "store", "{'store':true}", NULL},                                                    \
        {app, "service_tier", "{'service_tier':'auto'}", NULL},                                    \
        {app, "prompt_cache_key", "{'prompt_cache_key':'k'}", NULL},                               \
    {                                                                                              \
        app, "safety_identifier", "{'safety_identifier':'s'}", NULL                                \
    }

static const struct carried_sample samples[] = {
    {"openai", "model", "{'model':'gpt-4'}", NULL},
    {"openai", "messages", "{'messages':[{'role':'user','content':'hello'}]}", NULL},
    {"openai", "a system text", TALK("{'role':'system','content':'s'}"), NULL},
    {"openai", "an image as bytes",
     SAYS("{'type':'image_url','image_url':{'url':'data:image/png;base64," PNG "'}}"), NULL},
    {"openai", "an image by its URL",
     SAYS("{'type':'image_url','image_url':{'url':'https://a/b.png'}}"), NULL},
    {"openai", "how an image is looked at",
     SAYS("{'type':'image_url','image_url':{'url':'data:image/png;base64," PNG
          "','detail':'low'}}"),
     SAYS("{'type':'image_url','image_url':{'url':'data:image/png;base64," PNG "'}}")},
    {"openai", "a sound",
     SAYS("{'type':'input_audio','input_audio':{'data':'AAAA','format':'wav'}}"), NULL},
    {"openai", "a PDF", SAYS("{'type':'file','file':{'filename':'a.pdf','file_data':'" PDF "'}}"),
     NULL},
    {"openai", "a call",
     TALK(
         "{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','function':{"
         "'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'r'}"),
     NULL},
    {"openai", "what was thought before",
     TALK("{'role':'assistant','content':'a','reasoning_content':'hm'},{'role':'user','content':"
          "'b'}"),
     TALK("{'role':'assistant','content':'a'},{'role':'user','content':'b'}")},
    {"openai", "tools", TOOLS, NULL},
    {"openai", "strict of a tool",
     "{'tools':[{'type':'function','function':{'name':'f','strict':true,'parameters':{'type':"
     "'object'}}}]}",
     TOOLS},
    {"openai", "functions", "{'functions':[{'name':'f','parameters':{'type':'object'}}]}", NULL},
    {"openai", "tool_choice", "{'tool_choice':'required'}", TOOLS},
    {"openai", "function_call", "{'function_call':{'name':'f'}}",
     "{'functions':[{'name':'f','parameters':{'type':'object'}}]}"},
    {"openai", "parallel_tool_calls", "{'parallel_tool_calls':false}", TOOLS},
    {"openai", "n", "{'n':2}", NULL},
    {"openai", "stream", "{'stream':true}", NULL},
    {"openai", "stream_options", "{'stream_options':{'include_usage':true}}", "{'stream':true}"},
    {"openai", "max_tokens", "{'max_tokens':9}", NULL},
    {"openai", "max_completion_tokens", "{'max_completion_tokens':9}", NULL},
    {"openai", "stop", "{'stop':['x']}", NULL},
    NUMBERS("openai"),
    {"openai", "a temperature above 1", "{'temperature':1.5}", NULL},
    {"openai", "top_p beside a temperature", "{'top_p':0.5}", "{'temperature':0.5}"},
    {"openai", "logit_bias", "{'logit_bias':{'1':2}}", NULL},
    {"openai", "response_format", "{'response_format':{'type':'json_object'}}", NULL},
    {"openai", "a JSON schema",
     "{'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':" SCHEMA "}}}",
     NULL},
    {"openai", "logprobs", "{'logprobs':true}", NULL},
    {"openai", "top_logprobs", "{'top_logprobs':2}", "{'logprobs':true}"},
    {"openai", "reasoning", "{'reasoning':{'effort':'low'}}", NULL},
    {"openai", "reasoning_effort", "{'reasoning_effort':'low'}", NULL},
    {"openai", "modalities", "{'modalities':['text','audio']}", NULL},
    {"openai", "audio", "{'audio':{'voice':'alloy','format':'wav'}}", NULL},
    {"openai", "web_search_options", "{'web_search_options':{}}", NULL},
    {"openai", "prediction", "{'prediction':{'type':'content','content':'a'}}", NULL},
    BOOKS("openai"),
    {"openai", "prompt_cache_retention", "{'prompt_cache_retention':'24h'}", NULL},
    {"openai", "verbosity", "{'verbosity':'low'}", NULL},

    {"responses", "model", "{'model':'gpt-5'}", NULL},
    {"responses", "input", "{'input':'hello'}", NULL},
    {"responses", "instructions", "{'instructions':'i'}", NULL},
    {"responses", "an image as bytes",
     SAYING("{'type':'input_image','image_url':'data:image/png;base64," PNG "'}"), NULL},
    {"responses", "an image by its URL",
     SAYING("{'type':'input_image','image_url':'https://a/b.png'}"), NULL},
    {"responses", "a PDF", SAYING("{'type':'input_file','filename':'a.pdf','file_data':'" PDF "'}"),
     NULL},
    {"responses", "a file that was uploaded", SAYING("{'type':'input_file','file_id':'f'}"), NULL},
    {"responses", "a call and its result",
     INPUT("{'role':'user','content':'hi'},{'type':'function_call','call_id':'c','name':'f',"
           "'arguments':'{}'},{'type':'function_call_output','call_id':'c','output':'r'}"),
     NULL},
    {"responses", "a call of a custom tool",
     INPUT("{'role':'user','content':'hi'},{'type':'custom_tool_call','call_id':'c','name':'p',"
           "'input':'x'},{'type':'custom_tool_call_output','call_id':'c','output':'r'}"),
     NULL},
    {"responses", "what was thought before",
     INPUT("{'role':'user','content':'hi'},{'type':'reasoning','summary':[{'type':'summary_text',"
           "'text':'hm'}]},{'role':'assistant','content':'a'},{'role':'user','content':'b'}"),
     INPUT("{'role':'user','content':'hi'},{'role':'assistant','content':'a'},{'role':'user',"
           "'content':'b'}")},
    {"responses", "what the cloud's tools did",
     INPUT("{'role':'user','content':'hi'},{'type':'web_search_call','id':'w','status':"
           "'completed'}"),
     INPUT("{'role':'user','content':'hi'}")},
    {"responses", "tools", FLAT, NULL},
    {"responses", "strict of a tool",
     "{'tools':[{'type':'function','name':'f','strict':true,'parameters':{'type':'object'}}]}",
     FLAT},
    {"responses", "a custom tool", "{'tools':[{'type':'custom','name':'p'}]}", NULL},
    {"responses", "a namespace of tools",
     "{'tools':[{'type':'namespace','name':'s','description':'d','tools':[{'type':'function','name'"
     ":"
     "'f','parameters':{'type':'object'}}]}]}",
     NULL},
    {"responses", "tools of the cloud", "{'tools':[{'type':'web_search'}]}", NULL},
    {"responses", "tool_choice", "{'tool_choice':'required'}", FLAT},
    {"responses", "parallel_tool_calls", "{'parallel_tool_calls':false}", FLAT},
    {"responses", "text", "{'text':{'format':{'type':'json_object'}}}", NULL},
    {"responses", "a JSON schema",
     "{'text':{'format':{'type':'json_schema','name':'n','schema':" SCHEMA "}}}", NULL},
    {"responses", "text.verbosity", "{'text':{'verbosity':'low'}}", NULL},
    {"responses", "reasoning", "{'reasoning':{'effort':'low'}}", NULL},
    {"responses", "max_output_tokens", "{'max_output_tokens':90}", NULL},
    {"responses", "stream", "{'stream':true}", NULL},
    {"responses", "stream_options", "{'stream_options':{'include_obfuscation':false}}",
     "{'stream':true}"},
    {"responses", "include", "{'include':['reasoning.encrypted_content']}", NULL},
    {"responses", "logprobs in include", "{'include':['message.output_text.logprobs']}", NULL},
    {"responses", "top_logprobs", "{'top_logprobs':2}",
     "{'include':['message.output_text.logprobs']}"},
    NUMBERS("responses"),
    {"responses", "truncation", "{'truncation':'auto'}", NULL},
    {"responses", "previous_response_id", "{'previous_response_id':'r'}", NULL},
    {"responses", "conversation", "{'conversation':'c'}", NULL},
    {"responses", "prompt", "{'prompt':{'id':'p'}}", NULL},
    {"responses", "background", "{'background':true}", NULL},
    BOOKS("responses"),
    {"responses", "client_metadata", "{'client_metadata':{'a':'b'}}", NULL},
    {"responses", "prompt_cache_retention", "{'prompt_cache_retention':'24h'}", NULL},
    {"responses", "prompt_cache_options", "{'prompt_cache_options':{}}", NULL},

    {"anthropic", "model", "{'model':'claude-x'}", NULL},
    {"anthropic", "messages", "{'messages':[{'role':'user','content':'hello'}]}", NULL},
    {"anthropic", "system", "{'system':[{'type':'text','text':'s'}]}", NULL},
    {"anthropic", "an image as bytes",
     SAYS("{'type':'image','source':{'type':'base64','media_type':'image/png','data':'" PNG "'}}"),
     NULL},
    {"anthropic", "an image by its URL",
     SAYS("{'type':'image','source':{'type':'url','url':'https://a/b.png'}}"), NULL},
    {"anthropic", "an image that was uploaded",
     SAYS("{'type':'image','source':{'type':'file','file_id':'f'}}"), NULL},
    {"anthropic", "a document of text",
     SAYS("{'type':'document','title':'t','source':{'type':'text','media_type':'text/plain','data':"
          "'d'}}"),
     NULL},
    {"anthropic", "its citations",
     SAYS("{'type':'document','citations':{'enabled':true},'source':{'type':'text','media_type':"
          "'text/plain','data':'d'}}"),
     SAYS("{'type':'document','source':{'type':'text','media_type':'text/plain','data':'d'}}")},
    {"anthropic", "a PDF",
     SAYS("{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':"
          "'JVBERi0='}}"),
     NULL},
    {"anthropic", "a call and its result",
     TALK("{'role':'assistant','content':[{'type':'tool_use','id':'c','name':'f','input':{}}]},{"
          "'role':'user','content':[{'type':'tool_result','tool_use_id':'c','content':'r'}]}"),
     NULL},
    {"anthropic", "a result that is an error",
     TALK("{'role':'assistant','content':[{'type':'tool_use','id':'c','name':'f','input':{}}]},{"
          "'role':'user','content':[{'type':'tool_result','tool_use_id':'c','content':'r',"
          "'is_error':true}]}"),
     TALK("{'role':'assistant','content':[{'type':'tool_use','id':'c','name':'f','input':{}}]},{"
          "'role':'user','content':[{'type':'tool_result','tool_use_id':'c','content':'r'}]}")},
    {"anthropic", "what was thought before",
     TALK("{'role':'assistant','content':[{'type':'thinking','thinking':'hm','signature':'s'},{"
          "'type':'text','text':'a'}]},{'role':'user','content':'b'}"),
     TALK("{'role':'assistant','content':'a'},{'role':'user','content':'b'}")},
    {"anthropic", "what the server's tools did",
     TALK("{'role':'assistant','content':[{'type':'server_tool_use','id':'s','name':'web_search',"
          "'input':{}},{'type':'text','text':'a'}]},{'role':'user','content':'b'}"),
     TALK("{'role':'assistant','content':'a'},{'role':'user','content':'b'}")},
    {"anthropic", "tools", SCHEMAED, NULL},
    {"anthropic", "strict of a tool",
     "{'tools':[{'name':'f','strict':true,'input_schema':{'type':'object'}}]}", SCHEMAED},
    {"anthropic", "tools of the server",
     "{'tools':[{'type':'web_search_20250305','name':'web_search'}]}", NULL},
    {"anthropic", "tool_choice", "{'tool_choice':{'type':'any'}}", SCHEMAED},
    {"anthropic", "one call at a time",
     "{'tool_choice':{'type':'auto','disable_parallel_tool_use':true}}", SCHEMAED},
    {"anthropic", "max_tokens", "{'max_tokens':90}", NULL},
    {"anthropic", "stream", "{'stream':true}", NULL},
    {"anthropic", "stop_sequences", "{'stop_sequences':['x']}", NULL},
    {"anthropic", "temperature", "{'temperature':0.5}", NULL},
    {"anthropic", "top_p", "{'top_p':0.5}", NULL},
    {"anthropic", "top_k", "{'top_k':4}", NULL},
    {"anthropic", "thinking", "{'thinking':{'type':'adaptive'}}", NULL},
    {"anthropic", "a budget of thinking", "{'thinking':{'type':'enabled','budget_tokens':1024}}",
     NULL},
    {"anthropic", "output_config", "{'output_config':{'effort':'low'}}", NULL},
    {"anthropic", "a JSON schema",
     "{'output_config':{'format':{'type':'json_schema','schema':" SCHEMA "}}}", NULL},
    {"anthropic", "output_format", "{'output_format':{'type':'json_schema','schema':" SCHEMA "}}",
     NULL},
    {"anthropic", "metadata", "{'metadata':{'user_id':'u'}}", NULL},
    {"anthropic", "cache_control", "{'cache_control':{'type':'ephemeral'}}", NULL},
    {"anthropic", "diagnostics", "{'diagnostics':{'a':1}}", NULL},
    {"anthropic", "service_tier", "{'service_tier':'auto'}", NULL},
    {"anthropic", "user_profile_id", "{'user_profile_id':'u'}", NULL},
    {"anthropic", "workspace_id", "{'workspace_id':'w'}", NULL},
    {"anthropic", "billing_policy", "{'billing_policy':'b'}", NULL},
    {"anthropic", "container", "{'container':'c'}", NULL},
    {"anthropic", "mcp_servers", "{'mcp_servers':[{'type':'url','url':'https://a','name':'a'}]}",
     NULL},
    {"anthropic", "context_management", "{'context_management':{'edits':[]}}", NULL},

    {"ollama", "model", "{'model':'llama'}", NULL},
    {"ollama", "messages", "{'messages':[{'role':'user','content':'hello'}]}", NULL},
    {"ollama", "images", "{'messages':[{'role':'user','content':'hi','images':['" PNG "']}]}",
     NULL},
    {"ollama", "an image in an answer",
     TALK("{'role':'assistant','content':'a','images':['" PNG "']},{'role':'user','content':'b'}"),
     TALK("{'role':'assistant','content':'a'},{'role':'user','content':'b'}")},
    {"ollama", "a call and its result",
     TALK(
         "{'role':'assistant','content':'','tool_calls':[{'function':{'name':'f','arguments':{}}}]}"
         ",{'role':'tool','tool_name':'f','content':'r'}"),
     NULL},
    {"ollama", "what was thought before",
     TALK("{'role':'assistant','content':'a','thinking':'hm'},{'role':'user','content':'b'}"),
     TALK("{'role':'assistant','content':'a'},{'role':'user','content':'b'}")},
    {"ollama", "tools", TOOLS, NULL},
    {"ollama", "tool_choice", "{'tool_choice':'required'}", TOOLS},
    {"ollama", "stream", "{'stream':false}", NULL},
    {"ollama", "format", "{'format':'json'}", NULL},
    {"ollama", "a JSON schema", "{'format':" SCHEMA "}", NULL},
    {"ollama", "think", "{'think':true}", NULL},
    {"ollama", "a level of thinking", "{'think':'low'}", NULL},
    {"ollama", "logprobs", "{'logprobs':true}", NULL},
    {"ollama", "top_logprobs", "{'top_logprobs':2}", "{'logprobs':true}"},
    {"ollama", "keep_alive", "{'keep_alive':'5m'}", NULL},
    {"ollama", "truncate", "{'truncate':false}", NULL},
    {"ollama", "shift", "{'shift':false}", NULL},
    {"ollama", "options", OPTION("'num_predict':9"), NULL},
    {"ollama", "options.stop", OPTION("'stop':['x']"), NULL},
    {"ollama", "options.temperature", OPTION("'temperature':0.5"), NULL},
    {"ollama", "options.top_p", OPTION("'top_p':0.5"), NULL},
    {"ollama", "options.top_k", OPTION("'top_k':4"), NULL},
    {"ollama", "options.min_p", OPTION("'min_p':0.1"), NULL},
    {"ollama", "options.typical_p", OPTION("'typical_p':0.5"), NULL},
    {"ollama", "options.seed", OPTION("'seed':1"), NULL},
    {"ollama", "options.repeat_penalty", OPTION("'repeat_penalty':1.1"), NULL},
    {"ollama", "options.repeat_last_n", OPTION("'repeat_last_n':8"), NULL},
    {"ollama", "options.presence_penalty", OPTION("'presence_penalty':0.5"), NULL},
    {"ollama", "options.frequency_penalty", OPTION("'frequency_penalty':0.5"), NULL},
    {"ollama", "options of the machine", OPTION("'num_ctx':8192,'num_gpu':1,'num_thread':2"), NULL},
    {"ollama", "an option that nobody knows", OPTION("'mirostat':1"), NULL},

    {"completions", "model", "{'model':'gpt-4'}", NULL},
    {"completions", "prompt", "{'prompt':'hello'}", NULL},
    {"completions", "several prompts", "{'prompt':['a','b']}", NULL},
    {"completions", "n", "{'n':2}", NULL},
    {"completions", "best_of", "{'best_of':2}", NULL},
    {"completions", "suffix", "{'suffix':'x'}", NULL},
    {"completions", "echo", "{'echo':true}", NULL},
    {"completions", "stream", "{'stream':true}", NULL},
    {"completions", "stream_options", "{'stream_options':{'include_usage':true}}",
     "{'stream':true}"},
    {"completions", "max_tokens", "{'max_tokens':9}", NULL},
    {"completions", "stop", "{'stop':['x']}", NULL},
    NUMBERS("completions"),
    {"completions", "logprobs", "{'logprobs':2}", NULL},
    {"completions", "logit_bias", "{'logit_bias':{'1':2}}", NULL},
    BOOKS("completions"),

    {"generate", "model", "{'model':'llama'}", NULL},
    {"generate", "prompt", "{'prompt':'hello'}", NULL},
    {"generate", "system", "{'system':'s'}", NULL},
    {"generate", "images", "{'images':['" PNG "']}", NULL},
    {"generate", "suffix", "{'suffix':'x'}", NULL},
    {"generate", "template", "{'template':'x'}", NULL},
    {"generate", "context", "{'context':[1]}", NULL},
    {"generate", "raw", "{'raw':true}", NULL},
    {"generate", "stream", "{'stream':false}", NULL},
    {"generate", "format", "{'format':'json'}", NULL},
    {"generate", "think", "{'think':true}", NULL},
    {"generate", "logprobs", "{'logprobs':true}", NULL},
    {"generate", "top_logprobs", "{'top_logprobs':2}", "{'logprobs':true}"},
    {"generate", "keep_alive", "{'keep_alive':'5m'}", NULL},
    {"generate", "truncate", "{'truncate':false}", NULL},
    {"generate", "shift", "{'shift':false}", NULL},
    {"generate", "options", OPTION("'num_predict':9"), NULL},
};

const struct carried_sample *carried_sample_at(size_t n)
{
    return n < COUNT(samples) ? &samples[n] : NULL;
}
