// Entries made without a signal wait in this browser and go out once there is one; a bar on every page says so.
// Each carries the form's once-token, so an entry that arrived although its answer was lost is not entered twice.

const bar = document.querySelector("[data-unsent]");
const owner = bar.dataset.unsent;
const RETRY = 30_000;
const WAIT = 20_000;

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("unsent", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("entries", { keyPath: "once" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const ask = async (mode, what) => {
  const store = (await opened).transaction("entries", mode).objectStore("entries");
  return new Promise((resolve, reject) => {
    const request = what(store);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
};

const waiting = async () => (await ask("readonly", (store) => store.getAll())).filter((entry) => entry.owner === owner);

const send = async (entry) => {
  const body = new FormData();
  for (const [name, value] of entry.fields) body.append(name, value);
  body.set("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]").value);
  const answer = await fetch(entry.url, {
    method: "POST",
    body,
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(WAIT),
  });
  return answer.ok && (answer.headers.get("Content-Type") || "").startsWith("application/json");
};

const show = async () => {
  const entries = await waiting();
  bar.hidden = entries.length === 0;
  bar.querySelector("span").textContent = bar.dataset.words.replace("#", entries.length);
  return entries;
};

let isBusy = false;

const flush = async () => {
  if (isBusy) return;
  isBusy = true;
  try {
    for (const entry of await show()) {
      if (await send(entry)) await ask("readwrite", (store) => store.delete(entry.once));
    }
  } catch {
    // Still no signal: the entries wait.
  } finally {
    isBusy = false;
    if ((await show()).length) setTimeout(flush, RETRY);
  }
};

document.addEventListener("unsent:keep", async ({ detail }) => {
  await ask("readwrite", (store) => store.put({ ...detail, owner }));
  document.dispatchEvent(new CustomEvent("unsent:kept", { detail: detail.once }));
  await show();
  setTimeout(flush, RETRY);
});
bar.querySelector("button").addEventListener("click", flush);
window.addEventListener("online", flush);
flush();
