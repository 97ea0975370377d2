"""What a page of shadow roots owes to visitors without a mouse: dialogs hold the focus, and tabs obey keys."""

from bokeh.document import Document
from bokeh.models import CustomJS

# MUI's dialogs ask `document.activeElement` whether they have the focus, which never looks into a shadow root: so Tab
# leads out of them, Escape is not heard then, and what opened them does not get the focus back. Bokeh's tabs can be
# reached by Tab but do nothing on Enter. Cells of a table that nobody may edit drop the focus that they ask for, and
# its boxes are all called "Select Row".
CODE = """
if (window.connectariumKeyboard) return;
window.connectariumKeyboard = true;
const REACHED = 'a[href], button, input, select, textarea, summary, [tabindex]';
const opened = [];
let actor = null;
const active = () => {
    let found = document.activeElement;
    while (found && found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
    return found;
};
const isSeen = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== 'hidden';
const isReached = (one) => one.matches(REACHED) && one.tabIndex >= 0 && !one.disabled && isSeen(one) &&
    !('testid' in one.dataset) && one.role !== 'presentation' && one.role !== 'gridcell';
const within = (root, found = []) => {
    for (const one of root.tagName === 'SLOT' ? root.assignedElements() : (root.shadowRoot || root).children) {
        if (isReached(one)) found.push(one);
        within(one, found);
    }
    return found;
};
const is = (one, kind) => one.classList && one.classList.contains(kind);
const top = () => {
    while (opened.length && !opened.at(-1).modal.isConnected) {
        const {from} = opened.pop(), now = active();
        if (from && from.isConnected && (!now || now === document.body || !now.isConnected)) from.focus();
    }
    return opened.at(-1);
};
const watch = () => { if (top()) setTimeout(watch, 150); };
const taken = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
const named = (one) => {
    const row = one.closest('.tabulator-row'), name = row && row.querySelector('[tabulator-field=name]');
    if (one.type === 'checkbox' && name) one.setAttribute('aria-label', 'Choose ' + name.innerText.trim());
    return one;
};
const modal_of = (one) => {
    for (; one; one = one.assignedSlot || one.parentNode || one.host) if (is(one, 'MuiModal-root')) return one;
    return null;
};
const register = (now) => {
    const modal = modal_of(now);
    if (modal && !opened.some((one) => one.modal === modal)) {
        opened.push({modal, from: actor});
        if (opened.length === 1) watch();
    }
};
window.addEventListener('keydown', (event) => {
    const now = active();
    register(now);  // no event tells of a focus that moves within one shadow root
    if (event.key !== 'Tab' && event.key !== 'Escape') actor = now;
    const last = top();
    if (last && event.key === 'Tab') {
        const found = within(last.modal), at = found.indexOf(now);
        const next = at < 0 ? (event.shiftKey ? -1 : 0) : (at + (event.shiftKey ? -1 : 1)) % found.length;
        if (found.length) named(found.at(next)).focus({focusVisible: true});
        taken(event);
    } else if (last && event.key === 'Escape' && !event.composedPath().includes(last.modal)) {
        const inner = last.modal.querySelector('[role=dialog], .MuiPaper-root') || last.modal;
        inner.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true, cancelable: true}));
    } else if (now && is(now, 'bk-tab') && (event.key === 'Enter' || event.key === ' ')) {
        now.click(); taken(event);
    } else if (now && is(now, 'bk-tab') && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
        const next = event.key === 'ArrowRight' ? now.nextElementSibling : now.previousElementSibling;
        if (next) { next.focus(); next.click(); }
        taken(event);
    }
}, true);
"""


def serve_the_keyboard(document: Document) -> None:
    """Tab stays inside an open dialog or menu, Escape closes it, and the focus goes back to what opened it."""
    document.js_on_event("document_ready", CustomJS(code=CODE))
