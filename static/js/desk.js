// A reply that is being written is kept, the request held for its writer, and the counts stay true. Every page works
// without this file.
(() => {
  "use strict";
  const KEEP_AFTER = 3000, ASK_EVERY = 30000, AWAY_AFTER = 300000;
  const storage = (() => { try { return window.sessionStorage; } catch { return null; } })();
  const all = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // An unattended desk asks for nothing, so that its session ends as it should.
  let seen = Date.now();
  ["keydown", "pointerdown", "pointermove", "scroll"].forEach((name) => document.addEventListener(name, () => { seen = Date.now(); }, { passive: true }));

  const parts = (text) => new DOMParser().parseFromString(text, "text/html").body.childNodes;
  const ask = async (address, options) => {
    const answer = await fetch(address, options);
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return answer.text();
  };

  const keep = (field) => {
    const form = field.form;
    const key = `sawt-desk-${field.dataset.kept}`;
    const said = document.querySelector("[data-keep-said]");
    let timer = 0, sending = false, saved = field.value;

    // What the server did not get waits here; what was sent is no draft any more.
    const here = JSON.parse(storage?.getItem(key) || "null");
    if (here && field.dataset.sent.split(" ").includes(here.once)) storage.removeItem(key);
    else if (here) field.value = here.text;

    const store = () => storage?.setItem(key, JSON.stringify({ text: field.value, once: form.elements.once.value }));
    const save = async (keepalive) => {
      clearTimeout(timer);
      timer = 0;
      const text = field.value;
      if (sending || text === saved) return;
      const body = new URLSearchParams({ text, once: form.elements.once.value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
      try {
        const claim = await ask(field.dataset.keep, { method: "POST", body, keepalive });
        saved = text;
        if (field.value === text && !sending) storage?.removeItem(key);
        said.textContent = text.trim() ? said.dataset.keptWord : "";
        document.getElementById("desk-claim").replaceWith(...parts(claim));
      } catch {
        said.textContent = said.dataset.lostWord;
      }
    };
    field.addEventListener("input", () => {
      store();
      timer ||= setTimeout(save, KEEP_AFTER);
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden && timer) save(true); });
    window.addEventListener("pagehide", () => { if (timer) save(true); });
    form.addEventListener("submit", () => { sending = true; clearTimeout(timer); store(); });
    window.addEventListener("pageshow", (event) => { if (event.persisted) sending = false; });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[data-sends]"));
    });
    if (field.value !== saved) save();
  };

  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const stayTrue = (views) => setInterval(async () => {
    if (document.hidden || Date.now() - seen > AWAY_AFTER || views.contains(document.activeElement)) return;
    try {
      const before = words(views);
      views.replaceChildren(...parts(await ask(views.dataset.live)));
      if (words(views) !== before) all("[data-changed]", (note) => { note.hidden = false; });
    } catch { /* the next time, or never: the page says what it said */ }
  }, ASK_EVERY);

  document.addEventListener("DOMContentLoaded", () => {
    all("textarea[data-keep]", keep);
    all("[data-live]", stayTrue);
    all("[data-opens]", (button) => button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal()));
    all("details.desk-act", (part) => part.addEventListener("toggle", () => {
      if (part.open) part.querySelector("textarea, select, input:not([type=hidden])")?.focus();
    }));
  });
  // Behind an open dialog no key acts.
  document.addEventListener("keydown", (event) => { if (document.querySelector("dialog[open]") && event.key.length === 1) event.stopImmediatePropagation(); }, true);
})();
