// The very record that is to be skipped, shown as the panel beside the messages shows it.
for (const root of document.querySelectorAll("[data-record]")) {
  const { record, partition, offset, link, panel, rows } = root.dataset;
  const [{ Panel }, { clock, number }] = await Promise.all([import(panel), import(rows)]);
  await new Panel(root, { clock, number }).open(record, Number(partition), offset, link);
}
