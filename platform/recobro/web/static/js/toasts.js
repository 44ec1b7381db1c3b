// Toasts go by themselves, not while they are pointed at or hold the focus, and never before they can be read.
class ToastNote extends HTMLElement {
  connectedCallback() {
    this.left = Number(this.dataset.seconds || 6);
    this.timer = setInterval(() => this.tick(), 1000);
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-dismiss]")) this.remove();
    });
    this.addEventListener("submit", () => setTimeout(() => this.remove(), 50));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    if (this.matches(":hover, :focus-within") || document.hidden) return;
    this.left -= 1;
    if (this.left <= 0) this.remove();
  }
}
customElements.define("toast-note", ToastNote);

// Identifiers copy themselves.
class CopyText extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-copy]");
      if (!button) return;
      await navigator.clipboard?.writeText(button.dataset.copy).catch(() => null);
      const { announce, words } = await import("./page.js");
      announce(words().copied, true);
    });
  }
}
customElements.define("copy-text", CopyText);
