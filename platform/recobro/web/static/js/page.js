// What the other modules share: words in the reader's language, the live region, news of swapped content.

/** Words written by the server for scripts. @returns {DOMStringMap} */
export const words = () => document.getElementById("words")?.dataset ?? {};

/** The page's language, for Intl. */
export const locale = () => document.documentElement.lang || "es-MX";

/** Whether what is pressed is being written into a field, and no shortcut. @param {EventTarget | null} target */
export const isTyping = (target) =>
  target instanceof Element &&
  target.closest("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]") !== null &&
  target.checkVisibility();

/** The dialog or popover that lies over the page now: keys are its own. @returns {Element | null} */
export const onTop = () => [...document.querySelectorAll("dialog:modal, :popover-open")].at(-1) ?? null;

/** A key as its cap shows it: `$mod+Enter` is Ctrl ↵, `g q` is G Q. @param {string} key */
export const capOf = (key) =>
  key
    .replace("$mod+", "Ctrl ")
    .replace("Shift+?", "?")
    .replace("Enter", "↵")
    .split(" ")
    .map((part) => (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");

/** Tell a screen reader, and when `visible` everybody. @param {string} text @param {boolean} [visible] */
export function announce(text, visible = false) {
  const live = document.getElementById("live");
  if (live && !visible) live.textContent = text;
  const toasts = document.getElementById("toasts");
  if (!visible || !toasts) return;
  const note = document.createElement("toast-note");
  note.className = "message";
  note.dataset.seconds = "6";
  const line = document.createElement("span");
  line.className = "message-text";
  line.textContent = text;
  note.append(line);
  toasts.append(note);
}

/** Call back with each piece of page that htmx has put in. @param {(root: Element) => void} callback */
export function onSwap(callback) {
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail?.ctx?.target;
    callback(target instanceof Element && target.isConnected ? target : document.body);
  });
}

/** Tell who asked by `onSwap` of a piece of page put in without htmx. @param {Element} target */
export function swapped(target) {
  document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: { target } } }));
}
