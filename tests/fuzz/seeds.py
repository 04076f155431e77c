#!/usr/bin/env python3
"""Fills the corpus that `make fuzz` begins with: seeds.py FOLDER

Each target gets what it reads, in each of its variants, which its first bytes choose: the fixtures
of the unit tests, and where there is none the small texts below. What is there already stays.
"""
import gzip
import hashlib
import sys
import zlib
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CONF = Path(__file__).resolve().parents[2] / "conf/understudy.ini"
SSE = [p.read_bytes() for p in sorted(FIXTURES.glob("*.sse"))]
NDJSON = [p.read_bytes() for p in sorted(FIXTURES.glob("*.ndjson"))]
WHOLE = [p.read_bytes() for p in sorted(FIXTURES.glob("*.json"))]
LINES = sorted({line for file in NDJSON for line in file.splitlines() if line})[:40]

USAGE = [b'{"time":"2026-11-29T10:00:00.5Z","provider":"ollama","model":"m\\u003a1b","client":"kids","class":"ok",'
         b'"fallback":"server","prompt_tokens":9,"completion_tokens":3,"cached_tokens":null,"ttft_ms":42,"attempts":[]}\n'
         b'\r\n{"ts":"2026-11-30T10:00:00+01:00"}\r\n{"time":"20\n[]']

RESPONSES = [b'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":'
             b'{"id":"resp_1","created_at":1764000000,"model":"m","status":"in_progress"}}\n\n'
             b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta",'
             b'"sequence_number":1,"delta":"Hi"}\n\n' + end for end in (
                 b"", b'event: response.completed\ndata: {"type":"response.completed","sequence_number":2,'
                 b'"response":{"status":"completed"}}\n\n',
                 b'event: error\ndata: {"type":"error","code":"server_error","message":"x"}\n\n')]
ANSWERS = [b'{"id":"c","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":'
           b'{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}',
           b'{"choices":[{"finish_reason":"error","message":{"content":""},"error":{"code":502,'
           b'"message":"Provider disconnected"}}]}', b'{"choices":[]}', b"<html></html>"]
CHATS = [b'{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]%s}' % more for more in (
    b"", b',"stream":true,"stream_options":{"include_usage":true}', b',"max_tokens":9223372036854775807',
    b',"max_completion_tokens":1e30,"temperature":0.1,"top_p":1,"seed":7,"stop":["a","b"]',
    b',"reasoning_effort":"high","logprobs":true,"top_logprobs":3,"verbosity":"low","n":2',
    b',"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":'
    b'{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"type":"string"}}}}}',
    b',"response_format":{"type":"json_object","schema":{"type":"object"}}',
    b',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":'
    b'{"x":{"anyOf":[{"type":"null"},{"const":3}]},"y":true}}}}],"tool_choice":"auto",'
    b'"parallel_tool_calls":false', b',"functions":[{"name":"f"}],"function_call":{"name":"f"}')]
CHATS += [b'{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text",'
          b'"text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw=="}},{"type":'
          b'"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},{"role":"assistant","content":null,'
          b'"reasoning_content":"r","tool_calls":[{"id":"c","type":"function","function":{"name":"f",'
          b'"arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"x"}]}']
MESSAGES = [b'{"model":"claude-x","max_tokens":9,"messages":[%s]%s}' % (said, more) for said, more in (
    (b'{"role":"user","content":"Hi"}', b',"system":"s","stream":true,"stop_sequences":["a"],"temperature":0.5,"top_k":3'),
    (b'{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":'
     b'"image/png","data":"iVBORw=="}},{"type":"document","title":"t","context":"c","source":{"type":"text","data":"x"}}]}',
     b',"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"thinking":{"type":"enabled",'
     b'"budget_tokens":1024},"output_config":{"effort":"low","format":{"type":"json_schema","schema":{}}}'),
    (b'{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"s"},{"type":"tool_use","id":"toolu_1",'
     b'"name":"f","input":{"x":0.1}}]},{"role":"user","content":[{"type":"text","text":"y"},{"type":"tool_result",'
     b'"tool_use_id":"toolu_1","is_error":true,"content":[{"type":"text","text":"z"}]}]}',
     b',"tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"w"}],"tool_choice":'
     b'{"type":"tool","name":"f","disable_parallel_tool_use":true},"mcp_servers":[{}],"metadata":{"user_id":"u"}'))]
EVENTS = [b'{"type":"message_start","message":{"usage":{"input_tokens":9,"cache_read_input_tokens":4,"output_tokens":1}}}',
          b'{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}',
          b'{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}',
          b'{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}',
          b'{"type":"content_block_stop","index":0}', b'{"type":"ping"}',
          b'{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}',
          b'{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi \\u00e9"}}',
          b'{"type":"content_block_stop","index":1}',
          b'{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}',
          b'{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":1}"}}',
          b'{"type":"content_block_stop","index":2}',
          b'{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}',
          b'{"type":"message_stop"}', b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}']
CLAUDE = [b"".join(b"data: %s\n\n" % e for e in chosen) for chosen in (
    EVENTS[:14], EVENTS[:1] + EVENTS[6:9] + EVENTS[12:14], EVENTS[:13], EVENTS[:8] + EVENTS[14:], EVENTS[14:])]
RESPONDED = [b'{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","output":[]}}',
             b'{"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_2"}}',
             b'{"type":"response.output_item.added","output_index":0,"sequence_number":2,"item":{"type":"message","id":"m"}}',
             b'{"type":"response.output_text.delta","output_index":0,"sequence_number":3,"delta":"Hi"}',
             b'{"type":"response.output_item.done","output_index":0,"sequence_number":4,"item":{"type":"message","id":"m"}}',
             b'{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","name":"f"},"sequence_number":5}',
             b'{"type":"response.output_item.done","output_index":1,"sequence_number":6,"item":{"type":"function_call",'
             b'"name":"f","call_id":"c","arguments":"{}"}}',
             b'{"type":"response.completed","sequence_number":7,"response":{"id":"resp_1","output":[],"usage":{"a":1,"b":{"c":2}}}}',
             b'{"type":"response.failed","sequence_number":8,"response":{"id":"resp_9"}}']
WOVEN = [[b"".join(b"data: %s\n\n" % e for e in chosen) for chosen in (
    EVENTS[:14], EVENTS[:1] + EVENTS[9:10] + EVENTS[12:14], EVENTS[:8] + [EVENTS[9].replace(b'"f"', b'"theirs"')] + EVENTS[11:],
    [EVENTS[0], b'{"type":"content_block_start","index":0,"content_block":{"type":"text","citations":[1]}}', EVENTS[7],
     b'{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"a":2}}}', EVENTS[12], EVENTS[12]])],
         [b"".join(b"event: %s\ndata: %s\n\n" % (e.split(b'"')[3], e) for e in chosen) for chosen in (
             RESPONDED[:-1], RESPONDED[:2] + RESPONDED[5:8], RESPONDED[2:4] + RESPONDED[6:], RESPONDED[4:])]]
PIECES = [b"\x00Hel\xff\x40lo\xff", b"\x41hm\xff\x00a\xff\x02f\xff\x43{}\xff\x04\xff",
          b"\x02f\xff\x52g\xff\x03{\xff\x13{\xff\x40z\xff\x53}\xff\x03}\xff\x44\xff\x54\xff"]
PROMPTS = [b'{"model":"m","prompt":%s,"echo":true,"suffix":"z","best_of":1,"logprobs":2,"max_tokens":5}' % p
           for p in (b'"Once"', b'["Once"]', b"[1,2]", b"null")]
INPUTS = [b'{"model":"m","input":%s}' % text for text in (
    b'"Hi"', b'[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":'
    b'"data:,"}]}],"reasoning":{"effort":"high"},"tools":[{"type":"web_search"}],"previous_response_id":null',
    b'[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output",'
    b'"call_id":"c","output":"x"}],"store":false,"truncation":"auto","text":{"format":{"type":"text"}}')]
NATIVE = [b'{"model":"m","messages":[%s]%s}' % (said, more) for said, more in (
    (b'{"role":"user","content":"Hi","images":["iVBORw=="]}', b',"stream":false,"think":true,"keep_alive":"5m"'),
    (b'{"role":"system","content":"s"},{"role":"assistant","content":"","thinking":"h","tool_calls":[{"function":{"name":"f",'
     b'"arguments":{"x":0.1}}},{"function":{"name":"g","arguments":{}}}]},{"role":"tool","tool_name":"g","content":"r"}',
     b',"tools":[{"type":"function","function":{"name":"f"}}],"think":"low","options":{"num_predict":5,"stop":["a"],"seed":1}'),
    (b'{"role":"user","content":"Hi"}', b',"format":{"type":"object"},"options":{"mirostat":1,"num_ctx":8,"top_k":3}'))]
GENERATIONS = [b'{"model":"m","prompt":%s}' % more for more in (
    b'"Hi","system":"s","images":["iVBORw=="],"format":"json","raw":true', b'"","suffix":"x"', b'"a","context":[1]')]
MEMBERS = [b'{"a":1,"b":2,"o":{"a":1,"b":2},"model_x":3}', b'{ "b" : 1 , "\\u0061":[] , "o":{"a":1 } }', b'{"a":1,"a":2}',
           b'{"o":{"b":1,"c":2},"c":{"a":1},"b":"a,b"}']
HISTORIES = [b'{"messages":[{"role":"assistant","reasoning_content":"x","reasoning":"y","content":[{"type":"thinking",'
             b'"thinking":"a","signature":""},{"type":"tool_use","id":"a:b"}],"tool_calls":[{"id":"call_1","extra_content":{}}]},'
             b'{"tool_call_id":"call_1","content":[{"type":"tool_result","tool_use_id":"a:b"}]}],"input":[{"type":"reasoning"}]}']
ERRORS = [b'{"error":{"message":"m","type":"t","code":"c","param":"messages[0]"}}', b'{"error":"text"}',
          b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
          b'[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"reason":"R"}]}}]',
          b'{"error":{"innererror":{"code":"ResponsibleAIPolicyViolation"},"code":"content_filter"}}',
          b'{"error":{"message":"p","code":400,"metadata":{"raw":"{\\"error\\":{\\"code\\":\\"x\\"}}"}}}',
          b'{"error":"{\\"error\\":{\\"message\\":\\"exceeds the available context size\\"}}"}',
          b'{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}', b'{"errors":["x"]}',
          b'{"detail":[{"msg":"m"}]}', b'{"code":"c","error":"Incorrect API key"}', b'{"error":null}', b"<p>",
          b'{"error":{"message":"Incorrect API key provided: k\\\\"e/y, k\\\\u0022e\\\\/y"}}']
TAGS = (b'{"models":[{"name":"m:1","modified_at":"2026-01-01T00:00:00Z","size":1,"digest":"d","details":'
        b'{"family":"f"},"capabilities":["completion","tools"]},{"name":"x:cloud","remote_host":"h"}]}\xff'
        b'{"capabilities":["completion","vision"],"model_info":{"general.architecture":"qwen2",'
        b'"qwen2.context_length":32768},"template":"t","parameters":"num_ctx 4096"}\xff'
        b'{"models":[{"name":"m:1","context_length":8192}]}')
PAGE = b'{"object":"list","data":[{"id":"gpt-4","object":"model","created":1,"owned_by":"o"},{"id":"a:b"}]}'
SETTINGS = [b"[retry]\nattempts = 5\nmin_wait = 250ms\n[provider groq]\nbase_url = https://h.test/v1\n"
            b"api_key = env:X\nheader.A = b ; c\n[model gpt-*]\nollama = m\n[route]\npriority = groq, ollama\n"
            b"\xffUNDERSTUDY_RETRY_JITTER=0\xffserver.listen=127.0.0.1:0", CONF.read_bytes(),
            b"\xef\xbb\xbf[server]\n tokens = a, b\nallowed_hosts: x:1\n\xffLLM_RETRY_ATTEMPTS=x\xfflog.level=debug"]
FIELDS = [[b"20", b"1.5", b"-1", b"Sun, 06 Nov 2094 08:49:37 GMT", b"99999999999999999999"],
          [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994",
           b"2026-11-24T18:00:00.5+01:00"],
          [b"https://api.openai.com/v1", b"http://[::1]:11434/a?b=c", b"http://u:pa55word@h/", b"http://h#f"],
          [b"0.0.0.0", b":1", b"h:2", b"[::]:3", b'"https://h/p"', b"::1"],
          [b"127.0.0.1", b"::ffff:10.0.0.1", b"fe80::1", b"a.local", b"localhost.", b"0.0.0.0", b"fd00::"],
          [b"Connection: close, X-A", b"Authorization: Bearer x", b"a b:", b"x-understudy-id: 1"],
          [b"250ms", b"1.5", b"10m", b"64K", b"8MiB", b"yes", b"0.0000001s"],
          [b"x-understudy-attempts: 3\nx-understudy-fallback: no\nx-understudy-deadline: 2s\n"
           b"x-understudy-route: a, b\nx-understudy-attempts: 4"]]
HEADS = [b"POST /v1/chat/completions HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
         b"Content-Length: 5\n", b"GET /v1/models HTTP/1.1\nHost: [::1]:11411\nOrigin: app://x\n",
         b"OPTIONS /v1/models HTTP/1.1\nHost: localhost\nOrigin: app://x\nAccess-Control-Request-Method: GET\n",
         # refused: Host, path, method, type, size, two lengths, no Host, a token
         b"GET /v1/models HTTP/1.1\nHost: evil.example\n", b"GET /nosuch HTTP/1.1\nHost: localhost\n",
         b"GET /v1/chat/completions HTTP/1.1\nHost: localhost\n",
         b"POST /v1/chat/completions HTTP/1.1\nHost: localhost\nOrigin: app://x\nContent-Type: text/plain\nContent-Length: 5\n",
         b"POST /v1/chat/completions HTTP/1.1\nHost: localhost\nContent-Length: 5000\n",
         b"POST /v1/chat/completions HTTP/1.1\nHost: localhost\nContent-Length: 5\nContent-Length: 6\n",
         b"GET / HTTP/1.1\nX: y\n", b"GET /v1/models HTTP/1.1\nHost: localhost\nAuthorization: Bearer wrong\n"]

PACKED = [gzip.compress(CHATS[0]), zlib.compress(CHATS[0]), zlib.compress(CHATS[0])[2:-4],
          zlib.compress(gzip.compress(CHATS[0])), gzip.compress(b"a") + gzip.compress(b"b"), b"{}"]
COUNTED = [p.read_bytes()[:400] for p in sorted((FIXTURES / "tokens").glob("*.txt"))]
TOLD = [b'{"error":"{\\"error\\":{\\"n_prompt_tokens\\":8002,\\"n_ctx\\":512}}"}', b"1e400", b"-7.0",
        b'{"error":"request (8002 tokens) exceeds the available context size (512 tokens)"}']
OLLAMA = [b'{"model":"m","options":{"typical_p":1,"stop":["a"],"num_predict":3},"think":"medium","keep_alive":"5m"}'
          b"\xff" + told for told in (b"typical_p is no longer supported", b'think value "medium" is not supported')]

# fuzz_weave_chat.c: rounds of chat completions and of /api/chat; tools with a name of one letter are ours
SAYS = (b'data: {"id":"%d","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}\n\n'
        b'data: {"id":"%d","choices":[{"index":0,"delta":{%s},"finish_reason":%s}],"usage":{"p":1,"d":{"c":2}}}\n\n')
CALLS = (b'"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":'
         b'{"name":"theirs"}}],"reasoning_content":"r"')
ROUNDS = [[SAYS % (1, 1, CALLS, b"null") + SAYS % (1, 1, b"", b'"tool_calls"') + b"data: [DONE]\n\n", SAYS % (2, 2, CALLS, b'"tool_calls"'),
           SAYS % (2, 2, b'"function_call":{"name":"f"}', b'"stop"') + b'data: {"choices":[],"usage":{"p":1}}\n\ndata: [DONE]\n\n']
          + SSE[:12],
          [b'{"message":{"role":"assistant","content":"a","tool_calls":[{"function":{"index":0,"name":"f","arguments":{}}},{"id":"b",'
           b'"function":{"index":1,"name":"theirs","arguments":{"x":1}}}]},"done":%s,"eval_count":2,"total_duration":9}\n%s' % end
           for end in ((b"true", b""), (b"false", b'{"message":{"content":""},"done":true,"done_reason":"stop","eval_count":3}\n'))]
          + NDJSON[:12]]

# fuzz_mcp.c: messages, pages of a list, results, and schemas with arguments
RPC = [b'{"jsonrpc":"2.0",%s}' % rest for rest in (
    b'"id":7,"result":{"protocolVersion":"2025-06-18","capabilities":{}}', b'"method":"notifications/tools/list_changed"',
    b'"id":"a","method":"sampling/createMessage","params":{}', b'"id":1,"method":"ping"',
    b'"id":null,"error":{"code":-32000,"message":"Bad Request: Server not initialized"}',
    b'"id":1,"error":{"code":-32022,"message":"x","data":{"supported":["2026-07-28","2025-11-25"],"requested":"y"}}')]
ASKS = (b'{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"},"o":{"type":"object","properties":'
        b'{"n":{"type":"integer","x-mcp-header":"N"}}},"i":{"items":{"anyOf":[{"$defs":{"d":{}}}]}}}}')
TOOLS = [b'{"tools":[{"name":"a.b","title":"t","inputSchema":%s},{"name":"a_b","description":"d \\u00e9","inputSchema":{}}],'
         b'"nextCursor":"2","ttlMs":0,"resultType":"complete"}\xff{"tools":[{"name":"a b"},{"name":"a.b"},{"name":"%s"}]}'
         % (ASKS, b"long." * 20)]
GAVE = [b'{"content":[{"type":"text","text":"a"},{"type":"image","data":"AAAA","mimeType":"image/png"},{"type":"resource",'
        b'"resource":{"uri":"file:///a","blob":"AA=="}},{"type":"resource","resource":{"uri":"u","text":"x"}},{"type":'
        b'"resource_link","uri":"u","name":"n","description":"d"},{"type":"audio"}],"structuredContent":{"result":["a"]}}',
        b'{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{"message":"Who?"}}}}',
        b'{"content":[{"type":"text","text":"{\\"a\\": 1.5}"}],"structuredContent":{"a":1.5},"isError":true}']
CALLED = [ASKS + b'\xff{"a":"\\u00e9","o":{"n":-1e3},"b":null}', b"{}\xff[]"]

# fuzz_relay.c: its variants in their order, and what each of them reads
RELAYED = [SSE, NDJSON, NDJSON, RESPONSES, [a + b"\xff" + b for a in SSE[:6] for b in SSE[:12]],
           [a + b"\xff" + b for a in SSE[:6] for b in NDJSON[:12]], ANSWERS + WHOLE, CLAUDE, CLAUDE]


def relayed():
    for variant, answers in enumerate(RELAYED):
        for number, answer in enumerate(answers):
            yield bytes([variant, number * 37 % 256, number % 16, 0 if number % 3 else number % 15]) + answer

OK = b"HTTP/1.1 200 OK\r\n"
HTTP1 = [OK + more for more in (
    b"Date: Sun, 29 Nov 2026 10:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}",
    b"Transfer-Encoding: chunked\r\n\r\n3c;a=\"b\"\r\n" + b"d" * 60 + b"\r\n1 \r\nx\r\n0\r\nX: y\r\n z\r\nB : c\n\r\nHTTP/1.1",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"Content-Length: 5\r\ncontent-length: 5, 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n", b"Content-Length: 5, 6\r\n\r\n",
    b"Connection: close\r\n\r\nuntil the end", b"X: a\r\n\t b\r\nContent-Length\t: 3\n\nabc", b" X: y\r\n\r\n", b"X\0: \0\r\n\r\n",
    b"Transfer-Encoding: gzip\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\n", b"X: a\rb\r\r\n\r\n", b"no colon\r\n\r\n")]
HTTP1 += [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + HTTP1[0],
                b"HTTP/1.0 200\r\nContent-Length: 0\r\nConnection: x, keep-alive\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n",
                b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
                b"HTTP/0.9", b"HTTP/1.1 429 \nRetry-After: 1\nContent-Length: 1\n\nx", b"HTTP/2 200\r\n\r\n"]


def seeds():
    """(target, input) of each seed"""
    yield from (("fuzz_relay", seed) for seed in relayed())
    for variant, bodies in enumerate([CHATS, PROMPTS, INPUTS, NATIVE, GENERATIONS, MESSAGES]):
        yield from (("fuzz_translate", bytes([variant, 255, flags]) + body)
                    for body in bodies for flags in (0, 7, 31, 32, 40, 64, 192))
    yield from (("fuzz_responses", bytes([step, end]) + told) for told in NDJSON for step, end in ((0, 0), (6, 0), (2, 12)))
    yield from (("fuzz_anthropic", bytes([0, carries]) + body) for body in MESSAGES for carries in (0, 7))
    yield from (("fuzz_anthropic", bytes([1, options]) + told) for told in PIECES for options in (0, 1, 4))
    yield from (("fuzz_weave", bytes([variant + bits]) + first + b"\xff" + second) for variant, told in enumerate(WOVEN)
                for bits in (0, 2) for first in told for second in told + [b""])
    yield "fuzz_anthropic", b"\x02\x00\x1d\x01Prompt is too long"
    yield from (("fuzz_weave_chat", bytes([variant + bits]) + first + b"\xff" + second) for variant, told in enumerate(ROUNDS)
                for bits in (0, 2) for first in told for second in told[:3] + [b""])
    events = [b"\n" + line[6:] for file in SSE for line in file.split(b"\n") if line.startswith(b"data: ")]
    for variant, bodies in enumerate([ERRORS, events + ERRORS, ANSWERS + ERRORS, ERRORS]):
        yield from (("fuzz_error", bytes([variant]) + status + body)
                    for body in bodies for status in (b"\x00\x00", b"\x00\xc8", b"\x00\xe5"))
    for seed in (b"\x00" + TAGS, b"\x01" + PAGE + b"\xff" + PAGE, b"\x02home%3Am%3a1"):
        yield "fuzz_lists", seed
    yield from (("fuzz_settings", variant + text) for text in SETTINGS for variant in (b"\x00", b"\x03", b"\x07"))
    yield from (("fuzz_fields", bytes([variant]) + text)
                for variant, texts in enumerate(FIELDS) for text in texts)
    yield from (("fuzz_coding", bytes([variant, 3]) + text)
                for text in PACKED + CHATS[:3] for variant in (0, 1, 5, 8, 9, 10, 12, 13, 14))
    for variant, texts in enumerate([COUNTED, CHATS + PROMPTS + INPUTS, TOLD, OLLAMA]):
        yield from (("fuzz_window", bytes([variant]) + text) for text in texts)
    yield from (("fuzz_sse", b"\x06" + text) for text in SSE + RESPONSES)
    yield from (("fuzz_usage", b"\x06" + text) for text in USAGE)
    yield from (("fuzz_ndjson", b"\x06" + text) for text in NDJSON)
    yield from (("fuzz_jsonspan", text) for text in LINES + WHOLE + CHATS + ERRORS + ANSWERS + MESSAGES)
    yield from (("fuzz_request", text) for text in CHATS + PROMPTS + INPUTS + MESSAGES + NATIVE + GENERATIONS)
    yield from (("fuzz_members", text) for text in CHATS + MESSAGES + MEMBERS)
    yield from (("fuzz_travel", text) for text in CHATS + MESSAGES + INPUTS + HISTORIES)
    yield from (("fuzz_mcp", bytes([variant]) + text)
                for variant, texts in enumerate([RPC, TOOLS, [b"\xff" + g for g in GAVE] + [b"\x05" + g for g in GAVE], CALLED])
                for text in texts)
    yield from (("fuzz_guard", text) for text in HEADS)
    yield from (("fuzz_http1", bytes([flags, 3]) + text) for text in HTTP1 for flags in (0, 1, 2))


def main():
    folder = Path(sys.argv[1])
    for target, seed in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / f"seed-{hashlib.sha1(seed).hexdigest()[:16]}").write_bytes(seed)


if __name__ == "__main__":
    main()
