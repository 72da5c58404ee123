{
  // In units of the text's size, like the labels beside them.
  const STRIP = 3.4;
  const ROW = 2.6;
  const HEAT_LINE = 0.5;
  const PAD = 4;

  /** The plot under a fixed centre line: frame strip and rows; drag moves it, a click jumps, the wheel zooms. */
  class Scrubber {
    constructor(app) {
      this.app = app;
      Object.assign(this, { rows: [], top: [] });
      this.canvas = rlvis.element("canvas", {
        className: "scrubber-canvas", tabIndex: 0, role: "slider", "aria-label": "Frame", "aria-valuemin": 0,
      });
      this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
      this.canvas.addEventListener("pointermove", (event) => this.drag(event));
      this.canvas.addEventListener("pointerup", (event) => this.release(event));
      this.canvas.addEventListener("pointercancel", () => { this.held = null; });
      this.canvas.addEventListener("pointerleave", () => app.readout.hide());
      this.canvas.addEventListener("keydown", (event) => this.press(event));
      this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    }

    /** Large steps, as sliders have them; small ones are the page's own shortcuts. */
    press(event) {
      const step = { PageUp: 10, PageDown: -10 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.app.goTo({ frame: this.app.state.frame + step });
    }

    /** A row's height in units of the text's size. */
    rowHeight({ heat }) {
      return heat ? Math.max(ROW, heat.names.length * HEAT_LINE + 0.3) : ROW;
    }

    /** Where each row begins, in pixels; after them all, where the last one ends. */
    tops(rows) {
      const tops = [STRIP];
      for (const row of rows) tops.push(tops[tops.length - 1] + this.rowHeight(row));
      return tops.map((top) => top * this.app.textSize());
    }

    grab(event) {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.held = { x: event.clientX, frame: this.app.state.frame, moved: false };
    }

    drag(event) {
      if (!this.held) {
        this.showNumbers(event);
        return;
      }
      const distance = event.clientX - this.held.x;
      if (Math.abs(distance) > 4) this.held.moved = true;
      if (this.held.moved) this.app.goTo({ frame: this.held.frame - Math.round(distance / this.perFrame()) });
    }

    /** The numbers of the row and frame under the pointer. */
    showNumbers(event) {
      const box = this.canvas.getBoundingClientRect();
      const row = this.rows.find((_, i) => event.clientY - box.top >= this.top[i] && event.clientY - box.top < this.top[i + 1]);
      const frame = this.app.state.frame + Math.round((event.clientX - box.left - box.width / 2) / this.perFrame());
      if (!row || frame < 0 || frame >= this.app.content.length(this.app.state.trajectory)) {
        this.app.readout.hide();
        return;
      }
      const { heat, values, written } = row;
      const number = heat ? "" : `: ${(written || rlvis.format.number)(values[frame])}`;
      this.app.readout.show([
        rlvis.element("p", {}, `${row.label}, frame ${frame}${number}`),
        rlvis.numberTable(this.parts(row, frame), written),
        row.about ? rlvis.element("p", { className: "readout-foot" }, row.about) : "",
      ], event.clientX, event.clientY);
    }

    /** What a row's number in a frame is made of, where that is known. */
    parts({ heat, parts, colour }, frame) {
      if (!heat) return parts ? parts(frame).map((part) => ({ ...part, colour: this.app.colour(colour) })) : [];
      return heat.at(frame).map((part) => ({ ...part, colour: this.app.colour(part.value > 0 ? "--heat-positive" : "--heat-negative") }));
    }

    release(event) {
      const held = this.held;
      this.held = null;
      if (!held || held.moved) return;
      const box = this.canvas.getBoundingClientRect();
      const offset = event.clientX - box.left - box.width / 2;
      this.app.goTo({ frame: this.app.state.frame + Math.round(offset / this.perFrame()) });
    }

    wheel(event) {
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        this.app.goTo({ frame: this.app.state.frame + Math.sign(event.deltaX) });
      } else if (event.deltaY !== 0) {
        event.preventDefault();
        this.app.zoomTime(Math.max(-1, Math.min(1, event.deltaY / 200)));
      }
    }

    perFrame() {
      return this.app.widthOf(this.canvas) / this.app.state.visible;
    }

    draw(state, rows, strip) {
      const width = this.app.widthOf(this.canvas);
      this.rows = rows;
      this.top = this.tops(rows);
      const height = this.top[rows.length];
      const ratio = window.devicePixelRatio || 1;
      const pixels = [Math.max(1, Math.round(width * ratio)), Math.round(height * ratio)];
      if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) {
        [this.canvas.width, this.canvas.height] = pixels;
        this.canvas.style.height = `${height}px`;
      }
      const context = this.canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      const perFrame = width / state.visible;
      const length = this.app.content.length(state.trajectory);
      const view = {
        context, width, height, perFrame, length, strip: STRIP * this.app.textSize(),
        first: Math.max(0, Math.floor(state.frame - state.visible / 2) - 1),
        last: Math.min(length, Math.ceil(state.frame + state.visible / 2) + 2),
        x: (frame) => width / 2 + (frame - state.frame) * perFrame,
      };
      this.drawGround(view);
      if (strip) this.drawStrip(view, strip);
      rows.forEach((row, i) => (row.heat ? this.drawHeat : this.drawRow).call(this, view, row, this.top[i], this.top[i + 1] - this.top[i]));
      this.drawEpisodes(view, state);
      this.drawBookmarks(view, state);
      this.drawCentre(view);
    }

    drawGround({ context, x, length, height, width }) {
      const left = Math.max(0, x(-0.5));
      const right = Math.min(width, x(length - 0.5));
      context.fillStyle = this.app.colour("--plot");
      context.fillRect(left, 0, right - left, height);
    }

    drawStrip({ context, first, last, x, perFrame, strip: height }, strip) {
      const end = Math.min(last, strip.length);
      if (end > first) this.app.strips.draw(context, strip, first, end, [x(first) - perFrame / 2, 0, (end - first) * perFrame, height - 3]);
    }

    drawHeat({ context, first, last, x, width, perFrame }, { heat }, top, height) {
      context.fillStyle = this.app.colour("--line");
      context.fillRect(0, top - 0.5, width, 0.5);
      const colours = [this.app.colour("--heat-positive"), this.app.colour("--heat-negative")];
      heat.draw(context, colours, first, last, [x(first) - perFrame / 2, top + 2, (last - first) * perFrame, height - 4]);
    }

    drawRow({ context, first, last, x, width, perFrame }, { values, colour, own, range: [low, high] }, top, height) {
      const y = (value) => top + height - PAD - ((value - low) / (high - low)) * (height - 2 * PAD);
      context.fillStyle = this.app.colour("--line");
      context.fillRect(0, top - 0.5, width, 0.5);
      if (low < 0 && high > 0) {
        context.fillRect(Math.max(0, x(first)), y(0) - 0.5, Math.min(width, x(last - 1)) - Math.max(0, x(first)), 1);
      }
      context.strokeStyle = own || this.app.colour(colour);
      context.lineWidth = 1.4;
      context.lineJoin = "round";
      context.beginPath();
      const step = Math.max(1, Math.floor(0.5 / perFrame));
      let joined = false; // A frame without a number leaves a gap.
      for (let frame = first; frame < last; frame += step) {
        const known = Number.isFinite(values[frame]);
        if (known) context[joined ? "lineTo" : "moveTo"](x(frame), y(values[frame]));
        joined = known;
      }
      context.stroke();
    }

    drawEpisodes({ context, x, first, last, height }, state) {
      context.fillStyle = this.app.colour("--episode");
      for (const { end, ended } of this.app.content.trajectories[state.trajectory].episodes || []) {
        if (ended && end > first && end < last + 1) context.fillRect(Math.round(x(end - 0.5)) - 0.5, 0, 1, height);
      }
    }

    drawBookmarks({ context, x, width }, state) {
      context.fillStyle = this.app.colour("--accent");
      for (const { trajectory, frame } of state.bookmarks) {
        const at = x(frame);
        if (trajectory !== state.trajectory || at < 0 || at > width) continue;
        context.beginPath();
        context.moveTo(at - 4, 0);
        context.lineTo(at + 4, 0);
        context.lineTo(at, 7);
        context.fill();
      }
    }

    drawCentre({ context, width, height, perFrame }) {
      const half = Math.max(3, Math.min(12, perFrame / 2 + 1.5));
      context.fillStyle = this.app.colour("--accent");
      for (const side of [-1, 1]) context.fillRect(Math.round(width / 2 + side * half) - 0.75, 0, 1.5, height);
    }
  }

  rlvis.Scrubber = Scrubber;
}
