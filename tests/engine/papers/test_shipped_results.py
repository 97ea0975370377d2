"""What is shipped of every paper: complete, judged as the code judges now, repeated with other seeds, and explained."""

import pandas as pd
import pytest

from engine.experiments.papers import PAPERS
from engine.experiments.papers.shipped import made_by, other_seeds, read_shipped, shipped
from engine.experiments.papers.verdict_rows import verdict_rows

UNSETTLED = {"partly", "not reproduced"}


@pytest.fixture(scope="module", params=PAPERS, ids=lambda paper: paper.name)
def found(request):
    folder = shipped(request.param.name)
    again = other_seeds(request.param, folder)
    return request.param, folder, verdict_rows(request.param, read_shipped(folder), again)


def test_networks_of_other_seeds_are_shipped_beside_and_judged_on_every_claim(found):
    paper, _, rows = found
    assert [row["name"] for row in rows] == [claim.name for claim in paper.claims]
    assert all(row["other_seeds"] is not None for row in rows)


def test_where_a_verdict_differs_from_the_publication_the_report_says_why(found):
    paper, _, rows = found
    unsettled = {row["name"] for row in rows if UNSETTLED & {row["verdict"], row["other_seeds"]}}
    assert [claim.name for claim in paper.claims if claim.name in unsettled and not claim.expected] == []


def test_the_shipped_verdicts_are_those_of_the_code_as_it_is(found):
    _, folder, rows = found
    told = pd.read_csv(folder / "claims.csv")
    assert told["verdict"].tolist() == [row["verdict"] for row in rows]
    assert {"version", "date", "recipes", "first_seed"} <= made_by(folder).keys()
