// What the staff's and clients' pages add once they run script. Every page works without this file.
import "./keys.js";
import "./palette.js";
import "./toasts.js";
import "./inputs.js";
import "./drafts.js";
import "./files.js";
import "./lists.js";
import "./charts.js";
import { announce, onSwap, words } from "./page.js";

// A thin line on top while a request takes longer than a moment.
let waiting = 0;
const wait = (change) => {
  waiting = Math.max(0, waiting + change);
  document.documentElement.classList.toggle("is-loading", waiting > 0);
};
document.addEventListener("htmx:before:request", () => wait(1));
document.addEventListener("htmx:finally:request", () => wait(-1));
document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx && !event.detail.ctx.response) announce(words().offline);
});

// Focus goes where the answer asks for it: the first error, the next case's name.
const focusAsked = (root) => {
  const wanted = root.querySelector?.("[data-focus]");
  if (wanted) wanted.focus({ preventScroll: false });
};
onSwap(focusAsked);
focusAsked(document);

// A button may send the eye to a field: <button data-goto="#amount">.
document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-goto]");
  const field = target && document.querySelector(target.dataset.goto);
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select?.();
});

// What is not possible now says why instead of doing nothing.
document.addEventListener(
  "click",
  (event) => {
    const stopped = event.target.closest?.('[aria-disabled="true"]');
    if (!stopped) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (stopped.dataset.why) announce(stopped.dataset.why, true);
  },
  true,
);

// A page left open keeps a valid token.
const born = Date.now();
document.addEventListener("visibilitychange", async () => {
  if (document.hidden || Date.now() - born < 50 * 60 * 1000) return;
  const answer = await fetch("/csrf-token").catch(() => null);
  if (!answer?.ok) return;
  const token = await answer.text();
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
});
