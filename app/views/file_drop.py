"""A place to drop files on: they cross to the server piece by piece, and never before their sizes are known."""

from collections.abc import Callable
from typing import Any

import param
from panel.custom import JSComponent

from app import look
from app.uploads import LONGEST_NAME, Uploads
from engine.component import Invalid
from engine.connectomes.formats import limits

PIECE = 1 << 20  # bytes in one message; the next follows when the server has this one


class FileDrop(JSComponent):
    """Drag and drop, a file dialog and a folder dialog. `then(uploads)` hears that all files are there, `refuse(fault)`
    why they are not."""

    label = param.String(default="Drop files here")
    limit = param.Integer(default=limits.FILE_BYTES)
    most = param.Integer(default=limits.MEMBERS)
    piece = param.Integer(default=PIECE)
    chooses_folders = param.Boolean(default=True, doc="Whether there is a dialog for a folder too.")

    _esm = """
export function render({ model }) {
  const root = document.createElement('div'); root.className = 'drop';
  const part = (tag, name, text) => {
    const made = document.createElement(tag); made.className = name; made.textContent = text; return made;
  };
  const says = part('div', 'says', model.label);
  const choices = part('div', 'choices', '');
  const bar = part('div', 'bar', ''), full = part('div', 'full', '');
  const progress = part('div', 'progress', ''), told = part('span', 'told', '');
  const cancel = part('button', 'plain', 'Cancel');
  bar.setAttribute('role', 'progressbar'); bar.setAttribute('aria-label', 'Upload');
  bar.append(full); progress.append(bar, told, cancel); progress.hidden = true;
  root.append(says, choices, progress);
  let upload = 0, acknowledge = null;
  const MB = (bytes) => bytes < 1e5 ? (bytes / 1e3).toFixed(1) + ' kB' : (bytes / 1e6).toFixed(1) + ' MB';
  const busy = (is) => { progress.hidden = !is; choices.hidden = is; };
  const stop = () => { upload += 1; if (acknowledge) acknowledge(false); busy(false); };
  const send = async (files, folder = '') => {
    files = files.filter((file) => !file.name.startsWith('.') && !/^(thumbs\\.db|desktop\\.ini)$/i.test(file.name));
    stop();
    const mine = upload, total = files.reduce((sum, file) => sum + file.size, 0);
    const told = files.slice(0, model.most + 1).map((file) => [file.name, file.size]);
    model.send_msg({ do: 'begin', upload: mine, files: told, folder });
    if (!files.length || files.length > model.most || total > model.limit) return;  // the server says why
    busy(true);
    let sent = 0;
    for (const [index, file] of files.entries()) {
      let at = 0;
      do {
        let data;
        try { data = await file.slice(at, at + model.piece).arrayBuffer(); }
        catch (error) {
          if (mine === upload) { model.send_msg({ do: 'unreadable', name: file.name }); stop(); }
          return;
        }
        if (mine !== upload) return;
        const answered = new Promise((resolve) => { acknowledge = resolve; });
        model.send_msg({ do: 'piece', upload: mine, index, data });
        if (!(await answered) || mine !== upload) return;
        at += model.piece; sent += data.byteLength;
        full.style.width = (100 * sent / (total || 1)) + '%';
        bar.setAttribute('aria-valuenow', Math.round(100 * sent / (total || 1)));
        told.textContent = MB(sent) + ' of ' + MB(total);
      } while (at < file.size);
    }
    acknowledge = null; busy(false);
    model.send_msg({ do: 'end', upload: mine });
  };
  const chooser = (text, folder) => {
    const input = document.createElement('input');
    input.type = 'file'; input.multiple = model.chooses_folders; input.hidden = true;
    input.setAttribute('aria-label', text);
    if (folder) input.webkitdirectory = true;
    input.onchange = () => {
      const files = [...input.files];
      send(files, folder && files.length ? files[0].webkitRelativePath.split('/')[0] : ''); input.value = '';
    };
    const button = part('button', 'choose', text);
    button.onclick = () => input.click();
    choices.append(input, button);
  };
  chooser(model.chooses_folders ? 'Choose files' : 'Choose a file', false);
  if (model.chooses_folders) chooser('Choose a folder', true);
  cancel.onclick = () => { stop(); model.send_msg({ do: 'cancel' }); };
  const files_of = async (entry) => {
    if (entry.isFile) return [await new Promise((good, bad) => entry.file(good, bad))];
    const reader = entry.createReader(), found = [];
    for (;;) {
      const some = await new Promise((good, bad) => reader.readEntries(good, bad));
      if (!some.length || found.length > model.most) return found;
      for (const one of some) found.push(...await files_of(one));
    }
  };
  root.ondragover = (event) => { event.preventDefault(); root.classList.add('over'); };
  root.ondragleave = () => root.classList.remove('over');
  root.ondrop = async (event) => {
    event.preventDefault(); root.classList.remove('over');
    const entries = [...event.dataTransfer.items].map((i) => i.webkitGetAsEntry && i.webkitGetAsEntry());
    const plain = [...event.dataTransfer.files];
    if (!entries.some((e) => e && e.isDirectory)) return send(plain);
    const found = (await Promise.all(entries.filter(Boolean).map(files_of))).flat();
    send(found, entries.length === 1 ? entries[0].name : '');
  };
  model.on('msg:custom', (data) => {
    if (data.do === 'stop') stop();
    else if (data.upload === upload && acknowledge) acknowledge(true);
  });
  model.on('label', () => { says.textContent = model.label; });
  return root;
}
"""
    _stylesheets = [
        """
.drop { border: 1.5px dashed rgba(138,143,152,.6); border-radius: 8px; padding: 16px; text-align: center;
  font-size: 13px; line-height: 1.4; color: inherit; }
.drop.over { border-color: #0877bd; background: rgba(8,119,189,.1); }
.says { margin-bottom: 10px; }
.choices { display: flex; gap: 8px; justify-content: center; }
.choices[hidden], .progress[hidden] { display: none; }
button { font: inherit; color: inherit; background: transparent; border: 1px solid rgba(138,143,152,.6);
  border-radius: 6px; padding: 5px 12px; cursor: pointer; }
button:hover { background: rgba(8,119,189,.1); border-color: #0877bd; }
button:focus-visible { outline: 2px solid #0877bd; outline-offset: 1px; }
.progress { display: flex; align-items: center; gap: 12px; }
.bar { flex: 1; height: 6px; border-radius: 3px; background: rgba(138,143,152,.3); overflow: hidden; }
.full { height: 100%; width: 0; background: #0877bd; transition: width .15s; }
.told { font-variant-numeric: tabular-nums; }
"""
    ]

    def __init__(self, then: Callable[[Uploads], None], refuse: Callable[[Invalid], None], **values: Any):
        fitting = {"sizing_mode": "stretch_width", "styles": {"font-family": look.FONT}}
        super().__init__(**{**fitting, **values})
        self._then, self._refuse = then, refuse
        self._uploads: Uploads | None = None
        self._upload = -1

    def close(self) -> None:
        """What has arrived of an unfinished upload is removed."""
        uploads, self._uploads = self._uploads, None
        if uploads is not None:
            uploads.close()

    def _handle_msg(self, data: Any) -> None:
        try:
            self._heard(data)
        except Invalid as fault:
            self.close()
            self._send_msg({"do": "stop"})
            self._refuse(fault)

    def _heard(self, data: Any) -> None:
        if data["do"] == "begin":
            self.close()
            self._upload = data["upload"]
            announced = [(str(name), int(size)) for name, size in data["files"]]
            self._uploads = Uploads(announced, str(data.get("folder", ""))[:LONGEST_NAME])
        elif data["do"] == "unreadable":
            raise Invalid(f"{limits.shown(data['name'])} cannot be read by the browser; was it moved or changed?")
        elif data["do"] == "cancel":
            self.close()
        elif self._uploads is not None and data["upload"] == self._upload:
            self._arrived(data)

    def _arrived(self, data: Any) -> None:
        if data["do"] == "piece":
            self._uploads.take(int(data["index"]), bytes(data["data"]))
            self._send_msg({"upload": data["upload"]})
            return
        uploads, self._uploads = self._uploads, None
        if not uploads.is_whole:
            uploads.close()
            raise Invalid("The upload is not complete; choose the files again.")
        self._then(uploads)
