// One tip for all marks of a chart, by pointer and by focus; Escape hides it.
let tip = null;

function show(mark) {
  tip ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "chart-tip" }));
  tip.setAttribute("aria-hidden", "true");
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  const box = mark.getBoundingClientRect();
  const left = Math.min(window.innerWidth - tip.offsetWidth - 8, Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2));
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(8, box.top - tip.offsetHeight - 6)}px`;
}

const hide = () => {
  if (tip) tip.hidden = true;
};

class ChartTips extends HTMLElement {
  connectedCallback() {
    for (const name of ["pointerover", "focusin"]) {
      this.addEventListener(name, (event) => {
        const mark = event.target.closest("[data-tip]");
        if (mark) show(mark);
      });
    }
    for (const name of ["pointerout", "focusout"]) this.addEventListener(name, hide);
  }

  disconnectedCallback() {
    hide();
  }
}
customElements.define("chart-tips", ChartTips);
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
window.addEventListener("scroll", hide, { passive: true, capture: true });
