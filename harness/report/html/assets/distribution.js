// How the latency of one case was distributed: rows of a histogram, made when a case is chosen.

const DISTRIBUTION = "distribution";

function histogramRows(one) {
  const total = one.counts.reduce((sum, number) => sum + number, 0);
  return one.counts.map((number, place) => ({
    low: one.low * one.ratio ** place,
    high: one.low * one.ratio ** (place + 1),
    share: number / total,
    samples: number,
  }));
}

function showDistribution(row, scroll) {
  const figure = report.figures[DISTRIBUTION];
  figure.rows = histogramRows(report.distributions[row]);
  const choice = document.querySelector('[data-choice="' + DISTRIBUTION + '"]');
  choice.value = String(row);
  if (choice.value !== String(row)) {
    choice.append(new Option(nameOf(row), String(row)));
    choice.value = String(row);
  }
  figure.caption = nameOf(row) + "; " + report.distributions[row].text;
  const element = document.getElementById("figure-" + DISTRIBUTION);
  element.querySelector("figcaption span").textContent = figure.caption;
  element.querySelector("[data-figure]").setAttribute("aria-label", figure.title + ". " + figure.caption);
  if (scroll) {
    element.scrollIntoView();
    choice.focus({ preventScroll: true });
    redraw(DISTRIBUTION);
  }
}

function nameOf(row) {
  const wanted = ["case", "machine", "backend", "device", "threads", "batch", "options"];
  return columns
    .filter((column) => wanted.includes(column.heading))
    .map((column) => textOf(column, row))
    .filter((text) => text && text !== "none")
    .join(", ");
}

if (report.distributions && report.figures[DISTRIBUTION]) {
  const rows = Object.keys(report.distributions).map(Number);
  const choice = document.querySelector('[data-choice="' + DISTRIBUTION + '"]');
  choice.append(...rows.slice(0, 500).map((row) => new Option(nameOf(row), String(row))));
  choice.addEventListener("change", () => showDistribution(Number(choice.value), true));
  showDistribution(rows[0], false);
}
drawAll();
