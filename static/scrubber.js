{
  // In units of the text's size, like the labels beside them.
  const STRIP = 3.4;
  const ROW = 2.6;
  const PAD = 4;

  /** The plot under a fixed centre line: frame strip and rows; drag moves it, a click jumps, the wheel zooms. */
  class Scrubber {
    constructor(app) {
      this.app = app;
      this.canvas = rlvis.element("canvas", {
        className: "scrubber-canvas", tabIndex: 0, role: "slider", "aria-label": "Frame", "aria-valuemin": 0,
      });
      this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
      this.canvas.addEventListener("pointermove", (event) => this.drag(event));
      this.canvas.addEventListener("pointerup", (event) => this.release(event));
      this.canvas.addEventListener("pointercancel", () => { this.held = null; });
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

    height(rowCount) {
      return (STRIP + rowCount * ROW) * this.app.textSize();
    }

    grab(event) {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.held = { x: event.clientX, frame: this.app.state.frame, moved: false };
    }

    drag(event) {
      if (!this.held) return;
      const distance = event.clientX - this.held.x;
      if (Math.abs(distance) > 4) this.held.moved = true;
      if (this.held.moved) this.app.goTo({ frame: this.held.frame - Math.round(distance / this.perFrame()) });
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
      const height = this.height(rows.length);
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
        context, width, height, perFrame, length, strip: STRIP * this.app.textSize(), row: ROW * this.app.textSize(),
        first: Math.max(0, Math.floor(state.frame - state.visible / 2) - 1),
        last: Math.min(length, Math.ceil(state.frame + state.visible / 2) + 2),
        x: (frame) => width / 2 + (frame - state.frame) * perFrame,
      };
      this.drawGround(view);
      if (strip) this.drawStrip(view, strip);
      rows.forEach((row, i) => this.drawRow(view, row, view.strip + i * view.row));
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

    drawRow({ context, first, last, x, width, perFrame, row: height }, { values, colour, own, range: [low, high] }, top) {
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
      for (let frame = first; frame < last; frame += step) context.lineTo(x(frame), y(values[frame]));
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
