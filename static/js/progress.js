// Moves the bar while the worker is busy and loads the page anew when it has finished; without this a link does.
"use strict";

for (const box of document.querySelectorAll("[data-progress]")) {
  const bar = box.querySelector("progress");
  const percent = box.querySelector("[data-percent]");
  const said = box.querySelector("[role=status]");
  const look = async () => {
    let told;
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error("signed out");
      told = await answer.json();
    } catch {
      setTimeout(look, 10000);
      return;
    }
    if (!told.is_busy) {
      location.reload();
      return;
    }
    if (said.textContent !== told.said) said.textContent = told.said;
    if (told.percent === null) {
      bar.removeAttribute("value");
      percent.textContent = "";
    } else {
      bar.value = told.percent;
      percent.textContent = `${told.percent}%`;
    }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1500);
}
