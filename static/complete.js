// Completion of an input, as an ARIA combobox: the list opens while one types, arrows choose, Enter or Tab takes, Escape closes.
const FUNCTIONS = [
  ["has()", "is a field there"], ["size()", "length of a text, a list, an object"], ['timestamp("")', "a time: 2026-11-03T14:30:00Z"],
  ['duration("")', "a length of time: 1h30m"], ["int()", "a whole number of"], ["double()", "a number of"], ["string()", "a text of"],
];
const OF_TEXT = [
  ['startsWith("")', "begins with"], ['endsWith("")', "ends with"], ['contains("")', "has in it"], ['matches("")', "fits a pattern"],
  ["size()", "characters"], ["lowerAscii()", "in small letters"], ["upperAscii()", "in capitals"], ["trim()", "without blanks around"],
];
const OF_TIME = ["getFullYear()", "getMonth()", "getDate()", "getDayOfWeek()", "getHours()", "getMinutes()", "getSeconds()"].map((name) => [name, "of the time, in UTC"]);
const NAMES = [
  ["key", "of the record"], ["value", "of the record"], ["headers", "by name"], ["partition", "number"], ["offset", "number"],
  ["timestamp", "time"], ["size", "bytes of key and value"], ["topic", "its name"],
];
const PATH = /[A-Za-z_]\w*(?:\.\w*|\["[^"]*"?\]?|\[\d+\]?)*$/;
const COMPARED = /((?:key|value|headers)(?:\.\w+|\["[^"]*"\]|\[\d+\])*)\s*(?:==|!=)\s*("?[^"&|()]*)$/;
const SHOWN = 12;

// What may stand at the caret: {from, options: [{text, hint}]}. `fields` as the server tells them: [path, kinds, examples, records].
export function suggest(text, caret, fields) {
  const before = text.slice(0, caret);
  const compared = COMPARED.exec(before);
  if (compared) {
    const field = fields.find(([path]) => path === compared[1]);
    const options = (field?.[2] ?? []).filter((example) => example.startsWith(compared[2]) && example !== compared[2]);
    return { from: caret - compared[2].length, options: options.map((example) => ({ text: example, hint: "seen" })) };
  }
  if ((before.match(/(?<!\\)"/g) ?? []).length % 2) return { from: caret, options: [] }; // inside of a text
  const word = PATH.exec(before)?.[0] ?? "";
  const from = caret - word.length, small = word.toLowerCase();
  if (!word && before.trim() && !/[(!&|,[]\s*$/.test(before)) return { from, options: [] };
  const known = [...NAMES.map(([path, hint]) => ({ text: path, hint })), ...fields.map(([path, kinds]) => ({ text: path, hint: kinds.join(" or ") }))];
  const seen = new Set();
  const fresh = ({ text: path }) => path !== word && !seen.has(path) && seen.add(path);
  const options = known.filter(({ text: path }) => path.toLowerCase().startsWith(small)).filter(fresh);
  const dot = word.lastIndexOf(".");
  if (dot > 0) {
    const of = word.slice(0, dot), start = word.slice(dot + 1).toLowerCase();
    const kinds = fields.find(([path]) => path === of)?.[1];
    const methods = of === "timestamp" ? OF_TIME : !kinds || kinds.includes("string") ? OF_TEXT : [];
    options.push(...methods.filter(([name]) => name.toLowerCase().startsWith(start)).map(([name, hint]) => ({ text: `${of}.${name}`, hint })));
  } else if (word) {
    options.push(...FUNCTIONS.filter(([name]) => name.startsWith(small)).map(([name, hint]) => ({ text: name, hint })));
    if (small.length > 1) options.push(...known.filter(({ text: path }) => path.toLowerCase().includes(small)).filter(fresh));
  }
  return { from, options: options.slice(0, SHOWN) };
}

export class Complete {
  // source(text, caret) gives what `suggest` does
  constructor(input, label, source) {
    Object.assign(this, { input, source, at: -1, options: [], from: 0 });
    this.list = document.createElement("ul");
    Object.assign(this.list, { className: "options", hidden: true, id: `${input.id}-options` });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    input.after(this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.open());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.pressed(event));
    // On the press: a click would come after the blur that closes the list.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("li");
      if (option) this.take([...this.list.children].indexOf(option));
    });
  }
  open() {
    const { from, options } = this.source(this.input.value, this.input.selectionStart);
    Object.assign(this, { from, options });
    this.list.replaceChildren(...options.map(({ text, hint }, i) => {
      const option = document.createElement("li"), name = document.createElement("bdi"), small = document.createElement("small");
      option.id = `${this.list.id}-${i}`;
      option.setAttribute("role", "option");
      name.textContent = text;
      small.textContent = hint;
      option.append(name, small);
      return option;
    }));
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    this.choose(-1);
  }
  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.choose(-1);
  }
  choose(at) {
    this.at = at;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const option = this.list.children[at];
    if (option) { this.input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else this.input.removeAttribute("aria-activedescendant");
  }
  pressed(event) {
    const { key } = event, open = !this.list.hidden, count = this.options.length;
    if (key === " " && event.ctrlKey) { event.preventDefault(); this.open(); }
    else if (!open) { if (key === "ArrowDown") { event.preventDefault(); this.open(); if (this.options.length) this.choose(0); } }
    else if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      const next = this.at + (key === "ArrowDown" ? 1 : -1);
      this.choose(next < -1 ? count - 1 : next >= count ? -1 : next);
    } else if (key === "Escape") { event.preventDefault(); event.stopPropagation(); this.close(); }
    else if ((key === "Enter" || key === "Tab") && this.at >= 0) { event.preventDefault(); this.take(this.at); }
  }
  take(i) {
    const { input, from } = this, { text } = this.options[i];
    // Between the quotes or brackets that are still empty.
    const caret = from + text.length - (text.endsWith('"")') ? 2 : text.endsWith("()") && !/\.(size|trim|get|lower|upper)/.test(text) ? 1 : 0);
    input.setRangeText(text, from, input.selectionEnd, "end");
    input.setSelectionRange(caret, caret);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
  }
}
