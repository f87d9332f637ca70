// A field, an operator and a value that write an expression, for people who do not.
const SIGNS = [
  ["==", "is"], ["!=", "is not"], [">", "is more than"], [">=", "is at least"], ["<", "is less than"], ["<=", "is at most"],
  ["contains", "contains"], ["startsWith", "starts with"], ["endsWith", "ends with"], ["matches", "matches the pattern"],
  ["in", "is one of (commas between)"], ["has", "is there"], ["!has", "is not there"], ["null", "is null"],
];
const ALONE = ["has", "!has", "null"];
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?/;
const quoted = (text) => JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

// As it is written in an expression. `kinds`: what the field held where it was seen; none for a field that was not.
export function literal(text, kinds) {
  if (kinds.includes("time")) return `timestamp(${quoted(TIME.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text.replace(" ", "T")}${text.length < 17 ? ":00" : ""}Z` : text)})`;
  const numbers = !kinds.length || kinds.some((kind) => kind === "int" || kind === "double");
  const texts = kinds.includes("string");
  if (NUMBER.test(text) && numbers && !texts) return text;
  if ((text === "true" || text === "false") && (!kinds.length || kinds.includes("bool")) && !texts) return text;
  return quoted(text);
}

export function condition(field, sign, text, kinds) {
  const brackets = /^(.*)\[("(?:[^"\\]|\\.)*")\]$/.exec(field);
  const dotted = /\.\w+$/.test(field);
  switch (sign) {
    case "has": return brackets ? `${brackets[2]} in ${brackets[1]}` : dotted ? `has(${field})` : `${field} != null`;
    case "!has": return brackets ? `!(${brackets[2]} in ${brackets[1]})` : dotted ? `!has(${field})` : `${field} == null`;
    case "null": return `${field} == null`;
    case "in": return `${field} in [${text.split(",").map((part) => literal(part.trim(), kinds)).join(", ")}]`;
    case "contains": case "startsWith": case "endsWith": case "matches": return `${field}.${sign}(${quoted(text)})`;
  }
  return `${field} ${sign} ${literal(text, kinds)}`;
}

export function joined(expression, more) {
  const before = expression.trim();
  return !before ? more : `${/\|\||\?/.test(before) ? `(${before})` : before} && ${more}`;
}

const make = (tag, attributes, ...inside) => {
  const el = Object.assign(document.createElement(tag), attributes);
  el.append(...inside);
  return el;
};

// fields(): promise of what the topic's records have; onAdd(condition)
export function boxes({ fields, onAdd }) {
  const list = make("datalist", { id: "where-fields" }), values = make("datalist", { id: "where-values" });
  const field = make("input", { className: "mono", placeholder: "value.amount", autocomplete: "off", spellcheck: false });
  const sign = make("select", {}, ...SIGNS.map(([value, words]) => make("option", { value, textContent: words })));
  const value = make("input", { className: "mono", placeholder: "value", autocomplete: "off", spellcheck: false });
  const add = make("button", { type: "button", className: "btn", textContent: "Add" });
  for (const [el, label] of [[field, "Field"], [sign, "Operator"], [value, "Value"]]) el.setAttribute("aria-label", label);
  field.setAttribute("list", list.id);
  value.setAttribute("list", values.id);
  let known = [];
  const kinds = () => (field.value === "timestamp" ? ["time"] : ["partition", "offset", "size"].includes(field.value) ? ["int"] : field.value === "topic" || field.value === "key" ? ["string"] : known.find(([path]) => path === field.value)?.[1] ?? []);
  fields().then((found) => {
    known = found;
    const paths = new Set(["key", "partition", "offset", "timestamp", "size", ...found.map(([path]) => path)]);
    list.replaceChildren(...[...paths].map((path) => make("option", { value: path })));
  });
  field.addEventListener("input", () => {
    const seen = known.find(([path]) => path === field.value)?.[2] ?? [];
    values.replaceChildren(...seen.map((example) => make("option", { value: example.startsWith('"') ? JSON.parse(example.replace(/\\U0000/g, "\\u")) : example })));
  });
  sign.addEventListener("change", () => { value.hidden = ALONE.includes(sign.value); });
  const done = () => {
    if (!field.value.trim()) return field.focus();
    onAdd(condition(field.value.trim(), sign.value, value.value, kinds()));
    value.value = "";
    field.focus();
  };
  add.addEventListener("click", done);
  const row = make("div", { className: "condition" }, field, sign, value, add, list, values);
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "A condition");
  row.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target !== add) { event.preventDefault(); done(); } });
  return { row, focus: () => field.focus() };
}
