// Parts of a page that come after it. Where this file or the part does not come, a link to it stands there.
(() => {
  "use strict";
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-lazy]").forEach(async (place) => {
    try {
      const answer = await fetch(place.dataset.lazy);
      // Whoever was signed out meanwhile is led elsewhere: nothing of that page belongs here.
      if (!answer.ok || answer.redirected) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...part.body.childNodes);
    } catch { /* the link stays */ }
  }));
})();
