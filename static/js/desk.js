// Replies that were begun are kept in this browser until they are sent. Every page works without this file.
(() => {
  "use strict";
  const storage = () => { try { return window.sessionStorage; } catch { return null; } };
  document.addEventListener("DOMContentLoaded", () => {
    const kept = storage();
    if (!kept) return;
    document.querySelectorAll("textarea[data-kept]").forEach((field) => {
      const key = `sawt-desk-${field.dataset.kept}`;
      if (!field.value && kept.getItem(key)) field.value = kept.getItem(key);
      field.addEventListener("input", () => { if (field.value) kept.setItem(key, field.value); else kept.removeItem(key); });
      field.form.addEventListener("submit", () => kept.removeItem(key));
    });
  });
})();
