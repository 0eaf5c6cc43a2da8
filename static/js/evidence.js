// Asks for runs of tools without leaving the page and shows what came of them. The forms work without this script.

const SOON_MS = 250;
const LATE_MS = 2000;
const AHEAD_MS = 10000; // what runs ahead of time is waited for by nobody
const section = () => document.querySelector("[data-evidence]");
let waited = 0;
let shown = "";
let timer = 0;

function complain(text) {
  const place = section()?.querySelector("[data-tool-error]");
  if (!place) return;
  place.hidden = !text;
  place.textContent = text;
}

async function ask(form, pressed) {
  const buttons = [...form.querySelectorAll("button")];
  const body = new FormData(form, pressed);
  complain("");
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.status === 201) {
      const around = form.closest("details.tool");
      if ("stays" in form.dataset) form.reset();
      else if (around) around.open = false;
      waited = 0;
      return await refresh();
    }
    complain(answer.status === 422 ? (await answer.json()).error : section().dataset.failed);
  } catch {
    complain(section()?.dataset.failed ?? "");
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

// Only what changed is shown anew, and read out anew; whoever was reading a run's output is still there.
function show(place, text) {
  const held = place.contains(document.activeElement) ? document.activeElement.closest("li")?.id : "";
  place.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  if (held) document.getElementById(held)?.querySelector("[tabindex]")?.focus({ preventScroll: true });
  shown = text;
  document.dispatchEvent(new Event("assay:runs"));
}

// A page that moved on meanwhile gets nothing of the old one.
async function refresh() {
  const here = section();
  if (!here) return;
  clearTimeout(timer);
  try {
    const answer = await fetch(here.dataset.evidence, { headers: { Accept: "text/html" }, redirect: "error" });
    const text = answer.ok ? await answer.text() : "";
    if (text && text !== shown && here.isConnected) show(here.querySelector("[data-runs-place]"), text);
  } catch { /* no network: ask again */ }
  again();
}

function again() {
  clearTimeout(timer);
  if (section()?.querySelector("[data-expecting]")) timer = setTimeout(refresh, AHEAD_MS);
  if (!section()?.querySelector("[data-waiting]")) return;
  waited += 1;
  timer = setTimeout(refresh, waited < 12 ? SOON_MS : LATE_MS);
}

// A button on every block of a response that can be run.
function dress() {
  const here = section();
  if (!here) return;
  for (const option of here.querySelectorAll("option[data-number]")) {
    const blocks = document.querySelectorAll(`.sheet.${option.dataset.side} .reading pre:not(.plain)`);
    const block = blocks[option.dataset.number - 1];
    if (!block || "run" in block.dataset) continue;
    block.dataset.run = option.value;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "run", textContent: here.dataset.run });
    button.setAttribute("aria-label", `${here.dataset.run}: ${option.textContent}`);
    button.addEventListener("click", () => {
      const form = here.querySelector("form[data-tool=code]");
      form.elements.block.value = option.value;
      form.elements.code.value = "";
      form.requestSubmit();
    });
    block.after(button);
  }
}

function start() {
  waited = 0;
  shown = "";
  dress();
  again();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-tool]")) return;
  event.preventDefault();
  ask(event.target, event.submitter);
});

// In a tool's form Ctrl+Enter runs the tool; elsewhere it records the judgement.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-tool]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button"));
}, { capture: true });

document.addEventListener("assay:answered", refresh);
document.addEventListener("assay:page", start);
start();
