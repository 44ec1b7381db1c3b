// A file field that takes drops and pastes, and shows how far an upload has come. Without script it is a file field.
import { announce, locale, swapped, words } from "./page.js";

// A bigger file is looked at once it has been given.
const MOST_LOOKED_AT = 4e6;

class FileDrop extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector(".drop");
    this.input = this.querySelector("input[type=file]");
    this.bar = this.querySelector("progress");
    this.echo = this.querySelector("output");
    this.form = this.closest("form");
    for (const name of ["dragenter", "dragover"]) this.area.addEventListener(name, (event) => this.over(event, true));
    this.area.addEventListener("dragleave", (event) => this.over(event, false));
    this.area.addEventListener("drop", (event) => this.take(event, event.dataTransfer));
    this.form?.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    this.input.addEventListener("change", () => this.show());
    this.form?.addEventListener("submit", (event) => this.send(event));
    this.form?.addEventListener("change", (event) => {
      if (["kind", "client"].includes(event.target.name)) this.look();
    });
  }

  over(event, on) {
    event.preventDefault();
    this.area.classList.toggle("drop-over", on);
  }

  take(event, source) {
    this.area.classList.remove("drop-over");
    if (!source?.files.length) return;
    event.preventDefault();
    this.input.files = source.files;
    this.show();
  }

  show() {
    const size = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 });
    this.echo.hidden = !this.input.files.length;
    this.echo.textContent = [...this.input.files].map((f) => `${f.name} · ${size.format(f.size / 1e6)} MB`).join(", ");
    this.look();
  }

  // What the server sees in the file, before it is given: its rows, its signs, how many of its columns are known.
  async look() {
    const [file] = this.input.files;
    delete this.echo.dataset.wrong;
    if (!this.dataset.look || !file || file.size > MOST_LOOKED_AT || this.sending) return;
    const asked = (this.asked = Symbol(file.name));
    const data = new FormData();
    for (const name of ["csrf_token", "kind", "client"]) data.set(name, new FormData(this.form).get(name) ?? "");
    data.set("file", file);
    const answer = await fetch(this.dataset.look, { method: "POST", body: data }).catch(() => null);
    const said = answer?.ok ? await answer.text() : "";
    if (!said || asked !== this.asked || this.sending) return;
    this.echo.textContent = `${file.name} · ${said}`;
    this.echo.toggleAttribute("data-wrong", answer.headers.has("X-Wrong"));
  }

  // fetch cannot tell how much of a body has left, so uploads use the older door.
  send(event) {
    if (event.defaultPrevented || !this.input.files.length) return;
    event.preventDefault();
    if (this.sending) return;
    const request = new XMLHttpRequest();
    request.open(this.form.method, this.form.action || location.href);
    // Answered with where to go instead of a redirect: following one here would use up what the next page has to say.
    request.setRequestHeader("X-Upload", "1");
    request.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable) this.bar.value = (100 * step.loaded) / step.total;
    });
    request.addEventListener("load", () => this.answer(request));
    request.addEventListener("error", () => {
      this.busy(false);
      announce(words().offline, true);
    });
    request.send(new FormData(this.form, event.submitter));
    this.busy(true);
  }

  busy(on) {
    this.sending = on;
    this.bar.hidden = !on;
    for (const button of this.form.querySelectorAll("button:not([type=button])")) button.disabled = on;
  }

  answer(request) {
    const next = request.getResponseHeader("X-Go-To");
    this.busy(false);
    if (next || (request.status < 400 && request.responseURL !== new URL(this.form.action || "", location.href).href)) {
      this.sending = true;
      location.assign(next ?? request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    document.title = page.title;
    // Not document.write: that would drop every listener of the page and wake elements before they have children.
    document.body.replaceWith(page.body);
    window.htmx?.process(document.body);
    swapped(document.body);
  }
}
customElements.define("file-drop", FileDrop);
