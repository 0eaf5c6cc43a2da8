// Keeps what is being written on this computer, under user, claim and stage, until the server has it (outbox.js drops it
// then). It survives a reload, a lost network, and signing out and in again. Windows on the same pair show the same.

const PREFIX = "assay:draft:";
const KEPT_MS = 14 * 24 * 3600 * 1000;
const SKIPPED = new Set(["csrfmiddlewaretoken", "idempotency_key"]);

const form = () => document.querySelector("form[data-draft]");
const keyOf = (owner) => `${PREFIX}${owner.user}:${owner.claim}:${owner.stage}`;
const say = (text) => { const place = document.querySelector("[data-draft-status]"); if (place) place.textContent = text; };

function store(action) {
  try { return action(localStorage); } catch { return null; } // storage full or forbidden: the form itself still works
}

function keep() {
  const fields = [...new FormData(form())].filter(([name]) => !SKIPPED.has(name));
  const saved = store((storage) => { storage.setItem(keyOf(document.body.dataset), JSON.stringify({ at: Date.now(), fields })); return true; });
  say(saved ? form().dataset.saved : form().dataset.notSaved);
}

function fill(fields) {
  const wanted = new Map(fields);
  for (const control of form().elements) {
    if (!control.name || SKIPPED.has(control.name)) continue;
    if (control.type === "radio") control.checked = wanted.get(control.name) === control.value;
    else if (control.type === "checkbox") control.checked = wanted.has(control.name);
    else if (wanted.has(control.name)) control.value = wanted.get(control.name);
  }
}

function restore() {
  if (!form() || form().dataset.errors) return; // what was just refused is newer than any draft
  const draft = store((storage) => JSON.parse(storage.getItem(keyOf(document.body.dataset))));
  if (!draft) return;
  fill(draft.fields);
  say(form().dataset.restored);
}

// What was written for a pair that is over, and not sent, is there to be copied.
function offer() {
  const place = document.querySelector("[data-kept-draft]");
  const { user, claim } = document.body.dataset;
  if (!place || !user) return;
  const drafts = ["judgement", "verdict"].map((stage) => store((storage) => JSON.parse(storage.getItem(keyOf({ user, claim, stage })))));
  const texts = drafts.map((draft) => draft?.fields.find(([name]) => name === "reason")?.[1]).filter(Boolean);
  place.hidden = !texts.length;
  place.querySelector("textarea").value = texts.join("\n\n");
}

// Anything very old will not be sent any more.
function forget() {
  if (!document.body.dataset.user) return;
  store((storage) => {
    for (const key of Object.keys(storage).filter((name) => name.startsWith(PREFIX))) {
      if (Date.now() - (JSON.parse(storage.getItem(key))?.at ?? 0) > KEPT_MS) storage.removeItem(key);
    }
  });
}

document.addEventListener("input", (event) => { if (event.target.form && event.target.form === form()) keep(); });
window.addEventListener("storage", (event) => { if (form() && event.newValue && event.key === keyOf(document.body.dataset) && !form().dataset.sent) restore(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && form() && !form().dataset.sent) restore(); });
document.addEventListener("assay:page", restore);
forget();
restore();
offer();
