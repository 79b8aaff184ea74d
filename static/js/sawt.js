// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

  const count = (field) => {
    const note = document.querySelector(`[data-counter-for="${CSS.escape(field.id)}"]`);
    if (!note || !field.maxLength || field.maxLength < 0) return;
    const left = field.maxLength - [...field.value].length;
    note.textContent = note.dataset.left.replace("{count}", left.toLocaleString("en"));
  };

  const prepare = (root) => {
    each(root, "[data-counter]", (field) => {
      field.addEventListener("input", () => count(field));
      if (field.value) count(field);
    });
    each(root, "[data-copy-link]", (button) => {
      if (!navigator.clipboard) return;
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copyLink || location.href.split("#")[0]);
        button.querySelector("[role=status]").textContent = button.dataset.done;
      });
    });
    each(root, "[data-print]", (button) => {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    });
  };

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[hx-post]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => each(document, "form[data-sent]", (form) => delete form.dataset.sent));

  // Menus close with Escape or a press elsewhere, and only one is open.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
    document.getElementById("error-summary")?.focus();
  });
  // What htmx could not do is said, not swallowed.
  const failed = () => {
    const toasts = document.getElementById("toasts");
    const note = document.createElement("div");
    note.className = "notice notice-danger toast";
    note.setAttribute("role", "alert");
    note.tabIndex = -1;
    note.appendChild(document.createElement("p")).textContent = toasts.dataset.failed;
    toasts.replaceChildren(note);
    note.focus();
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);

  // After “load more” the first new item takes the focus that its button had.
  let before = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    before = event.detail.target.matches(".load-more") ? event.detail.target.previousElementSibling : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const first = before && before.nextElementSibling;
    before = null;
    if (!first) return;
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) prepare(event.detail.elt); });
})();
