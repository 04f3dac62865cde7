// The quick log with scripts: a draft on this device, and entries that wait for a signal (see unsent.js).
// Without scripts the page is a plain form and loses nothing but this.

const form = document.querySelector("form[data-log]");
const key = `log-draft-${form.dataset.log}`;
const note = form.querySelector("[data-draft]");
const NOT_KEPT = ["csrfmiddlewaretoken", "opened", "photo"];
const WAIT = 20_000;

const values = () => [...new FormData(form)].filter(([name]) => !NOT_KEPT.includes(name));

const restore = () => {
  const stored = localStorage.getItem(key);
  const isFresh = !form.querySelector(".field-errors") && !window.location.search;
  if (!stored || !isFresh) return;
  for (const [name, value] of JSON.parse(stored)) {
    const field = form.elements[name];
    if (!field) continue;
    if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === value)) continue;
    field.value = value;
  }
  note.textContent = note.dataset.draft;
  note.hidden = false;
};

const forget = () => {
  localStorage.removeItem(key);
  note.hidden = true;
};

const startAnew = () => {
  const kind = form.elements.kind.value;
  form.reset();
  form.elements.kind.value = kind;
  form.elements.once.value = crypto.randomUUID();
  forget();
};

const keep = (data) => {
  const fields = [...data].filter(([name, value]) => name !== "csrfmiddlewaretoken" && !(value instanceof File && !value.size));
  const entry = { once: data.get("once"), url: form.action || window.location.pathname, fields };
  document.addEventListener("unsent:kept", startAnew, { once: true });
  document.dispatchEvent(new CustomEvent("unsent:keep", { detail: entry }));
};

const submitted = async (event) => {
  event.preventDefault();
  const { submitter } = event;
  const data = new FormData(form, submitter);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    const answer = await fetch(window.location.pathname, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(WAIT),
    });
    if (answer.ok && (answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      forget();
      window.location.assign((await answer.json()).url);
      return;
    }
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    form.removeEventListener("submit", submitted);
    form.requestSubmit(submitter); // wrong, or signed out meanwhile: let the page say so
    return;
  } catch {
    keep(data);
  }
  for (const button of form.querySelectorAll("button")) button.disabled = false;
};

// The day a photo says it was taken on, as cameras write it into the file's first part; only suggested, never sent.
const photo = form.elements.photo;
const suggestion = form.querySelector("[data-photo-day]");
photo.addEventListener("change", async () => {
  suggestion.hidden = true;
  if (!photo.files.length) return;
  const head = new TextDecoder("latin1").decode(await photo.files[0].slice(0, 131_072).arrayBuffer());
  const found = head.match(/(\d{4}):(\d\d):(\d\d) \d\d:\d\d:\d\d/);
  if (!found) return;
  const day = found.slice(1).join("-");
  suggestion.textContent = suggestion.dataset.photoDay.replace("#", day);
  suggestion.hidden = false;
  suggestion.onclick = () => {
    form.elements.earlier_on.value = day;
    suggestion.hidden = true;
  };
});

form.addEventListener("input", () => {
  localStorage.setItem(key, JSON.stringify(values()));
  note.textContent = note.dataset.draft;
  note.hidden = false;
});
form.addEventListener("submit", submitted);
restore();
