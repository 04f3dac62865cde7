// A button beside an address that is shown once: it copies it. Without scripts the address is copied by hand.
"use strict";

for (const field of document.querySelectorAll("input[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-secondary copy-button";
  button.textContent = field.dataset.copy;
  button.addEventListener("click", () => {
    field.select();
    // The newer clipboard API refuses pages that come over plain HTTP, as inside an office.
    if (document.execCommand("copy")) button.textContent = field.dataset.copied;
  });
  field.after(button);
}
