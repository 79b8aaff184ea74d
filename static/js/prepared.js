// Prepared replies and links go into the reply where the cursor stands. Without this file their buttons reload the page.
(() => {
  "use strict";
  const insert = (field, text) => {
    const start = field.selectionStart, before = field.value.slice(0, start), after = field.value.slice(field.selectionEnd);
    const gap = (beside, at) => (beside && !(at < 0 ? beside.endsWith("\n") : beside.startsWith("\n")) ? "\n\n" : "");
    field.setRangeText(gap(before, -1) + text + gap(after, 1), start, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    event.preventDefault();
    insert(document.getElementById(button.dataset.target), button.dataset.insert);
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-prepared]").forEach((box) => {
    const select = box.querySelector("select"), search = box.querySelector("[data-prepared-search]"), said = box.querySelector("[data-prepared-said]");
    const all = [...select.options].slice(1);
    search.hidden = all.length < 6;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLocaleLowerCase();
      const shown = all.filter((option) => option.text.toLocaleLowerCase().includes(wanted));
      select.replaceChildren(select.options[0], ...shown);
      select.value = wanted && shown.find((option) => !option.disabled)?.value || "";
    });
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      box.querySelector("[data-prepared-insert]").click();
    });
    box.querySelector("[data-prepared-insert]").addEventListener("click", async (event) => {
      event.preventDefault();
      if (!select.value) return select.focus();
      said.textContent = "";
      try {
        const answer = await fetch(`${box.dataset.prepared}?choose=${encodeURIComponent(select.value)}`, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        const { code, text } = await answer.json();
        insert(document.getElementById(box.dataset.target), text);
        const used = Object.assign(document.createElement("input"), { type: "hidden", name: "prepared", value: code });
        box.append(used);
        said.textContent = said.dataset.done;
      } catch { said.textContent = said.dataset.failed; }
    });
  }));
})();
