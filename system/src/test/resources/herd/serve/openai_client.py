"""Calls a server with OpenAI's Python client: python3 openai_client.py ADDRESS MODEL"""

import json
import sys

from openai import APIStatusError, BadRequestError, NotFoundError, OpenAI

base, model = sys.argv[1], sys.argv[2]
client = OpenAI(base_url=base + "/v1", api_key="none")
messages = [{"role": "user", "content": "the cat"}]
schema = {
    "type": "object",
    "properties": {"city": {"enum": ["Bern", "Oslo"]}},
    "required": ["city"],
    "additionalProperties": False,
}


def chat(**more):
    return client.chat.completions.create(model=model, messages=messages, seed=1, **more)


assert model in [m.id for m in client.models.list()]

whole = chat(max_tokens=8, logprobs=True, top_logprobs=2)
assert whole.usage.completion_tokens <= 8
assert len(whole.choices[0].logprobs.content[0].top_logprobs) == 2

events = list(chat(max_tokens=8, stream=True, stream_options={"include_usage": True}))
text = "".join(e.choices[0].delta.content or "" for e in events if e.choices)
assert text == whole.choices[0].message.content
assert events[-1].usage.completion_tokens == whole.usage.completion_tokens

two = client.completions.create(model=model, prompt=["the cat", "the dog"], max_tokens=4, logprobs=1, echo=True)
assert len(two.choices) == 2 and two.choices[0].text.startswith("the cat")

vectors = client.embeddings.create(model=model, input=["the cat", "the dog"])  # base64 on the wire
assert len(vectors.data) == 2
assert abs(sum(x * x for x in vectors.data[0].embedding) - 1) < 1e-3

form = {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": schema}}
answer = chat(max_tokens=200, response_format=form)
assert json.loads(answer.choices[0].message.content)["city"] in ("Bern", "Oslo")

tool = {"type": "function", "function": {"name": "visit", "parameters": schema}}
for choice in ("required", {"type": "function", "function": {"name": "visit"}}):
    called = chat(max_tokens=200, tools=[tool], tool_choice=choice).choices[0]
    assert called.finish_reason == "tool_calls"
    function = called.message.tool_calls[0].function
    assert function.name == "visit" and json.loads(function.arguments)["city"] in ("Bern", "Oslo")
    names, arguments = [], ""
    for event in chat(max_tokens=200, tools=[tool], tool_choice=choice, stream=True):
        for call in event.choices[0].delta.tool_calls or []:
            names += [call.function.name] if call.function.name else []
            arguments += call.function.arguments or ""
    assert names == ["visit"] and arguments == function.arguments

try:
    client.with_options(max_retries=0).responses.create(model=model, input="the cat")
    raise AssertionError("responses")
except APIStatusError as e:
    assert e.status_code == 501 and "/v1/responses" in e.message

for wrong, kind, field, expected in (
    ({"model": "nothing"}, NotFoundError, "code", "model_not_found"),
    ({"temperature": 9}, BadRequestError, "param", "temperature"),
):
    try:
        client.chat.completions.create(**{"model": model, "messages": messages, **wrong})
        raise AssertionError(wrong)
    except kind as e:
        assert getattr(e, field) == expected
print("ok")
