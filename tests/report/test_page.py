"""The report as its reader meets it: complete, in one file, escaped, honest about what is missing."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from steepness.laws import gain_of_doubling
from steepness.laws.reading import Asked, read
from steepness.report import sentences
from steepness.report.curve import study_text
from steepness.report.page import write_report
from steepness.study import Study
from steepness.study.export import whole
from steepness.training.trial import Record
from tests.synthetic import MakeStudy, lost, synthetic

ATTACK = "<script>alert(1)</script>|"


class Page(HTMLParser):
    """Collects what a browser would load, where its links lead, and the ids it would look up."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "href", "xlink:href") and value and not value.startswith("data:"):
                inside = value.startswith("#") and tag != "a"
                (self.links if tag == "a" else [] if inside else self.loads).append(value)
            if name == "id" and value:
                self.ids.append(value)


def html(study: Study) -> str:
    return (study.path / "report.html").read_text()


def headline(text: str) -> str:
    found = re.search(r"<h1.*?</h1>", text, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", "", found[0]).split())


def test_writes_every_file_that_scripts_rely_on(reported: Study) -> None:
    names = {str(p.relative_to(reported.path)) for p in reported.path.rglob("*") if "trials" not in p.parts}
    assert {"report.html", "report.md", "curves.csv"} <= names
    curve = "figures/learning-curve-lstm-2-cross_entropy_nats"
    assert {f"{curve}.svg", "figures/size-law.svg", "figures/training-lstm-2.svg"} <= names


def test_page_needs_no_other_file_and_no_network(reported: Study) -> None:
    page = Page(html(reported))
    assert page.loads == []
    assert "url(#" in html(reported)
    for link in page.links:
        name, _, anchor = link.partition("#")
        assert (reported.path / name).exists() if name else anchor in page.ids, link
    assert not re.search(r"url\((?!#)|@import", html(reported))


def test_ids_of_one_figure_do_not_clash_with_those_of_another(reported: Study) -> None:
    ids = Page(html(reported)).ids
    assert len(ids) == len(set(ids)) > 50


def test_data_of_ones_own_stand_beside_no_curve_of_the_paper(reported: Study, tmp_path: Path) -> None:
    preset = msgspec.structs.replace(reported.manifest.preset, dataset="text:/books/*.txt")
    manifest = msgspec.structs.replace(reported.manifest, preset=preset)
    own = dataclasses.replace(reported, manifest=manifest)
    (curve, *_) = own.curves
    assert curve.claims == ()
    assert curve.fit
    assert curve.quoted is curve.fit.recommended
    assert "data are of your own" in sentences.headline(curve).rest
    assert "data of your own" in own.verdict
    (tmp_path / "figures").mkdir()
    page = write_report(own, tmp_path).read_text()
    told = [study_text(own), page, (tmp_path / "report.md").read_text(), whole(own).decode()]
    drawn = [path.read_text() for path in (tmp_path / "figures").glob("*.svg")]
    for text in (*told, *drawn):
        assert not re.search(r"consistent|undecided|the paper’s|Verdict|evidence:|read off the figure", text)
    assert [c["claim"] or c["verdict"] for c in own.summary()["curves"]] == [None] * len(own.curves)


def test_headline_says_the_exponent_its_interval_and_the_verdict(reported: Study) -> None:
    curve = next(c for c in reported.curves if c.best_fit)
    assert curve.fit is not None
    says = headline(html(reported)).replace("−", "-")
    power, low, high, claim = map(float, re.findall(r"-0\.\d+", says))
    assert np.allclose(
        [power, low, high],
        [curve.quoted.beta_g.value, curve.quoted.beta_g.low, curve.quoted.beta_g.high],
        atol=1e-3,
    )
    assert low < -0.066 < high
    assert claim == -0.066
    assert says.startswith("lstm-2: error falls as m")
    assert says.endswith("consistent, provisionally, outside the claim’s range.")


def test_a_flat_curve_is_not_said_to_fall(tmp_path: Path) -> None:
    study = synthetic(tmp_path, beta_g=0.0)
    write_report(study)
    assert headline(html(study)).startswith("net: no fall of the error is shown: m")


def test_training_is_drawn_where_the_trace_saw_a_harder_part_of_the_split(tmp_path: Path) -> None:
    def harder(record: Record) -> Record:
        trace = [
            msgspec.structs.replace(e, validation={"loss": 2 * e.validation["loss"]}) for e in record.trace
        ]
        return msgspec.structs.replace(record, trace=trace)

    study = synthetic(tmp_path, change=harder)
    write_report(study)
    assert "could not be drawn" not in html(study)


def test_every_finished_trial_can_be_pointed_at(reported: Study) -> None:
    text = html(reported)
    assert all(f"<title>trial {r.id}\n" in text for r in reported.records)


def test_figures_in_the_page_follow_the_theme(reported: Study) -> None:
    figures = "".join(re.findall(r"<svg.*?</svg>", html(reported), re.DOTALL))
    colours = set(re.findall(r"#[0-9a-f]{6}\b", figures))
    assert "var(--series-0)" in figures
    assert colours <= {"#000000", "#ffffff"}


def test_same_study_gives_the_same_bytes(reported: Study) -> None:
    def content() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in reported.path.rglob("*.*") if p.is_file()}

    before = content()
    write_report(reported)
    assert content() == before


def test_every_figure_can_be_taken_along_and_read_as_a_table(reported: Study) -> None:
    stem = reported.path / "figures" / "learning-curve-lstm-2-cross_entropy_nats"
    curve = next(c for c in reported.curves if c.best_fit)
    rows = list(csv.DictReader(stem.with_suffix(".csv").open()))
    best = [row for row in rows if row["series"] == "lstm-2, best fit"]
    assert [float(r["x"]) for r in best] == [p.m for p in curve.points]
    for name, column in (("error", "y"), ("low", "low"), ("high", "high")):
        told = [float(r[column]) for r in best]
        assert told == pytest.approx([getattr(p, name) for p in curve.points], rel=1e-5)
    said = json.loads(stem.with_suffix(".json").read_text())
    assert said["columns"] == list(rows[0])
    assert len(said["numbers"]) == len(rows)
    assert "words" in said["axes"]["x"]
    assert (stem.parent / "figures.pdf").read_bytes().startswith(b"%PDF")
    assert html(reported).count("Numbers of this figure") == html(reported).count("<figure")


def test_says_what_the_curve_means(reported: Study) -> None:
    said = html(reported).partition('id="what-it-means"')[2].partition("</section>")[0].replace("−", "-")
    (gain,) = re.findall(r"Doubling the data again changes the cross entropy by (-\d\.\d) %", said)
    curve = next(c for c in reported.curves if c.best_fit)
    assert curve.fit is not None
    assert float(gain) == pytest.approx(100 * gain_of_doubling(curve.fit).value, abs=0.06)
    assert "7 of 7 shards lie in the power-law region" in said
    assert "on the law, within its interval" in said
    assert "end before the paper’s" in said


def test_markdown_states_the_same_facts(reported: Study) -> None:
    text = (reported.path / "report.md").read_text()
    assert " ".join(headline(html(reported)).split()[:6]).replace("m−", "m^−") in text
    for fact in (
        "Hestness et al. 2017",
        "f" * 16,
        "steepness run made_up",
        "All of it is made up.",
        "201,000 words",
    ):
        assert fact in text
        assert fact in html(reported)


def test_nothing_from_a_record_becomes_markup(make_study: MakeStudy) -> None:
    def attack(record: Record) -> Record:
        if record.trial.training.learning_rate == 0.008:
            return lost(record, "failed", ATTACK)
        sample = {"input": ATTACK, "reference": ATTACK, "output": ATTACK, "audio": f'x"{ATTACK}'}
        return msgspec.structs.replace(record, exhibit={"samples": [sample], ATTACK: ATTACK})

    study = make_study(shards=4, models=[ATTACK], change=attack, notes=(ATTACK,), splits={ATTACK: ATTACK})
    write_report(study)
    for name in ("report.html", "report.md"):
        text = re.sub(r"^```json.*^```", "", (study.path / name).read_text(), flags=re.DOTALL | re.MULTILINE)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_half_finished_study_says_what_is_missing(make_study: MakeStudy) -> None:
    study = make_study(shards=2)
    write_report(study)
    assert "no exponent yet" in headline(html(study))
    assert "no best fit yet at 32,000, 64,000, 128,000, 256,000 and 512,000 words" in html(study)
    assert "Go on with: steepness run made_up" in html(study)


def test_study_without_a_trial_gets_a_page(make_study: MakeStudy) -> None:
    study = make_study(shards=0)
    write_report(study)
    assert "no trial is done yet" in headline(html(study))
    assert (study.path / "curves.csv").read_text().count("\n") == 1


def test_every_metric_of_every_model_gets_its_curve(make_study: MakeStudy) -> None:
    study = make_study(models=["a", "b"], metrics=["loss", "error"], shards=4)
    write_report(study)
    for model in "ab":
        for metric in ("loss", "error"):
            assert f'<h3>{model}, {metric} <a class="anchor"' in html(study)
    assert html(study).count("<h1") == 2
    assert (study.path / "figures" / "models.svg").exists()


def test_curves_csv_gives_the_studys_own_numbers_to_the_last_digit(reported: Study) -> None:
    for curve in reported.curves:
        again = read(reported.path / "curves.csv", asked=Asked(curve=curve.id)).curve
        assert len(again.m) == sum(p.seeds for p in curve.points)
        fitted = again.fit()
        assert fitted.recommended.beta_g == curve.quoted.beta_g
        assert fitted.recommended.gamma == curve.quoted.gamma


def test_where_no_fall_is_shown_no_doubling_is_said_to_buy_a_share(make_study: MakeStudy) -> None:
    def flat(record: Record) -> Record:
        up = 1.02 if (record.trial.m // 8_000).bit_length() % 2 else 1.0
        return msgspec.structs.replace(record, validation={"loss": 5 * up, "loss_se": 0.0})

    study = make_study(change=flat)
    write_report(study)
    for said in (html(study), (study.path / "report.md").read_text()):
        assert "no fall of the error is shown" in said
        assert not re.search("every doubling buys|the law holds|power-law region, where", said)


def test_the_end_of_the_small_data_region_is_said_in_the_units_readers_think_in(
    make_study: MakeStudy,
) -> None:
    def guessing(record: Record) -> Record:
        if record.trial.m > 16_000:
            return record
        return msgspec.structs.replace(record, validation={"loss": 5.6})

    study = make_study(change=guessing, chance={"loss": 5.6}, shown_as=("books", 1000.0))
    write_report(study)
    curve = next(c for c in study.curves if c.best_fit)
    assert curve.fit is not None
    assert curve.fit.regions[:3] == ("small_data", "small_data", "power_law")
    assert re.search(
        r"small-data region ends at m = 22,600 \(.*\) words, that is 22.6 \(.*\) books", html(study)
    )
    assert '<th scope="col">books</th>' in html(study)


def test_fixed_sizes_stand_beside_the_papers_fixed_sizes(make_study: MakeStudy) -> None:
    study = make_study(domain="nmt", models=["lstm"], metrics=["token_error"])
    write_report(study)
    section = html(study).partition('<h3 id="each-size-for-itself"')[2]
    assert "lstm, size 16" in section
    for claim, beta_g in (("nmt/lstm-208", "−0.360"), ("nmt/lstm-512", "−0.300")):
        assert claim in section
        assert beta_g in section
    assert "nmt/best-fit" not in section
    assert "Each size for itself" in (study.path / "report.md").read_text()
