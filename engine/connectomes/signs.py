"""Who excites and who inhibits: by a ratio, by transmitter, by the majority of signed connections, or not at all."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int, Int8
from pydantic import Field

from engine.component import Component, Invalid, Typical

SIGN_OF = {"excitatory": 1, "inhibitory": -1, "free": 0}
TRANSMITTER_SIGN = {"acetylcholine": 1, "glutamate": 1, "GABA": -1}
Fraction = Annotated[
    float,
    Field(ge=0, le=1, description="Share of excitatory units; 0.8 is usual for cortex."),
    Typical(0.5, 1.0, 0.01),
]
Unknown = Annotated[
    Literal["excitatory", "inhibitory", "free"],
    Field(description="What units are whose sign the data do not tell; Dale's law needs a sign for all."),
]


@dataclass(frozen=True, eq=False)
class Unsigned:
    """Connections whose sources have no sign yet, and what is known that could give them one.

    `edge_signs` are -1, 0 (unknown) or 1; `evidence` is the sum of a unit's signed connections, as measured.
    """

    strengths: Float[np.ndarray, "post pre"]
    areas: tuple[str, ...]
    regions: tuple[str, ...]
    edge_signs: Int8[np.ndarray, "post pre"] | None = None
    evidence: Float[np.ndarray, " pre"] | None = None
    transmitters: tuple[str, ...] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The sign rules that have what they need."""
        ratios = ("ratio_by_unit", "ratio_by_region", "unsigned")
        majority = () if self.evidence is None else ("edge_majority",)
        return (*majority, *(() if self.transmitters is None else ("transmitter",)), *ratios)


class SignRule(Component):
    """Base of the sign rules. Subclasses are final."""

    @abstractmethod
    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        """The sign of every unit, and what a user should know about it."""


class RatioByUnit(SignRule):
    """A share of the units of every area is excitatory, drawn at random, sparing one in each area while possible."""

    kind: Literal["ratio_by_unit"] = "ratio_by_unit"
    title: ClassVar[str] = "E/I ratio, unit by unit"
    source: ClassVar[str] = "Song HF, Yang GR, Wang XJ (2016) PLoS Comput Biol 12:e1004792"
    excitatory_fraction: Fraction = 0.8

    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        names = list(dict.fromkeys(unsigned.areas))
        area = np.array([names.index(a) for a in unsigned.areas])
        order = np.argsort(rng.random(len(area)))  # drawn before the share is looked at, so a slider moves few units
        inhibitory = len(area) - int(self.excitatory_fraction * len(area) + 0.5)
        quotas = shares(np.bincount(area), inhibitory)
        signs = np.ones(len(area), np.int8)
        for index, quota in enumerate(quotas):
            signs[order[area[order] == index][:quota]] = -1
        return signs, ()


class RatioByRegion(SignRule):
    """A share of the regions is excitatory, drawn at random; all units of a region have its sign."""

    kind: Literal["ratio_by_region"] = "ratio_by_region"
    title: ClassVar[str] = "E/I ratio, region by region"
    source: ClassVar[str] = (
        "Song HF, Yang GR, Wang XJ (2016) PLoS Comput Biol 12:e1004792, with regions in the place of units"
    )
    excitatory_fraction: Fraction = 0.8

    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        names, region = np.unique(np.array(unsigned.regions), return_inverse=True)
        wanted = len(region) - int(self.excitatory_fraction * len(region) + 0.5)
        inhibitory, sizes = np.zeros(len(names), bool), np.bincount(region)
        for index in rng.permutation(len(names)):
            if sizes[inhibitory].sum() + sizes[index] / 2 <= wanted:
                inhibitory[index] = True
        return np.where(inhibitory[region], -1, 1).astype(np.int8), ()


class Transmitter(SignRule):
    """Acetylcholine and glutamate excite, GABA inhibits; of several transmitters the first in this order counts."""

    kind: Literal["transmitter"] = "transmitter"
    title: ClassVar[str] = "By transmitter"
    source: ClassVar[str] = (
        "Wang C et al. (2024) eLife 13:RP95402; Fenyves BG et al. (2020) PLoS Comput Biol 16:e1007974"
    )
    unknown_is: Unknown = "excitatory"

    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        if unsigned.transmitters is None:
            raise _impossible(self.kind, "names no transmitters", unsigned)
        known = np.array([_sign_of(transmitter) for transmitter in unsigned.transmitters], np.int8)
        return _filled(known, self.unknown_is, "has no transmitter of known sign", "have no transmitter of known sign")


class EdgeMajority(SignRule):
    """A unit has the sign of the sum of its signed connections; connections that contradict it take its sign."""

    kind: Literal["edge_majority"] = "edge_majority"
    title: ClassVar[str] = "By majority of its connections"
    source: ClassVar[str] = "ours: the smallest change of weight that makes measured signs obey Dale's law"
    unknown_is: Unknown = "excitatory"

    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        if unsigned.evidence is None or unsigned.edge_signs is None:
            raise _impossible(self.kind, "signs no connection", unsigned)
        known = np.sign(unsigned.evidence).astype(np.int8)
        signs, remarks = _filled(
            known, self.unknown_is, "has no majority of signed connections", "have no majority of signed connections"
        )
        against = (unsigned.strengths > 0) & (unsigned.edge_signs * signs[None, :] < 0)
        if against.any():
            units = int(against.any(0).sum())
            of = f"of {units} unit{'s' if units > 1 else ''}"
            said = "contradict the majority sign of their source and take it, so that Dale's law holds"
            remarks += (f"{_connections(against)} {of} {said}.",)
        return signs, remarks


class UnsignedUnits(SignRule):
    """No unit has a sign: weights are as measured and free to change sign. Dale's law has to be off."""

    kind: Literal["unsigned"] = "unsigned"
    title: ClassVar[str] = "No signs"
    source: ClassVar[str] = "ours: for comparison"

    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        return np.zeros(len(unsigned.areas), np.int8), ()


AnySigns = RatioByUnit | RatioByRegion | Transmitter | EdgeMajority | UnsignedUnits
Signs = Annotated[AnySigns, Field(discriminator="kind", description="Which units excite and which inhibit.")]


def signed_weights(unsigned: Unsigned, signs: Int8[np.ndarray, " pre"]) -> Float[np.ndarray, "post pre"]:
    """Strengths with the sign of their source; where it has none, with their own, positive if that is unknown."""
    own = 1 if unsigned.edge_signs is None else np.where(unsigned.edge_signs < 0, np.int8(-1), np.int8(1))
    return unsigned.strengths * np.where(signs[None, :] != 0, signs[None, :], own)


def shares(sizes: Int[np.ndarray, " areas"], wanted: int) -> Int[np.ndarray, " areas"]:
    """`wanted` units spread over areas in proportion to their sizes, sparing one in each as long as possible."""
    most = sizes - 1 if wanted <= (sizes - 1).sum() else sizes
    ideal = wanted * sizes / sizes.sum()
    quotas = np.minimum(np.floor(ideal).astype(int), most)
    while quotas.sum() < wanted:
        room = np.where(quotas < most, ideal - quotas, -np.inf)
        quotas[np.argmax(room)] += 1
    return quotas


def _sign_of(transmitter: str) -> int:
    return next((TRANSMITTER_SIGN[part] for part in transmitter.split("+") if part in TRANSMITTER_SIGN), 0)


def _filled(known: np.ndarray, unknown_is: str, one: str, many: str) -> tuple[np.ndarray, tuple[str, ...]]:
    unknown = int((known == 0).sum())
    if not unknown:
        return known, ()
    taken = "stay without a sign" if unknown_is == "free" else f"taken as {unknown_is}"
    said = f"{unknown} unit{'s' if unknown > 1 else ''} {many if unknown > 1 else one}: {taken}."
    return np.where(known == 0, SIGN_OF[unknown_is], known).astype(np.int8), (said,)


def _connections(mask: np.ndarray) -> str:
    count = int(mask.sum())
    return f"{count} connection{'s' if count > 1 else ''}"


def _impossible(kind: str, because: str, unsigned: Unsigned) -> Invalid:
    works = ", ".join(unsigned.kinds)
    return Invalid(
        f"Signs cannot come from '{kind}', since this wiring {because}; what works is {works}.", "wiring.signs.kind"
    )
