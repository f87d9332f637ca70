// Live is paused while somebody reads what the next answer would take away, and the page says why.
const told = document.getElementById("paused");

function busy() {
  const found = document.getElementById("found"), selected = document.getSelection();
  if (found.querySelector("[data-later]")) return "older lines are loaded";
  if (found.querySelector("details[open]")) return "a line is open";
  if (!selected.isCollapsed && found.contains(selected.anchorNode)) return "text is selected";
  return "";
}

function say() {
  const why = busy();
  told.hidden = !why;
  if (why) told.firstElementChild.textContent = `Live is paused: ${why}.`;
  return why;
}

// What is unusual stays as it is while somebody looks into it.
const LOOKED_INTO = "#unusual :is(details[open], [data-all])";

// Also an answer that was under way when the older lines came.
for (const type of ["htmx:before:request", "htmx:before:response"]) {
  document.addEventListener(type, (event) => {
    const { id } = event.detail.ctx.sourceElement;
    if ((id === "found" && say()) || (id === "unusual" && document.querySelector(LOOKED_INTO))) event.preventDefault();
  });
}
for (const type of ["htmx:after:swap", "selectionchange"]) document.addEventListener(type, say);
document.addEventListener("toggle", say, true);
