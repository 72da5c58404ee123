{
  /** A row of the timeline with several numbers a frame, each in a line of its own: colour is the sign, opacity the size. */
  class HeatRow {
    /** names: of the lines, from the top; values: line after line, all frames of each. */
    constructor(names, values, frames) {
      Object.assign(this, { names, values, frames });
      this.largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
      this.canvas = null;
    }

    /** Every line's name and number in a frame. */
    at(frame) {
      return this.names.map((name, line) => ({ name, value: this.values[line * this.frames + frame] }));
    }

    /** The largest number of a frame, whatever its sign, with its name. */
    strongest(frame) {
      return this.at(frame).reduce((best, each) => (Math.abs(each.value) > Math.abs(best.value) ? each : best));
    }

    /** Draws frames [first, last) into a box; a frame is a pixel of a canvas that is made once for each theme. */
    draw(context, colours, first, last, [x, y, width, height]) {
      if (last <= first) return;
      const key = colours.join();
      if (!this.canvas || this.key !== key) this.paint(colours, key);
      context.imageSmoothingEnabled = width < last - first;
      context.drawImage(this.canvas, first, 0, last - first, this.names.length, x, y, width, height);
    }

    paint([positive, negative], key) {
      this.key = key;
      this.canvas = rlvis.element("canvas", { width: this.frames, height: this.names.length });
      const context = this.canvas.getContext("2d");
      this.values.forEach((value, i) => {
        context.globalAlpha = Math.abs(value) / this.largest;
        context.fillStyle = value > 0 ? positive : negative;
        context.fillRect(i % this.frames, Math.floor(i / this.frames), 1, 1);
      });
    }
  }

  rlvis.HeatRow = HeatRow;
}
