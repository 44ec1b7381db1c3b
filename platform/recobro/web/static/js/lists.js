// Lists: choose rows (with Shift a range), count them; J and K walk, X chooses, Enter is the browser's own.
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

  click(event) {
    if (event.target.closest("[data-none]")) {
      this.boxes.forEach((box) => (box.checked = false));
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
    if (event.target.matches("[data-all]")) this.boxes.forEach((box) => (box.checked = event.target.checked));
    this.count();
  }

  count() {
    const all = this.boxes;
    const picked = all.filter((box) => box.checked).length;
    const head = this.querySelector("[data-all]");
    if (head) {
      head.checked = picked > 0 && picked === all.length;
      head.indeterminate = picked > 0 && picked < all.length;
    }
    const label = this.querySelector("[data-picked]");
    if (label) label.textContent = String(picked);
  }
}
customElements.define("bulk-select", BulkSelect);

const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, dialog") !== null;

document.addEventListener("keydown", (event) => {
  const off = document.cookie.split("; ").includes("keys=off");
  if (off || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const step = { j: 1, k: -1, J: 1, K: -1 }[event.key];
  if (step) {
    walk(step);
    event.preventDefault();
  }
  if (event.key === "x") {
    const box = document.activeElement?.closest("tr")?.querySelector(".tick");
    box?.click();
  }
});

/** In the collector's queue walking opens the next case; in other lists it moves the focus. @param {number} step */
function walk(step) {
  const queue = [...document.querySelectorAll(".desk-queue .case-row")];
  if (queue.length) {
    const here = queue.findIndex((row) => row.hasAttribute("aria-current"));
    queue[here + step]?.click();
    return;
  }
  const links = [...document.querySelectorAll("main .row-link")];
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector(".row-link"));
  links[Math.min(links.length - 1, Math.max(0, here + step))]?.focus();
}
