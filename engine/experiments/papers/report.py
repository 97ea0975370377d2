"""The report on a paper: verdicts, differences to what was published, figures and all numbers, in one folder."""

import html
import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import pandas as pd

from engine.component import Invalid
from engine.experiments.papers.drawing import pdf, svg
from engine.experiments.papers.figure import Figure
from engine.experiments.papers.paper import Paper, Table
from engine.experiments.papers.possible import INTERVALS
from engine.experiments.papers.shipped import other_seeds
from engine.experiments.papers.verdict_rows import alike, counted, differs, lacking, verdict_rows
from engine.experiments.whole_file import read_json, write_bytes

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8884; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.reproduced { color: #1a7f37; } .partly { color: #9a6700; } .not-reproduced { color: #b3261e; }
.group { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .5rem 1rem; }
.group figure { margin: 0; } .group figcaption { font-size: 12px; }
small { opacity: .75; } figure { margin: 1.5rem 0; } svg { max-width: 100%; height: auto; background: white; }
"""
BANDS = "Means over networks. Bars and bands are 95 % intervals; of two networks, both; of one there is none."
SHORT = 60  # rows of a table that the page shows


def write_report(paper: Paper, table: Table, folder: Path) -> Path:
    """`report.html`, `claims.csv`, `numbers.csv`, one PDF and CSV a figure, one CSV a table of the paper.

    Raises Invalid if it cannot be kept.
    """
    figures = tuple(figure for figure in paper.figures(table) if figure.has_points)
    files = {
        "report.html": page(paper, table, figures, folder).encode(),
        "claims.csv": pd.DataFrame(verdict_rows(paper, table, other_seeds(paper, folder))).to_csv(index=False).encode(),
        "numbers.csv": table.rows.to_csv(index=False).encode(),
    }
    tables = paper.tables(table) if paper.tables else {}
    files |= {f"{name}.csv": frame.to_csv(index=False).encode() for name, frame in tables.items()}
    for figure in figures:
        files |= {
            f"{figure.name}.pdf": pdf(figure),
            f"{figure.name}.csv": numbers(figure).to_csv(index=False).encode(),
        }
    files |= dict(paper.extras(table, folder))
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(folder / name, content)
    except OSError as error:
        raise Invalid(f"The report cannot be written into {folder}: {error.strerror or error}.") from None
    return folder / "report.html"


def numbers(figure: Figure) -> pd.DataFrame:
    """What a figure shows, one row a point."""
    first, second = (figure.x, figure.colour or "value") if figure.is_coloured else (figure.x, figure.y)
    extra = [name for name in ("low", "high", "marked", "width") if any(getattr(one, name) for one in figure.series)]
    if not figure.is_coloured:
        extra = ["low", "high"]
    rows = [
        (one.name, x, y, *(values[k] if (values := getattr(one, name)) else math.nan for name in extra))
        for one in figure.series
        for k, (x, y) in enumerate(zip(one.x, one.y, strict=True))
    ]
    return pd.DataFrame(rows, columns=[figure.y if figure.is_coloured else "series", first, second, *extra])


def page(paper: Paper, table: Table, figures: tuple[Figure, ...], folder: Path) -> str:
    """The report as one HTML file; `folder` says how it was made."""
    rows = verdict_rows(paper, table, other_seeds(paper, folder))
    parts = [
        f"<h1>{_safe(paper.title)}</h1><p><small>{_safe(paper.citation)}</small></p><p>{_safe(paper.question)}</p>",
        f"<h2>Claims</h2><p>{_summed(rows)}</p><p><small>{INTERVALS}</small></p>{_claims(rows)}",
        f"<h2>As published and corrected</h2>{_variants(paper)}" if paper.variants else "",
        f"<h2>Figures</h2><p><small>{BANDS}</small></p>" if figures else "",
        *(_group(name, tuple(ones)) for name, ones in groupby(figures, key=lambda figure: figure.group)),
        *_short_tables(paper.tables(table) if paper.tables else {}),
        f"<h2>How it was made</h2>{_made(folder)}",
    ]
    head = f'<meta charset="utf-8"><title>{_safe(paper.title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _group(name: str, figures: tuple[Figure, ...]) -> str:
    """Figures one below the other; those of a group side by side."""
    drawn = "".join(
        f"<figure>{svg(one)}<figcaption>{_safe(one.title)}<br>{_safe(one.note)}</figcaption></figure>"
        for one in figures
    )
    return f"<h3>{_safe(name)}</h3><div class='group'>{drawn}</div>" if name else drawn


def _short_tables(tables: Mapping[str, pd.DataFrame]) -> Iterable[str]:
    """Those that can be read at a glance; all of them are files, too."""
    short = {name: frame for name, frame in tables.items() if 0 < len(frame) <= SHORT}
    if short:
        yield "<h2>Tables</h2>"
    for name, frame in short.items():
        heads = tuple(_safe(column) for column in frame.columns)
        rows = [f"<tr>{''.join(f'<td>{_cell(v)}</td>' for v in row)}</tr>" for row in frame.itertuples(index=False)]
        yield f"<h3>{_safe(name.replace('_', ' '))}</h3>{_table(heads, rows)}"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "–"
    return _safe(value)


def _summed(rows: list[dict[str, object]]) -> str:
    return "<br>".join(_safe(said) for said in (f"{counted(rows)}.", alike(rows), *lacking(rows)) if said)


def _claims(rows: list[dict[str, object]]) -> str:
    cells = [
        f"<tr><td class='{str(row['verdict']).replace(' ', '-')}'>{_safe(row['verdict'])}{_others(row)}</td>"
        f"<td>{_safe(row['claim'])}<br><small>{_safe(row['source'])}</small></td>"
        f"<td class='number'>{_measured(row)}<br><small>{_safe(row['of'])}</small></td>"
        f"<td>{_safe(row['tolerance'])}</td><td>{_safe(row['why'])} {_safe(row['reason'])}</td></tr>"
        for row in rows
    ]
    return _table(("verdict", "claim", "measured, 95 % interval, n networks", "tolerance", "why"), cells)


def _others(row: dict[str, object]) -> str:
    return f"<br><small>other seeds: {_safe(row['other_seeds'])}</small>" if differs(row) else ""


def _measured(row: dict[str, object]) -> str:
    if row["value"] is None:
        return "–"
    spread = f" [{row['low']:.4g}, {row['high']:.4g}]" if row["low"] is not None else ""
    return f"{row['value']:.4g}{spread}, n = {row['n']}"


def _variants(paper: Paper) -> str:
    rows = [
        f"<tr><td>{_safe(v.what)}</td><td>{_safe(v.as_published)}</td><td>{_safe(v.corrected)}</td></tr>"
        for v in paper.variants
    ]
    return _table(("what", "as published", "corrected"), rows)


def _made(folder: Path) -> str:
    told: dict[str, object] = {}
    for name in ("paper.json", "environment.json"):
        if (folder / name).exists():
            told |= read_json(folder / name)
    packages = told.pop("packages", {})
    told |= packages if isinstance(packages, dict) else {}
    return _table((), [f"<tr><td>{_safe(name)}</td><td>{_safe(value)}</td></tr>" for name, value in told.items()])


def _table(heads: tuple[str, ...], rows: Iterable[str]) -> str:
    head = f"<tr>{''.join(f'<th>{h}</th>' for h in heads)}</tr>" if heads else ""
    return f"<table>{head}{''.join(rows)}</table>"


def _safe(value: object) -> str:
    return html.escape("" if value is None else str(value))
