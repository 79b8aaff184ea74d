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
        await navigator.clipboard.writeText(location.href.split("#")[0]);
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
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) prepare(event.detail.elt); });
})();
