// Corrects attributes without leaving the page: the server renders what follows from it, and those parts are put in place.
// Marks of qualities that are still wanted stay. The form works without this script.

const place = () => document.querySelector("[data-correction]");

function complain(text) {
  const error = place()?.querySelector("[data-correction-error]");
  if (!error) return;
  error.hidden = !text;
  error.textContent = text;
}

// A mark by its side and its own words, which say the quality: its number may be another now.
const marks = () => [...document.querySelectorAll("[data-marks] input")];
const own = (mark) => `${mark.name.split("-")[1]} ${mark.value}`;

function put(page) {
  const kept = marks().filter((mark) => mark.checked).map(own);
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) part.replaceWith(fresh);
  }
  for (const mark of marks()) mark.checked = kept.includes(own(mark));
  document.dispatchEvent(new CustomEvent("assay:part"));
}

async function send(form) {
  const button = form.querySelector("button");
  complain("");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.status !== 200) return complain([409, 422].includes(answer.status) ? (await answer.json()).error : form.dataset.failed);
    const page = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!page.ok || !form.isConnected) return;
    put(new DOMParser().parseFromString(await page.text(), "text/html"));
    place().querySelector("summary").focus();
    place().querySelector("[data-correction-said]").textContent = form.dataset.kept;
  } catch {
    complain(form.dataset.failed);
  } finally {
    button.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-correct]")) return;
  event.preventDefault();
  send(event.target);
});

// The key of the checks leads to the first quality that is not marked yet, from where the arrows and Space mark it.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-next-mark]")) return;
  const groups = [...document.querySelectorAll("[data-marks]")];
  const open = groups.filter((group) => !group.querySelector(":checked"));
  (open[0] ?? groups[0])?.querySelector("input[type=radio]")?.focus();
});
