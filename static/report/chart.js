{
  // In units of the text's size, so that labels are read as well on a telephone as on a wall.
  const UNIT = 1 / 14;
  const USUAL_WIDTH = 520;
  const HEIGHT = 210;
  const MARGIN = { left: 58, right: 12, top: 10, bottom: 26 };

  /** A chart: axes, curves, a legend that hides and shows them, and a cursor that reads their values. */
  class Chart {
    constructor(model, single) {
      this.model = model;
      this.curves = model.series.map((line) => new report.Curve(line));
      this.colors = model.series.map((line, index) => (single ? index : line.run) % 8);
      this.plot = report.drawing("svg", {
        class: "plot", tabindex: 0, role: "img",
        "aria-label": `${model.title}: ${model.series.map((line) => line.label).join(", ")}. Arrow keys read values.`,
      });
      this.readout = report.element("output", { class: "readout", "aria-live": "polite" });
      this.element = report.element("figure", { class: "chart panel" },
        report.element("figcaption", {}, report.element("h2", {}, model.title), report.element("p", {}, model.meaning)),
        this.plot, this.readout, this.legend());
      this.plot.addEventListener("pointermove", (event) => this.readAt(this.position(event)));
      this.plot.addEventListener("pointerleave", () => this.hideCursor());
      this.plot.addEventListener("blur", () => this.hideCursor());
      this.plot.addEventListener("keydown", (event) => this.onKey(event));
      this.width = 0;
      new ResizeObserver(() => this.fit()).observe(this.plot);
    }

    /** Draws again where the place for the drawing has changed. */
    fit() {
      if (this.axis && this.measure() !== this.width) this.draw(this.axis, this.smoothing);
    }

    measure() {
      const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) * UNIT;
      return Math.round(this.plot.getBoundingClientRect().width / unit) || USUAL_WIDTH;
    }

    legend() {
      const items = this.curves.map((curve, index) => report.element("button", {
        type: "button", class: `key color-${this.colors[index]}`, "aria-pressed": "true",
        onclick: (event) => {
          curve.visible = !curve.visible;
          event.currentTarget.setAttribute("aria-pressed", String(curve.visible));
          this.draw(this.axis, this.smoothing);
        },
      }, curve.model.label));
      return report.element("div", { class: "legend" }, ...(items.length > 1 ? items : []));
    }

    draw(axis, smoothing) {
      this.axis = axis;
      this.smoothing = smoothing;
      this.width = this.measure();
      this.plot.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
      for (const curve of this.curves) curve.arrange(axis, smoothing);
      const shown = this.curves.filter((curve) => curve.visible);
      this.xRange = [0, report.extent(shown.flatMap((curve) => curve.x))[1]];
      const [low, high] = report.extent(shown.flatMap((curve) => [...curve.heights()]));
      this.yRange = [low - (high - low) * 0.04, high + (high - low) * 0.04];
      this.cursor = report.drawing("g", { class: "cursor" });
      this.plot.replaceChildren(this.grid(), ...shown.map((curve) => this.line(curve)), this.cursor);
      this.readout.textContent = "";
    }

    left(x) {
      return MARGIN.left + ((x - this.xRange[0]) / (this.xRange[1] - this.xRange[0])) * (this.width - MARGIN.left - MARGIN.right);
    }

    top(y) {
      return HEIGHT - MARGIN.bottom - ((y - this.yRange[0]) / (this.yRange[1] - this.yRange[0])) * (HEIGHT - MARGIN.top - MARGIN.bottom);
    }

    grid() {
      const group = report.drawing("g", { class: "grid" });
      for (const y of report.ticks(...this.yRange, 5)) {
        const top = this.top(y);
        group.append(report.drawing("line", { x1: MARGIN.left, x2: this.width - MARGIN.right, y1: top, y2: top }),
          report.drawing("text", { x: MARGIN.left - 6, y: top + 3.5, "text-anchor": "end" }, report.number(y)));
      }
      for (const x of report.ticks(...this.xRange, Math.max(2, Math.round(this.width / 110)))) {
        const last = this.left(x) > this.width - 40;
        group.append(report.drawing("text", { x: last ? this.width - MARGIN.right : this.left(x), y: HEIGHT - 8, "text-anchor": last ? "end" : "middle" },
          this.axis === "hours" ? `${report.number(x)} h` : report.number(x)));
      }
      return group;
    }

    line(curve) {
      const color = `color-${this.colors[this.curves.indexOf(curve)]}`;
      const path = (values) => values.map((y, index) => `${index ? "L" : "M"}${this.left(curve.x[index]).toFixed(1)} ${this.top(y).toFixed(1)}`).join("");
      const group = report.drawing("g", { class: `curve ${color}` });
      if (curve.y !== curve.raw) group.append(report.drawing("path", { d: path(curve.raw), class: "raw" }));
      group.append(report.drawing("path", { d: path(curve.y), class: curve.model.points ? "measured" : "" }));
      if (curve.model.points) group.append(...curve.y.map((y, index) => this.marker(curve, index, y)));
      return group;
    }

    marker(curve, index, y) {
      const x = this.left(curve.x[index]);
      const error = curve.model.errors ? curve.model.errors[index] : 0;
      return report.drawing("g", {},
        report.drawing("line", { x1: x, x2: x, y1: this.top(y - error), y2: this.top(y + error) }),
        report.drawing("circle", { cx: x, cy: this.top(y), r: 2.6 }));
    }

    /** The place on the horizontal axis under the pointer. */
    position(event) {
      const box = this.plot.getBoundingClientRect();
      const left = ((event.clientX - box.left) / box.width) * this.width;
      const share = (left - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
      return this.xRange[0] + Math.min(1, Math.max(0, share)) * (this.xRange[1] - this.xRange[0]);
    }

    readAt(x) {
      const shown = this.curves.filter((curve) => curve.visible);
      if (!shown.length) return;
      this.readX = x;
      const left = this.left(x);
      this.cursor.replaceChildren(report.drawing("line", { x1: left, x2: left, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
      const parts = shown.map((curve) => {
        const index = curve.nearest(x);
        this.cursor.append(report.drawing("circle", { cx: this.left(curve.x[index]), cy: this.top(curve.y[index]), r: 3.2, class: `color-${this.colors[this.curves.indexOf(curve)]}` }));
        return `${curve.model.label} ${curve.text(index)}`;
      });
      const unit = this.axis === "hours" ? "hours" : "steps";
      this.readout.textContent = `${report.number(x)} ${unit}: ${parts.join(" · ")}`;
    }

    hideCursor() {
      this.cursor.replaceChildren();
      this.readout.textContent = "";
      this.readX = undefined;
    }

    onKey(event) {
      const moves = { ArrowLeft: -0.01, ArrowRight: 0.01, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      const [low, high] = this.xRange;
      const from = this.readX === undefined ? (moves[event.key] > 0 ? low : high) : this.readX;
      this.readAt(Math.min(high, Math.max(low, from + moves[event.key] * (high - low))));
    }
  }

  report.Chart = Chart;
}
