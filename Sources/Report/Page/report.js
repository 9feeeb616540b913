"use strict";
// Shows the rows that lie compressed in the page: a table to sort and filter, and a plot of the rows that are left.
// Names are only ever set as text, never as markup. The order of a row's fields is that of RowRecords.swift.
(async () => {
  const [TASK, BACKBONE, LAYER, PROBE, OUTPUT, MEAN, HALF, DONE, PLANNED, PARAMETERS, GFLOPS, FLAGS, SIGNS, MARKS, FOLDS] =
    Array(15).keys();
  const OPTIMISTIC = 4, CAUTION = 16;
  const PAGE = 20, MOST_POINTS = 2000, SVG = "http://www.w3.org/2000/svg";
  const view = document.getElementById("rows-view"), source = document.getElementById("rows-data");
  if (!view || !source) return;
  view.hidden = false;

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  function shape(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  let tasks, texts, rows;
  try {
    const bytes = Uint8Array.from(atob(source.textContent), (c) => c.charCodeAt(0));
    source.remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    ({ tasks, texts, rows } = await new Response(stream).json());
  } catch (problem) {
    view.append(element("p", { class: "note" }, "This browser cannot unpack the rows: " + problem.message));
    return;
  }

  // Words.
  const score = (row, value) => {
    const [, , factor, decimals] = tasks[row[TASK]];
    return value === null ? "–" : (factor * value).toFixed(decimals);
  };
  const figure = (row) => score(row, row[MEAN]) + (row[HALF] === null ? "" : " ± " + score(row, row[HALF]));
  const count = (value) => value >= 1e6 ? (value / 1e6).toPrecision(3) + "M" : value >= 1e3 ? (value / 1e3).toPrecision(3) + "k" : "" + value;
  const remarks = (row) => [row[FLAGS] & OPTIMISTIC ? "chosen on the test folds" : "", texts[row[MARKS]]].filter(Boolean).join("; ");
  const name = (row) => `${texts[row[PROBE]]}, D_o ${row[OUTPUT]}, layer ${texts[row[LAYER]]} of ${texts[row[BACKBONE]]}`;
  const number = (value) => value === null ? "–" : value !== 0 && value < 1e-4 ? value.toExponential(1) : Number(value.toPrecision(3)).toString();

  const columns = [
    { title: "task", text: (r) => tasks[r[TASK]][0], value: (r) => tasks[r[TASK]][0] },
    { title: "backbone", text: (r) => texts[r[BACKBONE]], value: (r) => texts[r[BACKBONE]] },
    { title: "probe", text: (r) => texts[r[PROBE]], value: (r) => texts[r[PROBE]], isName: true },
    { title: "layer", text: (r) => texts[r[LAYER]], value: (r) => parseInt(texts[r[LAYER]], 10), isNumber: true },
    { title: "D_o", text: (r) => "" + r[OUTPUT], value: (r) => r[OUTPUT], isNumber: true },
    { title: "score", text: figure, value: (r) => r[MEAN], isNumber: true },
    { title: "folds", text: (r) => r[DONE] + "/" + r[PLANNED], value: (r) => r[DONE], isNumber: true },
    { title: "parameters", text: (r) => count(r[PARAMETERS]), value: (r) => r[PARAMETERS], isNumber: true },
    { title: "GFLOPs", text: (r) => number(r[GFLOPS]), value: (r) => r[GFLOPS], isNumber: true },
    { title: "mark", text: (r) => texts[r[SIGNS]], value: (r) => texts[r[SIGNS]] },
  ].filter((column) => (column.title !== "task" || tasks.length > 1));

  // What is asked for.
  const state = { words: [], task: 0, backbone: "", probe: "", column: null, isAscending: false, shown: PAGE, axis: PARAMETERS };
  const searched = rows.map(() => null);
  const haystack = (index) => searched[index] ??= [...columns.map((c) => c.text(rows[index])), texts[rows[index][MARKS]]].join(" ").toLowerCase();
  const better = (first, second) => {
    const sign = tasks[first[TASK]][4] ? -1 : 1;
    return first[TASK] - second[TASK] || compare(first[MEAN], second[MEAN], sign);
  };
  // Missing values come last, whatever the direction.
  function compare(a, b, sign) {
    if (a === b) return 0;
    if (a === null || Number.isNaN(a)) return 1;
    if (b === null || Number.isNaN(b)) return -1;
    return (a < b ? -1 : 1) * sign;
  }
  function selected() {
    const kept = [];
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index];
      if (state.task >= 0 && row[TASK] !== state.task) continue;
      if (state.backbone !== "" && texts[row[BACKBONE]] !== state.backbone) continue;
      if (state.probe !== "" && texts[row[PROBE]] !== state.probe) continue;
      if (!state.words.every((word) => haystack(index).includes(word))) continue;
      kept.push(row);
    }
    const column = state.column;
    return kept.sort(column ? (a, b) => compare(column.value(a), column.value(b), state.isAscending ? 1 : -1) : better);
  }

  // Controls.
  const distinct = (place) => [...new Set(rows.map((row) => texts[row[place]]))].sort();
  function choice(label, options, onchange) {
    const select = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("change", () => onchange(select.value));
    return element("label", {}, label, select);
  }
  const search = element("input", { type: "search", placeholder: "words of a row" });
  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      state.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      update();
    }, 150);
  });
  const named = (place, all) => [["", all], ...distinct(place).map((text) => [text, text])];
  const controls = element("div", { class: "controls", role: "search", "aria-label": "Rows" },
    element("label", {}, "find", search),
    ...(tasks.length > 1 ? [choice("task", [...tasks.map((task, index) => [index, task[0]]), [-1, "all tasks"]],
      (value) => { state.task = Number(value); update(); })] : []),
    choice("backbone", named(BACKBONE, "all backbones"), (value) => { state.backbone = value; update(); }),
    choice("probe", named(PROBE, "all probes"), (value) => { state.probe = value; update(); }),
    choice("plot against", [[PARAMETERS, "parameters"], [GFLOPS, "GFLOPs"], [LAYER, "layer"], [OUTPUT, "D_o"]],
      (value) => { state.axis = Number(value); update(); }));
  const status = element("p", { role: "status", class: "note" });

  // The folds of a row: a line for each unit.
  function units(row) {
    const lines = [];
    for (const [repetition, heldOut, value, key, choice, draws] of row[FOLDS]) {
      const fold = (repetition > 0 ? `repeat ${repetition} ` : "") + `fold ${heldOut}`;
      if (draws.length === 0) lines.push([fold, value, choice, key]);
      for (const [draw, seed, value, key, choice] of draws) lines.push([`${fold} draw ${draw} seed ${seed}`, value, choice, key]);
    }
    return lines;
  }
  function unitTable(row) {
    const head = ["fold", "score", "choices", "unit"].map((title) => element("th", { scope: "col" }, title));
    const body = units(row).map(([fold, value, choice, key]) => element("tr", {},
      element("th", { scope: "row" }, fold), element("td", { class: "number" }, score(row, value)),
      element("td", {}, choice < 0 ? "–" : texts[choice] || "–"), element("td", { class: "keys" }, key)));
    return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Units of " + name(row) },
      element("table", {}, element("caption", {}, [name(row), remarks(row)].filter(Boolean).join(": ")), element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...body)));
  }

  // The table.
  const headers = columns.map((column) => {
    const button = element("button", { type: "button" }, column.title);
    const cell = element("th", { scope: "col" }, button);
    if (column.isNumber) cell.className = "number";
    button.addEventListener("click", () => {
      state.isAscending = state.column === column ? !state.isAscending : !column.isNumber;
      state.column = column;
      update();
    });
    return cell;
  });
  const body = element("tbody");
  const more = element("button", { type: "button" }, "more rows");
  more.addEventListener("click", () => { state.shown += 4 * PAGE; fill(); });
  let current = [], filled = 0;
  function line(row) {
    const cells = columns.map((column) => {
      if (!column.isName) return element("td", column.isNumber ? { class: "number" } : {}, column.text(row));
      const button = element("button", { type: "button", "aria-expanded": "false" }, column.text(row));
      button.addEventListener("click", () => {
        const isOpen = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!isOpen));
        const place = button.closest("tr");
        if (isOpen) place.nextElementSibling.remove();
        else place.after(element("tr", {}, element("td", { colspan: columns.length }, unitTable(row))));
        choose(row);
      });
      return element("th", { scope: "row" }, button);
    });
    return element("tr", {}, ...cells);
  }
  function fill() {
    for (; filled < Math.min(state.shown, current.length); filled++) body.append(line(current[filled]));
    more.hidden = filled >= current.length;
    status.textContent = `${current.length} of ${rows.length} rows, ${filled} shown.`;
  }

  // The plot.
  const plot = shape("svg", { class: "plot", viewBox: "0 0 640 320", tabindex: "0", role: "application" });
  plot.setAttribute("aria-label", "Plot of the rows of the table. Arrow keys move from point to point, Home and End to the first and the last.");
  const legend = element("ul", { class: "legend" });
  const point = element("div", { class: "point", role: "status", "aria-label": "The chosen point" },
    element("p", { class: "note" }, "Point at a row of the plot, or move with the arrow keys, to see its folds, choices and unit keys."));
  let points = [], chosen = -1;
  const colours = new Map(distinct(BACKBONE).map((text, index) => [text, "c" + index % 7]));
  function ticks(least, most) {
    const step = 10 ** Math.floor(Math.log10((most - least) / 4 || 1));
    const size = [1, 2, 5, 10].map((n) => n * step).find((s) => (most - least) / s <= 6) || step;
    const list = [];
    for (let n = Math.ceil(least / size); n * size <= most + size / 1e6; n++) list.push(n * size);
    return list;
  }
  // Powers of ten, or where there are fewer than two of them, the least cost; and 0 where some rows have no cost.
  function costTicks(least, end, haveNone) {
    if (!Number.isFinite(least)) return [0];
    const powers = [];
    for (let n = Math.ceil(Math.log10(least)); n <= end; n++) powers.push(10 ** n);
    return [...(haveNone ? [0] : []), ...(powers.length > 1 ? powers : [least, ...powers])];
  }
  function range(values) {
    let [least, most] = [Infinity, -Infinity];
    for (const value of values) { least = Math.min(least, value); most = Math.max(most, value); }
    const room = (most - least) * 0.06 || 0.5;
    return [least - room, most + room];
  }
  function draw() {
    plot.replaceChildren();
    const task = state.task >= 0 ? state.task : current.length ? current[0][TASK] : 0;
    const isCost = state.axis !== LAYER, abscissa = (row) => state.axis === LAYER ? parseInt(texts[row[LAYER]], 10) : row[state.axis];
    const isShown = (row) => row[TASK] === task && row[MEAN] !== null && Number.isFinite(abscissa(row)) && abscissa(row) !== null;
    const all = current.filter(isShown).sort(better);
    points = all.slice(0, MOST_POINTS).sort((a, b) => abscissa(a) - abscissa(b) || b[MEAN] - a[MEAN])
      .map((row) => ({ row }));
    chosen = -1;
    legend.replaceChildren();
    if (points.length === 0) {
      plot.append(shape("text", { x: "50%", y: 160, "text-anchor": "middle" }, "no rows to draw"));
      return;
    }
    const [, metric, factor] = tasks[task];
    const width = Math.max(300, Math.round(plot.clientWidth || 640));
    plot.setAttribute("viewBox", `0 0 ${width} 320`);
    // Costs are drawn by their logarithms; those of nothing stand left of the least of the others.
    const costs = points.map(({ row }) => abscissa(row)).filter((value) => value > 0);
    const least = Math.min(...costs, Infinity);
    const none = Number.isFinite(least) ? Math.log10(least) - 0.7 : 0;
    const scaled = (value) => !isCost ? value : value > 0 ? Math.log10(value) : none;
    const xs = points.map(({ row }) => scaled(abscissa(row)));
    const ys = points.flatMap(({ row }) => [row[MEAN] - (row[HALF] || 0), row[MEAN] + (row[HALF] || 0)]).map((y) => factor * y);
    const [x0, x1] = range(xs), [y0, y1] = range(ys);
    const x = (value) => 56 + (scaled(value) - x0) / (x1 - x0) * (width - 68), y = (value) => 270 - (value - y0) / (y1 - y0) * 250;
    for (const tick of ticks(y0, y1)) {
      plot.append(shape("line", { x1: 56, x2: width - 12, y1: y(tick), y2: y(tick) }),
        shape("text", { x: 50, y: y(tick) + 4, "text-anchor": "end" }, Number(tick.toPrecision(6)).toString()));
    }
    for (const tick of isCost ? costTicks(least, x1, costs.length < points.length) : ticks(x0, x1)) {
      if (x(tick) > width - 16 || x(tick) < 56) continue;
      plot.append(shape("text", { x: x(tick), y: 288, "text-anchor": "middle" }, tick >= 1000 ? count(tick) : number(tick)));
    }
    const axis = { [PARAMETERS]: "trainable parameters", [GFLOPS]: "GFLOPs per sample", [LAYER]: "layer", [OUTPUT]: "output dimensionality D_o" }[state.axis];
    plot.append(shape("text", { x: (width + 44) / 2, y: 310, "text-anchor": "middle" }, axis),
      shape("text", { x: 14, y: 145, "text-anchor": "middle", transform: "rotate(-90 14 145)" }, `${tasks[task][0]}: ${metric}`));
    for (const [index, found] of points.entries()) {
      const row = found.row;
      const colour = colours.get(texts[row[BACKBONE]]) + (row[FLAGS] & CAUTION ? " hollow" : "");
      found.circle = shape("circle", { cx: x(abscissa(row)), cy: y(factor * row[MEAN]), r: 4.5, class: colour });
      found.ends = [y(factor * (row[MEAN] - (row[HALF] || 0))), y(factor * (row[MEAN] + (row[HALF] || 0)))];
      found.circle.addEventListener("pointerenter", () => show(index));
      plot.append(found.circle);
    }
    for (const [text, colour] of colours) {
      const key = shape("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" });
      key.append(shape("circle", { cx: 5, cy: 5, r: 5, class: colour }));
      if (points.some(({ row }) => texts[row[BACKBONE]] === text)) legend.append(element("li", {}, key, text));
    }
    if (all.length > points.length) legend.append(element("li", {}, `the best ${points.length} of ${all.length} rows`));
    if (points.some(({ row }) => row[FLAGS] & CAUTION)) legend.append(element("li", {}, "hollow: a row with marks that ask for caution"));
  }
  let whisker = null;
  function show(index) {
    if (points[chosen]) points[chosen].circle.classList.remove("chosen");
    if (whisker) whisker.remove();
    chosen = index;
    const { row, circle, ends } = points[index];
    circle.classList.add("chosen");
    whisker = shape("line", { class: "whisker", x1: circle.getAttribute("cx"), x2: circle.getAttribute("cx"), y1: ends[0], y2: ends[1] });
    plot.insertBefore(whisker, points[0].circle);
    const facts = [figure(row) + " " + tasks[row[TASK]][1], row[DONE] + " of " + row[PLANNED] + " folds",
      count(row[PARAMETERS]) + " parameters", number(row[GFLOPS]) + " GFLOPs"].join(", ");
    const marks = remarks(row);
    const lines = units(row).slice(0, 12).map(([fold, value, choice, key]) => element("p", { class: "keys" },
      `${fold}: ${score(row, value)}` + (choice < 0 || !texts[choice] ? "" : `, ${texts[choice]}`) + `, unit ${key}`));
    const rest = units(row).length - lines.length;
    point.replaceChildren(element("p", {}, element("strong", {}, name(row))), element("p", {}, facts),
      ...(marks ? [element("p", {}, marks)] : []), ...lines,
      ...(rest > 0 ? [element("p", {}, `and ${rest} more units, in the table`)] : []));
  }
  function choose(row) {
    const index = points.findIndex((found) => found.row === row);
    if (index >= 0) show(index);
  }
  plot.addEventListener("keydown", (event) => {
    const last = points.length - 1;
    const next = { ArrowRight: chosen + 1, ArrowDown: chosen + 1, ArrowLeft: chosen - 1, ArrowUp: chosen - 1, Home: 0, End: last }[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    show(Math.min(last, Math.max(0, next)));
  });

  function update() {
    current = selected();
    filled = 0;
    state.shown = PAGE;
    body.replaceChildren();
    for (const [index, cell] of headers.entries()) {
      if (state.column !== columns[index]) cell.removeAttribute("aria-sort");
      else cell.setAttribute("aria-sort", state.isAscending ? "ascending" : "descending");
    }
    fill();
    draw();
  }
  view.append(controls, status, plot, legend, point,
    element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "All rows" },
      element("table", {},
        element("caption", {}, "All rows; a click on a heading sorts, one on a probe shows its folds, choices and unit keys."),
        element("thead", {}, element("tr", {}, ...headers)), body)),
    more);
  update();
  let width = plot.clientWidth;
  new ResizeObserver(() => {
    if (plot.clientWidth === width) return;
    width = plot.clientWidth;
    draw();
  }).observe(plot);
})();
