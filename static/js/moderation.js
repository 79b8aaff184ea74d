// The queue by keyboard, and passages by selection. Every page works without this file.
(() => {
  "use strict";
  const STORED = "sawt-moderation-keys";
  const remembered = () => { try { return localStorage.getItem(STORED) !== "off"; } catch { return true; } };
  const remember = (on) => { try { localStorage.setItem(STORED, on ? "on" : "off"); } catch { /* private mode */ } };
  let on = remembered();

  const isTyping = (target) => target.matches("textarea, select, input:not([type=radio], [type=checkbox])") || target.isContentEditable;
  const find = (key) => [...document.querySelectorAll("[data-keys]")].find((element) => element.dataset.keys.split(" ").includes(key));

  // On an Arabic keyboard the same keys act: by their place, where what they write is no Latin letter.
  const latin = (event) => (/^Key[A-Z]$/.test(event.code) && !/[a-z]/i.test(event.key) ? event.code.slice(3).toLowerCase() : "");

  document.addEventListener("keydown", (event) => {
    if (!on || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const element = find(event.key.toLowerCase()) || find(latin(event));
    if (!element) return;
    event.preventDefault();
    element.focus();
    element.click();
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-with-script]").forEach((element) => { element.hidden = false; });
    const toggle = document.querySelector("[data-keys-switch]");
    if (toggle) {
      toggle.checked = on;
      toggle.addEventListener("change", () => { on = toggle.checked; remember(on); });
    }
    const quote = document.querySelector("[data-quote]");
    const passage = document.querySelector("[data-passage]");
    if (quote && passage) {
      document.addEventListener("selectionchange", () => {
        const selection = document.getSelection();
        const text = selection.toString().trim();
        if (text && quote.contains(selection.anchorNode) && quote.contains(selection.focusNode)) passage.value = text;
      });
    }
    // A decision is sent once, however often its button is pressed.
    document.querySelectorAll("form[method=post]").forEach((form) => form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    }));
    document.getElementById("error-summary")?.focus();
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
