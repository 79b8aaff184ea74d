// Parts of a page that say how something stands now. Without this file the link “Refresh” does it.
(() => {
  "use strict";
  const SECONDS = 4;
  const refresh = async (place) => {
    // Nobody looks, or somebody is about to press a button in it.
    if (document.hidden || place.contains(document.activeElement)) return;
    try {
      const answer = await fetch(place.dataset.refresh);
      // Whoever was signed out meanwhile is led elsewhere: nothing of that page belongs here.
      if (!answer.ok || answer.redirected) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      // Else an opened detail would fold again each time.
      if (!place.querySelector("details[open]")) place.replaceChildren(...part.body.childNodes);
      if (place.querySelector("[data-ended]")) clearInterval(place.clock);
    } catch { /* the next one may come */ }
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-refresh]:not([data-refresh-ended])")) {
      place.clock = setInterval(() => refresh(place), SECONDS * 1000);
    }
  });
})();
