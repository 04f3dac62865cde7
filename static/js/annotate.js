// Words marked in a text fill the form of a note: their paragraph, their place in it, themselves. Without this the
// paragraph is chosen from the list and the words are copied by hand.
const form = document.querySelector("form[data-annotate]");
const article = document.getElementById("annotated");

if (form && article) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-primary btn-sm note-button";
  button.textContent = form.dataset.button;
  button.hidden = true;
  document.body.append(button);
  let marked = null;

  // What stands before a node's offset in its paragraph. References to other notes hold hidden words: left out.
  const textBefore = (paragraph, node, offset) => {
    const range = document.createRange();
    range.setStart(paragraph, 0);
    range.setEnd(node, offset);
    const copy = range.cloneContents();
    for (const reference of copy.querySelectorAll(".note-ref")) reference.remove();
    return copy.textContent;
  };

  const look = () => {
    const selection = document.getSelection();
    marked = null;
    button.hidden = true;
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const [from, to] = [range.startContainer, range.endContainer].map((node) =>
      (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest("[data-paragraph]"),
    );
    if (!from || !article.contains(from)) return;
    const whole = textBefore(from, from, from.childNodes.length);
    const before = textBefore(from, range.startContainer, range.startOffset);
    const end = to === from ? textBefore(from, range.endContainer, range.endOffset).length : whole.length;
    const quote = whole.slice(before.length, end);
    if (!quote.trim() || quote.length > 500) return;
    marked = { paragraph: from.dataset.paragraph, start: before.length, quote };
    const box = range.getBoundingClientRect();
    button.style.top = `${box.bottom + window.scrollY + 6}px`;
    button.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 160)) + window.scrollX}px`;
    button.hidden = false;
  };

  document.addEventListener("selectionchange", look);
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the selection
  button.addEventListener("click", () => {
    if (!marked) return;
    for (const [name, value] of Object.entries(marked)) form.elements[name].value = value;
    button.hidden = true;
    form.closest("details")?.setAttribute("open", "");
    form.elements.text.focus();
  });
  for (const name of ["paragraph", "quote"]) {
    form.elements[name].addEventListener("change", () => {
      form.elements.start.value = "";
    });
  }
}
