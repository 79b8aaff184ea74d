// Questions can be dragged to their place, and conditions offer the answers of the question chosen. Without this file the
// buttons “Up” and “Down” do the same, and every answer is offered under the name of its question.
(() => {
  "use strict";
  const list = document.getElementById("questions");
  let dragged = null;
  const clear = () => document.querySelectorAll(".drop-before,.drop-end").forEach((one) => one.classList.remove("drop-before", "drop-end"));
  const place = async (item, target, before) => {
    const page = target.closest("[data-page]").dataset.page;
    const rest = [...target.closest("[data-page]").querySelectorAll("[data-question]")].filter((one) => one !== item);
    const position = before ? rest.indexOf(before) : rest.length;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("page", page);
    body.append("position", position);
    try {
      // Not followed: the page that is loaded next tells what came of it, and tells it once.
      const answer = await fetch(item.dataset.question, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
      if (answer.type !== "opaqueredirect") throw new Error(answer.status);
      location.hash = item.id;
      location.reload();
    } catch { window.alert(list.dataset.failed); }
  };
  if (list) {
    list.querySelectorAll("[data-question]").forEach((item) => {
      const handle = Object.assign(document.createElement("span"), { className: "handle", textContent: "⠿", draggable: true });
      handle.setAttribute("aria-hidden", "true");
      item.querySelector(".part-head").prepend(handle);
      handle.addEventListener("dragstart", (event) => {
        dragged = item;
        item.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", item.id);
        event.dataTransfer.setDragImage(item, 10, 10);
      });
      handle.addEventListener("dragend", () => { item.classList.remove("dragged"); clear(); dragged = null; });
    });
    const over = (event) => {
      const page = event.target.closest("[data-page]");
      if (!dragged || !page) return null;
      const items = [...page.querySelectorAll("[data-question]")].filter((one) => one !== dragged);
      const before = items.find((one) => { const box = one.getBoundingClientRect(); return event.clientY < box.top + box.height / 2; });
      return { page, before: before || null, last: items.at(-1) || page };
    };
    list.addEventListener("dragover", (event) => {
      const found = over(event);
      if (!found) return;
      event.preventDefault();
      clear();
      (found.before || found.last).classList.add(found.before ? "drop-before" : "drop-end");
    });
    list.addEventListener("drop", (event) => {
      const found = over(event);
      if (!found) return;
      event.preventDefault();
      place(dragged, found.page, found.before);
    });
  }
  const narrow = (source) => {
    const choice = document.getElementById(source.id.replace(/source$/, "choice"));
    if (!choice) return;
    [...choice.querySelectorAll("optgroup")].forEach((group) => {
      const own = [...group.children].some((one) => one.value.startsWith(`${source.value}.`));
      group.hidden = group.disabled = source.value !== "" && !own;
    });
    if (source.value && choice.value && !choice.value.startsWith(`${source.value}.`)) choice.value = "";
  };
  const sources = () => document.querySelectorAll("select[id$='-source']");
  sources().forEach(narrow);
  document.addEventListener("change", (event) => { if (event.target.matches("select[id$='-source']")) narrow(event.target); });
})();
