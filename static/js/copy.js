// A button on every block of code that copies it as it was written.

function dress() {
  const { copy, copied } = document.body.dataset;
  if (!copy || !navigator.clipboard) return;
  for (const block of document.querySelectorAll(":is(.reading, .raw) pre:not(.plain, .codebox > pre)")) {
    const box = Object.assign(document.createElement("div"), { className: "codebox" });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: copy });
    block.replaceWith(box);
    box.append(block, button);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = copied;
      setTimeout(() => { button.textContent = copy; }, 2000);
    });
  }
}

document.addEventListener("assay:page", dress);
dress();
