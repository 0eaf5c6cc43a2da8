// Light, dark or as the system says. A classic script in the head, so that no page flashes in the wrong colours.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";

  const read = () => { try { return localStorage.getItem("assay:theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("assay:theme", theme); } catch { /* private window: for this page only */ } };

  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (theme || "system")));
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-theme-choice]");
    if (!button) return;
    keep(button.dataset.themeChoice);
    show(button.dataset.themeChoice);
  });
  document.addEventListener("DOMContentLoaded", () => show(read()));
  document.addEventListener("assay:page", () => show(read()));
  show(read());
})();
