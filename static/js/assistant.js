// Shows an assistant's answer while it comes, in short requests; the finished one comes with the list of runs.

const EVERY_MS = 500;
const LATE_MS = 2000;
let timer = 0;

async function look() {
  clearTimeout(timer);
  const place = document.querySelector("[data-answer]");
  if (!place) return;
  let pause = LATE_MS;
  try {
    const answer = await fetch(`${place.dataset.answer}?from=${place.dataset.next}`, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok && place.isConnected) pause = take(place, await answer.json());
  } catch { /* no network: ask again */ }
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

// Whoever reads the end goes on reading the end.
function take(place, told) {
  if (told.done) document.dispatchEvent(new Event("assay:answered"));
  if (told.done) return LATE_MS;
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  if (told.from) place.append(told.text);
  else if (place.textContent !== told.text) place.textContent = told.text;
  place.dataset.next = told.next;
  if (atEnd) place.scrollTop = place.scrollHeight;
  return EVERY_MS;
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter: button } = event;
  if (!button || !form.matches("form[data-stop]")) return;
  event.preventDefault();
  const address = button.formAction;
  button.disabled = true;
  try {
    const answer = await fetch(address, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) button.disabled = false;
  } catch { button.disabled = false; }
});

document.addEventListener("assay:runs", look);
document.addEventListener("assay:page", look);
look();
