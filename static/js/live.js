// A part of a page that htmx fetches again and again (#live). It waits while nobody looks, while something in it is
// being read or chosen, and while its switch is off; what was unfolded stays unfolded.

const OFF = "assay:live-off";
const part = () => document.getElementById("live");
const button = document.querySelector("[data-live-switch]");
const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };

function selecting() {
  const chosen = getSelection();
  return !chosen.isCollapsed && part().contains(chosen.anchorNode);
}

const busy = () => document.hidden || off() || selecting() || part().matches(":has(:is(button, a):active)");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === part() && busy()) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== part()) return;
  // Signed out meanwhile, or the server is away: what stands there stays.
  const fresh = event.detail.xhr.status === 200 && event.detail.serverResponse.includes('id="live"');
  event.detail.shouldSwap = fresh && !busy();
  const open = [...part().querySelectorAll("details[open]")].map((element) => element.id);
  const read = new Map([...part().querySelectorAll(".scroll, pre")].map((element, at) => [at, [element.scrollTop, element.scrollLeft]]));
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    [...part().querySelectorAll(".scroll, pre")].forEach((element, at) => read.has(at) && element.scrollTo(read.get(at)[1], read.get(at)[0]));
  }, { once: true });
});

function show() {
  button.setAttribute("aria-pressed", String(!off()));
}

button?.addEventListener("click", () => {
  try { localStorage.setItem(OFF, off() ? "0" : "1"); } catch { /* then it stays as it is */ }
  show();
});
if (button) show();
