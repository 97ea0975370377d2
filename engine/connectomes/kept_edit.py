"""An edited connectome is kept in the user's library, with what its source obliges to, and wired from there."""

from engine.connectomes.catalogue import record
from engine.connectomes.composed import ComposedWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.frozen import frozen
from engine.connectomes.library import Library
from engine.connectomes.measured import MeasuredWiring
from engine.connectomes.record import Record
from engine.connectomes.signs import EdgeMajority, UnsignedUnits
from engine.connectomes.wiring import Wiring


def kept(connectome: Connectome, title: str, source: Wiring, library: Library) -> MeasuredWiring:
    """The connectome is in the library under this title; the wiring gives it back as it is, signs and areas too.

    Licence and citation are those of what it was made of; what was done to it is told by its record.
    """
    id = library.add(*frozen(connectome, title, facts_of(source)))
    signs = EdgeMajority() if connectome.signs.any() else UnsignedUnits()
    return MeasuredWiring(connectome=id, transform="raw", density=None, self_connections=True, signs=signs)


def facts_of(wiring: Wiring) -> dict[str, str]:
    """Facts of what a wiring is made of that hold for any edit of it; several sources are told one after the other."""
    records = measured_in(wiring)
    if not records:
        made = f"Generated: {wiring.title}."
        return {"about": f"Your own. {made}", "source": made, "citation": wiring.source, "licence": "your own"}
    told = {name: _joined(records, name) for name in ("species", "licence", "licence_url", "citation", "doi", "source")}
    return {**told, "about": f"Your own, made of: {_joined(records, 'title')}.", "level": records[0].level}


def measured_in(wiring: Wiring) -> tuple[Record, ...]:
    """The records of the measured connectomes in a wiring, each once."""
    if isinstance(wiring, MeasuredWiring):
        return (record(wiring.connectome),)
    if isinstance(wiring, ComposedWiring):
        found = {each.id: each for part in wiring.parts for each in measured_in(part.wiring)}
        return tuple(found.values())
    return ()


def _joined(records: tuple[Record, ...], name: str) -> str:
    return "; ".join(dict.fromkeys(str(getattr(each, name)) for each in records if getattr(each, name)))
