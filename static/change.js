// Pages of changes: lanes by data attributes, copy as command, tick all, first records of a plan.
const DECADES = 6.3; // the left edge of a lane is 2 million records from the end
const place = (distance) => Math.max(0, 1 - Math.log10(1 + Math.max(0, distance)) / DECADES);

function draw(root) {
  for (const lane of root.querySelectorAll("[data-lane]")) {
    const { start, end, at, was } = lane.dataset;
    lane.style.setProperty("--start", place(end - start));
    lane.style.setProperty("--committed", place(end - at));
    if (was !== undefined) lane.style.setProperty("--was", place(end - was));
  }
}

const boxesOf = (section) => [...section.querySelectorAll('tbody input[type="checkbox"]:not(:disabled)')];

function tell(box) {
  const section = box.closest("section"), all = section?.querySelector("[data-all]");
  if (!all) return;
  const boxes = boxesOf(section);
  const on = boxes.filter((one) => one.checked).length;
  all.checked = on > 0 && on === boxes.length;
  all.indeterminate = on > 0 && on < boxes.length;
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-all]")) for (const one of boxesOf(target.closest("section"))) one.checked = target.checked;
  if (!target.matches('tbody input[type="checkbox"]')) return;
  tell(target);
  const again = target.form.querySelector("[data-replan]");
  if (again) again.hidden = [...target.form.elements.partition.length ? target.form.elements.partition : [target]].every((one) => one.checked);
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const text = document.querySelector(button.dataset.copy).content.textContent;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    window.prompt("Copy this line", text); // no clipboard without https
  }
  setTimeout(() => { button.textContent = label; }, 1500);
});

async function firstRecords(table) {
  const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });
  const cells = [...table.querySelectorAll("[data-first]")].filter((cell) => cell.textContent.trim());
  let found = {}, why = "could not be looked up";
  try {
    const answer = await fetch(table.dataset.firstRecords, { headers: { Accept: "application/json" } });
    if (answer.ok) found = await answer.json();
    else why = `could not be looked up (${answer.status})`;
  } catch { /* the server does not answer: the cells say so */ }
  for (const cell of cells) {
    const record = found[cell.dataset.first] ?? { why: found && Object.keys(found).length ? "not looked up" : why };
    const when = record.timestamp === null || record.timestamp === undefined ? "no timestamp" : stamp.format(new Date(record.timestamp));
    cell.textContent = record.why ?? `${when}  ${record.key ? record.key + "  " : ""}${record.value}`;
    cell.title = record.why ? "" : `offset ${record.offset}\n${record.value}`;
  }
  for (const cell of table.querySelectorAll("[data-span]")) {
    const span = found[cell.dataset.span]?.span;
    if (!span) continue;
    cell.textContent = `${span.words} of records`;
    cell.title = `from ${stamp.format(new Date(span.from))}\nto ${stamp.format(new Date(span.to))}`;
  }
}

draw(document);
document.addEventListener("htmx:after:swap", () => draw(document));
for (const all of document.querySelectorAll("[data-all]")) tell(all);
for (const table of document.querySelectorAll("[data-first-records]")) firstRecords(table);
