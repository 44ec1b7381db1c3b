// What somebody writes about a case (`data-draft="<case>/<field>"`) stays in this tab until it was saved: it survives a closed
// dialog, another page, a refusal, a lost connection. Signing out forgets it.
import { onSwap } from "./page.js";

const DRAFT = "draft:";
const SENT = "sent:";
const fields = (root) => [...root.querySelectorAll("[data-draft]")];
const keys = (prefix) => Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));

/** @param {HTMLTextAreaElement} field */
function keep(field) {
  const key = DRAFT + field.dataset.draft;
  if (field.value.trim()) sessionStorage.setItem(key, field.value);
  else sessionStorage.removeItem(key);
}

function restore(root) {
  for (const field of fields(root)) {
    const kept = sessionStorage.getItem(DRAFT + field.dataset.draft);
    if (kept && !field.value) field.value = kept;
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-draft]")) keep(event.target);
});

document.addEventListener("submit", (event) => {
  if (event.target.matches?.('[action$="/sign-out"]')) {
    for (const key of [...keys(DRAFT), ...keys(SENT)]) sessionStorage.removeItem(key);
    return;
  }
  if (event.submitter?.formMethod === "get") return;
  for (const field of fields(event.target)) {
    const key = DRAFT + field.dataset.draft;
    const kept = sessionStorage.getItem(key);
    if (kept === null) continue;
    sessionStorage.setItem(SENT + field.dataset.draft, kept);
    sessionStorage.removeItem(key);
  }
});

// What was sent is forgotten once the next page says that it was saved; otherwise it is a draft again.
const saved = document.querySelector('#toasts [data-kind="ok"], #toasts [data-kind="info"]') !== null;
for (const key of keys(SENT)) {
  const name = DRAFT + key.slice(SENT.length);
  if (!saved && sessionStorage.getItem(name) === null) sessionStorage.setItem(name, sessionStorage.getItem(key));
  sessionStorage.removeItem(key);
}
restore(document);
onSwap(restore);
