# instructor
# needs: instructor==1.17.0
import instructor
from openai import OpenAI
from pydantic import BaseModel

from ask import BASE_URL, KEY, MODEL, QUESTION, tell


class Answer(BaseModel):
    capital: str


client = instructor.from_openai(OpenAI(base_url=BASE_URL, api_key=KEY), mode=instructor.Mode.JSON)
options = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}]}


def stream():
    *_, last = client.chat.completions.create_partial(response_model=Answer, **options)
    return last.model_dump_json()


tell("whole", lambda: client.chat.completions.create(
    response_model=Answer, **options).model_dump_json())
tell("stream", stream)
