// A search box over a table that is wholly on the page: data-filter names the table.
document.addEventListener("input", (event) => {
  const selector = event.target.dataset.filter;
  const table = selector && document.querySelector(selector);
  if (!table) return;
  const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
    shown += !row.hidden;
  }
  const none = table.parentElement.querySelector("[data-filter-none]");
  if (none) none.hidden = shown > 0;
});
