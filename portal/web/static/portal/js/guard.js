/* Nothing typed is lost. Leaving what is not saved asks first; what was sent and never arrived, for
   the connection was lost or the session over, is put back when the page is opened again. A form
   says `data-guard`; with the value "unsaved" it came back from the server with words that are not
   saved. Its field `version` tells whether something was saved since. */

function guard(form) {
  const key = `unsaved:${location.pathname}`;
  const isUnsaved = form.dataset.guard === "unsaved";
  const inputs = [...form.elements].filter(
    (each) => each.name && !["hidden", "submit"].includes(each.type),
  );
  const changed = (input) => {
    if (input.type === "radio") return input.checked !== input.defaultChecked;
    if (input.tagName === "SELECT") {
      return [...input.options].some((each) => each.selected !== each.defaultSelected);
    }
    return input.value !== input.defaultValue;
  };

  const kept = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null; // storage may be refused; then leaving still asks
    }
  };
  const keep = (what) => {
    try {
      if (what) sessionStorage.setItem(key, JSON.stringify(what));
      else sessionStorage.removeItem(key);
    } catch {
      // as above
    }
  };
  const putBack = (typed) => {
    for (const input of inputs) {
      if (input.type === "radio") input.checked = typed[input.name] === input.value;
      else input.value = typed[input.name] ?? "";
    }
  };

  const last = kept();
  keep(null);
  if (last && !isUnsaved && last.version === form.elements.version.value) {
    putBack(last.typed);
    const notice = document.querySelector("[data-guard-restored]");
    notice.hidden = !inputs.some(changed);
    if (!notice.hidden) notice.focus();
  }

  let passing = false;
  form.addEventListener("submit", () => {
    passing = true;
    const data = new FormData(form);
    const typed = Object.fromEntries(inputs.map(({ name }) => [name, data.get(name)]));
    keep({ version: form.elements.version.value, typed });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-guard-pass]")) passing = true;
  });
  addEventListener("pageshow", () => {
    passing = false; // back from where a save led
  });
  addEventListener("beforeunload", (event) => {
    if (!passing && (isUnsaved || inputs.some(changed))) event.preventDefault();
  });
}

for (const form of document.querySelectorAll("form[data-guard]")) guard(form);
