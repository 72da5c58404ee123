{
  const PICTURE = 384;
  const GAP = 16;
  const HEADER = 58;
  const LABEL = 44;
  const CHART = 72;
  const LEGEND = 200;

  /** The attribution rows, their labels and the legend as one picture, for PNG and video. */
  class ViewCanvas {
    constructor(app) {
      this.app = app;
      this.canvas = rlvis.element("canvas", {});
      this.measure();
    }

    measure() {
      const { rows } = this.app.panels.attribution;
      const { height, width } = this.app.content.observation;
      this.pictureHeight = Math.round((PICTURE * height) / width);
      this.rowHeight = LABEL + this.pictureHeight + CHART + GAP;
      const columns = Math.max(...rows.map((row) => row.columns));
      const legend = this.app.content.layer(this.app.state.layer) ? LEGEND : 0;
      const even = (size) => 2 * Math.ceil(size / 2); // video encoders want even sizes
      this.canvas.width = even(GAP + columns * (PICTURE + GAP) + legend);
      this.canvas.height = even(HEADER + rows.length * this.rowHeight);
    }

    draw() {
      const context = this.canvas.getContext("2d");
      context.fillStyle = this.app.colour("--panel");
      context.fillRect(0, 0, this.canvas.width, this.canvas.height);
      this.drawHeader(context);
      this.app.panels.attribution.rows.forEach((row, i) => this.drawRow(context, row, HEADER + i * this.rowHeight));
      this.drawLegend(context);
      return this.canvas;
    }

    text(context, text, x, y, { size = 13, colour = "--text", weight = "" } = {}) {
      context.font = `${weight} ${size}px system-ui, sans-serif`;
      context.fillStyle = this.app.colour(colour);
      context.fillText(text, x, y);
    }

    drawHeader(context) {
      const { state, content } = this.app;
      const label = content.trajectories[state.trajectory].label;
      this.text(context, content.title, GAP, 24, { size: 16, weight: "600" });
      const place = [`trajectory ${label}`, `frame ${state.frame} of ${content.length(state.trajectory) - 1}`];
      if (state.layer) place.push(`layer ${content.layer(state.layer).label}`);
      this.text(context, place.join(" · "), GAP, 44, { colour: "--muted" });
    }

    drawRow(context, row, top) {
      const { state, content } = this.app;
      this.text(context, `${content.outputLabel(state.rows[row.number].output)} · ${row.map ? row.map.label : ""}`, GAP, top + 14, { weight: "600" });
      this.text(context, row.bar.factsText(), GAP + PICTURE + GAP, top + 14, { size: 12, colour: "--muted" });
      const shown = [row.observation, ...row.pictures].filter((picture) => !picture.element.hidden);
      shown.forEach((picture, i) => {
        const x = GAP + i * (PICTURE + GAP);
        this.text(context, picture.caption.textContent, x, top + 34, { size: 12 });
        picture.drawTo(context, x, top + LABEL, PICTURE, this.pictureHeight, state.enlarge === "linear");
      });
      if (row.attribution) {
        context.imageSmoothingEnabled = true;
        context.drawImage(row.chart.canvas, GAP, top + LABEL + this.pictureHeight + 4, PICTURE, CHART - 8);
      }
    }

    drawLegend(context) {
      const { state, content } = this.app;
      const layer = content.layer(state.layer);
      if (!layer) return;
      const x = this.canvas.width - LEGEND + 8;
      const most = Math.floor((this.canvas.height - HEADER - LABEL) / 24);
      for (let k = 0; k < Math.min(layer.features, most); k++) {
        const y = HEADER + LABEL + 10 + 24 * k;
        context.globalAlpha = state.pinned.length && !state.pinned.includes(k) ? 0.3 : 1;
        context.fillStyle = layer.colors[k];
        context.beginPath();
        context.arc(x + 8, y, 8, 0, 2 * Math.PI);
        context.fill();
        this.text(context, `${k + 1}  ${content.featureName(layer.id, k, state.names)}`, x + 24, y + 5);
      }
      context.globalAlpha = 1;
    }
  }

  rlvis.ViewCanvas = ViewCanvas;
}
