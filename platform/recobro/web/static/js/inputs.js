// Fields that understand people: smart days, amounts, chips that fill them, forms that ask before they are left.
import { locale } from "./page.js";
import { readAmount, readDay } from "./reading.js";

function fill(event) {
  const chip = event.target.closest("[data-set]");
  if (!chip) return;
  const input = this.querySelector("input");
  input.value = chip.dataset.set;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.focus();
}

class DateSmart extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.echo = this.querySelector("output");
    this.addEventListener("click", fill);
    this.input.addEventListener("input", () => this.show());
    this.show();
  }

  show() {
    const found = this.input.value.trim() ? readDay(this.input.value) : null;
    const shape = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
    this.echo.hidden = !found;
    this.echo.textContent = found ? new Intl.DateTimeFormat(locale(), shape).format(found) : "";
  }
}
customElements.define("date-smart", DateSmart);

class MoneyInput extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.addEventListener("click", fill);
    this.input.addEventListener("change", () => this.tidy());
  }

  tidy() {
    const format = new Intl.NumberFormat(locale(), { minimumFractionDigits: 2, useGrouping: "always" });
    const mark = format.formatToParts(1.1).find((part) => part.type === "decimal").value;
    const amount = readAmount(this.input.value, mark);
    if (amount !== null) this.input.value = format.format(amount);
  }
}
customElements.define("money-input", MoneyInput);

class UnsavedGuard extends HTMLElement {
  connectedCallback() {
    this.ask = (event) => event.preventDefault();
    this.addEventListener("input", () => window.addEventListener("beforeunload", this.ask));
    this.addEventListener("submit", () => window.removeEventListener("beforeunload", this.ask));
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.ask);
  }
}
customElements.define("unsaved-guard", UnsavedGuard);
