// Renews the claim while somebody is there, and says how long it is held. Only the server's clock counts:
// it answers {"held_seconds": n}; 404, 409 or 410 mean that the pair is no longer held.

const EVERY_MS = 60_000;
const THERE_MS = 5 * 60_000;
let seen = Date.now();
let asked = Date.now();
let ends = 0;

const place = () => document.querySelector("[data-lease]");
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

function show() {
  const lease = place();
  if (!lease || "gone" in lease.dataset) return;
  const minutes = Math.max(0, Math.floor((ends - Date.now()) / 60_000));
  if (ends <= Date.now()) return lose(lease);
  lease.textContent = lease.dataset.held.replace("{n}", minutes);
  lease.classList.toggle("bad", minutes < 3);
}

function lose(lease) {
  lease.dataset.gone = "";
  lease.textContent = lease.dataset.lost;
  lease.classList.add("bad");
  lease.setAttribute("aria-live", "polite");
}

async function renew() {
  const lease = place();
  if (!lease || "gone" in lease.dataset || Date.now() - seen > THERE_MS) return show();
  asked = Date.now();
  try {
    const answer = await fetch(lease.dataset.renew, { method: "POST", headers: { "X-CSRFToken": token(), Accept: "application/json" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return document.dispatchEvent(new CustomEvent("assay:signed-out"));
    if (lease !== place()) return;
    if ([404, 409, 410].includes(answer.status)) return lose(lease);
    if (answer.ok) ends = Date.now() + (await answer.json()).held_seconds * 1000;
  } catch { /* no network: keep counting down, try again in a minute */ }
  show();
}

function start() {
  const lease = place();
  if (lease) ends = Date.now() + Number(lease.dataset.seconds) * 1000;
  show();
}

// Whoever comes back after a while has the pair renewed at once, not in a minute.
function there() {
  seen = Date.now();
  if (seen - asked > EVERY_MS + 5000) renew();
}

for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"]) {
  document.addEventListener(sign, there, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) there(); });
document.addEventListener("assay:held", ({ detail }) => { ends = Date.now() + detail.seconds * 1000; show(); });
document.addEventListener("assay:page", start);
setInterval(renew, EVERY_MS);
start();
