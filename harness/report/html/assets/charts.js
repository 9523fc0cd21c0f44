// Charts: drawn when they come near the window, the rest when the browser is idle; and downloads.
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const drawn = new Map();

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A text that starts like a formula is preceded by an apostrophe: spreadsheets would run it.
function csvCell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value);
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function asCsv(names, rows) {
  return [names, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
}

function specificationOf(name) {
  const figure = report.figures[name];
  return { ...figure.specification, datasets: { rows: figure.rows } };
}

// The picture that is saved has its title, and the colours of white paper.
function pictureOf(name) {
  const figure = report.figures[name];
  let text = JSON.stringify(figure.specification);
  for (const [variable, colour] of Object.entries(report.light)) {
    text = text.replaceAll('"' + variable + '"', '"' + colour + '"');
  }
  const specification = JSON.parse(text);
  specification.config.background = "#ffffff";
  specification.config.padding = 16;
  const subtitle = [report.subtitle, figure.caption].filter(Boolean);
  specification.title = { text: figure.title, subtitle, anchor: "start", offset: 16 };
  return { ...specification, datasets: { rows: figure.rows } };
}

const quiet = { mode: "vega-lite", ast: true, actions: false, renderer: "svg" };

async function picture(name, kind) {
  const result = await vegaEmbed(document.createElement("div"), pictureOf(name), quiet);
  try {
    if (kind === "svg") return new Blob([await result.view.toSVG()], { type: "image/svg+xml" });
    const canvas = await result.view.toCanvas(2);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    result.finalize();
  }
}

function figureCsv(name) {
  const { rows } = report.figures[name];
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return asCsv(names, rows.map((row) => names.map((column) => row[column])));
}

async function download(name, kind) {
  const blob =
    kind === "csv" ? new Blob([figureCsv(name)], { type: "text/csv" }) : await picture(name, kind);
  save(name + "." + kind, blob);
}

async function draw(place) {
  const name = place.dataset.figure;
  if (drawn.has(name)) return drawn.get(name);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const options = { ...quiet, tooltip: { theme: dark ? "dark" : "light" } };
  const drawing = vegaEmbed(place, specificationOf(name), options).catch((error) => {
    place.textContent = "This chart could not be drawn: " + error.message;
    place.classList.add("fault");
    console.error(error);
  });
  drawn.set(name, drawing);
  return drawing;
}

async function redraw(name) {
  const before = await drawn.get(name);
  if (before) before.finalize();
  drawn.delete(name);
  return draw(document.querySelector('[data-figure="' + CSS.escape(name) + '"]'));
}

const later = window.requestIdleCallback || ((work) => setTimeout(work, 50));

function drawAll() {
  const places = [...document.querySelectorAll("[data-figure]")];
  const near = new IntersectionObserver(
    (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => draw(one.target)),
    { rootMargin: "300px" },
  );
  places.forEach((place) => near.observe(place));
  function next() {
    const place = places.find((one) => !drawn.has(one.dataset.figure));
    if (place) draw(place).then(() => later(next));
    else document.documentElement.dataset.charts = "drawn";
  }
  later(next);
}

document.addEventListener("click", (event) => {
  const kind = event.target.dataset && event.target.dataset.save;
  if (!kind) return;
  download(event.target.closest("figure").querySelector("[data-figure]").dataset.figure, kind);
});
