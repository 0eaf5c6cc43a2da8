// Keys press real controls: whatever carries data-key is clicked, chosen, focused or scrolled. The list of keys is read
// from the page, so it cannot be wrong. Single letters can be turned off, and every key changed (WCAG 2.1.4; remap.js).

const OFF = "assay:keys-off";
const typing = (element) => element.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");
const bound = () => [...document.querySelectorAll("[data-key]")];
const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };

function find(names) {
  const open = document.querySelector("dialog[open]");
  for (const name of names) {
    const match = bound().find((element) => element.dataset.key.split(" ").includes(name) && (!open || open.contains(element)));
    if (match) return match;
  }
  return null;
}

// A keyboard in another script still has its keys in the same places.
function names(event) {
  const held = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "");
  const placed = event.code.replace(/^(Key|Digit|Numpad)(?=\w$)/, "").toLowerCase();
  const said = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (/^[A-Za-z]$/.test(event.key) || (held && event.key.length > 1)) return [held + said];
  return [held + said, held + placed];
}

function press(element) {
  if (element.dataset.scroll) return scroll(Number(element.dataset.scroll));
  if (typing(element)) return element.focus();
  element.click();
  if (element.matches("summary") && element.parentElement.open) element.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  const next = then(element);
  if (next) next.focus();
  else if (element.matches("input:not([data-view])")) element.focus({ preventScroll: true });
}

// After the last choice its key leads on to the field that is still empty.
function then(element) {
  const field = element.dataset.then && document.getElementById(element.dataset.then);
  return field && !field.value && element.form.querySelector("[name=preference]:checked") ? field : null;
}

function scroll(pages) {
  const panes = [...document.querySelectorAll("[data-scroll-pane]")].filter((pane) => pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY !== "visible");
  // Panes that scroll together need only the first push.
  const targets = document.querySelector("[data-view=sync]:checked") ? panes.slice(0, 1) : panes;
  for (const target of targets.length ? targets : [document.scrollingElement]) target.scrollBy({ top: pages * target.clientHeight });
}

// The key that commits, pressed inside a form of its own, sends that form: a tool, a correction.
function sends(element, target) {
  const form = target.closest?.("form[data-tool], form[data-correct]");
  return form && element.form && element.form !== form && (element.dataset.came ?? element.dataset.key).split(" ").includes("Ctrl+Enter") ? form : null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const combined = event.ctrlKey || event.metaKey || event.altKey;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  // A field's own key, which led to it, is not typed into it while it is empty.
  if (!combined && event.target.dataset?.key && !event.target.value && typing(event.target) && find(names(event)) === event.target) return event.preventDefault();
  if (!combined && (typing(event.target) || off())) return;
  // Arrows and page keys belong to the control that has the focus; only a page without one lends them to us.
  if (!combined && event.key.length > 1 && document.activeElement !== document.body) return;
  const element = find(names(event));
  if (!element || element.disabled || (typing(event.target) && element.matches("[data-undo]"))) return;
  event.preventDefault();
  const form = sends(element, event.target);
  if (form) form.requestSubmit();
  else press(element);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-keys-on]")) return;
  try { localStorage.setItem(OFF, event.target.checked ? "0" : "1"); } catch { /* private window */ }
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-opens-keys]")) document.querySelector("#keys [data-keys-on]").checked = !off();
});
