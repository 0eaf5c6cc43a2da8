// Every key can be changed, in the list that "?" opens, on this computer: this rewrites the keys that the page names, and
// their hints (<kbd>). It only ever swaps two keys, so that no two controls of any page can come to share one.

const KEPT = "assay:keys";
const SHOWN = { Enter: "↵", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→" };
// What moves the focus, presses what has it, or is only held; and what browsers or text fields need.
const FIXED = new Set(["Tab", "Enter", "Escape", " ", "Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified", "ContextMenu"]);
const BROWSERS = new Set([..."acvxyntwqlr"].map((letter) => `Ctrl+${letter}`));

let swapped = read();

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    const [from, to] = [Object.keys(kept).sort(), Object.values(kept).sort()];
    return from.length === to.length && from.every((key, at) => key === to[at]) ? kept : {};
  } catch { return {}; }
}

function keep() {
  try { localStorage.setItem(KEPT, JSON.stringify(swapped)); } catch { /* private window: until it is closed */ }
}

// The key that now stands for one that a page came with, and the other way round.
const actual = (key) => swapped[key] ?? key;
const origin = (key) => Object.keys(swapped).find((name) => swapped[name] === key) ?? key;

function swap(key, wanted) {
  const [before, other] = [actual(key), origin(wanted)];
  swapped = { ...swapped, [key]: wanted, [other]: before };
  for (const name of Object.keys(swapped)) if (swapped[name] === name) delete swapped[name];
  keep();
}

const words = (key) => key.split("+").filter(Boolean).map((part) => SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ") || key;
const meant = (text) => {
  const parts = text.trim().split(" ").map((part) => Object.keys(SHOWN).find((name) => SHOWN[name] === part) ?? (part.length === 1 ? part.toLowerCase() : part));
  return parts.join("+");
};

const came = (element) => (element.dataset.came ?? element.dataset.key).split(" ");

function apply() {
  for (const element of document.querySelectorAll("[data-key]")) {
    element.dataset.came ??= element.dataset.key;
    element.dataset.key = came(element).map(actual).join(" ");
  }
  for (const hint of document.querySelectorAll("kbd:not([data-fixed], .dressed *, .ask-box *)")) {
    hint.dataset.came ??= meant(hint.textContent);
    const now = words(actual(hint.dataset.came));
    if (hint.textContent !== now) hint.textContent = now;
  }
}

const dialog = () => document.getElementById("keys");
const labelled = () => [...document.querySelectorAll("[data-key]")].filter((element) => label(element));
const spoken = (element) => [...element.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join("").trim();
const label = (element) => element.dataset.keyLabel || element.ariaLabel || spoken(element);

function say(text, ...values) {
  const place = dialog().querySelector("[data-keys-said]");
  place.textContent = values.reduce((all, value, at) => all.replace(`{${at}}`, value), text);
}

function change(key) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet key" });
  button.dataset.changes = key;
  button.append(Object.assign(document.createElement("kbd"), { textContent: words(actual(key)) }));
  button.querySelector("kbd").dataset.fixed = "";
  return button;
}

function list() {
  const rows = labelled().map((element) => {
    const row = document.createElement("tr");
    const keys = document.createElement("td");
    for (const key of came(element)) {
      const button = change(key);
      button.ariaLabel = dialog().dataset.change.replace("{0}", words(actual(key))).replace("{1}", label(element));
      keys.append(button);
    }
    row.append(keys, Object.assign(document.createElement("td"), { textContent: label(element) }));
    return row;
  });
  dialog().querySelector("tbody").replaceChildren(...rows);
  dialog().querySelector("[data-keys-defaults]").disabled = !Object.keys(swapped).length;
}

function pressed(event) {
  const said = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + said;
}

// Why this key cannot stand for that one, or nothing.
function fault(key, wanted) {
  const { taken, fixed, held } = dialog().dataset;
  if (BROWSERS.has(wanted)) return [fixed, words(wanted)];
  if (key.startsWith("Ctrl+") && !/^(Ctrl|Alt)\+/.test(wanted)) return [held];
  const other = labelled().find((element) => came(element).some((one) => one !== key && actual(one) === wanted));
  return other ? [taken, words(wanted), label(other)] : null;
}

let asked = null;

function ask(button) {
  stop();
  asked = button;
  button.setAttribute("aria-pressed", "true");
  say(dialog().dataset.press, words(actual(button.dataset.changes)));
}

function stop() {
  asked?.removeAttribute("aria-pressed");
  asked = null;
}

function take(event) {
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") {
    stop();
    return say("");
  }
  const [key, wanted] = [asked.dataset.changes, pressed(event)];
  if (FIXED.has(event.key) && wanted !== "Ctrl+Enter") return;
  const wrong = fault(key, wanted);
  if (wrong) return say(...wrong);
  swap(key, wanted);
  stop();
  apply();
  list();
  dialog().querySelector(`[data-changes="${CSS.escape(key)}"]`)?.focus();
  say(dialog().dataset.done, words(wanted));
}

document.addEventListener("keydown", (event) => { if (asked?.isConnected && dialog()?.open) take(event); }, { capture: true });

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-changes]");
  if (button) return ask(button);
  if (event.target.closest?.("[data-opens-keys]")) {
    list();
    return dialog().showModal();
  }
  if (!event.target.closest?.("[data-keys-defaults]")) return;
  stop();
  swapped = {};
  keep();
  apply();
  list();
  say(dialog().dataset.back);
});

document.addEventListener("close", (event) => { if (event.target === dialog()) { stop(); say(""); } }, { capture: true });

// What comes into the page later has its keys as the server knows them.
const later = () => { if (Object.keys(swapped).length) apply(); };
new MutationObserver(later).observe(document.documentElement, { childList: true, subtree: true });
later();
