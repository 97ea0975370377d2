"""Which control fits a field that holds more than a number, a choice or a word of its own."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, get_args, get_origin

from app.control import Control, base_type
from app.controls import Text, control
from app.lists import Components, FormFor
from app.runs import store
from app.session import Session
from app.session_control import SessionControl
from app.views import name_controls as names
from app.views.curriculum import EasyValues, LessonList, LessonParameter
from app.views.loss_composer import ObjectiveList
from app.views.name_controls import NameList, OneName, Selector
from app.views.probability_table import ProbabilityTable
from app.views.row_controls import ByName, Connections, PlainRows, SquareTable
from app.views.stage_editor import StageList
from engine.component import Component, Parameter, element_kinds
from engine.connectomes.catalogue import labels_of, measurement, record
from engine.connectomes.layout import areas_by
from engine.own_files import code_files, data_files
from engine.training.curriculum import Lesson
from engine.training.objectives import Objective
from engine.training.stage import FROZEN, ReadoutStage, Stage

MOST_RUNS = 200  # that are suggested
Makes = Callable[[Parameter, Session], Control]


class Elsewhere(SessionControl):
    """Nothing to see: another control stands for this field too."""

    def build(self) -> Any:
        return Text(self.parameter, self.session.change).layout

    def put(self, value: Any) -> None:
        """Shown elsewhere."""


def fitted(parameter: Parameter, session: Session) -> Control:
    """The control that fits a field of the experiment, wherever its component stands."""
    makes = _own(parameter, session) or _of_choices(parameter)
    if makes is None:
        return control(parameter, session.change)
    made = makes(parameter, session)
    made.layout.visible = not isinstance(made, Elsewhere)
    return made


def has_own(parameter: Parameter, session: Session) -> bool:
    """Whether a list of components has a table of its own instead of a fold for each."""
    return _own(parameter, session) is not None


def listed(parameter: Parameter, session: Session, form: FormFor) -> Components:
    """The control of a list of components: those of the training have one of their own."""
    owner, _, name = parameter.address.rpartition(".")
    kinds = element_kinds(type(session.experiment.value_at(owner)).model_fields[name]).values()
    made = next((made for of, made in LISTS if all(issubclass(kind, of) for kind in kinds)), Components)
    return made(parameter, session, form)


def _own(parameter: Parameter, session: Session) -> Makes | None:
    owner = type(session.experiment.value_at(parameter.address.rpartition(".")[0]))
    names_ = (*(kind.__name__ for kind in owner.__mro__), "")
    return next((FITTING[name, parameter.name] for name in names_ if (name, parameter.name) in FITTING), None)


def _of_choices(parameter: Parameter) -> Makes | None:
    """Several of some given words."""
    members = get_args(base_type(parameter.annotation))
    if get_origin(base_type(parameter.annotation)) is tuple and members and get_origin(members[0]) is Literal:
        return _several(lambda _, __: get_args(members[0]), "none")
    return None


def _parts(_: Session, owner: Any) -> tuple[str, ...]:
    return tuple(part.name for part in owner.parts)


def _pairs(session: Session, owner: Component) -> tuple[str, ...]:
    """The areas or parts that exceptions are about."""
    wiring: Any = session.experiment.wiring
    listed = getattr(wiring, "areas", None) or getattr(wiring, "parts", ())
    return tuple(item.name for item in listed)


def _regions(session: Session, owner: Any) -> tuple[str, ...]:
    """The regions of the measured connectome, while there are not too many for a table."""
    wiring: Any = session.experiment.wiring
    found = record(wiring.connectome)
    return measurement(found.id, wiring.matrix).names if found.available and found.n <= 1000 else ()


def _measured_areas(_: Session, owner: Any) -> tuple[str, ...]:
    labels, n = labels_of(owner.connectome, owner.matrix)
    return tuple(dict.fromkeys(areas_by(labels, owner.area_by or record(owner.connectome).area_by, n)))


def _maps(session: Session, _: Component) -> tuple[str, ...]:
    return tuple(record(session.experiment.wiring.connectome).maps)


def _matrices(_: Session, owner: Any) -> tuple[str, ...]:
    return tuple(matrix.name for matrix in record(owner.connectome).matrices)


def _area_labels(_: Session, owner: Any) -> tuple[str, ...]:
    return (*record(owner.connectome).area_labels, "one")


def _cut_labels(session: Session, _: Component) -> tuple[str, ...]:
    return tuple(_labels_to_cut_by(session))


def _cut_values(session: Session, owner: Any) -> tuple[str, ...]:
    return tuple(_labels_to_cut_by(session).get(owner.label, ()))


def _labels_to_cut_by(session: Session) -> Mapping[str, Iterable[str]]:
    """Those of the connectome of the experiment, or of the one that is being imported."""
    wiring = getattr(session.experiment, "wiring", None)
    return session.connectome.labels if wiring is None else record(wiring.connectome).area_labels


def _names_of(field: str) -> Callable[[Any], list[str]]:
    return lambda owner: [item if isinstance(item, str) else item.name for item in getattr(owner, field)]


def _old_names(session: Session, owner: Any) -> tuple[str, ...]:
    return tuple(names.areas(session, owner) if owner.what == "area" else names.types(session, owner))


def _runs(_: Session, __: Component) -> tuple[str, ...]:
    """Ids of the kept runs whose weights can be read."""
    return tuple(summary.id for summary in store().runs() if summary.is_readable)[:MOST_RUNS]


def _one(suggest: names.Suggest, empty: str = "") -> Makes:
    return partial(OneName, suggest=suggest, empty=empty)


def _several(suggest: names.Suggest, empty: str = "all") -> Makes:
    return partial(NameList, suggest=suggest, empty=empty)


_CONNECTIONS = partial(Connections, units=names.units)
FITTING: dict[tuple[str, str], Makes] = {
    **{("", f"{side}_areas"): _several(names.areas) for side in ("pre", "post")},
    **{("", f"{side}_types"): _several(names.types) for side in ("pre", "post")},
    **{(of, "units"): _several(names.units, "none") for of in ("RemoveUnits", "KeepUnits", "FlipSigns", "UnitsOfArea")},
    **{(of, "areas"): _several(names.areas, "none") for of in ("RemoveUnits", "KeepUnits", "FlipSigns")},
    **{(of, "types"): _several(names.types, "none") for of in ("RemoveUnits", "KeepUnits", "FlipSigns")},
    ("Lesion", "areas"): _several(names.areas),
    ("Lesion", "types"): _several(names.types),
    ("CellTypes", "areas"): _several(names.areas),
    ("CellTypes", "cell_types"): PlainRows,
    ("TypeDensities", "types"): _several(names.types, "none"),
    ("TypeDensities", "densities"): partial(SquareTable, names=_names_of("types")),
    ("UnitsOfArea", "area"): _one(names.areas),
    ("Rename", "names"): partial(PlainRows, suggests={"old": _old_names, "new": _old_names}),
    **{(of, "names"): _CONNECTIONS for of in ("AddConnections", "RemoveConnections")},
    **{(of, end): Elsewhere for of in ("AddConnections", "RemoveConnections") for end in ("pre", "post", "weights")},
    ("ArrayTask", "file"): _one(lambda _, __: data_files(), "a file with your trials"),
    ("OwnTask", "file"): _one(lambda _, __: code_files(), "a Python file of yours"),
    ("FromRun", "run"): _one(_runs, "the id of a kept run"),
    ("LabelCut", "label"): _one(_cut_labels),
    ("LabelCut", "values"): _several(_cut_values),
    ("NeighbourhoodCut", "names"): _several(names.units, "none"),
    ("Listed", "units"): partial(ByName, names=_regions),
    ("Densities", "map"): _one(_maps, "none"),
    ("Densities", "listed"): partial(ByName, names=_regions),
    ("MeasuredWiring", "merged_areas"): partial(ByName, names=_measured_areas, kind="text"),
    ("MeasuredWiring", "matrix"): _one(_matrices, "the first"),
    ("MeasuredWiring", "area_by"): _one(_area_labels, "as recorded"),
    ("AreasWiring", "areas"): PlainRows,
    ("AreasWiring", "densities"): partial(SquareTable, names=_names_of("areas")),
    ("ComposedWiring", "densities"): partial(SquareTable, names=_names_of("parts")),
    ("AreaPair", "pre"): _one(_pairs),
    ("AreaPair", "post"): _one(_pairs),
    ("PopulationsWiring", "populations"): PlainRows,
    ("PopulationsWiring", "table"): ProbabilityTable,
    ("TargetRule", "from_type"): _one(names.types, "any"),
    ("TargetRule", "to_type"): _one(names.types, "any"),
    ("SynapseRule", "pre"): partial(Selector, suggest=names.sources),
    ("SynapseRule", "post"): partial(Selector, suggest=names.targets),
    ("", "gated_by"): _several(lambda session, _: session.experiment.task.input_names, "none"),
    ("UnitGroup", "by"): _one(names.labels),
    ("UnitGroup", "name"): _one(names.bearers),
    ("RateObjective", "units"): partial(Selector, suggest=names.selectors),
    ("", "epochs"): _several(names.epochs, "none"),
    ("", "freeze"): _several(lambda _, __: FROZEN, "nothing"),
    ("Lesson", "parameter"): LessonParameter,
    ("Lesson", "values"): EasyValues,
    ("FromFunction", "measures"): _several(names.measures, "correlation and sttc, or those there are"),
}
LISTS: tuple[tuple[tuple[type[Component], ...], type[Components]], ...] = (
    ((Objective,), ObjectiveList),
    ((Stage, ReadoutStage), StageList),
    ((Lesson,), LessonList),
)
