# LlamaIndex
# needs: llama-index-llms-openai-like==0.8.1
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

llm = OpenAILike(api_base=BASE_URL, api_key=KEY, model=MODEL, is_chat_model=True)
messages = [ChatMessage(role="user", content=QUESTION)]
tell("whole", lambda: llm.chat(messages).message.content)
tell("stream", lambda: "".join(piece.delta or "" for piece in llm.stream_chat(messages)))
