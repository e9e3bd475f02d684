#!/usr/bin/env python3
"""Writes the reference's ids for many texts, for TestReference to compare.

    python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python internal/tokenizer/testdata/compare.py MODELS DATA OUT
    GROUNDWORK_REFERENCE=OUT go test -run TestReference ./internal/tokenizer

MODELS holds the folders of the models with their tokenizer.json, DATA any folder:
every file that is UTF-8 is a text, every string of its JSON and JSON lines another
one, and so is every line. Random texts (a fixed seed) over all of Unicode, over
alphabets that provoke, and cut from DATA are added. OUT receives one file for each
model, of lines with a JSON object: text, ids, and for some max or pair.
"""

import json
import os
import random
import sys

from tokenizers import Tokenizer

MODELS = ["all-minilm-l6-v2", "multilingual-e5-small"]


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from strings(v)


def data_texts(root):
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            try:
                with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
                    text = f.read()
            except (UnicodeDecodeError, OSError):
                continue
            yield text[:200_000]
            try:
                documents = [json.loads(text)]
            except ValueError:
                documents = []
                for line in text.splitlines():
                    try:
                        documents.append(json.loads(line))
                    except ValueError:
                        documents.append(line)
            for d in documents:
                yield from strings(d)


def random_texts(r, sample):
    everything = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    assigned = [c for c in everything if c < 0x20000] + list(range(0xE0000, 0xE0200))
    alphabets = [
        "ab ", "aA1.,-_ \t\r\n", "[CLS][SEP] [UNK]", "<s></s> <mask>\u3000", "\u2581 a", "e\u0301\u0327 \u00e9\u1e09",
        "\u1100\u1161\u11a8\uac00\uac01 \u0301", "\u0915\u094d\u093c\u0937\u200d\u0301 ", "\u00a9\u200d\u2764\ufe0f\u0301\U0001f468\U0001f469 ",
        "\U0001f1f0\U0001f1f7\u0301a", "\u0600a\u0301\u00e9 \u06dd", "\uff21\uff42\u0301\u200d\u3099\u30ab ", "\r\n\u0301a\u0085\u2028",
        "\u302e\u1b44\u0300\u0323a\u1d165\U0001d165\U0001d16d", "\u0130I\u0131\u00df\u1e9e\u03a3\u03c3 ", "\u0e01\u0e33\u0e49\u0301 ", "\x00\x01a\x7f\u00ad\ufeff\ufffd ",
        "\ufb01\ufb03\u2460\u00bd\u3231\u32a3 ", "\u4e00\u3400\U0002b820\U0002b920\uf900a",
    ]
    for alphabet in alphabets:
        for _ in range(1500):
            yield "".join(r.choice(alphabet) for _ in range(r.randint(1, 12)))
    for pool in (everything, assigned, assigned[:0x3000]):
        for _ in range(8000):
            yield "".join(chr(r.choice(pool)) for _ in range(r.randint(1, 16)))
    for c in range(0, 0x30000, 1):  # every code point alone and between letters
        if not 0xD800 <= c < 0xE000 and (c < 0x3400 or c % 7 == 0 or 0xA000 < c < 0x12000):
            yield chr(c)
            yield "a" + chr(c) + "\u0301b" + chr(c) + "\u0300\u0301"
    for _ in range(3000):
        text = r.choice(sample)
        at = r.randrange(len(text) + 1)
        yield text[at:at + r.randint(1, 300)]
    for n in (1, 2, 63, 64, 99, 100, 101, 1000, 20000):
        for unit in ("a", "\u00e9", "e\u0301", "\uac00", "\u4e00", " ", "\u0301", "\ufffd", ".", "ab ", "\U0001f468\u200d", "\u2581", "<s>", "[", "zq\u0416"):
            yield unit * n


def main():
    models, data, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    texts = list(dict.fromkeys(data_texts(data)))
    r = random.Random(20261124)
    texts += list(random_texts(r, texts))
    print(len(texts), "texts,", sum(len(t.encode()) for t in texts), "bytes")
    for name in MODELS:
        t = Tokenizer.from_file(os.path.join(models, name, "tokenizer.json"))
        t.no_padding()
        with open(os.path.join(out, name + ".jsonl"), "w") as f:
            def write(**entry):
                f.write(json.dumps(entry) + "\n")
            t.no_truncation()
            for text in texts:
                write(text=text, ids=t.encode(text).ids)
            for text in texts[:: max(1, len(texts) // 2000)]:
                n = r.randint(4, 40)
                t.enable_truncation(n)
                write(text=text, ids=t.encode(text).ids, max=n)
                other = r.choice(texts)[:2000]
                e = t.encode(text[:2000], other)
                write(text=text[:2000], pair=other, ids=e.ids, types=e.type_ids, max=n)
                t.no_truncation()
                e = t.encode(text[:2000], other)
                write(text=text[:2000], pair=other, ids=e.ids, types=e.type_ids)


if __name__ == "__main__":
    main()
