// A key presses the button that names it, while the box with the question has the focus.
"use strict";

const card = document.getElementById("card");
card.focus({ preventScroll: true });
card.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const button = card.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
