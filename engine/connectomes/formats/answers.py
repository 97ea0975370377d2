"""What a file cannot tell: the questions to its owner, and the answers."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from engine.component import Component, Typical

Text = Annotated[str, Field(max_length=4000)]


@dataclass(frozen=True)
class Question:
    """One thing that only the owner knows; `address` is the field of `Answers` that it fills.

    `choices` are (value, what it means); none means that any text may be typed. `proposal` is what the numbers suggest,
    empty where they suggest nothing. Nothing is imported until a `required` question is answered.
    """

    address: str
    sentence: str
    choices: tuple[tuple[str, str], ...] = ()
    proposal: str = ""
    required: bool = False


class Answers(Component):
    """The answers to what a file leaves open; 'ask' stands for no answer yet."""

    source_axis: Annotated[
        Literal["ask", "rows", "columns"],
        Field(description="Where a connection starts: its row, or its column. In a list, 'rows' is the first unit."),
    ] = "ask"
    columns: Annotated[
        Literal["ask", "reorder", "as_rows", "common", "fill"],
        Field(description="What to do where the columns are labelled otherwise than the rows."),
    ] = "ask"
    duplicates: Annotated[
        Literal["ask", "number"], Field(description="What to do with units of the same name: number them.")
    ] = "ask"
    missing: Annotated[
        Literal["ask", "unknown", "zero"],
        Field(description="What entries that are no finite numbers mean: never measured, or no connection."),
    ] = "ask"
    negative: Annotated[
        Literal["ask", "signs", "correlations", "drop"],
        Field(description="What negative entries mean: inhibition, a negative correlation, or an error to leave out."),
    ] = "ask"
    triangle: Annotated[
        Literal["ask", "mirror", "as_is"],
        Field(description="What a matrix of one triangle means: half of a symmetric one, or connections one way."),
    ] = "ask"
    repeated: Annotated[
        Literal["ask", "sum", "mean", "largest", "first"],
        Field(description="The weight of a pair that is listed more than once."),
    ] = "ask"
    values: Annotated[
        Literal["strengths", "lengths_mm"],
        Field(description="What the numbers are: strengths of connections, or their lengths in mm."),
    ] = "strengths"
    self_connections: Annotated[
        Literal["keep", "drop"], Field(description="Whether connections of a unit with itself are kept.")
    ] = "keep"
    least_weight: Annotated[
        float, Field(ge=0, description="Connections weaker than this are left out."), Typical(0, 10, 1)
    ] = 0.0
    position_unit: Annotated[
        Literal["ask", "um", "mm", "nm", "none"], Field(description="The unit of the coordinates in the file.")
    ] = "ask"
    measures: Annotated[
        Literal["ask", "file", "recomputed", "with_precision"],
        Field(description="Where measures of joint activity come from: the file, or its spike times, computed anew."),
    ] = "ask"
    bin_ms: Annotated[
        float, Field(ge=0.1, le=60_000, description="Width of the bins in which spikes are counted, in ms."),
        Typical(5, 500, log=True),
    ] = 20.0  # fmt: skip
    window_ms: Annotated[
        float,
        Field(ge=0, le=60_000, description="How near two spikes lie, in ms, that count as together for the tiling."),
        Typical(1, 200, log=True),
    ] = 5.0
    area_by: Annotated[Text, Field(description="The label of the units that names their areas; empty for none.")] = ""
    level: Annotated[
        Literal["neuron", "type", "region", "population"], Field(description="What one unit stands for.")
    ] = "neuron"
    unit: Annotated[Text, Field(description="What the weights count or measure, e.g. synapses.")] = ""
    name: Annotated[Text, Field(description="What the connectome is called in the gallery.")] = ""
    about: Annotated[Text, Field(description="What it is, in a sentence.")] = ""
    species: Annotated[Text, Field(description="The species.")] = ""
    licence: Annotated[Text, Field(description="The licence of the data; it goes along with every run.")] = ""
    licence_url: Annotated[Text, Field(description="Where the licence can be read.")] = ""
    citation: Annotated[Text, Field(description="The publication to cite.")] = ""
    doi: Annotated[Text, Field(description="Its DOI.")] = ""
