// The table of all records: only the rows that are asked for are ever made.

const STEP = 100;
const table = document.getElementById("table");
const { columns, count } = report.records;
const filters = new Map();
let sorted = { column: -1, falling: false };
let found = [];
let shown = 0;
let words = [];

function textOf(column, row) {
  return column.codes ? column.texts[column.codes[row]] : column.texts[row];
}

function keyOf(column, row) {
  return column.numbers ? column.numbers[row] : textOf(column, row);
}

let searchable = null;
function searchText(row) {
  searchable ??= Array.from({ length: count }, (_, one) =>
    columns.map((column) => textOf(column, one)).join("\n").toLowerCase(),
  );
  return searchable[row];
}

function compare(column, falling) {
  const collator = new Intl.Collator("en", { numeric: true });
  const sign = falling ? -1 : 1;
  return (one, other) => {
    const [a, b] = [keyOf(column, one), keyOf(column, other)];
    const [noA, noB] = [a === null || a === "", b === null || b === ""];
    if (noA || noB) return noA - noB || one - other; // what is missing stands last either way
    const order = column.numbers ? a - b : collator.compare(a, b);
    return order * sign || one - other;
  };
}

function keeps(row) {
  for (const [column, code] of filters) if (column.codes[row] !== code) return false;
  return !words.length || words.every((word) => searchText(row).includes(word));
}

function find() {
  found = Array.from({ length: count }, (_, row) => row).filter(keeps);
  if (sorted.column >= 0) found.sort(compare(columns[sorted.column], sorted.falling));
  shown = 0;
  table.tBodies[0].replaceChildren();
  showMore();
  const all = count.toLocaleString("en");
  const some = found.length.toLocaleString("en");
  document.getElementById("found").textContent =
    found.length === count ? all + " records" : some + " of " + all + " records";
}

function cellOf(column, row, first) {
  const cell = document.createElement(first ? "th" : "td");
  if (first) cell.scope = "row";
  if (column.numbers) cell.className = "number";
  cell.textContent = textOf(column, row);
  return cell;
}

function rowOf(row) {
  const line = document.createElement("tr");
  line.append(...columns.map((column, place) => cellOf(column, row, place === 0)));
  if (report.distributions && report.distributions[row]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "show";
    button.setAttribute("aria-label", "Show how latency was distributed: " + textOf(columns[0], row));
    button.addEventListener("click", () => showDistribution(row, true));
    line.insertCell().append(button);
  }
  return line;
}

function showMore() {
  const next = found.slice(shown, shown + STEP);
  table.tBodies[0].append(...next.map(rowOf));
  shown += next.length;
  const button = document.getElementById("more");
  button.hidden = shown >= found.length;
  button.textContent = "Show " + Math.min(STEP, found.length - shown) + " more rows";
}

function sortBy(place) {
  sorted = { column: place, falling: sorted.column === place && !sorted.falling };
  [...table.tHead.rows[0].cells].forEach((cell, other) => {
    if (!cell.firstElementChild) return;
    const way = sorted.falling ? "descending" : "ascending";
    cell.setAttribute("aria-sort", other === place ? way : "none");
  });
  find();
}

function makeHead() {
  columns.forEach((column, place) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.setAttribute("aria-sort", "none");
    if (column.numbers) cell.className = "number";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.heading;
    button.addEventListener("click", () => sortBy(place));
    cell.append(button);
    table.tHead.rows[0].append(cell);
  });
  if (!report.distributions) return;
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.textContent = "distribution";
  table.tHead.rows[0].append(cell);
}

function makeFilter(column) {
  const label = document.createElement("label");
  label.textContent = column.heading + " ";
  const select = document.createElement("select");
  select.append(new Option("all", ""));
  column.texts.forEach((text, code) => select.append(new Option(text, String(code))));
  select.addEventListener("change", () => {
    if (select.value === "") filters.delete(column);
    else filters.set(column, Number(select.value));
    find();
  });
  select.dataset.filter = column.heading;
  label.append(select);
  document.getElementById("filters").append(label);
}

function recordsCsv() {
  const names = ["case_id"];
  const cells = [(row) => report.records.ids[row]];
  for (const column of columns) {
    if (!column.metric) {
      names.push(column.heading);
      cells.push((row) => keyOf(column, row));
      continue;
    }
    for (const part of ["numbers", "low", "high"]) {
      names.push(column.metric + (part === "numbers" ? "" : "_" + part));
      cells.push((row) => column[part][row]);
    }
  }
  return asCsv(names, found.map((row) => cells.map((cell) => cell(row))));
}

if (report.records.shared) {
  table.caption.append(" In all of them: " + report.records.shared + ".");
}
makeHead();
columns.filter((column) => column.facet).forEach(makeFilter);
const search = document.getElementById("words");
search.addEventListener("input", () => {
  words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  find();
});
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("more").addEventListener("click", showMore);
document.getElementById("table-csv").addEventListener("click", () =>
  save("records.csv", new Blob([recordsCsv()], { type: "text/csv" })),
);
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  while (shown < Math.min(found.length, 2000)) showMore();
});
find();
