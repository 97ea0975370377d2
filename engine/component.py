"""A component is a frozen choice, and its fields are its parameters.

Everything a user can decide is a field of some `Component`. The fields carry their hard limits (pydantic `Field`),
their typical range in the literature (`Typical`), their unit (the suffix of the name) and their help (`description`).
Form, command line, link, sweep and documentation are all read off them through `parameters`.
"""

import difflib
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

UNITS = {"_ms": "ms", "_s": "s", "_hz": "Hz", "_um": "µm", "_mm": "mm", "_deg": "°", "_deg_s": "°/s"}


class Invalid(ValueError):
    """A request that cannot be met, said in one sentence; `address` names the parameter that it concerns, if any."""

    def __init__(self, sentence: str, address: str = ""):
        super().__init__(sentence)
        self.address = address


@dataclass(frozen=True)
class Typical:
    """The range that the literature uses: a slider spans it, a number box also accepts what lies outside."""

    low: float
    high: float
    step: float | None = None
    log: bool = False


@dataclass(frozen=True)
class Options:
    """Values that a text field may take, known only at run time: `of()` lists them as (value, label)."""

    of: Any


@dataclass(frozen=True)
class Parameter:
    """One leaf of a component tree, with all that a widget, a command line or a sweep must know about it."""

    address: str
    value: Any
    default: Any
    annotation: Any
    help: str
    unit: str
    low: float | None  # hard limits, as the maths permits
    high: float | None
    low_is_open: bool
    high_is_open: bool
    typical: Typical | None
    choices: tuple[str, ...] | None  # of a Literal or of a union's kinds
    optional: bool  # None is a value
    options: Options | None

    @property
    def name(self) -> str:
        return self.address.rsplit(".", 1)[-1]


class Component(BaseModel):
    """A frozen choice. `source` names the publication that its formulae follow."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)
    title: ClassVar[str] = ""
    source: ClassVar[str] = ""

    def value_at(self, address: str) -> Any:
        """The value at a dotted address; the empty address is the component itself."""
        if address:
            _require_address(self, address)
        return functools.reduce(_part, address.split(".") if address else (), self)

    def with_value(self, address: str, value: Any) -> Self:
        """A new component that differs from this one at `address` only.

        Setting a `kind` swaps the component there for that kind: fields that both share and that were changed keep
        their values where these are valid for the new kind. Raises Invalid with one sentence that names the address.
        """
        _require_address(self, address)
        return _changed_at(self, address.split("."), value, "")

    def with_values(self, values: dict[str, Any]) -> Self:
        """`with_value` for several addresses, kinds first."""
        result = self
        for address in sorted(values, key=lambda a: (not a.endswith("kind"), a.count("."))):
            result = result.with_value(address, values[address])
        return result

    @classmethod
    def read(cls, content: Any) -> Self:
        """A component from parsed JSON or from JSON text. Raises Invalid with one sentence that names the address."""
        try:
            if isinstance(content, (str, bytes)):
                return cls.model_validate_json(content)
            return cls.model_validate(content)
        except ValidationError as error:
            raise explained(error, cls) from None
        except RecursionError:
            raise Invalid("The description is nested too deeply to be an experiment of ours.") from None

    def changes(self) -> dict[str, Any]:
        """Only what differs from the defaults, as nested JSON values that `read` accepts."""
        return _changes(self)


def parameters(component: Component, prefix: str = "") -> Iterator[Parameter]:
    """Every leaf parameter below a component in order of declaration, depth first; a union's `kind` comes first."""
    for name, field in type(component).model_fields.items():
        address = f"{prefix}{name}"
        value = getattr(component, name)
        if isinstance(value, Component):
            kinds = tuple(kinds_of(field))
            if kinds:
                yield _kind_parameter(f"{address}.kind", value, field, kinds)
            yield from parameters(value, f"{address}.")
        elif name != "kind":
            yield _leaf(address, value, field)


def kinds_of(field: FieldInfo) -> dict[str, type[Component]]:
    """The members of a union field by kind; empty if the field holds one fixed class."""
    return _kinds_in(field.annotation)


def element_kinds(field: FieldInfo) -> dict[str, type[Component]]:
    """The kinds of component that a field of the form `tuple[A | B, ...]` may list; "" is a single kindless class."""
    element = _element(field.annotation)
    members = [m for m in _union_members(element) if isinstance(m, type) and issubclass(m, Component)]
    if len(members) == 1:
        kind = members[0].model_fields.get("kind")
        return {kind.default if kind else "": members[0]}
    return _kinds_in(element)


def _kinds_in(annotation: Any) -> dict[str, type[Component]]:
    members = [m for m in _union_members(annotation) if isinstance(m, type) and issubclass(m, Component)]
    return {m.model_fields["kind"].default: m for m in members if "kind" in m.model_fields} if len(members) > 1 else {}


def near(name: str, names: Any) -> str:
    """' Did you mean …?' for the nearest of `names`, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def meant(address: str, tried: str, beside: list[str], everywhere: list[str]) -> str:
    """' Did you mean …?' for an unknown address: the one whose last name is most alike, rather beside than elsewhere.

    `tried` is its beginning up to the name that is unknown, `beside` what could stand there.
    """

    def alike(one: str, other: str) -> float:
        return difflib.SequenceMatcher(None, one, other).ratio()

    def score(other: str) -> float:
        return alike(name, other.rpartition(".")[2]) + 0.05 * (other in beside) + 0.05 * alike(address, other)

    name = address.rpartition(".")[2]
    best = max([*beside, *everywhere], key=score, default="")
    far = alike(name, best.rpartition(".")[2]) < 0.6 or (name == "kind" and alike(address, best) < 0.6)
    return near(tried, beside) if far else f" Did you mean '{best}'?"


def explained(error: ValidationError, model: type[Component], prefix: str = "") -> Invalid:
    """The first fault of a pydantic error as one sentence of ours."""
    fault = error.errors(include_url=False)[0]
    names = [str(part) for part in fault["loc"]]
    address = ".".join([*([prefix] if prefix else []), *_without_kinds(model, names)])
    if fault["type"] == "extra_forbidden":
        return _unknown(model, names, address, prefix)
    if fault["type"] == "json_invalid":
        return Invalid(f"This is not JSON: {fault['ctx']['error']}.")
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        context = fault.get("ctx", {})
        expected = context.get("expected_tags") or ", ".join(
            f"'{kind}'" for kind in _kinds_in(_annotation_at(model, names))
        )
        tag = context.get("tag")
        said = f"'{tag}' is not a kind of {address}" if tag else f"{address} needs a 'kind'"
        return Invalid(f"{said}; known are {expected}.{near(str(tag), _quoted(expected))}", f"{address}.kind")
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message = "should be an object" if fault["type"] in ("model_type", "model_attributes_type") else message
    said = message if fault["type"] == "value_error" else f"{_shown(fault['input'])}, but it {message}"
    where = f"{address or f'The {model.__name__.lower()}'} is {said}" if fault["type"] != "value_error" else message
    return Invalid(where.rstrip(".") + ".", address)


def _unknown(model: type[Component], names: list[str], address: str, prefix: str) -> Invalid:
    owner = _model_at(model, names[:-1])
    stem = address.rpartition(".")[0]
    known = [f"{stem}.{f}" if stem else f for f in (owner.model_fields if owner else ())]
    try:
        everywhere = [p.address for p in parameters(model(), f"{prefix}." if prefix else "")]
    except ValidationError:
        everywhere = []  # a component that has no defaults
    return Invalid(f"There is no parameter '{address}'.{meant(address, address, known, everywhere)}", address)


def _quoted(expected: str) -> list[str]:
    return [part.strip(" '") for part in expected.split(",")]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _without_kinds(model: type[Component], names: list[str]) -> list[str]:
    """Pydantic puts the union's tag into the location; an address does not."""
    kept: list[str] = []
    annotation: Any = model
    for name in names:
        kinds = _kinds_in(annotation)
        if name in kinds:
            annotation = kinds[name]
            continue
        kept.append(name)
        annotation = _below(annotation, name)
    return kept


def _below(annotation: Any, name: str) -> Any:
    """The annotation of one field of a component, or of one element of a tuple."""
    if name.isdecimal():
        return _element(annotation)
    owner = next((m for m in _union_members(annotation) if isinstance(m, type) and issubclass(m, Component)), None)
    field = owner.model_fields.get(name) if owner else None
    return field.annotation if field else None


def _element(annotation: Any) -> Any:
    """X of `tuple[X, ...]`, else nothing."""
    lists = (m for m in _union_members(annotation) if get_origin(m) is tuple)
    return next((get_args(m)[0] for m in lists if get_args(m)[1:] == (Ellipsis,)), None)


def _model_at(model: type[Component], names: list[str]) -> type[Component] | None:
    members = _union_members(_annotation_at(model, names))
    return next((m for m in members if isinstance(m, type) and issubclass(m, Component)), None)


def _annotation_at(model: type[Component], names: list[str]) -> Any:
    annotation: Any = model
    for name in names:
        kinds = _kinds_in(annotation)
        annotation = kinds[name] if name in kinds else _below(annotation, name)
    return annotation


def _union_members(annotation: Any) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _union_members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(m for part in get_args(annotation) for m in _union_members(part))
    return (annotation,)


def _part(owner: Any, name: str) -> Any:
    return owner[int(name)] if isinstance(owner, tuple) else getattr(owner, name)


def _require_address(root: Component, address: str) -> None:
    owner: Any = root
    names = address.split(".")
    for depth, name in enumerate(names):
        where = ".".join(names[:depth])
        if isinstance(owner, tuple) and any(isinstance(item, Component) for item in owner):
            if not (name.isdecimal() and int(name) < len(owner)):
                raise Invalid(f"'{where}' has the parts 0 to {len(owner) - 1}; '{address}' asks for '{name}'.", address)
        elif not isinstance(owner, Component):
            raise Invalid(f"'{where}' in '{address}' has no parts of its own.", address)
        elif name not in (fields := type(owner).model_fields):
            known = [f"{where}.{f}" if where else f for f in fields]
            tried = f"{where}.{name}" if where else name
            said = meant(address, tried, known, [p.address for p in parameters(root)])
            raise Invalid(f"There is no parameter '{address}'.{said}", address)
        owner = _part(owner, name)


def _changed_at(owner: Component, names: list[str], value: Any, prefix: str) -> Any:
    head, *rest = names
    new = _replaced(getattr(owner, head), type(owner).model_fields[head].annotation, rest, value, f"{prefix}{head}")
    try:
        return type(owner).model_validate({**_shallow(owner), head: new})
    except ValidationError as error:
        raise explained(error, type(owner), prefix.rstrip(".")) from None


def _replaced(old: Any, annotation: Any, names: list[str], value: Any, address: str) -> Any:
    """What stands at an address after `value` was set at `names` below it."""
    if not names:
        return value
    if names == ["kind"]:
        return _swap_kind(_kinds_in(annotation), old, value, address)
    if isinstance(old, tuple):
        index, *rest = names
        new = _replaced(old[int(index)], _element(annotation), rest, value, f"{address}.{index}")
        return (*old[: int(index)], new, *old[int(index) + 1 :])
    return _changed_at(old, names, value, f"{address}.")


def _swap_kind(kinds: dict[str, type[Component]], child: Any, kind: Any, address: str) -> Component:
    if kind not in kinds:
        known = ", ".join(kinds) or "none, since it has one form only"
        name = address.rpartition(".")[2]
        raise Invalid(
            f"'{kind}' is not a kind of {name}; known are {known}.{near(str(kind), kinds)}", f"{address}.kind"
        )
    new, plain = kinds[kind](), _shallow(type(child)())
    for field, value in _shallow(child).items():
        if field != "kind" and field in type(new).model_fields and value != plain[field]:
            try:
                new = new.with_value(field, value)
            except Invalid:
                continue  # not a valid value for this kind: its own default stays
    return new


def _shallow(component: Component) -> dict[str, Any]:
    return {name: getattr(component, name) for name in type(component).model_fields}


def _changes(component: Component) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, field in type(component).model_fields.items():
        value = getattr(component, name)
        default = field.get_default(call_default_factory=True)
        if name == "kind" or value == default:
            continue
        if isinstance(value, Component):
            inner = _changes(value)
            if kinds_of(field):
                inner = {"kind": value.kind, **inner}  # type: ignore[attr-defined]
            changed[name] = inner
        elif isinstance(value, tuple) and value and all(isinstance(item, Component) for item in value):
            kinds = len(element_kinds(field)) > 1
            changed[name] = [({"kind": item.kind} if kinds else {}) | _changes(item) for item in value]
        else:
            changed[name] = component.model_dump(mode="json", include={name})[name]
    return changed


def _kind_parameter(address: str, value: Component, field: FieldInfo, kinds: tuple[str, ...]) -> Parameter:
    default = field.get_default(call_default_factory=True)
    return Parameter(
        address, value.kind, getattr(default, "kind", None), Literal[kinds], field.description or "", "",
        None, None, False, False, None, kinds, False, None,
    )  # fmt: skip  # type: ignore[attr-defined]


def _leaf(address: str, value: Any, field: FieldInfo) -> Parameter:
    members = _union_members(field.annotation)
    bounds = {key: getattr(m, key) for m in field.metadata for key in ("gt", "ge", "lt", "le") if hasattr(m, key)}
    choices = next((get_args(m) for m in members if get_origin(m) is Literal), None)
    return Parameter(
        address=address,
        value=value,
        default=field.get_default(call_default_factory=True),
        annotation=field.annotation,
        help=field.description or "",
        unit=next((UNITS[s] for s in sorted(UNITS, key=len, reverse=True) if address.endswith(s)), ""),
        low=bounds.get("ge", bounds.get("gt")),
        high=bounds.get("le", bounds.get("lt")),
        low_is_open="gt" in bounds,
        high_is_open="lt" in bounds,
        typical=next((m for m in field.metadata if isinstance(m, Typical)), None),
        choices=choices,
        optional=type(None) in members,
        options=next((m for m in field.metadata if isinstance(m, Options)), None),
    )
