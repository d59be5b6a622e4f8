"""What comes out of wikitext, and what does not."""

from __future__ import annotations

import pytest

from steepness.domains.text.wikipedia import articles, is_prose, plain_text, prose

SENTENCE = "The river rises in the hills to the north of the town and flows to the sea."


def page(title: str, text: str) -> str:
    return f"<page><title>{title}</title><id>1</id><comment>x</comment><text xml:space='preserve'>{text}</text></page>"


@pytest.mark.parametrize(
    ("wikitext", "plain"),
    [
        ("'''Bold''' and ''italic''", "Bold and italic"),
        ("a [[river]] and [[Rhine|the Rhine]]", "a river and the Rhine"),
        ("see [http://example.org the page] now", "see the page now"),
        ("a{{cite|x={{nested}}}} b", "a b"),
        ("a<ref name='x'>[http://example.org]</ref> b<ref name='x'/>", "a b"),
        ("a [[Image:x.jpg|thumb|a [[river]] bank]]b", "a b"),
        ("a [[fr:Rivi\u00e8re]]b [[Category:Rivers]]", "a b "),
        ("a<!-- b\nc --> d", "a d"),
        ("a {| class=x\n| {| inner |} cell |} b", "a  b"),
        ("x &amp;ndash; y&nbsp;z", "x &ndash; y\u00a0z"),
        ("a<br />b <small>c</small>", "a b  c "),
        ("Peking ({{zh}}, ) is", "Peking  is"),
    ],
)
def test_markup_is_stripped(wikitext: str, plain: str) -> None:
    assert plain_text(wikitext) == plain


@pytest.mark.parametrize(
    "line",
    [
        f"* {SENTENCE}",
        f"# {SENTENCE}",
        f": {SENTENCE}",
        f"|| {SENTENCE}",
        "== The history of the town and of the river that it stands on ==",
        "Too short to be a paragraph.",
        "The Thames, the Severn, the Trent, the Great Ouse, the Wye, the Tay",
        "Der Fluss entspringt im Norden der Stadt und fliesst danach langsam durch das Tal ins Meer.",
        "Anna Berg, Bruno Clark, Dora Engel, Franz Huber, Ida Jung, Karl Lang, Maria Neumann.",
        f"{SENTENCE[:-1]} {{{{broken template.",
        "E = 12 + 34 - 56 / 78 (90) = 1, 2, 3, 4, 5, 6, 7 for a in the b of c to d and e is f.",
    ],
)
def test_what_is_no_prose_is_rejected(line: str) -> None:
    assert not is_prose(line)


def test_prose_is_kept_with_single_spaces() -> None:
    assert list(prose(f"==Course==\n{SENTENCE}  {SENTENCE}\n\n* item\n")) == [f"{SENTENCE} {SENTENCE}"]


def test_redirects_and_other_name_spaces_are_no_articles() -> None:
    dump = "".join(
        [
            page("River", "a &amp;amp; b"),
            page("Wikipedia:Policy", SENTENCE),
            page("Rivers", "#redirect [[River]]"),
            page("Gypsy: A Musical Fable", "c"),
            "<page><title>Cut off</title><text xml:space='preserve'>" + SENTENCE,
        ]
    )
    assert articles(dump) == ["a &amp; b", "c"]
