/* Applies the reader's choice of theme before the first paint, and moves focus to a list of
   errors. Every page works without it. */
(() => {
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem("theme") || "";
    } catch {
      return ""; // storage may be refused; the device's own choice then holds
    }
  };
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(stored());

  document.addEventListener("DOMContentLoaded", () => {
    const mark = () => {
      for (const button of document.querySelectorAll("[data-theme-set]")) {
        button.setAttribute("aria-pressed", String(button.dataset.themeSet === stored()));
      }
    };
    for (const group of document.querySelectorAll("[data-theme-switch]")) group.hidden = false;
    mark();
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-theme-set]");
      if (!button) return;
      try {
        localStorage.setItem("theme", button.dataset.themeSet);
      } catch {
        // kept for this page only
      }
      apply(button.dataset.themeSet);
      mark();
    });
    document.querySelector("[data-focus]")?.focus();
  });
})();
