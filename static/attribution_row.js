{
  const smoothers = new Map();

  const smootherFor = (height, width) => {
    const key = `${height}x${width}`;
    if (!smoothers.has(key)) smoothers.set(key, new rlvis.Smoother(height, width));
    return smoothers.get(key);
  };

  const WHOLE = { left: 0, top: 0, width: 1, height: 1 };

  /** The part of a human-resolution frame that the agent sees. */
  const seenPart = ({ seen: [top, bottom, left, right] = [0, 1, 0, 1] }) => ({ left, top, width: right - left, height: bottom - top });

  const LABELS = { positive: "Positive attribution", negative: "Negative attribution", absolute: "Positive and negative attribution" };

  /** Observation, attribution in each direction, and the bar chart of sums, for one output and method. */
  class AttributionRow {
    constructor(app, panel, number) {
      Object.assign(this, { app, panel, number, buffers: new Map() });
      const change = (patch) => panel.changeRow(this.number, patch);
      this.bar = new rlvis.RowBar(app, change, () => panel.removeRow(this.number));
      this.message = rlvis.element("p", { className: "panel-message", role: "status", hidden: true });
      const probe = (point, picture) => panel.setProbe(this.number, point, picture);
      this.observation = new rlvis.Picture("Observation", probe);
      this.pictures = ["first", "second"].map(() => new rlvis.Picture("Attribution", probe));
      this.chart = new rlvis.Chart(app);
      this.stack = new rlvis.FrameStack(app);
      this.observation.element.append(this.stack.element);
      this.element = rlvis.element("article", { className: "row" }, this.bar.element, this.message,
        rlvis.element("div", { className: "row-pictures" },
          this.observation.element, this.pictures.map(({ element }) => element), this.chart.element, this.bar.facts));
    }

    update(state, row) {
      const { content } = this.app;
      this.map = content.resolveRow(row, state.layer).map;
      this.element.setAttribute("aria-label", `Attribution row ${this.number + 1}: ${content.outputLabel(row.output)}`);
      this.bar.update(state, row, this.map);
      rlvis.guard(this.app, this.message, () => {
        this.missing = null;
        this.drawObservation(state);
        this.drawAttribution(state, row);
        this.drawFixations(state);
        this.stack.update(state);
        if (this.missing) throw this.missing;
      });
      this.markProbe(state);
    }

    /** Draws the frame below a picture; without its data the ground is black, and the row says so afterwards. */
    drawFrame(state, picture, tone) {
      const { frames, content } = this.app;
      const kind = frames.kind(state);
      const { height, width } = kind === "human" ? content.human : content.observation;
      picture.surface.classList.toggle("fine", kind === "human");
      picture.place(kind === "human" ? seenPart(content.human) : WHOLE);
      if (tone === "black") {
        picture.showBase(null, height, width);
        return;
      }
      try {
        const frame = frames.picture(state.trajectory, state.frame, kind, tone);
        if (frame) picture.showBase(frame, height, width);
      } catch (error) {
        this.missing = error;
        picture.showBase(null, height, width);
      }
    }

    drawObservation(state) {
      this.drawFrame(state, this.observation, "colour");
      this.observation.setLabel(this.app.frames.kind(state) === "human" ? "Frame at human resolution" : "Observation");
    }

    /** Marks where the person looked, in every picture of the row. */
    drawFixations(state) {
      const series = state.gaze && this.app.content.hasGaze ? this.app.series(state.trajectory) : null;
      const points = series && series.fixations(state.frame);
      for (const picture of [this.observation, ...this.pictures]) picture.showFixations(points);
    }

    /** Beside a person's gaze: what the first row of the agent's own shows, whatever its sign. */
    drawBeside(state, picture) {
      const other = this.panel.rows.find((row) => row.attribution && !this.app.content.isGaze(row.map));
      picture.element.hidden = !other;
      if (!other) return;
      this.columns += 1;
      const output = this.app.content.outputLabel(other.attribution.output);
      picture.setLabel(`Agent: ${other.map.label}, ${output}`);
      this.drawFrame(state, picture, state.overlay ? state.tone : "black");
      picture.showPlanes(other.paint(state, other.map.signed === false ? "positive" : "absolute").image);
    }

    directions(state) {
      if (this.map && this.map.signed === false) return ["positive"];
      return { split: ["positive", "negative"], combined: ["absolute"] }[state.direction] || [state.direction];
    }

    drawAttribution(state, row) {
      const directions = this.directions(state);
      this.pictures.forEach((picture, i) => {
        picture.element.hidden = i >= directions.length;
        picture.surface.classList.toggle("linear", state.enlarge === "linear");
      });
      this.columns = 1 + directions.length;
      this.attribution = null;
      try {
        if (!this.map) throw new rlvis.Unavailable("No attribution was computed for this layer.");
        this.attribution = this.app.attribution(this.map, row.output, state.trajectory);
      } finally {
        const saturated = directions.map((direction, i) => this.drawDirection(state, this.pictures[i], direction));
        this.chart.element.hidden = !this.attribution || this.app.content.isGaze(this.map);
        this.bar.state(state, this.attribution, Math.max(...saturated));
        if (this.app.content.isGaze(this.map)) this.drawBeside(state, this.pictures[1]);
      }
      if (this.attribution) this.drawChart(state);
    }

    drawDirection(state, picture, direction) {
      picture.setLabel(this.map && this.map.signed === false ? this.map.label : LABELS[direction]);
      this.drawFrame(state, picture, state.overlay ? state.tone : "black");
      if (!this.attribution) {
        picture.showPlanes(null);
        return 0;
      }
      const { image, saturated } = this.paint(state, direction);
      picture.showPlanes(image);
      return saturated;
    }

    /** The coloured picture of one direction, at the layer's resolution. */
    paint(state, direction) {
      const { planes, map } = this.attribution;
      const [, , height, width] = planes.shape;
      const buffer = this.buffer(height, width, direction);
      const factor = state.gain / this.attribution.scale(state.scale, state.frame);
      const chosen = this.attribution.chosen(this.isolated(state), state.residual);
      rlvis.combinePlanes(planes, state.frame, chosen, direction, factor, buffer.colours);
      const smooth = state.smooth && map.layer;
      const colours = smooth ? smootherFor(height, width).smooth(buffer.colours, buffer.smoothed) : buffer.colours;
      const weight = (state.overlay ? this.app.content.defaults.attribution_weight ?? 0.9 : 1) * state.opacity;
      return { image: buffer.image, saturated: rlvis.paintColours(colours, buffer.image.data, weight, state.saturation) };
    }

    buffer(height, width, direction) {
      const key = `${height}x${width}/${direction}`;
      if (!this.buffers.has(key)) {
        const size = 3 * height * width;
        this.buffers.set(key, {
          colours: new Float32Array(size), smoothed: new Float32Array(size), image: new ImageData(width, height),
        });
      }
      return this.buffers.get(key);
    }

    /** Features to show alone; the legend speaks of the selected layer only. */
    isolated(state) {
      if (!this.map || !this.map.layer || this.map.layer !== state.layer) return [];
      return state.hover !== null ? [state.hover] : state.pinned;
    }

    drawChart(state) {
      const items = this.attribution.describe(this.attribution.frameSums(state.frame), state.names);
      this.chart.draw(items, this.attribution.sumScale(state.scale, state.frame), this.isolated(state));
    }

    /** The grid cell under a point given as fractions of the picture. */
    cell({ x, y }) {
      const { height, width } = this.map ? this.map : this.app.content.observation;
      return { row: Math.floor(y * height), column: Math.floor(x * width), height, width };
    }

    markProbe({ probe }) {
      const cell = probe ? this.cell(probe) : null;
      for (const picture of [this.observation, ...this.pictures]) picture.mark(cell);
    }
  }

  rlvis.AttributionRow = AttributionRow;
}
