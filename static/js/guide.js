// The guide is a <details> that works by itself. Closing it is remembered for this person on every computer.

const guide = () => document.querySelector("details[data-guide]");

function remember(place) {
  const body = new FormData(place.querySelector("form"));
  fetch(place.dataset.guide, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", keepalive: true }).catch(() => {});
}

// Only the closing of a guide that was open is news; `toggle` does not bubble.
document.addEventListener("toggle", (event) => {
  if (event.target === guide() && !event.target.open && event.oldState !== "closed") remember(event.target);
}, true);

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-close-guide]")) return;
  event.preventDefault();
  guide().open = false;
  guide().querySelector("summary").focus();
});
