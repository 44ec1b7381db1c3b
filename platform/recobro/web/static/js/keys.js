// Keyboard: any element may carry data-key ("p", "g q", "$mod+Enter"). One press does what a click would, or focuses a
// field. `?` lists what is bound. A switch turns single keys off (WCAG 2.1.4). While a dialog or popover is open only its
// own keys work, and nothing that is typed into a field is a shortcut.
import { tinykeys } from "/static/vendor/tinykeys-4.0.0/tinykeys.js";
import { announce, capOf, isTyping, onSwap, onTop } from "./page.js";

const COOKIE = "keys=off";
const isOff = () => document.cookie.split("; ").includes(COOKIE);
const isAlways = (key) => key.includes("$mod") || key === "Escape";

/** As tinykeys wants it: signs may need Shift on some keyboards. */
const spelled = (key) => (/^[^\w\s$+]$/.test(key) ? `[Shift]+${key}` : key.replace(/^Shift\+\?$/, "[Shift]+?"));

/** @param {Element} element */
function press(element) {
  const field = element.matches("input, textarea, select") ? element : null;
  if (field && !["checkbox", "radio", "submit", "button"].includes(field.type)) {
    field.focus();
    field.select?.();
    return;
  }
  const radio = element.querySelector?.("input[type=radio]");
  (radio ?? element).click();
}

/** Bound elements that can be used now; of two with one key the one where the focus is wins, else the first.
 * @returns {Map<string, Element>} */
function bound() {
  const found = new Map();
  const all = [...(onTop() ?? document).querySelectorAll("[data-key]")];
  const here = document.activeElement;
  const near = [here?.closest("form"), here?.closest("[data-walk]")].filter(Boolean);
  const inOrder = [...near.flatMap((place) => all.filter((element) => place.contains(element))), ...all];
  for (const element of inOrder) {
    const key = element.dataset.key;
    // A key of a place among several is that place's own.
    const place = element.closest("[data-walk]");
    if (place && !place.contains(here)) continue;
    if (!found.has(key) && (element.checkVisibility() || element.closest(".rail, .menu, .bulk-bar"))) found.set(key, element);
  }
  return found;
}

let stop = [];
function bind() {
  stop.forEach((end) => end());
  const always = {};
  const single = {};
  for (const { dataset } of document.querySelectorAll("[data-key]")) {
    const key = dataset.key;
    (isAlways(key) ? always : single)[spelled(key)] = (event) => {
      const element = bound().get(key);
      if (!element) return;
      event.preventDefault();
      press(element);
    };
  }
  if (document.getElementById("key-help")) {
    single["[Shift]+?"] = (event) => {
      if (onTop()) return;
      event.preventDefault();
      showHelp();
    };
  }
  single["Shift+H"] = () => {
    if (onTop()) return;
    const hidden = document.body.classList.toggle("hide-amounts");
    sessionStorage.setItem("hide-amounts", hidden ? "1" : "");
  };
  stop = [tinykeys(window, always, { ignore: () => false })];
  if (!isOff()) stop.push(tinykeys(window, single, { ignore: (event) => isTyping(event.target) }));
}

/** The list of keys, from what is on the page now. */
function showHelp() {
  const dialog = document.getElementById("key-help");
  if (!dialog || dialog.open) return;
  const list = dialog.querySelector(".key-list");
  list.replaceChildren();
  for (const [key, element] of bound()) {
    const line = document.createElement("div");
    const name = document.createElement("span");
    name.textContent =
      element.dataset.keyLabel || element.getAttribute("aria-label") || labelOf(element) || element.title || key;
    const cap = document.createElement("kbd");
    cap.className = "keycap";
    cap.textContent = capOf(key);
    line.append(name, cap);
    list.append(line);
  }
  const box = dialog.querySelector("[data-keys-switch]");
  if (box) box.checked = !isOff();
  dialog.showModal();
}

function labelOf(element) {
  if (element.labels?.length) return element.labels[0].textContent.trim();
  const words = element.querySelector?.(".rail-label, span:not(.rail-count)");
  return (words ?? element).textContent.trim();
}

document.addEventListener("click", (event) => {
  const help = event.target.closest?.("[data-help]");
  if (!help || !document.getElementById("key-help")) return;
  event.preventDefault();
  showHelp();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-keys-switch]")) return;
  document.cookie = `keys=${event.target.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`;
  bind();
  announce(event.target.closest("label")?.textContent.trim() ?? "");
});

if (sessionStorage.getItem("hide-amounts")) document.body.classList.add("hide-amounts");
bind();
onSwap(bind);
