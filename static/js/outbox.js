// Every commit is written down on this computer before it is sent, and stays until the server has answered for it. What
// could not be sent is sent again by itself, in order and under its own Idempotency-Key: by the page that made it or any
// later page of the same person. Heard: assay:commit, assay:withdraw. Told: assay:answer, in every window.

const PREFIX = "assay:outbox:";
const WAITS = [1, 2, 5, 10, 20, 40, 60]; // seconds until the next try
const TOO_LONG_MS = 20_000;
const KEEPALIVE_BYTES = 60_000; // browsers let no more outlive its page
const channel = "BroadcastChannel" in window ? new BroadcastChannel("assay:outbox") : null;
const unkept = new Map(); // where this computer keeps nothing
let timer = 0;
let running = false;
let again = "";
let signedOut = false;
let left = "";

const user = () => document.body.dataset.user ?? "";
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
const nameOf = (item) => `${PREFIX}${item.user}:${item.key}`;
const tell = (detail) => document.dispatchEvent(new CustomEvent("assay:answer", { detail }));

function store(action) {
  try { return action(localStorage); } catch { return null; }
}

function all() {
  const kept = store((storage) => Object.keys(storage).filter((name) => name.startsWith(PREFIX)).map((name) => JSON.parse(storage.getItem(name))));
  return [...(kept ?? []), ...unkept.values()].sort((one, other) => one.at - other.at);
}

const own = () => all().filter((item) => item.user === user());
const still = (item) => unkept.has(item.key) || store((storage) => storage.getItem(nameOf(item))) !== null;

function keep(item) {
  const kept = store((storage) => { storage.setItem(nameOf(item), JSON.stringify(item)); return true; }) ?? false;
  if (!kept) unkept.set(item.key, item);
  return kept;
}

function drop(item) {
  unkept.delete(item.key);
  store((storage) => storage.removeItem(nameOf(item)));
}

function post(item) {
  const body = new URLSearchParams(item.fields).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": item.key, "X-CSRFToken": token(), "X-User": item.user, Accept: "application/json" };
  return fetch(item.action, { method: "POST", body, headers, redirect: "manual", keepalive: body.length < KEEPALIVE_BYTES, signal: AbortSignal.timeout(TOO_LONG_MS) });
}

async function send(item) {
  const used = token();
  try {
    let answer = await post(item);
    if (answer.status === 403 && token() !== used) answer = await post(item); // where all cookies were gone, the answer brought a token
    if (answer.type === "opaqueredirect" || answer.status === 401 || (answer.status === 403 && !token())) return { kind: "signedOut" };
    if (answer.status >= 500 || [408, 429].includes(answer.status)) return { kind: "failed" };
    if (!answer.ok) return { kind: "refused", status: answer.status };
    const receipt = await answer.json();
    return receipt.recorded ? { kind: "recorded", receipt } : { kind: "failed" };
  } catch {
    return { kind: "offline" };
  }
}

function settle(item, told) {
  signedOut = told.kind === "signedOut";
  if (told.kind === "recorded") {
    drop(item);
    for (const other of own()) if (other.claim === item.claim && other.stage === item.stage && other.status === 422) drop(other);
    forgetDraft(item);
  } else if (still(item)) {
    keep({ ...item, tries: item.tries + 1, state: told.kind === "refused" ? "refused" : "waiting", status: told.status });
  }
  const detail = { ...told, item: { ...item, fields: undefined } };
  tell(detail);
  channel?.postMessage(detail);
}

// What was written after it was sent is not recorded, and stays.
function forgetDraft({ user, claim, stage, fields }) {
  const name = `assay:draft:${user}:${claim}:${stage}`;
  const reason = (list) => list?.find(([field]) => field === "reason")?.[1] ?? "";
  store((storage) => { if (reason(JSON.parse(storage.getItem(name))?.fields) === reason(fields)) storage.removeItem(name); });
}

// One window sends at a time. Where the browser has no locks two may send the same: the server answers both alike.
const alone = (work) => (navigator.locks ? navigator.locks.request("assay:outbox", work) : work());

async function sendAll(refusedToo) {
  for (const item of own()) {
    if ((item.state === "refused" && !refusedToo) || !still(item)) continue;
    const told = await send(item);
    settle(item, told);
    const later = ["offline", "failed", "signedOut"].includes(told.kind);
    if (later) for (const other of own()) if (other.state === "waiting" && other.at > item.at) settle(other, told); // they wait with it
    if (later) {
      const seconds = WAITS[Math.min(item.tries, WAITS.length - 1)];
      timer = setTimeout(flush, seconds * (750 + Math.random() * 500));
      return;
    }
    if (told.kind === "recorded" && own().some((other) => other.state === "refused")) again ||= "all";
  }
}

async function flush(what = "waiting") {
  clearTimeout(timer);
  if (!user() || !own().length) return render();
  again = again === "all" ? again : what;
  if (running) return;
  running = true;
  try {
    while (again) {
      const refusedToo = again === "all";
      again = "";
      await alone(() => sendAll(refusedToo));
      render();
    }
  } finally {
    running = false;
  }
}

// What the form on this page says itself, and what the page of a conflict shows, is not said twice.
function shownHere(item) {
  const { claim, stage, conflict } = document.body.dataset;
  return item.claim === claim && (item.stage === stage || item.stage === conflict) && (conflict || document.querySelector("form[data-submit]"));
}

function render() {
  const box = document.querySelector("[data-outbox]");
  if (!box) return;
  const others = own().filter((item) => !shownHere(item));
  const refused = others.filter((item) => item.state === "refused");
  const waiting = others.filter((item) => item.state === "waiting" && item.tries);
  const anybody = user() ? 0 : all().length;
  const texts = [
    anybody && box.dataset.anybody.replace("{n}", anybody),
    signedOut && user() && box.dataset.signedOut,
    waiting.length && (waiting.length === 1 ? box.dataset.one : box.dataset.many.replace("{n}", waiting.length)),
    refused.length && box.dataset.refused,
    left && box.dataset.taken,
  ].filter(Boolean);
  box.querySelector("[data-outbox-text]").textContent = texts.join(" ");
  const signIn = box.querySelector("[data-outbox-sign-in]");
  signIn.hidden = !(signedOut && user());
  signIn.search = `?next=${encodeURIComponent(location.pathname)}`;
  box.querySelector("[data-outbox-again]").hidden = !waiting.length || signedOut;
  box.querySelector("[data-outbox-look]").hidden = !refused.length;
  const leftLink = box.querySelector("[data-outbox-left]");
  leftLink.hidden = !left;
  leftLink.href = left || "/";
  box.hidden = !texts.length;
}

// Sent as any form: the server answers with the page that shows what stands and what was sent.
function look() {
  const item = own().find((one) => one.state === "refused" && !shownHere(one));
  if (!item) return render();
  const form = Object.assign(document.createElement("form"), { method: "post", action: item.action, hidden: true });
  for (const [name, value] of [...item.fields, ["csrfmiddlewaretoken", token()]]) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}

function putAway(button) {
  const { claim, conflict } = document.body.dataset;
  for (const item of own()) if (item.claim === claim && item.stage === conflict) drop(item);
  store((storage) => storage.removeItem(`assay:draft:${user()}:${claim}:${conflict}`));
  button.textContent = button.dataset.said;
  button.disabled = true;
}

document.addEventListener("assay:commit", (event) => {
  event.detail.kept = keep({ ...event.detail.item, at: Date.now(), tries: 0, state: "waiting" });
  flush();
});
document.addEventListener("assay:withdraw", (event) => { drop(event.detail); render(); });
document.addEventListener("assay:signed-out", () => { signedOut = true; render(); });
document.addEventListener("assay:left", (event) => { left = event.detail.url; render(); });
document.addEventListener("assay:page", render);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-outbox-again]")) flush();
  if (event.target.closest?.("[data-outbox-look]")) look();
  const button = event.target.closest?.("[data-outbox-forget]");
  if (button) putAway(button);
});
// Signing in again makes the tokens of older pages stale; the cookie has the one that holds.
document.addEventListener("submit", (event) => {
  const field = event.target.elements?.csrfmiddlewaretoken;
  if (field && token()) field.value = token();
}, { capture: true });
channel?.addEventListener("message", ({ data }) => { tell(data); render(); });
window.addEventListener("storage", (event) => { if (event.key?.startsWith(PREFIX)) render(); });
for (const sign of ["online", "focus"]) window.addEventListener(sign, () => flush());
document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
flush("all");
