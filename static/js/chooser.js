// Names for screen readers: select2 builds a field of its own and leaves it without the label of the select.
"use strict";

django.jQuery(() => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const field = select.nextElementSibling;
    if (!label || !field || !field.classList.contains("select2")) continue;
    const name = label.textContent.trim().replace(/[:：]$/, "");
    for (const part of field.querySelectorAll("[role=combobox], [role=textbox]")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
    field.querySelector("[role=combobox]").setAttribute("aria-controls", `select2-${select.id}-results`);
    django.jQuery(select).on("select2:open", () => {
      const search = document.querySelector(".select2-container--open .select2-search__field");
      const list = document.querySelector(".select2-container--open .select2-results__options");
      if (search) search.setAttribute("aria-label", name);
      if (list) list.setAttribute("aria-label", name);
    });
  }
});
