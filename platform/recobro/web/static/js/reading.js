// What a person types, read as the server will read it (web/readings.py); only to echo, never to decide.

const DAYS = { lun: 0, mar: 1, mie: 2, jue: 3, vie: 4, sab: 5, dom: 6, mon: 0, tue: 1, wed: 2, thu: 3, fri: 4, sat: 5, sun: 6 };
const MONTHS = {
  ...{ ene: 1, feb: 2, mar: 3, abr: 4, may: 5, jun: 6, jul: 7, ago: 8, sep: 9, oct: 10, nov: 11, dic: 12 },
  ...{ jan: 1, apr: 4, aug: 8, dec: 12 },
};
const NEAR = {
  ...{ hoy: 0, today: 0, manana: 1, tomorrow: 1, pasado: 2, "pasado manana": 2 },
  ...{ ayer: -1, yesterday: -1, antier: -2, anteayer: -2 },
};

const plain = (text) => text.trim().toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/\s+/g, " ");
const day = (year, month, number) => {
  const found = new Date(year, month - 1, number);
  return found.getMonth() === month - 1 && found.getDate() === number ? found : null;
};
const plus = (date, days) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
const monthEnd = (date) => new Date(date.getFullYear(), date.getMonth() + 1, 0);

function payDay(today, back) {
  const [year, month] = [today.getFullYear(), today.getMonth() + 1];
  if (back) return today.getDate() > 15 ? day(year, month, 15) : new Date(year, month - 1, 0);
  if (today.getDate() < 15) return day(year, month, 15);
  const end = monthEnd(today);
  if (today < end) return end;
  const next = plus(today, 15);
  return new Date(next.getFullYear(), next.getMonth(), 15);
}

function endOfMonth(today, back) {
  const end = monthEnd(today);
  return back && today < end ? new Date(today.getFullYear(), today.getMonth(), 0) : end;
}

function ofTheWeek(number, today, back) {
  const weekday = (today.getDay() + 6) % 7;
  return back ? plus(today, -((weekday - number - 1 + 7) % 7) - 1) : plus(today, ((number - weekday - 1 + 7) % 7) + 1);
}

function withNumber(number, today, back) {
  for (let months = 0; months < 3; months += 1) {
    const first = new Date(today.getFullYear(), today.getMonth() + (back ? -months : months), 1);
    const found = day(first.getFullYear(), first.getMonth() + 1, number);
    if (found && (back ? found <= today : found >= today)) return found;
  }
  return null;
}

function ofTheYear(month, number, today, back) {
  const found = day(today.getFullYear(), month, number);
  if (!found || (back ? found <= today : found >= today)) return found;
  return day(today.getFullYear() + (back ? -1 : 1), month, number);
}

/**
 * The day meant, or null: the next one when the year is not said or, looking back, the last one.
 * @param {string} text @param {Date} now @param {boolean} back @returns {Date | null}
 */
export function readDay(text, now = new Date(), back = false) {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const word = plain(text).replace("\u2212", "-");
  if (word in NEAR) return plus(today, NEAR[word]);
  if (word === "quincena" || word === "payday") return payDay(today, back);
  if (word === "fin de mes" || word === "end of month") return endOfMonth(today, back);
  if (/^[a-z]+$/.test(word) && word.slice(0, 3) in DAYS) return ofTheWeek(DAYS[word.slice(0, 3)], today, back);
  if (/^[+-]\d{1,3}$/.test(word)) return plus(today, Number(word));
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word);
  if (match) return day(Number(match[1]), Number(match[2]), Number(match[3]));
  if (/^\d{1,2}$/.test(word)) return withNumber(Number(word), today, back);
  const named = /^(\d{1,2})(?: de)? ([a-z]{3})[a-z]*(?:(?: de)? (\d{4}))?$/.exec(word);
  const slashed = /^(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2}|\d{4}))?$/.exec(word);
  const parts = named && named[2] in MONTHS ? [named[1], MONTHS[named[2]], named[3]] : slashed?.slice(1);
  if (!parts) return null;
  const [number, month] = [Number(parts[0]), Number(parts[1])];
  if (parts[2]) return day(Number(parts[2]) + (parts[2].length === 2 ? 2000 : 0), month, number);
  return ofTheYear(month, number, today, back);
}

/** The amount meant, as a number to show, or null. @param {string} text @param {string} mark the locale's decimal mark */
export function readAmount(text, mark) {
  const match = /^(-?)([\d.,]*\d)([km]?)$/i.exec(text.replace(/[\s$€£\u2212]/g, "").replace(/^[A-Z]{3}(?=\d)/i, ""));
  if (!match) return null;
  const marks = match[2].match(/[.,]/g) ?? [];
  const last = marks.at(-1);
  const tail = last ? match[2].split(last).at(-1).length : 0;
  const whole = last ? match[2].split(last)[0] : "";
  if (marks.length === 1 && tail === 3 && !match[3] && (last === mark || !whole || whole.startsWith("0"))) return null;
  let decimal = null;
  if (new Set(marks).size === 2) decimal = last;
  else if (marks.length === 1 && (match[3] || tail !== 3)) decimal = last;
  const digits = [...match[2]].map((c) => (c === decimal ? "." : /\d/.test(c) ? c : "")).join("");
  return Number(match[1] + digits) * ({ k: 1e3, m: 1e6 }[match[3].toLowerCase()] ?? 1);
}
