{
  const SUBDIVISIONS = ["0.25", "0.5", "1", "2"];
  const PER_CELL = { 0.25: "¼", 0.5: "½", 1: "1", 2: "2" };

  /** The spatially aware mosaic with its zoom and number of patches; a patch opens the observation it was cut from. */
  class FeatureView {
    constructor(app, onchange) {
      Object.assign(this, { app, onchange, drawnKey: "", example: null });
      this.mosaic = new rlvis.Mosaic("feature-mosaic");
      this.whole = rlvis.element("canvas", { className: "feature-example", hidden: true });
      this.cursor = rlvis.element("span", { className: "patch-cursor", hidden: true });
      this.surface = rlvis.element("div", {
        className: "feature-surface", tabIndex: 0, role: "application",
        "aria-label": "Dataset examples by position. Arrow keys choose a patch, Enter shows the whole observation, + and − zoom.",
      }, this.mosaic.element, this.whole, this.cursor);
      this.caption = rlvis.element("p", { className: "hint feature-caption", role: "status" });
      this.zoom = rlvis.slider("Zoom: layer cells per patch", { min: 0, max: 3, step: 0.05, text: (value) => `${(2 ** value).toFixed(1)} cells wide` },
        (value) => onchange({ expand: 2 ** value }));
      this.count = rlvis.slider("Number of patches", { min: 0, max: 3, step: 1, text: (value) => `${PER_CELL[SUBDIVISIONS[value]]} per cell` },
        (value) => onchange({ patches: SUBDIVISIONS[value] }));
      this.element = rlvis.element("div", { className: "feature-view" }, this.surface, this.caption,
        rlvis.element("div", { className: "feature-sliders" },
          rlvis.element("span", {}, "zoom in"), this.zoom.input, rlvis.element("span", {}, "zoom out"), this.zoom.element.querySelector("output"),
          rlvis.element("span", {}, "fewer patches"), this.count.input, rlvis.element("span", {}, "more patches"), this.count.element.querySelector("output")));
      this.listen();
    }

    listen() {
      this.surface.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || !this.grid) return;
        if (!this.hideExample()) this.openPatch(this.patchAt(event));
      });
      this.surface.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoomBy(2 ** (event.deltaY / 400));
      }, { passive: false });
      this.surface.addEventListener("keydown", (event) => this.press(event));
      this.surface.addEventListener("blur", () => { this.cursor.hidden = true; });
    }

    zoomBy(factor) {
      const { popup } = this.app.state;
      if (popup) this.onchange({ expand: Math.max(1, Math.min(8, popup.expand * factor)) });
    }

    patchAt(event) {
      const box = this.surface.getBoundingClientRect();
      const { rows, columns } = this.grid;
      const row = Math.max(0, Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows)));
      const column = Math.max(0, Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns)));
      return row * columns + column;
    }

    press(event) {
      if (!this.grid) return;
      const { rows, columns } = this.grid;
      const moves = { ArrowUp: -columns, ArrowDown: columns, ArrowLeft: -1, ArrowRight: 1 };
      if (event.key in moves) {
        this.selected = Math.max(0, Math.min(rows * columns - 1, (this.selected ?? Math.floor((rows * columns) / 2)) + moves[event.key]));
        this.moveCursor();
      } else if (event.key === "Enter" || event.key === " ") {
        if (!this.hideExample()) this.openPatch(this.selected ?? Math.floor((rows * columns) / 2));
      } else if (event.key === "+" || event.key === "-") {
        this.zoomBy(event.key === "+" ? 0.8 : 1.25);
      } else {
        return;
      }
      event.preventDefault();
    }

    moveCursor() {
      const { rows, columns } = this.grid;
      this.cursor.hidden = false;
      this.cursor.style.width = `${100 / columns}%`;
      this.cursor.style.height = `${100 / rows}%`;
      this.cursor.style.left = `${(100 * (this.selected % columns)) / columns}%`;
      this.cursor.style.top = `${(100 * Math.floor(this.selected / columns)) / rows}%`;
    }

    openPatch(patch) {
      this.showExample(this.grid.observation[patch], this.grid.centre(patch), this.app.state.popup.expand, this.grid.strength[patch]);
    }

    /** Shows the whole example observation with an outline around the part that was cut out; it is part of the link. */
    showExample(observation, { row, column }, expand, strength) {
      this.onchange({ example: { observation, row, column, expand, strength } });
    }

    /** Back to the mosaic; tells whether there was an example to hide. */
    hideExample() {
      const { popup } = this.app.state;
      if (!popup || !popup.example) return false;
      this.onchange({ example: null });
      return true;
    }

    drawExample(layer, example) {
      this.example = example;
      this.whole.hidden = !example;
      this.surface.classList.toggle("showing-example", Boolean(example));
      if (!example) {
        this.writeCaption();
        return;
      }
      const { sheets } = this.app.examples;
      const scale = Math.max(1, Math.floor(768 / Math.max(sheets.width, sheets.height)));
      Object.assign(this.whole, { width: sheets.width * scale, height: sheets.height * scale });
      const context = this.whole.getContext("2d");
      context.imageSmoothingEnabled = false;
      // Without its data the example stays undrawn; the data's arrival brings the next attempt.
      if (!sheets.draw(context, example.observation, [0, 0, this.whole.width, this.whole.height])) this.example = null;
      const [top, bottom] = rlvis.patchBounds(example.row, example.expand, layer.height, sheets.height);
      const [left, right] = rlvis.patchBounds(example.column, example.expand, layer.width, sheets.width);
      for (const [colour, line] of [["#000", 5], ["#fff", 2]]) {
        context.strokeStyle = colour;
        context.lineWidth = line;
        context.strokeRect(left * scale, top * scale, (right - left) * scale, (bottom - top) * scale);
      }
      rlvis.setText(this.caption, `Example observation ${example.observation}, patch opacity ${rlvis.format.percent(example.strength)}. Press again to go back.`);
    }

    writeCaption() {
      rlvis.setText(this.caption, this.grid
        ? `${this.grid.rows} × ${this.grid.columns} patches, each where it excites the feature. Press one for the whole observation; scroll to zoom.`
        : "");
    }

    update(layer, popup, changed, mostPixels) {
      const { app } = this;
      this.element.hidden = !app.examples.has(layer);
      if (this.element.hidden) return;
      this.zoom.select(Math.log2(popup.expand));
      if (this.example !== (popup.example || null)) this.drawExample(layer, popup.example || null);
      const available = app.examples.subdivisions(layer, popup.feature);
      if (available.length === 0) return;
      const patches = available.includes(popup.patches) ? popup.patches : available[available.length - 1];
      this.count.input.min = SUBDIVISIONS.indexOf(available[0]);
      this.count.input.max = SUBDIVISIONS.indexOf(available[available.length - 1]);
      this.count.select(SUBDIVISIONS.indexOf(patches));
      const key = `${layer.id}/${popup.feature}/${patches}/${popup.expand}`;
      if (key === this.drawnKey) return;
      this.grid = app.examples.mosaic(layer, popup.feature, patches);
      if (!this.grid) return;
      const { width, height } = app.examples.sheets;
      const scale = mostPixels / Math.max(width, height);
      this.surface.style.aspectRatio = `${width} / ${height}`;
      const complete = this.mosaic.draw(app.examples.sheets, layer, this.grid, popup.expand, Math.round(width * scale), Math.round(height * scale));
      this.drawnKey = complete ? key : "";
      if (!this.example) this.writeCaption();
    }
  }

  rlvis.FeatureView = FeatureView;
}
