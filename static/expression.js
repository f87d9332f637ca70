// The box for an expression: what is wrong in it and where, completion, conditions to choose from, a trial on the rows that are shown.
const PAUSE = 350; // ms of silence before what was typed is looked at
const TRIED = 60; // rows
const WORDS = { true: ["ok", "true"], false: ["", "false"], unanswered: ["warn", "no answer"], gone: ["", "gone"] };

const make = (tag, className, ...inside) => {
  const el = document.createElement(tag);
  if (className) el.className = className;
  el.append(...inside);
  return el;
};
const button = (text, run) => {
  const el = Object.assign(make("button", "link", text), { type: "button" });
  el.addEventListener("click", run);
  return el;
};
// The server counts characters, a browser counts UTF-16 units.
const units = (text, characters) => [...text].slice(0, characters).join("").length;

export class Box {
  // here: the data of the page; shown(): rows in sight; number(n); onMarks(texts)
  constructor(form, here, { shown, number, onMarks }) {
    Object.assign(this, { form, here, shown, number, onMarks, input: form.where });
    this.marks = form.querySelector(".squiggle");
    this.wrong = make("p", "wrong");
    this.wrong.id = "where-wrong";
    this.wrong.setAttribute("role", "status");
    this.open = make("div", "opened");
    const help = Object.assign(make("a", "", "How to write expressions"), { href: here.help, target: "_blank" });
    this.below = make("div", "below",
      make("div", "helpers", button("Add a condition", () => this.conditions()), button("Try it on these rows", () => this.attempt()), help, this.wrong), this.open);
    form.append(this.below);
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: here.boxStyle }));
    this.checked = null;
    this.known = [];
    form.parentElement.addEventListener("submit", (event) => this.submitted(event), true);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("scroll", () => { this.marks.scrollLeft = this.input.scrollLeft; });
    this.input.addEventListener("focus", () => this.fields());
    import(here.complete).then(({ Complete, suggest }) => {
      this.completion = new Complete(this.input, "Fields and functions", (text, caret) => suggest(text, caret, this.known));
    });
    if (document.activeElement === this.input) this.fields();
    this.follow();
  }
  // --- what the address asks for, or the box does ---
  follow() {
    this.below.hidden = this.input.disabled;
    this.say(null);
    this.open.replaceChildren();
    if (this.input.value.trim()) this.look(false);
    else this.onMarks([]);
  }
  async ask(what, asked) {
    const answer = await fetch(`${this.here.records}${what}?${new URLSearchParams(asked)}`, { headers: { Accept: "application/json" } });
    return { ok: answer.ok, ...(await answer.json()) };
  }
  // How the page reads records.
  how() { return { read_key: this.form.read_key?.value ?? "", read_value: this.form.read_value?.value ?? "" }; }
  fields() {
    const how = this.how(), as = JSON.stringify(how);
    if (as !== this.as) { this.as = as; this.asked = null; }
    this.asked ??= this.ask("fields/", how).then(({ fields = [], records }) => {
      Object.assign(this, { looked: records, known: fields });
      if (document.activeElement === this.input && this.input.value) this.completion?.open();
      return fields;
    }, () => { this.asked = null; return []; });
    return this.asked;
  }
  typed() {
    this.say(null);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look(true), PAUSE);
  }
  // True when it is an expression, or nobody could be asked.
  async look(onlyLook) {
    const where = this.input.value.trim(), mine = (this.looking = {});
    clearTimeout(this.waiting);
    if (!where) { this.say(null); return true; }
    let body;
    try { body = await this.ask("check/", { where }); } catch { return true; }
    if (mine !== this.looking) return false;
    // While the end is still being written, a missing end is no mistake.
    const good = "marks" in body, unfinished = onlyLook && body.column > [...where].length;
    this.say(good || unfinished ? null : body);
    if (good) { this.checked = where; this.hint(body.paths, onlyLook); if (!onlyLook) this.onMarks(body.marks); }
    return good;
  }
  async submitted(event) {
    const where = this.input.value.trim();
    if (event.target !== this.form || this.input.disabled || !where || where === this.checked) return;
    event.preventDefault();
    event.stopPropagation();
    if (await this.look(false)) { this.checked = where; this.form.requestSubmit(); }
    else this.point();
  }
  // --- what is wrong ---
  say(body) {
    this.problem = body;
    const bad = Boolean(body);
    this.wrong.textContent = bad ? (body.column ? `Column ${body.column}: ${body.sentence}` : body.sentence) : "";
    this.input.setAttribute("aria-invalid", String(bad));
    if (bad) this.input.setAttribute("aria-describedby", this.wrong.id); else this.input.removeAttribute("aria-describedby");
    this.marks.replaceChildren();
    if (!body?.column) return;
    const [from, to] = this.place(body);
    const text = this.input.value;
    this.marks.append(text.slice(0, from), make("mark", "", text.slice(from, to) || " "), text.slice(to));
    this.marks.scrollLeft = this.input.scrollLeft;
  }
  // A field that no record has is most likely a slip of the pen, and no mistake that a server could refuse.
  async hint(paths, writing) {
    const known = await this.fields(), mine = this.looking;
    const has = (seen, path) => seen === path || (writing && seen.startsWith(path)); // the end of a name may still come
    const strange = paths.find((path) => !/\[\d+\]$/.test(path) && !known.some(([seen]) => has(seen, path.replace(/\[\d+\]/g, "[0]"))));
    if (strange && known.length && known.length < 300 && mine === this.looking) this.wrong.textContent = `None of the newest ${this.number(this.looked)} records has ${strange}.`;
  }
  place({ column, length }) {
    const text = this.input.value, skipped = text.length - text.trimStart().length;
    return [skipped + units(text.trim(), column - 1), skipped + units(text.trim(), column - 1 + length)];
  }
  point() {
    this.input.focus();
    if (this.problem?.column) this.input.setSelectionRange(...this.place(this.problem));
  }
  // --- conditions, for people who do not write them ---
  async conditions() {
    const { boxes, joined } = await import(this.here.condition);
    const { row, focus } = boxes({
      fields: () => this.fields(),
      onAdd: (more) => { this.input.value = joined(this.input.value, more); this.look(true); },
    });
    this.open.replaceChildren(row);
    focus();
  }
  // --- a trial on the rows that are shown ---
  async attempt() {
    const where = this.input.value.trim();
    if (!where) { this.say({ sentence: "Write an expression first." }); return this.input.focus(); }
    this.result("Trying …");
    const how = { unmask: this.form.unmask?.checked ? "1" : "", ...this.how() };
    const inSight = this.shown().slice(0, TRIED);
    let body, rows = inSight;
    try {
      // Where nothing matches so far there is nothing in sight, and this is asked all the more.
      if (!rows.length) ({ rows = [] } = await this.ask("", { start: "newest", limit: 30, ...how }));
      if (!rows.length) return this.result("There are no records to try it on.");
      body = await this.ask("try/", { where, ...how, at: rows.map(([partition, offset]) => `${partition}:${offset}`).join(",") });
    } catch { return this.result("The server does not answer. Try again."); }
    if (!body.ok) {
      this.result(body.column ? "" : body.sentence);
      if (body.column) { this.say(body); this.point(); }
      return;
    }
    this.say(null);
    const { visible } = await import(this.here.rows);
    const said = new Map(body.verdicts.map((verdict) => [`${verdict[0]}:${verdict[1]}`, verdict]));
    const count = (answer) => body.verdicts.filter((verdict) => verdict[2] === answer).length;
    const parts = [[count("true"), "true"], [count("false"), "false"], [count("unanswered"), "without an answer"], [count("gone"), "gone"]];
    const words = parts.filter(([n]) => n).map(([n, what]) => `${this.number(n)} ${what}`).join(", ");
    const lines = rows.map(([partition, offset, , , key, value]) => {
      const [, , answer, sentence] = said.get(`${partition}:${offset}`) ?? [0, 0, "gone", ""];
      const [colour, word] = WORDS[answer];
      const text = make("td", "clip mono", visible(sentence || value[1].slice(0, 200)) || value[0]);
      return make("tr", "", make("td", "", make("span", `chip ${colour}`, word)), make("td", "num", String(partition)), make("td", "num", this.number(offset)), make("td", "clip mono", visible(key[1].slice(0, 60)) || key[0]), text);
    });
    const heads = ["Answer", "Part.", "Offset", "Key", "Value, or why there is no answer"].map((text) => { const th = make("th", "", text); th.scope = "col"; return th; });
    const table = make("table", "tried", make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...lines));
    const box = make("div", "scrolled", table);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "What the expression says of each row");
    this.result(`Of the ${inSight.length ? `${this.number(rows.length)} rows shown` : `newest ${this.number(rows.length)} records`}: ${words}.`, box);
  }
  result(text, ...more) {
    const said = make("p", "", text);
    said.setAttribute("role", "status");
    const close = button("Close", () => this.open.replaceChildren());
    this.open.replaceChildren(...(text ? [make("div", "said", said, close), ...more] : []));
  }
}
