// The box for an expression: what is wrong in it and where, completion, conditions to choose from, a trial on the rows that are shown.
const PAUSE = 350; // ms of silence before what was typed is looked at
const TRIED = 60; // rows
const ASKED = 4; // topics whose fields are offered, of several
const MOST = 300; // fields that are told of one
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

// Fields of several topics as those of one; what two of them have, they have together.
function together(answers) {
  const all = new Map();
  for (const [path, kinds, examples, records] of answers.flat()) {
    const [, before, seen, counted] = all.get(path) ?? [path, [], [], 0];
    all.set(path, [path, [...new Set([...before, ...kinds])], [...new Set([...seen, ...examples])], counted + records]);
  }
  return [...all.values()];
}

export class Box {
  // here: the data of the page; topics(): where the records of each topic are asked for, by name, "" for the only one;
  // shown(): items in sight, left out by a page that shows no records; number(n); onMarks(texts)
  constructor(form, here, { topics, shown, number, onMarks = () => {} }) {
    Object.assign(this, { form, here, topics, shown, number, onMarks, input: form.where });
    this.marks = form.querySelector(".squiggle");
    this.wrong = make("p", "wrong");
    this.wrong.id = "where-wrong";
    this.wrong.setAttribute("role", "status");
    this.open = make("div", "opened");
    const help = Object.assign(make("a", "", "How to write expressions"), { href: here.help, target: "_blank" });
    const onWhat = shown ? "Try it on these rows" : "Try it on the newest records";
    this.below = form.querySelector(".below");
    this.below.append(make("div", "helpers", button("Add a condition", () => this.conditions()), button(onWhat, () => this.attempt()), help, this.wrong), this.open);
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
  async ask(where, asked) {
    const answer = await fetch(`${where}?${new URLSearchParams(asked)}`, { headers: { Accept: "application/json" } });
    return { ok: answer.ok, ...(await answer.json()) };
  }
  // How the page reads records.
  how() { return { read_key: this.form.read_key?.value ?? "", read_value: this.form.read_value?.value ?? "" }; }
  fields() {
    const how = this.how(), all = Object.values(this.topics()), asked = all.slice(0, ASKED), as = JSON.stringify([asked, how]);
    if (as !== this.as) { this.as = as; this.asked = null; }
    this.asked ??= Promise.all(asked.map((records) => this.ask(`${records}fields/`, how))).then((answers) => {
      const told = answers.map(({ fields = [] }) => fields), known = together(told);
      if (as !== this.as) return known;
      const whole = all.length === asked.length && told.every((fields) => fields.length < MOST);
      Object.assign(this, { known, whole, looked: answers.reduce((sum, { records = 0 }) => sum + records, 0) });
      if (document.activeElement === this.input && this.input.value) this.completion?.open();
      return known;
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
    try { body = await this.ask(this.here.check, { where }); } catch { return true; }
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
    if (strange && known.length && this.whole && mine === this.looking) this.wrong.textContent = `None of the newest ${this.number(this.looked)} records has ${strange}.`;
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
    const topics = this.topics(), several = Object.keys(topics).length > 1;
    const inSight = (this.shown?.() ?? []).filter(({ topic = "" }) => topics[topic]).slice(0, TRIED);
    let items = inSight, verdicts = [];
    try {
      // Where nothing matches so far there is nothing in sight, and this is asked all the more.
      if (!items.length) items = await this.newest(topics, how);
      if (!items.length) return this.result("There are no records to try it on.");
      for (const topic of new Set(items.map(({ topic = "" }) => topic))) {
        const at = items.filter((item) => (item.topic ?? "") === topic).map(({ row: [partition, offset] }) => `${partition}:${offset}`);
        const body = await this.ask(`${topics[topic]}try/`, { where, ...how, at: at.join(",") });
        if (!body.ok) return this.untried(body);
        verdicts = [...verdicts, ...body.verdicts.map((verdict) => [topic, ...verdict])];
      }
    } catch { return this.result("The server does not answer. Try again."); }
    this.say(null);
    const { visible } = await import(this.here.rows);
    const said = new Map(verdicts.map(([topic, partition, offset, ...verdict]) => [`${topic}:${partition}:${offset}`, verdict]));
    const count = (answer) => verdicts.filter((verdict) => verdict[3] === answer).length;
    const parts = [[count("true"), "true"], [count("false"), "false"], [count("unanswered"), "without an answer"], [count("gone"), "gone"]];
    const words = parts.filter(([n]) => n).map(([n, what]) => `${this.number(n)} ${what}`).join(", ");
    const lines = items.map(({ topic = "", row: [partition, offset, , , key, value] }) => {
      const [answer, sentence] = said.get(`${topic}:${partition}:${offset}`) ?? ["gone", ""];
      const [colour, word] = WORDS[answer];
      const text = make("td", "clip mono", visible(sentence || value[1].slice(0, 200)) || value[0]);
      return make("tr", "", make("td", "", make("span", `chip ${colour}`, word)), ...(several ? [make("td", "clip mono", topic)] : []), make("td", "num", String(partition)), make("td", "num", this.number(offset)), make("td", "clip mono", visible(key[1].slice(0, 60)) || key[0]), text);
    });
    const heads = Object.entries({ answer: "Answer", ...(several ? { topic: "Topic" } : {}), part: "Part.", offset: "Offset", key: "Key", value: "Value, or why there is no answer" }).map(([name, text]) => { const th = make("th", name, text); th.scope = "col"; return th; });
    const table = make("table", "tried", make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...lines));
    const box = make("div", "scrolled", table);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "What the expression says of each row");
    this.result(`Of the ${inSight.length ? `${this.number(items.length)} rows shown` : `newest ${this.number(items.length)} records`}: ${words}.`, box);
  }
  async newest(topics, how) {
    const asked = Object.entries(topics).slice(0, ASKED);
    const pages = await Promise.all(asked.map(async ([topic, records]) => {
      const { rows = [] } = await this.ask(records, { start: "newest", limit: Math.floor(TRIED / asked.length / 2), ...how });
      return rows.map((row) => ({ topic, row }));
    }));
    return pages.flat();
  }
  untried(body) {
    this.result(body.column ? "" : body.sentence);
    if (body.column) { this.say(body); this.point(); }
  }
  result(text, ...more) {
    const said = make("p", "", text);
    said.setAttribute("role", "status");
    const close = button("Close", () => this.open.replaceChildren());
    this.open.replaceChildren(...(text ? [make("div", "said", said, close), ...more] : []));
  }
}
