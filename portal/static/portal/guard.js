/* Asks before what was typed and not saved is left behind. A form says `data-guard`; with the value
   "unsaved" it came back from the server with words that are not saved. */
(() => {
  const form = document.querySelector("form[data-guard]");
  if (!form) return;
  const changed = (input) => {
    if (input.type === "radio" || input.type === "checkbox") {
      return input.checked !== input.defaultChecked;
    }
    if (input.tagName === "SELECT") {
      return [...input.options].some((each) => each.selected !== each.defaultSelected);
    }
    return input.type !== "hidden" && input.value !== input.defaultValue;
  };
  let passing = false;
  addEventListener("submit", () => {
    passing = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-guard-pass]")) passing = true;
  });
  addEventListener("pageshow", () => {
    passing = false; // back from where a save led
  });
  addEventListener("beforeunload", (event) => {
    const unsaved = form.dataset.guard === "unsaved" || [...form.elements].some(changed);
    if (unsaved && !passing) event.preventDefault();
  });
})();
