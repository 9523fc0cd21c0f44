// How the latency of one case was distributed: rows of a histogram, made when a case is chosen.

const DISTRIBUTION = "distribution";

function histogramRows(one) {
  return one.counts.map((samples, place) => ({
    low: one.low + place * one.step,
    high: one.low + (place + 1) * one.step,
    samples,
    ...(place === 0 ? { median: one.median } : {}),
  }));
}

function putAxis(specification, one) {
  const bars = specification.layer[0].encoding;
  bars.x.axis.values = one.ticks;
  bars.x.axis.labelExpr = one.labels;
  bars.tooltip = [{ field: "samples", type: "nominal", title: "samples" }];
}

function showDistribution(row, scroll) {
  const figure = report.figures[DISTRIBUTION];
  if (scroll || !figure.rows.length) {
    figure.rows = histogramRows(report.distributions[row]);
    putAxis(figure.specification, report.distributions[row]);
  }
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
  const plain = ["case", "machine", "backend", "device", "precision", "options"];
  const named = ["threads", "batch"];
  return columns
    .filter((column) => [...plain, ...named].includes(column.heading))
    .filter((column) => !["", "none"].includes(textOf(column, row)))
    .map((column) => (named.includes(column.heading) ? column.heading + " " : "") + textOf(column, row))
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
