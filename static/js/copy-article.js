// A button that copies an article with its look. Without scripts it is selected and copied by hand, which copies the same.
"use strict";

for (const place of document.querySelectorAll("[data-copy-article]")) {
  const article = document.getElementById(place.dataset.copyArticle);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-primary";
  button.textContent = place.dataset.copy;
  button.addEventListener("click", () => {
    const selection = window.getSelection();
    selection.selectAllChildren(article);
    // The newer clipboard API refuses pages that come over plain HTTP, as inside an office.
    if (document.execCommand("copy")) button.textContent = place.dataset.copied;
    selection.removeAllRanges();
  });
  place.prepend(button);
}
