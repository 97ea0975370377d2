"""What is shipped of every paper: complete, judged as the code judges now, repeated with other seeds, and explained."""

import numpy as np
import pandas as pd
import pytest

from engine.experiments.papers import PAPERS
from engine.experiments.papers.possible import possible
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


def test_no_interval_of_either_set_of_seeds_reaches_beyond_what_the_quantity_can_be(found):
    paper, folder, _ = found
    for table in (read_shipped(folder), other_seeds(paper, folder)):
        for verdict in paper.verdicts(table).values():
            least, most = possible(verdict.of)
            told = np.array([verdict.low, verdict.value, verdict.high])
            assert not ((told < least) | (told > most)).any(), verdict


def test_claims_whose_data_are_not_shipped_ask_for_them_and_not_for_runs(found):
    paper, _, rows = found
    asked = [row for row in rows if row["verdict"] == "needs data"]
    assert len(asked) == (15 if paper.name == "goulas_2021" else 0)
    assert all("connectarium connectomes download" in row["why"] for row in asked)
    assert all(row["other_seeds"] == "needs data" for row in asked)
