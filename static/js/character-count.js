// Counts the characters of a text while it is written; the page carries the number of the saved text without this.
for (const field of document.querySelectorAll("textarea[data-count]")) {
  const output = document.getElementById(field.dataset.count);
  const words = output.textContent.replace(/\d+/, "%");
  const show = () => {
    output.textContent = words.replace("%", [...field.value.replace(/\s/g, "")].length);
  };
  field.addEventListener("input", show);
  show();
}
