#!/usr/bin/env python3
"""Asks the reference tokenizer library what it does with every code point.

The exactness that internal/tokenizer promises is equality with the Hugging Face
`tokenizers` library, whose Unicode tables come from several crates of different
Unicode versions (categories from one version, decompositions from another,
grapheme clusters and lower case from newer ones). No single version of the
Unicode Character Database reproduces them, so the tables are measured: this
script probes the library code point by code point and prints what it found.

    python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python internal/tokenizer/gen/probe.py > internal/tokenizer/gen/properties.txt
    go generate ./internal/tokenizer

It takes about two minutes. Grapheme clusters are not exposed by the library,
but its Precompiled normalizer treats a cluster of fewer than six bytes as a
whole: with a character map that turns every byte sequence into "X", the number
of X tells where the boundaries are.
"""

import struct
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(points):
    out = []
    for c in points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def emit(name, points):
    parts = ["%x" % a if a == b else "%x-%x" % (a, b) for a, b in ranges(sorted(points))]
    print(name + ":", " ".join(parts))


def emit_map(name, mapping):
    print(name + ":", " ".join(
        "%x=%s" % (c, "+".join("%x" % ord(x) for x in mapping[c])) for c in sorted(mapping)))


def probe_bert():
    clean = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    cjk = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False)
    strip = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
    pre = pre_tokenizers.BertPreTokenizer()
    found = {k: [] for k in ("drop", "clean_space", "cjk", "nonspacing", "space", "punct")}
    for c in CODE_POINTS:
        s = "a" + chr(c) + "b"
        r = clean.normalize_str(s)
        if r == "ab":
            found["drop"].append(c)
        elif r == "a b":
            found["clean_space"].append(c)
        else:
            assert r == s, hex(c)
        r = cjk.normalize_str(s)
        if r != s:
            assert r == "a " + chr(c) + " b", hex(c)
            found["cjk"].append(c)
        if strip.normalize_str(s) == "ab":
            found["nonspacing"].append(c)
        words = [w for w, _ in pre.pre_tokenize_str(s)]
        if words == ["a", "b"]:
            found["space"].append(c)
        elif len(words) == 3:
            found["punct"].append(c)
        else:
            assert words == [s], hex(c)
    split = pre_tokenizers.WhitespaceSplit()
    for c in CODE_POINTS:
        words = [w for w, _ in split.pre_tokenize_str("a" + chr(c) + "b")]
        assert (words == ["a", "b"]) == (c in found["space"]) or len(words) == 1, hex(c)
    for name, points in found.items():
        emit(name, points)
    return set(found["nonspacing"])


def probe_nfd():
    nfd = normalizers.NFD()
    decomposed, nonstarters = {}, []
    for c in CODE_POINTS:
        r = nfd.normalize_str(chr(c))
        if r != chr(c):
            if not 0xAC00 <= c <= 0xD7A3:
                decomposed[c] = r
            continue
        # U+0345 has the highest combining class, U+0334 the lowest.
        after = nfd.normalize_str("a\u0345" + chr(c)) != "a\u0345" + chr(c)
        before = nfd.normalize_str("a" + chr(c) + "\u0334") != "a" + chr(c) + "\u0334"
        if after or before or c == 0x345:
            nonstarters.append(c)
    # The class itself: Python's value, held against the order the library gives.
    classes = {c: unicodedata.combining(chr(c)) for c in nonstarters}
    marks = {}
    for c in nonstarters:
        marks.setdefault(classes[c], c)
    for c in nonstarters:
        for k, m in marks.items():
            swapped = nfd.normalize_str("a" + chr(c) + chr(m)) != "a" + chr(c) + chr(m)
            assert swapped == (classes[c] > k), (hex(c), k)
    emit_map("nfd", decomposed)
    print("ccc:", " ".join("%x=%d" % (c, classes[c]) for c in sorted(nonstarters)))


def probe_lower():
    lower = normalizers.Lowercase()
    mapping = {}
    for c in CODE_POINTS:
        r = lower.normalize_str(chr(c))
        if r != chr(c):
            mapping[c] = r
    emit_map("lower", mapping)


def everything_is_x():
    """A character map (Darts units) in which every non-zero byte maps to "X"."""
    units = [0] * 1024  # a walk goes on behind the leaf and must stay inside
    units[0] = 256 << 10
    for byte in range(1, 256):
        units[256 ^ byte] = (((256 ^ byte) ^ 512) << 10) | (1 << 8) | byte
    units[512] = 1 << 31
    return normalizers.Precompiled(
        struct.pack("<I", 4 * len(units)) + struct.pack("<%dI" % len(units), *units) + b"X\0")


def probe_graphemes():
    norm = everything_is_x()

    def count(s):
        return norm.normalize_str(s).count("X")

    E, F, ZWJ, PREPEND = "\u0300", "\u0301", "\u200d", "\u0600"
    L, V, T, KA, VIRAMA, HEART, COPY = "\u1100", "\u1161", "\u11a8", "\u0915", "\u094d", "\u2764", "\u00a9"
    assert count("a" + E) == 1 and count("ab") == 2 and count(L + V + E) == 3 and count(PREPEND + "a") == 1
    cls = {k: [] for k in ("control", "extend", "spacing", "prepend", "l", "v", "t", "lv", "lvt",
                           "pictographic", "conjunct_consonant", "conjunct_linker", "conjunct_extend")}
    for c in CODE_POINTS:
        x = chr(c)
        if c in (0, 0xA, 0xD, 0x200D):
            continue
        joins_after = count("a" + x) == 1
        if joins_after:
            joined = count(HEART + x + ZWJ + HEART + E) == 5
            cls["extend" if joined else "spacing"].append(c)
        elif count(x + "a") == 1:
            cls["prepend"].append(c)
        elif len(x.encode()) < 4:
            if count(PREPEND + x) == 2:
                cls["control"].append(c)
        elif count(x + E + F) == 2:
            cls["control"].append(c)
        if not joins_after and len(x.encode()) == 3:
            after = {k: count(k + x + E) == 3 for k in (L, V, T)}
            before = {k: count(x + k + E) == 3 for k in (L, V, T)}
            hangul = (after[L], after[V], after[T], before[L], before[V], before[T])
            name = {
                (True, False, False, True, True, False): "l",
                (True, True, False, False, True, True): "v",
                (False, True, True, False, False, True): "t",
                (True, False, False, False, True, True): "lv",
                (True, False, False, False, False, True): "lvt",
                (False,) * 6: None,
            }[hangul if c not in cls["prepend"] and (not cls["control"] or cls["control"][-1] != c) else (False,) * 6]
            if name:
                cls[name].append(c)
        elif not joins_after and len(x.encode()) == 4 and count(PREPEND + V + x) == 3:
            cls["v"].append(c)  # V and T differ for no cluster of fewer than six bytes here
        if not joins_after and count(COPY + ZWJ + x) == 3:
            cls["pictographic"].append(c)
        if not joins_after and count(x + VIRAMA + KA + E) == 4:
            cls["conjunct_consonant"].append(c)
        if joins_after and count(KA + x + KA + E) == 4:
            cls["conjunct_linker"].append(c)
        elif joins_after and count(KA + x + VIRAMA + KA + E) == 5:
            cls["conjunct_extend"].append(c)
    # The syllables follow from arithmetic, so the tables need not list them.
    assert cls.pop("lv") == list(range(0xAC00, 0xD7A4, 28))
    assert cls.pop("lvt") == [c for c in range(0xAC00, 0xD7A4) if (c - 0xAC00) % 28]
    for name, points in cls.items():
        emit(name, points)


if __name__ == "__main__":
    print("# Behaviour of the library `tokenizers` %s, measured by probe.py. Do not edit." % tokenizers.__version__)
    probe_bert()
    probe_nfd()
    probe_lower()
    probe_graphemes()
