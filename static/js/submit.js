// A commit of the form: outbox.js keeps and sends it, this module says how it goes and shows what comes next. Where the
// commit ends the pair and the next one is at hand (ahead.js), that is on the screen at once, and what the server answers
// decides whether it stays. Without this script the same form posts itself.

const BUSY_MS = 3000;
const RETRY_MS = 2000;
let early = ""; // the key of the commit whose page gave way before its answer
let touched = false;
let busy = 0;

const ballot = () => document.querySelector("form[data-submit]");
const fire = (name, detail) => { document.dispatchEvent(new CustomEvent(name, { detail })); return detail; };
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function say(form, name, url = "") {
  const place = form.querySelector("[data-submit-status]");
  place.hidden = !name;
  place.textContent = name ? form.dataset[name] : "";
  if (url) place.append(" ", Object.assign(document.createElement("a"), { href: url, textContent: form.dataset.goOn }));
}

function wait(form, on) {
  clearTimeout(busy);
  form?.toggleAttribute("aria-busy", on);
  if (on) busy = setTimeout(() => form.removeAttribute("aria-busy"), BUSY_MS);
}

function commit(form) {
  const { user, claim, stage } = document.body.dataset;
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const key = form.elements.idempotency_key.value;
  wait(form, true);
  say(form, "sending");
  form.dataset.sent = key;
  const action = new URL(form.action).pathname;
  const { kept } = fire("assay:commit", { item: { user, claim, stage, key, action, fields }, kept: false });
  if (kept && "ends" in form.dataset) goAhead(key);
}

function goAhead(key) {
  const { page } = fire("assay:want-ahead", { page: null });
  if (!page) return;
  early = key;
  show(page, addressOf(page));
}

const addressOf = (page) => new URL(".", page.querySelector("form[data-submit]").action).pathname;

document.addEventListener("assay:answer", ({ detail }) => {
  const { item, kind, receipt } = detail;
  const { user, claim, stage } = document.body.dataset;
  const form = ballot();
  if (form && item.user === user && item.claim === claim && item.stage === stage) return answered(form, detail);
  if (kind !== "recorded" || early !== item.key) return;
  early = "";
  confirm(receipt);
});

// What another window sent, or what was changed since it was sent, moves nobody on who is writing here.
function answered(form, { item, kind, receipt }) {
  const ours = form.dataset.sent ? form.dataset.sent === item.key : !touched;
  wait(form, false);
  if (kind === "recorded") return ours ? go(form, receipt) : say(form, "already", receipt.url);
  if (kind === "refused") return ours ? refused(form) : say(form, "");
  say(form, kind);
}

// The next pair, if it is the one at hand and shows what it would show now; else as the server has it.
async function go(form, receipt) {
  const { page } = fire("assay:want-ahead", { page: null });
  if (page && page.body.dataset.claim === String(receipt.claim) && page.body.dataset.stamp === receipt.stamp) {
    show(page, receipt.url);
    return confirm(receipt);
  }
  await open(receipt.url, form);
}

function confirm(receipt) {
  const { claim, stamp } = document.body.dataset;
  if (claim === String(receipt.claim) && stamp === receipt.stamp) {
    document.querySelector("[data-progress]").textContent = receipt.progress;
    return fire("assay:held", { seconds: receipt.held_seconds });
  }
  if (claim !== String(receipt.claim) && ballot()?.elements.reason.value) fire("assay:left", { url: location.pathname });
  return open(receipt.url, ballot());
}

const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

async function open(url, form) {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    const page = await read(answer);
    if (answer.ok && page.body.dataset.page === "workbench" && page.body.dataset.user === document.body.dataset.user) {
      return show(page, new URL(answer.url).pathname);
    }
    location.assign(url);
  } catch { // recorded, and the network went after that
    if (form?.isConnected) say(form, "recorded", url);
    setTimeout(() => { if (form?.isConnected) open(url, form); }, RETRY_MS);
  }
}

// The same once more, to be answered with the page that says what is missing or what stands.
async function refused(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
    const page = await read(answer);
    if (answer.redirected) return location.assign(answer.url);
    show(page, "");
  } catch {
    say(form, "offline");
  }
}

function show(page, url) {
  const here = new Set([...document.head.querySelectorAll("link")].map((link) => link.href));
  document.head.append(...[...page.head.querySelectorAll("link[rel=stylesheet]")].filter((link) => !here.has(link.href)));
  document.title = page.title;
  document.body.replaceWith(page.body);
  if (url) history.replaceState(null, "", url);
  touched = false;
  fire("assay:page");
  (document.querySelector("[data-first-error]") ?? document.querySelector("h1"))?.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-submit]")) return;
  event.preventDefault();
  if (!form.hasAttribute("aria-busy")) commit(form);
});

// A key meant for the next page changes nothing of what is under way.
document.addEventListener("keydown", (event) => {
  if (!ballot()?.hasAttribute("aria-busy")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

// Changed after it was sent and before it was answered: it is another commit now. If the first was recorded after all,
// the server shows both.
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches?.("form[data-submit]")) return;
  touched = true;
  if (!form.dataset.sent) return;
  fire("assay:withdraw", { user: document.body.dataset.user, key: form.dataset.sent });
  form.elements.idempotency_key.value = newKey();
  delete form.dataset.sent;
  say(form, "changed");
});
