#!/usr/bin/env python3
"""Writes the reference's ids for many texts, for TestReference to compare.

    python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python internal/tokenizer/testdata/compare.py MODELS DATA OUT
    GROUNDWORK_REFERENCE=OUT go test -run TestReference ./internal/tokenizer

MODELS holds the folders of the models with their tokenizer.json, DATA any folder:
every file that is UTF-8 is a text, every string of its JSON and JSON lines another
one, and so is every line. Random texts (a fixed seed) over all of Unicode, over
alphabets that provoke, and cut from DATA are added. OUT receives the tokenizers (the
models' own, and variants with other rules) and for each a file of lines with a JSON
object: text, ids, and for some max or pair.
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
        "\u0600\u00e9\u0301\u0e33\u0915\u094d\u1100\u1161\u11a8\uac00\uac01\u00a9\u200d\u2764\u0085\n\r\x00\u200b\u0903a\u00bd\uff21\u0308\u1039",
        "\u0600\U0001f1f0\u0301\u0300\u00a9\u200d\u2122\ufe0f\U00013430\U0001d173\U0001f3fb\u0d4e\u0345\u037a\u00b4\u1fed",
        "\ufb01\ufb03\u2460\u00bd\u3231\u32a3 ", "\u4e00\u3400\U0002b820\U0002b920\uf900a",
    ]
    for alphabet in alphabets:
        for _ in range(2500):
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


def variants(models):
    """The models' tokenizers, and others made from them that use further rules."""
    files = {}
    for name in MODELS:
        with open(os.path.join(models, name, "tokenizer.json"), encoding="utf-8") as f:
            files[name] = json.load(f)
            files[name]["truncation"] = files[name]["padding"] = None

    def variant(name, base):
        files[name] = json.loads(json.dumps(files[base]))
        return files[name]

    bert, e5 = MODELS
    for name, clean, cjk, strip, lower in (
            ("bert-plain", False, False, False, False), ("bert-cased", True, True, None, False),
            ("bert-lower-only", False, True, False, True), ("bert-strip-only", True, False, True, False),
            ("bert-strip-raw", False, False, True, True)):
        variant(name, bert)["normalizer"] = {
            "type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": cjk,
            "strip_accents": strip, "lowercase": lower}
    tokens = variant("bert-added", bert)
    tokens["post_processor"] = {"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}
    for i, (content, left, right) in enumerate((
            ("<s>", True, False), ("<mask>", False, True), ("</s>", True, True), ("[SE", False, False),
            ("\u00e9", False, False), ("a\u0301\u0300", False, True), ("[SEP][CLS]", True, False))):
        tokens["added_tokens"].append({
            "id": 30522 + i, "content": content, "single_word": False, "lstrip": left, "rstrip": right,
            "normalized": False, "special": i % 2 == 0})
    variant("e5-spaces", e5)["pre_tokenizer"] = {
        "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    variant("e5-raw", e5)["normalizer"] = None
    raw = variant("e5-raw-spaces", "e5-spaces")
    raw["normalizer"] = None
    raw["post_processor"] = {
        "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True,
        "add_prefix_space": True}
    bare = variant("e5-bare", e5)
    bare["post_processor"] = None
    bare["added_tokens"] = []
    return files


def dump(file, t, texts, r):
    def write(**entry):
        file.write(json.dumps(entry) + "\n")

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


def main():
    models, data, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    texts = list(dict.fromkeys(data_texts(data)))
    r = random.Random(20261124)
    made = list(random_texts(r, texts))
    print(len(texts) + len(made), "texts,", sum(len(t.encode()) for t in texts + made), "bytes")
    for name, spec in variants(models).items():
        path = os.path.join(out, name)
        with open(path + ".json", "w", encoding="utf-8") as f:
            json.dump(spec, f)
        t = Tokenizer.from_file(path + ".json")
        with open(path + ".jsonl", "w", encoding="utf-8") as f:
            dump(f, t, texts + made if name in MODELS else texts[::50] + made[::3], r)


if __name__ == "__main__":
    main()
