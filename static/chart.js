{
  const HEIGHT = 64; // scaled with the text
  const GUTTER = 4;

  /** Bars with each feature's attribution summed over positions; the residual's is dashed. */
  class Chart {
    constructor(app) {
      this.app = app;
      this.canvas = rlvis.element("canvas", { className: "chart-canvas", role: "img" });
      this.axis = rlvis.element("div", { className: "chart-axis", "aria-hidden": "true" },
        rlvis.element("span", {}), rlvis.element("span", {}, "0"), rlvis.element("span", {}));
      this.element = rlvis.element("div", { className: "chart" }, this.axis, this.canvas);
      this.canvas.addEventListener("pointermove", (event) => this.showNumbers(event));
      this.canvas.addEventListener("pointerdown", (event) => this.showNumbers(event));
      this.canvas.addEventListener("pointerleave", () => app.readout.hide());
    }

    /** items: from Attribution.describe; largest: the number at the axis' ends; isolated: features to stress. */
    draw(items, largest, isolated) {
      this.items = items;
      const [top, , bottom] = this.axis.children;
      rlvis.setText(top, rlvis.format.number(largest));
      rlvis.setText(bottom, rlvis.format.number(-largest));
      const width = this.app.widthOf(this.canvas);
      const ratio = window.devicePixelRatio || 1;
      const pixelWidth = Math.max(1, Math.round(width * ratio));
      if (this.canvas.width !== pixelWidth) this.canvas.width = pixelWidth;
      const pixelHeight = Math.round(4.6 * this.app.textSize() * ratio);
      if (this.canvas.height !== pixelHeight) this.canvas.height = pixelHeight;
      const context = this.canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, pixelHeight / HEIGHT, 0, 0);
      context.clearRect(0, 0, width, HEIGHT);
      this.drawGrid(context, width);
      this.drawBars(context, width, largest, isolated);
      if (!this.app.state.playing) this.canvas.setAttribute("aria-label", this.summary());
    }

    drawGrid(context, width) {
      context.fillStyle = this.app.colour("--line");
      for (const y of [0.5, HEIGHT - 1]) context.fillRect(0, y, width, 0.5);
      context.fillStyle = this.app.colour("--muted");
      context.fillRect(0, HEIGHT / 2 - 0.5, width, 1);
    }

    drawBars(context, width, largest, isolated) {
      const slot = width / this.items.length;
      const gap = Math.min(GUTTER, slot / 4);
      this.items.forEach(({ feature, colour, value }, i) => {
        const size = Math.max(-1, Math.min(1, value / largest)) * (HEIGHT / 2 - 2);
        const top = HEIGHT / 2 - Math.max(size, 0);
        const box = [i * slot + gap / 2, top, slot - gap, Math.max(Math.abs(size), 0.75)];
        context.globalAlpha = isolated.length === 0 || isolated.includes(feature) ? 1 : 0.25;
        if (colour) {
          context.fillStyle = colour;
          context.fillRect(...box);
          context.strokeStyle = this.app.colour("--bar-edge");
          context.lineWidth = 0.5;
          context.strokeRect(...box);
        } else {
          context.strokeStyle = this.app.colour("--text");
          context.lineWidth = 1;
          context.setLineDash([3, 2]);
          context.strokeRect(...box);
          context.setLineDash([]);
        }
      });
      context.globalAlpha = 1;
    }

    summary() {
      return `Attribution summed over positions: ${this.items
        .map(({ name, value }) => `${name} ${rlvis.format.signed(value)}`).join(", ")}`;
    }

    showNumbers(event) {
      if (!this.items) return;
      const total = this.items.reduce((sum, { value }) => sum + value, 0);
      this.app.readout.show([
        rlvis.element("p", {}, "Attribution summed over positions"),
        rlvis.numberTable(this.items),
        rlvis.element("p", { className: "readout-foot" }, `sum ${rlvis.format.signed(total)}`),
      ], event.clientX, event.clientY);
    }
  }

  rlvis.Chart = Chart;
}
