"""Connectomes that lie elsewhere: whose they are is told before anything is fetched."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.clock import every
from app.session import Session
from app.views.cards import cards
from app.views.small_button import small_button
from engine.component import Invalid
from engine.connectomes import downloads
from engine.connectomes.downloads import Cancelled, Offer, OtherBytes

REFRESH_MS = 250
NON_COMMERCIAL = "My use is not commercial, as its licence demands."
Then = Callable[[tuple[Path, ...], Mapping[str, Any]], None]


class Downloads(pn.viewable.Viewer):
    """A searchable list of offers; `then(paths, answers)` hears that one is at hand, with what its publisher says."""

    def __init__(self, session: Session, then: Then):
        super().__init__()
        self.session, self.then = session, then
        self.offers = {offer.id: offer for offer in downloads.offers()}
        self.fetching: _Fetching | None = None
        self._stop_clock: Callable[[], None] = lambda: None
        self._accepted: tuple[str, ...] = ()
        self.cards = cards("connectomes to download", tall=True, items=[_card(offer) for offer in self.offers.values()])
        self.cards.param.watch(lambda _: self._choose(), "value")
        self._build()
        self._choose()

    def __panel__(self) -> Any:
        return self.layout

    @property
    def chosen(self) -> Offer | None:
        """The offer that is looked at."""
        return self.offers.get(self.cards.value)

    def close(self) -> None:
        """Nobody waits any more; what came is kept for another time."""
        if self.fetching is not None:
            self.fetching.wanted = False

    def _build(self) -> None:
        self.about = look.text("", "offer", margin=(0, 4, 8, 4))
        self.consent = pmui.Checkbox(label=NON_COMMERCIAL, value=False, size="small", margin=(4, 0))
        self.consent.param.watch(lambda _: self._offer_acts(), "value")
        self.fetch = small_button("Download", "download", "contained", lambda: self._fetch(()))
        self.anyway = small_button("Use anyway", "warning", "outlined", lambda: self._fetch(self._accepted))
        self.cancel = small_button("Cancel", "close", "text", self.close)
        self.bar = pmui.LinearProgress(value=0, sizing_mode="stretch_width", margin=(10, 4))
        self.told = look.note("", margin=(2, 4))
        self.fault = look.text("", "problem", margin=(8, 0), visible=False)
        acts = pn.Row(self.fetch, self.anyway, self.cancel, margin=0)
        detail = pn.Column(
            self.about, self.consent, acts, self.bar, self.told, self.fault,
            css_classes=["import-preview", "wide"], stylesheets=[look.stylesheet()], margin=0,
        )  # fmt: skip
        left = pn.Column(self.cards, css_classes=["import-questions"], stylesheets=[look.stylesheet()], margin=0)
        self.layout = pn.Row(
            left, detail, css_classes=["import"], stylesheets=[look.stylesheet()], margin=(8, 0, 0, 0),
            sizing_mode="stretch_width",
        )  # fmt: skip

    def _choose(self) -> None:
        offer = self.chosen
        self.about.object = _about(offer) if offer else "Choose a connectome to see its licence and what to cite."
        self._accepted = ()
        self.consent.param.update(value=False, visible=bool(offer and offer.non_commercial))
        if self.fetching is None:
            self._say("")
        self._offer_acts()

    def _offer_acts(self) -> None:
        offer, busy = self.chosen, self.fetching is not None
        allowed = offer is not None and not busy and (self.consent.value or not offer.non_commercial)
        self.fetch.param.update(disabled=not allowed, visible=offer is not None)
        self.anyway.param.update(visible=bool(self._accepted) and not busy, disabled=not allowed)
        for part in (self.cancel, self.bar, self.told):
            part.visible = busy

    def _fetch(self, accepted: tuple[str, ...]) -> None:
        offer = self.chosen
        if offer is None or self.fetching is not None:
            return
        self._say("")
        self.fetching = fetching = _Fetching(offer)
        self._follow()
        self._offer_acts()
        self._stop_clock = every(self.session, REFRESH_MS, self._follow)
        self.session.background.latest(
            "download", partial(fetching.fetched, accepted), partial(self._here, offer), self._failed, waits=True
        )

    def _follow(self) -> None:
        if self.fetching is not None:
            here, of = self.fetching.here, self.fetching.offer.bytes
            self.bar.value = round(100 * here / max(1, of))
            said = f"{look.escaped(self.fetching.offer.title)}: {_size(here)} of {_size(of)}"
            self.told.object = said if self.fetching.wanted else "Cancelling …"

    def _here(self, offer: Offer, path: Path | None) -> None:
        self._ended()
        if path is None:
            self._say("Cancelled; what came is kept, and Download goes on from there.")
            return
        paths = tuple(sorted(p for p in path.iterdir() if not p.name.endswith(".part"))) if path.is_dir() else (path,)
        self.then(paths, offer.told())

    def _failed(self, fault: Invalid) -> None:
        self._accepted = (*self._accepted, fault.found) if isinstance(fault, OtherBytes) else ()
        self._ended()
        self._say(str(fault))

    def _ended(self) -> None:
        self.fetching = None
        self._stop_clock()
        self._offer_acts()

    def _say(self, sentence: str) -> None:
        self.fault.param.update(object=look.escaped(sentence), visible=bool(sentence))


class _Fetching:
    """One download under way, as its thread tells it and the page reads it."""

    def __init__(self, offer: Offer):
        self.offer, self.here, self.wanted = offer, 0, True

    def fetched(self, accepted: tuple[str, ...]) -> Path | None:
        """The path of what was fetched; None if it was cancelled."""
        try:
            return downloads.downloaded(self.offer, downloads.cache(), self._progress, accepted)
        except Cancelled:
            return None

    def _progress(self, here: int, _: int) -> bool:
        self.here = here
        return self.wanted


def _card(offer: Offer) -> dict[str, str]:
    is_field = offer.id.startswith("microns_")
    return {
        "value": offer.id, "title": offer.title, "picture": "", "disabled": "",
        "facts": f"{offer.species} · {_size(offer.bytes)} · {offer.licence}",
        "more": offer.citation, "group": "MICrONS fields of mouse visual cortex" if is_field else "Brains and regions",
    }  # fmt: skip


def _about(offer: Offer) -> str:
    hosts = sorted({file.url.split("/")[2] for file in offer.files})
    many = look.counted(len(offer.files), "file")
    rows = {
        "Species": offer.species, "Licence": offer.licence, "Please cite": offer.citation, "Terms": offer.terms,
        "About": offer.about, "Download": f"{_size(offer.bytes)} in {many} from {', '.join(hosts)}; each is checked "
        "against the hash that we know.",
    }  # fmt: skip
    told = "".join(f"<dt>{name}</dt><dd>{look.escaped(text)}</dd>" for name, text in rows.items() if text)
    return f"<b>{look.escaped(offer.title)}</b><dl>{told}</dl>"


def _size(size: int) -> str:
    return f"{look.number(size / 1e6)} MB" if size >= 1e5 else f"{look.number(size / 1e3)} kB"
