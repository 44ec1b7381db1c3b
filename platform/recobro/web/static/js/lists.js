// Lists: choose rows (with Shift a range), count and add them up; J and K walk, X chooses, * all, Enter is the browser's own
// in rows.
import { isTyping, locale, onTop } from "./page.js";

class BulkSelect extends HTMLElement {
  connectedCallback() {
    this.last = null;
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("change", (event) => this.change(event));
    this.count();
  }

  get boxes() {
    return [...this.querySelectorAll("tbody .tick")];
  }

  /** The tick that means every row of the list, those of other pages too. */
  get everything() {
    return this.querySelector("[data-everything]");
  }

  click(event) {
    if (event.target.closest("[data-none]")) {
      this.boxes.forEach((box) => (box.checked = false));
      if (this.everything) this.everything.checked = false;
      this.count();
      return;
    }
    const box = event.target.closest("tbody .tick");
    if (!box) return;
    const all = this.boxes;
    if (event.shiftKey && this.last !== null) {
      const [from, to] = [all.indexOf(this.last), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((other) => (other.checked = box.checked));
    }
    this.last = box;
  }

  change(event) {
    const everything = this.everything;
    if (event.target === everything) {
      if (everything.checked) this.boxes.forEach((box) => (box.checked = true));
    } else if (everything && !event.target.checked) everything.checked = false;
    if (event.target.matches("[data-all]")) this.boxes.forEach((box) => (box.checked = event.target.checked));
    this.count();
  }

  count() {
    const all = this.boxes;
    const chosen = all.filter((box) => box.checked);
    const picked = chosen.length;
    const head = this.querySelector("[data-all]");
    if (head) {
      head.checked = picked > 0 && picked === all.length;
      head.indeterminate = picked > 0 && picked < all.length;
    }
    const label = this.querySelector("[data-picked]");
    const everything = this.everything?.checked ? this.everything : null;
    if (label) label.textContent = new Intl.NumberFormat(locale()).format(everything ? everything.dataset.everything : picked);
    const sums = this.querySelector("[data-picked-sums]");
    if (sums) sums.textContent = everything ? everything.dataset.sums : added(chosen, this.dataset.home);
  }
}
customElements.define("bulk-select", BulkSelect);

/** What the chosen rows come to, each currency by itself. @param {HTMLInputElement[]} boxes @param {string} home */
function added(boxes, home) {
  const sums = new Map();
  const places = new Map();
  for (const { dataset } of boxes) {
    if (!dataset.amount) continue;
    sums.set(dataset.currency, (sums.get(dataset.currency) ?? 0) + Number(dataset.amount));
    places.set(dataset.currency, dataset.amount.split(".")[1]?.length ?? 0);
  }
  const spoken = ([currency, sum]) => {
    const currencyDisplay = currency === home ? "narrowSymbol" : "code";
    const digits = currency === "COP" && Number.isInteger(sum) ? 0 : places.get(currency);
    const shape = { style: "currency", currency, currencyDisplay, minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(locale(), shape).format(sum);
  };
  return [...sums].map(spoken).join(" · ");
}

document.addEventListener("keydown", (event) => {
  const off = document.cookie.split("; ").includes("keys=off");
  if (off || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || onTop()) return;
  const step = { j: 1, k: -1, J: 1, K: -1 }[event.key];
  if (step) {
    walk(step);
    event.preventDefault();
  }
  if (event.key === "x" || event.key === "X") {
    const box = document.activeElement?.closest("tr")?.querySelector(".tick");
    box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
  }
  if (event.key === "*") document.querySelector("bulk-select [data-all]")?.click();
});

// Enter goes into the place that has the focus, Escape out of it again.
document.addEventListener("keydown", (event) => {
  const place = document.activeElement?.closest("[data-walk]");
  if (!place || event.ctrlKey || event.metaKey || event.altKey || onTop()) return;
  if (event.key === "Enter" && event.target === place) {
    if (place instanceof HTMLDetailsElement) place.open = true;
    const field = place.querySelector("input:not([type=hidden]), select, textarea, button");
    field?.focus();
    field?.select?.();
    event.preventDefault();
  }
  if (event.key === "Escape" && event.target !== place) place.focus();
});

/** In the collector's queue walking opens the next case; elsewhere it moves the focus: between places to be worked on,
 * or rows. @param {number} step */
function walk(step) {
  const queue = [...document.querySelectorAll(".desk-queue .case-row")];
  if (queue.length) {
    const here = queue.findIndex((row) => row.hasAttribute("aria-current"));
    queue[here + step]?.click();
    return;
  }
  const places = [...document.querySelectorAll("main [data-walk]")];
  if (places.length) {
    const at = places.indexOf(document.activeElement?.closest("[data-walk]"));
    const next = places[Math.min(places.length - 1, Math.max(0, at + step))];
    // A place that opens is opened by walking there; of those with one name that closes the one before.
    if (next instanceof HTMLDetailsElement) next.open = true;
    next.focus();
    return;
  }
  const links = [...document.querySelectorAll("main .row-link")];
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector(".row-link"));
  links[Math.min(links.length - 1, Math.max(0, here + step))]?.focus();
}
