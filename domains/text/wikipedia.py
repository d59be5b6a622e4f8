"""English prose out of a MediaWiki XML dump: markup stripped, everything that is not a sentence dropped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

PREPARATION = 1
"""Part of the data's fingerprint: raise it when the paragraphs that come out of a dump change."""

_PAGE = re.compile(r"<title>(?P<title>[^<]*)</title>.*?<text[^>]*>(?P<text>[^<]*)</text>", re.DOTALL)
_OTHER_NAMESPACE = re.compile(
    r"(?:Wikipedia|Template|Category|Portal|Help|User|Image|MediaWiki|Talk|[A-Z][a-z]+ talk):"
)
_REDIRECT = re.compile(r"\s*#REDIRECT", re.IGNORECASE)

# Whole elements whose content is no prose; an unclosed one is left to the paragraph filter.
_ELEMENT = re.compile(
    r"<!--.*?-->|<ref[^<>]*/>"
    r"|<(ref|math|nowiki|pre|gallery|timeline|table|div|code|source|sup|sub)\b[^<>]*>.*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TABLE = re.compile(r"\{\|(?:(?!\{\||\|\}).)*\|\}", re.DOTALL)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
# [[Image:...]], [[Category:...]] and [[fr:...]] show a picture or a margin; [[:fr:...]] shows its text.
_MARGIN_LINK = re.compile(r"\[\[[A-Za-z][\w-]*:(?:[^\[\]]|\[\[[^\[\]]*\]\])*\]\]")
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)*([^\[\]|]*)\]\]")
_URL_LINK = re.compile(r"\[\w+://[^\s\]]*(?:\s+([^\]]*))?\]")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_QUOTE_MARKS = re.compile(r"'{2,}")
_EMPTY_PARENTHESES = re.compile(r"\(\s*[,;]*\s*\)")

_STARTS_PROSE = re.compile(r"[A-Z0-9\"'(“]")
_ENDS_PROSE = re.compile(r"[.!?:;][\"')\]”]*$")
_LEFTOVER_MARKUP = re.compile(r"\{\{|\}\}|\[\[|\]\]|\||<|>|https?:|={2}")
_WORD = re.compile(r"[A-Za-z]+")
_FUNCTION_WORDS = frozenset(
    _WORD.findall(
        "the of and in to a is was for as by on with that from at it an are his he which or be were this"
    )
)
MIN_WORDS = 10
MIN_PLAIN = 0.9
"""Share of the characters that are unaccented letters or spaces."""
MIN_FUNCTION_WORDS = 0.15
"""Share of the words; a quarter to a half in English sentences, near none in other languages or lists of names."""


def articles(dump: str) -> list[str]:
    """The wikitext of each article, redirects and other name spaces left out.

    Args:
        dump: MediaWiki XML export (enwik8 is one, cut off in mid-page).
    """
    return [
        html.unescape(page["text"])
        for page in _PAGE.finditer(dump)
        if not _OTHER_NAMESPACE.match(page["title"]) and not _REDIRECT.match(page["text"])
    ]


def prose(article: str) -> Iterator[str]:
    """The paragraphs of English prose in an article's wikitext, one space between words."""
    for line in plain_text(article).splitlines():
        paragraph = " ".join(line.split())
        if is_prose(paragraph):
            yield paragraph


def plain_text(wikitext: str) -> str:
    """What a reader would see of wikitext, less tables, templates, references, formulae and pictures.

    Lines keep the character that makes them a list, heading or table row, so that `is_prose` can tell.
    """
    text = _ELEMENT.sub("", wikitext)
    for nested in (_TEMPLATE, _TABLE, _MARGIN_LINK):
        text = _remove_innermost_first(nested, text)
    text = _LINK.sub(r"\1", text)
    text = _URL_LINK.sub(r"\1", text)
    text = _QUOTE_MARKS.sub("", _TAG.sub(" ", text))
    return _EMPTY_PARENTHESES.sub("", html.unescape(text))


def is_prose(paragraph: str) -> bool:
    """Whether a line is a paragraph of English sentences rather than a list item, heading, table row or debris."""
    if not _STARTS_PROSE.match(paragraph) or not _ENDS_PROSE.search(paragraph):
        return False
    if _LEFTOVER_MARKUP.search(paragraph):
        return False
    words = _WORD.findall(paragraph.lower())
    plain = sum(map(len, words)) + paragraph.count(" ")
    function_words = sum(map(_FUNCTION_WORDS.__contains__, words))
    return (
        len(words) >= MIN_WORDS
        and plain >= MIN_PLAIN * len(paragraph)
        and function_words >= MIN_FUNCTION_WORDS * len(words)
    )


def _remove_innermost_first(pattern: re.Pattern[str], text: str) -> str:
    count = 1
    while count:
        text, count = pattern.subn("", text)
    return text
