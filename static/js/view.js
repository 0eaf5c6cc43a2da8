// Reading aids around the two responses: steps through the differences, scrolls both sheets together, unfolds.
// Marking and "as written" need no script: they are checkboxes that the style sheet reads.

const SYNC = "assay:sync";
const QUIET_MS = 150;
let leader = null;
let led = 0;
let points = [];
let tabbed = false;
const placed = new WeakMap(); // where we scrolled a sheet to

const sheets = () => [...document.querySelectorAll(".sheet")];
const scrolls = (sheet) => getComputedStyle(sheet).overflowY === "auto";
const most = (sheet) => Math.max(0, sheet.scrollHeight - sheet.clientHeight);
const switchOf = () => document.querySelector("[data-view=sync]");

// Where blocks that answer each other stand, from top to end; between two of them both sides move in proportion.
function measure([left, right]) {
  const top = (sheet, element) => element.getBoundingClientRect().top - sheet.getBoundingClientRect().top + sheet.scrollTop - sheet.clientHeight / 4;
  const found = [[0, 0]];
  for (const block of left.querySelectorAll("[data-twin]")) {
    const twin = document.getElementById(block.dataset.twin);
    if (!twin || !block.getClientRects().length || !twin.getClientRects().length) continue;
    const next = [top(left, block), top(right, twin)];
    if (next[0] > found.at(-1)[0] && next[1] > found.at(-1)[1] && next[0] < most(left) && next[1] < most(right)) found.push(next);
  }
  return [...found, [most(left), most(right)]];
}

function across(place, from, to) {
  const at = Math.max(1, points.findIndex((point) => point[from] >= place));
  const [before, after] = [points[at - 1], points[at]];
  const share = (place - before[from]) / Math.max(1, after[from] - before[from]);
  return before[to] + Math.min(1, share) * (after[to] - before[to]);
}

function put(sheet, top) {
  sheet.scrollTop = top;
  placed.set(sheet, sheet.scrollTop);
}

function follow(sheet) {
  const both = sheets();
  if (both.length !== 2 || !switchOf()?.checked || !scrolls(sheet)) return;
  if (Math.abs(sheet.scrollTop - placed.get(sheet)) < 1) return; // the echo of our own scrolling, however late it comes
  placed.delete(sheet);
  const other = both[1 - both.indexOf(sheet)];
  if (tabbed && other !== document.activeElement && other.contains(document.activeElement)) return; // it stays where the focus is
  const now = performance.now();
  if (leader !== sheet || now - led > QUIET_MS) points = measure(both);
  [leader, led] = [sheet, now];
  const from = both.indexOf(sheet);
  put(both[1 - from], across(sheet.scrollTop, from, 1 - from));
}

function open(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const raw = element.closest(".sheet").querySelector("[data-view=raw]");
  if (raw.checked) raw.click();
}

function bring(element, first, alone) {
  const sheet = element.closest(".sheet");
  if (!scrolls(sheet)) return first && element.scrollIntoView({ block: "center" });
  const top = element.getBoundingClientRect().top - sheet.getBoundingClientRect().top;
  const place = sheet.scrollTop + top - sheet.clientHeight / 4;
  if (alone) sheet.scrollTop = place;
  else put(sheet, place); // two places: neither side follows the other into its own
}

// Both places of a difference, each on its own side; the one that was asked for decides where a single column goes.
function jump(entry, asked) {
  for (const element of document.querySelectorAll(".here, [data-difference][aria-current]")) {
    element.classList.remove("here");
    element.removeAttribute("aria-current");
  }
  entry.setAttribute("aria-current", "true");
  entry.scrollIntoView({ block: "nearest" });
  const links = [...entry.querySelectorAll("a")].sort((one, other) => (other === asked) - (one === asked));
  const places = links.map((link) => document.getElementById(link.hash.slice(1))).filter(Boolean);
  places.forEach((place, at) => { open(place); place.classList.add("here"); bring(place, at === 0, places.length === 1); });
  const all = [...document.querySelectorAll("[data-difference]")];
  const step = document.querySelector("[data-step]");
  step.textContent = step.dataset.of.replace("{n}", all.indexOf(entry) + 1).replace("{all}", all.length);
}

function next() {
  const all = [...document.querySelectorAll("[data-difference]")];
  const at = all.findIndex((entry) => entry.hasAttribute("aria-current"));
  if (all.length) jump(all[(at + 1) % all.length], null);
}

function remember() {
  let kept = null;
  try { kept = localStorage.getItem(SYNC); } catch { /* private window */ }
  if (switchOf() && kept === "0") switchOf().checked = false;
}

document.addEventListener("scroll", (event) => { if (event.target.matches?.(".sheet")) follow(event.target); }, { capture: true, passive: true });
for (const sign of ["wheel", "pointerdown", "touchstart", "keydown"]) {
  // Somebody acts: measure anew.
  document.addEventListener(sign, (event) => { led = 0; tabbed = event.key === "Tab"; }, { capture: true, passive: true });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-difference] a");
  if (link) { event.preventDefault(); jump(link.closest("[data-difference]"), link); }
  if (event.target.closest?.("[data-next-difference]")) next();
  if (event.target.closest?.("[data-unfold]")) for (const fold of document.querySelectorAll(".fold")) fold.open = true;
});
document.addEventListener("change", (event) => {
  if (event.target !== switchOf()) return;
  try { localStorage.setItem(SYNC, event.target.checked ? "1" : "0"); } catch { /* private window */ }
});
document.addEventListener("assay:page", remember);
remember();
