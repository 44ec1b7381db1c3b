// Fields that understand people: smart days, amounts, chips that fill them, forms that ask before they are left.
import { locale } from "./page.js";
import { readAmount, readDay } from "./reading.js";

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-set]");
  const input = chip && document.getElementById(chip.dataset.fill);
  if (!input) return;
  input.value = chip.dataset.set;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.focus();
});

/** `mar 24 nov 2026`, as the server writes it. @param {Date} day */
function spoken(day) {
  const part = (shape) => new Intl.DateTimeFormat(locale(), shape).format(day).replace(".", "").slice(0, 3);
  return `${part({ weekday: "short" })} ${day.getDate()} ${part({ month: "short" })} ${day.getFullYear()}`;
}

class DateSmart extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.echo = this.querySelector("output");
    this.input.addEventListener("input", () => this.show());
    this.show();
  }

  /** The agency's day, which the server counts from; the browser's clock may say another. */
  today() {
    const told = /^(\d{4})-(\d{2})-(\d{2})$/.exec(this.dataset.today ?? "");
    return told ? new Date(Number(told[1]), Number(told[2]) - 1, Number(told[3])) : new Date();
  }

  show() {
    const found = this.input.value.trim() ? readDay(this.input.value, this.today(), this.dataset.look === "back") : null;
    const text = found ? spoken(found) : "";
    this.echo.hidden = !found || text.endsWith(this.input.value.trim());
    this.echo.textContent = text;
  }
}
customElements.define("date-smart", DateSmart);

class MoneyInput extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
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
