// Takes back the last choice, mark or confidence, until it is committed; then back to the form as the page came.
// Text is undone by its own field. Without this script the same controls simply choose again.

const MOST = 50;
const form = () => document.querySelector("form[data-draft]");
const controls = () => [...(form()?.elements ?? [])].filter((control) => control.matches("input[type=radio], input[type=checkbox]"));
const now = () => controls().filter((control) => control.checked).map((control) => control.name + "\n" + control.value);
const first = () => controls().filter((control) => control.defaultChecked).map((control) => control.name + "\n" + control.value);
const same = (one, other) => one.length === other.length && one.every((value) => other.includes(value));
let earlier = [];
let last = [];

function show() {
  const button = document.querySelector("[data-undo]");
  if (button) button.disabled = !earlier.length && same(last, first());
}

function undo() {
  const wanted = earlier.pop() ?? first();
  for (const control of controls()) control.checked = wanted.includes(control.name + "\n" + control.value);
  last = now();
  form().dispatchEvent(new CustomEvent("assay:undone", { bubbles: true }));
  controls()[0]?.dispatchEvent(new Event("input", { bubbles: true })); // the draft is what stands now
  show();
}

function start() {
  earlier = [];
  last = now();
  show();
}

document.addEventListener("change", (event) => {
  if (!event.target.form || event.target.form !== form() || !controls().includes(event.target)) return;
  earlier = [...earlier, last].slice(-MOST);
  last = now();
  show();
});

document.addEventListener("click", (event) => { if (event.target.closest?.("[data-undo]")) undo(); });
document.addEventListener("assay:page", start);
document.addEventListener("assay:part", start);
start();
