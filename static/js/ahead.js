// Fetches the page of the pair after the one in hand while that is worked on: the server reserves it (Claim.ahead) and
// sends nothing of it that its own judgement would have to come before. Only memory keeps it; whether it may be shown for
// good, the answer to the commit says (submit.js).

const IDLE_MS = 700;
const STALE_MS = 4 * 60_000;
let held = null; // { page, of, at }
let timer = 0;
let asking = "";

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

async function ask() {
  const { claim, ahead, user } = document.body.dataset;
  if (!ahead || asking === claim || document.hidden) return;
  if (held?.of === claim && Date.now() - held.at < STALE_MS) return;
  asking = claim;
  try {
    const headers = { "X-CSRFToken": token(), Accept: "text/html" };
    const answer = await fetch(ahead, { method: "POST", headers, redirect: "manual", priority: "low" });
    const page = answer.status === 200 ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    if (document.body.dataset.claim !== claim) return;
    held = page?.body.dataset.user === user && page.body.dataset.page === "workbench" ? { page, of: claim, at: Date.now() } : null;
  } catch { /* no network: nothing is at hand, and the next page comes as it did before */ } finally {
    asking = "";
  }
}

function plan() {
  clearTimeout(timer);
  timer = setTimeout(ask, IDLE_MS);
}

document.addEventListener("assay:want-ahead", (event) => {
  if (held?.of !== document.body.dataset.claim) return;
  event.detail.page = held.page;
  held = null;
});
document.addEventListener("assay:page", plan);
document.addEventListener("assay:held", plan); // shown before it was opened: only now there is one after it
document.addEventListener("visibilitychange", () => { if (!document.hidden) plan(); });
plan();
