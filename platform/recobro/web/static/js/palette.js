// The palette: one field that reaches every page in the menu, every action on the page, and every record by search.
import { capOf, locale } from "./page.js";

const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector(".palette-list");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(locale());
let chosen = 0;
let asked = 0;

/** @returns {HTMLElement[]} */
const items = () => [...list.querySelectorAll("[role=option]")];

function item(text, key, run) {
  const line = document.createElement("li");
  line.className = "menu-item";
  line.id = `palette-${list.childElementCount}`;
  line.setAttribute("role", "option");
  const name = document.createElement("span");
  name.textContent = text;
  line.append(name);
  if (key) {
    const cap = document.createElement("kbd");
    cap.className = "keycap";
    cap.textContent = capOf(key);
    line.append(cap);
  }
  line.addEventListener("click", () => {
    dialog.close();
    run();
  });
  list.append(line);
}

function commands() {
  const found = [];
  for (const link of document.querySelectorAll(".rail-link, .sheet-actions .button, .case-actions .button")) {
    const name = (link.querySelector(".rail-label, span:not(.rail-count)") ?? link).textContent.trim();
    found.push({ name, key: link.dataset.key, run: () => link.click() });
  }
  return found;
}

function choose(index) {
  const all = items();
  chosen = all.length ? (index + all.length) % all.length : 0;
  all.forEach((line, i) => line.setAttribute("aria-selected", String(i === chosen)));
  all[chosen]?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", all[chosen]?.id ?? "");
}

function draw() {
  const wanted = plain(field.value.trim());
  list.replaceChildren();
  for (const command of commands()) {
    if (!wanted || plain(command.name).includes(wanted)) item(command.name, command.key, command.run);
  }
  const search = dialog.dataset.search;
  if (wanted && search) {
    const url = `${search}?${new URLSearchParams({ q: field.value.trim() })}`;
    item(`${dialog.dataset.searchFor} «${field.value.trim()}»`, "", () => location.assign(url));
    hits(url);
  }
  choose(0);
}

/** Records from the server: the answer's own links marked data-hit. @param {string} url */
async function hits(url) {
  const turn = ++asked;
  await new Promise((done) => setTimeout(done, 180));
  if (turn !== asked) return;
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
  const answer = await fetch(url, { headers }).catch(() => null);
  if (!answer?.ok || turn !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const hit of [...page.querySelectorAll("a[data-hit]")].slice(0, 8)) {
    item(hit.textContent.replace(/\s+/g, " ").trim(), "", () => location.assign(hit.getAttribute("href")));
  }
  choose(chosen);
}

function open() {
  if (dialog.open) return;
  field.value = "";
  dialog.showModal();
  draw();
}

if (dialog) {
  field.addEventListener("input", draw);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") items()[chosen]?.click();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
}
