"""Structure: what published studies measure of trained weights, before and after training, and its graph by unit."""

from html import escape
from typing import Any, ClassVar

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool
from matplotlib.figure import Figure

from app import look
from app.figures import Twin
from app.session import Selection
from app.subject import Subject, question_to
from app.views.analysis_choices import Choices
from app.views.analysis_view import AnalysisView, pane, with_tools
from app.views.compare_numbers import STYLE
from app.views.twins import DOT
from engine.analysis import StructureAnalysis
from engine.analysis.structure import Structure
from engine.component import Invalid

MOST_UNITS = 700  # greedy merging and the nulls take minutes above
COMMUNITIES = 12  # with a colour of their own, the largest
ABOUT = "Every unit of the graph, coloured by its community; a tap, box or lasso marks units in all views."


class StructureView(AnalysisView):
    """Modularity, small-worldness beside its nulls, assortativity, homophily, entropy and lengths."""

    title: ClassVar[str] = "Structure"

    def build(self) -> list[Any]:
        self.choices = Choices(StructureAnalysis(), self.desk.ask)
        self.table = pn.pane.HTML("", sizing_mode="stretch_width", margin=(0, 8), stylesheets=[look.stylesheet()])
        self._units = ColumnDataSource({k: [] for k in ("x", "y", "name", "community", "colour")})
        self._units.selected.on_change("indices", self._boxed_or_tapped)
        self._echo = False
        self.figure = self._graph()
        of = self.choices
        return [
            pn.Column(
                pn.Row(of["share"], of["nulls"], sizing_mode="stretch_width", margin=0),
                pn.Row(of["null"], of["symmetric"], sizing_mode="stretch_width", margin=0),
                sizing_mode="stretch_width", margin=(8, 4, 0, 4),
            ),
            self.headed("Measures", "structure", self._measures_twin),
            self.table,
            self.headed("Partners of every unit, and theirs", "graph", self._graph_twin),
            pane(self.figure, sizing_mode="stretch_width"),
        ]  # fmt: skip

    def prepare(self, subject: Subject) -> None:
        """The choices are the same for all networks."""

    def question(self) -> StructureAnalysis:
        return self.choices.value

    def answer(self, subject: Subject, question: StructureAnalysis) -> Structure:
        if subject.connectome.n > MOST_UNITS:
            raise Invalid(
                f"Above {MOST_UNITS} units these measures take minutes, and this network has "
                f"{subject.connectome.n:,}: ask 'connectarium analyse {subject.reference} structure' for them."
            )
        return question.compute(question_to(subject))

    def draw(self, subject: Subject, answer: Structure) -> str:
        self.table.object = STYLE + table_of(answer)
        of, colours = subject.connectome, community_colours(answer)
        self._units.data = {
            "x": answer.degree, "y": answer.degree_of_partners, "name": list(of.names),
            "community": answer.community + 1, "colour": colours,
        }  # fmt: skip
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        if list(self._units.selected.indices) != list(units):
            self._echo = True
            self._units.selected.indices = list(units)
            self._echo = False

    def _measures_twin(self, subject: Subject, answer: Structure) -> Twin:
        return structure_twin(subject, answer)

    def _graph_twin(self, subject: Subject, answer: Structure) -> Twin:
        return graph_twin(subject, answer)

    def _boxed_or_tapped(self, _: str, __: list[int], new: list[int]) -> None:
        if self._echo or self.subject is None:
            return
        names = self.subject.connectome.names
        label = names[new[0]] if len(new) == 1 else f"{len(new)} units of the graph" if new else ""
        self.desk.select(Selection(tuple(sorted(new)), label))

    def _graph(self) -> Any:
        plot = look.figure(
            "structure_graph", "partners (degree)", "mean degree of the partners", frame_height=190,
            sizing_mode="stretch_width", tools="tap,box_select,lasso_select,reset", toolbar_location="above",
            active_drag="box_select",
        )  # fmt: skip
        with_tools(plot)
        dots = plot.scatter(
            "x", "y", source=self._units, size=6, fill_color="colour", line_color=None, fill_alpha=0.8,
            nonselection_fill_alpha=0.12, selection_line_color=look.QUIET,
        )  # fmt: skip
        tips = [("unit", "@name"), ("partners", "@x"), ("theirs", "@y{0.0}"), ("community", "@community")]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
        return plot


def community_colours(answer: Structure) -> list[str]:
    """The hue of every unit's community; small communities have none."""
    hues = look.condition_colours(COMMUNITIES)
    return [hues[k] if k < COMMUNITIES else look.QUIET for k in answer.community]


def table_of(answer: Structure) -> str:
    """Every measure, before and after training, with the change."""
    wide = answer.by_moment()
    heads = [*wide.columns, *(["change"] if len(wide.columns) == 2 else [])]
    heads = ["" if heads == ["after"] else head for head in heads]
    rows = "".join(_row(measure, list(values)) for measure, *values in wide.itertuples())
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("measure", *heads))
    return f"<table class='numbers'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(measure: str, values: list[float]) -> str:
    told = [*values, values[1] - values[0]] if len(values) == 2 else values
    cells = "".join(f"<td>{look.number(value)}</td>" for value in told)
    return f"<tr><td>{escape(measure)}</td>{cells}</tr>"


def sentences(subject: Subject, answer: Structure) -> str:
    """The main numbers."""
    now = answer.by_moment()["after"]
    q, sigma = (next((now[name] for name in now.index if name.startswith(what)), None) for what in ("Q, gre", "small"))
    communities = int(answer.community.max()) + 1
    said = f"<b>Q {look.number(q)} with {communities} {'community' if communities == 1 else 'communities'}, "
    said += f"small-worldness {look.number(sigma)}</b>, of the strongest weights of {subject.connectome.n:,} units. "
    said += "" if subject.is_trained else "Before training there is nothing to compare with. "
    return f"{said}{' '.join(map(escape, answer.remarks))} {ABOUT}"


def structure_twin(subject: Subject, answer: Structure) -> Twin:
    """The table for a paper; its CSV has every number."""
    wide = answer.by_moment()

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_axis_off()
        cells = [[measure, *map(look.number, values)] for measure, *values in wide.itertuples()]
        widths = [0.6, *[0.2] * len(wide.columns)]
        made = axes.table(cells, colLabels=["", *wide.columns], loc="center", colWidths=widths)
        made.auto_set_font_size(False)
        made.set_fontsize(5.5)
        for cell in made.get_celld().values():
            cell.set_linewidth(0)
            cell.set_height(1 / (len(cells) + 1))

    numbers = {"measure": list(wide.index)} | {name: wide[name].to_numpy() for name in wide}
    return Twin("Structure", draw, numbers, subject.experiment.to_link(), 0.75)


def graph_twin(subject: Subject, answer: Structure) -> Twin:
    """Degrees of units and of their partners, by community."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.scatter(
            answer.degree, answer.degree_of_partners, s=DOT, c=community_colours(answer), alpha=0.8, linewidths=0
        )
        axes.set(xlabel="partners (degree)", ylabel="mean degree of the partners")

    numbers = {
        "unit": list(subject.connectome.names), "degree": answer.degree,
        "mean_degree_of_partners": answer.degree_of_partners, "community": np.asarray(answer.community) + 1,
    }  # fmt: skip
    return Twin("Graph of the strongest weights", draw, numbers, subject.experiment.to_link())
