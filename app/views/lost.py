"""When the server is gone, the page says so and is still; when it answers again, the page reloads by itself."""

from bokeh.document import Document
from bokeh.models import CustomJS

LOST = (
    "The connection to the server is lost: what you see is no longer live. Runs that are training go on. "
    "This page reloads by itself as soon as the server answers."
)
# Bokeh tells of a closed socket by its event connection_lost (3.8 and later; a page that is being left tells nothing).
# A page whose socket never holds, behind a proxy that forbids it, must not reload without pause.
CODE = """
if (document.getElementById('connection-lost')) return;
const told = document.createElement('div');
told.id = 'connection-lost';
told.setAttribute('role', 'alert');
told.textContent = SENTENCE;
told.style.cssText = 'position:fixed; top:0; left:0; right:0; z-index:100000; padding:14px 24px; color:#fff;' +
    'background:#b3261e; text-align:center; font:500 15px Roboto, Helvetica, Arial, sans-serif';
document.documentElement.appendChild(told);
document.body.inert = true;
document.body.style.cssText += '; filter: grayscale(1) opacity(.55)';
const script = document.querySelector('script[src*="static/js/bokeh"]');
const address = script ? script.src : window.location.href;
const last = Number(sessionStorage.getItem('reloaded') || 0);
const soonest = Math.max(Date.now() + 1000, last + 15000);
const ask = async () => {
    try {
        const answer = await fetch(address, {method: 'HEAD', cache: 'no-store'});
        if (answer.ok && Date.now() >= soonest) {
            sessionStorage.setItem('reloaded', Date.now());
            window.location.reload();
            return;
        }
    } catch { /* not yet */ }
    setTimeout(ask, 1000);
};
setTimeout(ask, 1000);
"""


def reload_when_back(document: Document) -> None:
    """The whole state of a page is in its address, so a reload brings it back."""
    document.js_on_event("connection_lost", CustomJS(code=CODE.replace("SENTENCE", repr(LOST))))
