# LangChain (Python)
# needs: langchain-openai==1.7.4
from langchain_openai import ChatOpenAI

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

chat = ChatOpenAI(base_url=BASE_URL, api_key=KEY, model=MODEL)
tell("whole", lambda: chat.invoke(QUESTION).content)
tell("stream", lambda: "".join(chunk.content for chunk in chat.stream(QUESTION)))
