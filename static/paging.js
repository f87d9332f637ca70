// One page of records as items of the list: rows, what stands between them, and what the links beside it say.
const WHY = {
  deleted: "deleted by retention or by hand",
  gone: "compacted away",
  aborted: "of aborted transactions, left out",
  open: "of a transaction that is open, or behind it",
  commit: "a transaction was committed here",
  abort: "a transaction was aborted here",
  marker: "a marker of Kafka's own",
  unknown: "not there, or left out: too much to look at",
};

// "offsets 120 to 344 of partition 3 are not there: compacted away"
function told([, partition, first, last, why], number) {
  const one = String(first) === String(last);
  const place = `${one ? "offset" : "offsets"} ${number(first)}${one ? "" : ` to ${number(last)}`} of partition ${partition}`;
  if (why === "commit" || why === "abort" || why === "marker") return `${place}: ${WHY[why]}`;
  if (why === "aborted" || why === "open") return `${place} ${one ? "is" : "are"} ${WHY[why]}`;
  return `${place} ${one ? "is" : "are"} not there: ${WHY[why]}`;
}

const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// Gaps that stand together for one reason are one line; its title has them all.
function gaps(found, number) {
  const groups = [];
  for (const gap of found) {
    const last = groups.at(-1);
    if (last && last[0][4] === gap[4]) last.push(gap);
    else groups.push([gap]);
  }
  return groups.map((group) => {
    const all = group.map((gap) => told(gap, number));
    const text = group.length < 3 ? all.join("; ") : `${all[0]}; and ${group.length - 1} more places`;
    return { kind: `gap ${group[0][4]}`, text: upper(text), title: all.join("\n") };
  });
}

export function items(body, number) {
  const found = body.notes.map((text) => ({ kind: "notice", text }));
  const waiting = new Map();
  for (const gap of body.gaps) waiting.set(gap[0], [...(waiting.get(gap[0]) ?? []), gap]);
  for (let at = 0; at <= body.rows.length; at++) {
    found.push(...gaps(waiting.get(at) ?? [], number));
    if (at < body.rows.length) found.push({ kind: "row", row: body.rows[at] });
  }
  if (!body.complete) found.push({ kind: "notice", text: `Looked at ${number(body.scanned)} records and stopped there. Go on with the button below.` });
  return found;
}

// The address of just these rows: of the newest page, the offsets before which they stand.
export function exact(asked, body, written) {
  const to = new URLSearchParams(asked);
  if (!to.has("from") && !to.has("before") && to.get("start") === "newest" && Object.keys(body.newer).length) {
    to.set("before", written(body.newer));
    to.delete("start");
  }
  if (body.topic) to.set("topic", body.topic);
  to.delete("record");
  return `${location.origin}${location.pathname}?${to}`;
}

// Columns by path in place of the value: the head, and how wide each is.
export function head(scroller, paths) {
  const top = scroller.querySelector(".r.top");
  const cells = [...top.children].slice(0, 4);
  const named = (paths.length ? paths : ["Value"]).map((path) => {
    const el = document.createElement("span");
    el.setAttribute("role", "columnheader");
    el.textContent = el.title = path;
    if (paths.length) el.className = "path";
    return el;
  });
  top.replaceChildren(...cells, ...named);
  scroller.setAttribute("aria-colcount", 4 + named.length);
  scroller.classList.toggle("by-path", paths.length > 0);
  if (paths.length) scroller.style.setProperty("--paths", paths.length);
  else scroller.style.removeProperty("--paths");
}

// Fields that the newest records have, offered behind the last comma.
export async function suggest(box, records) {
  const answer = await fetch(`${records}fields/`).catch(() => null);
  if (!answer?.ok) return; // a path can be typed without them
  const { fields } = await answer.json();
  const list = document.createElement("datalist");
  list.id = "paths";
  const fill = () => {
    const before = box.value.includes(",") ? `${box.value.slice(0, box.value.lastIndexOf(","))}, ` : "";
    list.replaceChildren(...fields.map(([path]) => Object.assign(document.createElement("option"), { value: before + path })));
  };
  box.addEventListener("input", fill);
  fill();
  box.after(list);
}
