{
  const FIXATION_WIDTH = 480;

  /**
   * One picture: a frame below, attribution above it at the layer's own resolution, an outline around the
   * position under the pointer. Both canvases are enlarged by the browser without interpolation.
   */
  class Picture {
    constructor(label, onprobe) {
      this.base = rlvis.element("canvas", { className: "picture-base" });
      this.planes = rlvis.element("canvas", { className: "picture-planes" });
      this.fixations = rlvis.element("canvas", { className: "picture-fixations", hidden: true });
      this.window = { left: 0, top: 0, width: 1, height: 1 };
      this.outline = rlvis.element("span", { className: "picture-outline", hidden: true });
      this.surface = rlvis.element("div", { className: "picture-surface", role: "img", tabIndex: 0, "aria-label": label },
        this.base, this.planes, this.fixations, this.outline);
      this.caption = rlvis.element("figcaption", {}, label);
      this.element = rlvis.element("figure", { className: "picture" }, this.caption, this.surface);
      this.listen(onprobe);
    }

    listen(onprobe) {
      const report = (event) => {
        const box = this.surface.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width - this.window.left) / this.window.width;
        const y = ((event.clientY - box.top) / box.height - this.window.top) / this.window.height;
        onprobe(x >= 0 && x < 1 && y >= 0 && y < 1 ? { x, y, clientX: event.clientX, clientY: event.clientY } : null, this);
      };
      this.surface.addEventListener("pointermove", report);
      this.surface.addEventListener("pointerdown", report);
      // A finger that is lifted leaves the numbers standing; a tap elsewhere takes them away.
      this.surface.addEventListener("pointerleave", (event) => {
        if (event.pointerType !== "touch") onprobe(null, this);
      });
      this.surface.addEventListener("blur", () => onprobe(null, this));
      this.surface.addEventListener("keydown", (event) => {
        if (event.shiftKey && event.key.startsWith("Arrow")) onprobe({ key: event.key }, this);
      });
    }

    resize(canvas, width, height) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
    }

    /** Draws a frame; null with a size draws black. */
    showBase(source, height, width) {
      this.resize(this.base, width, height);
      const context = this.base.getContext("2d");
      if (source) {
        context.drawImage(source, 0, 0, width, height);
      } else {
        context.fillStyle = "#000";
        context.fillRect(0, 0, width, height);
      }
      this.surface.style.aspectRatio = `${width} / ${height}`;
    }

    /** Places attribution over a part of the picture, given as fractions of it: what the agent sees of a larger frame. */
    place(window) {
      if (window.left === this.window.left && window.top === this.window.top && window.width === this.window.width && window.height === this.window.height) return;
      this.window = window;
      for (const name of ["left", "top", "width", "height"]) this.planes.style[name] = `${100 * window[name]}%`;
    }

    /** Marks points given as fractions of that part: [[x, y]]; null marks nothing. */
    showFixations(points) {
      this.fixations.hidden = !points;
      if (!points) return;
      const width = FIXATION_WIDTH;
      const height = Math.round((width * this.base.height) / this.base.width);
      this.resize(this.fixations, width, height);
      const context = this.fixations.getContext("2d");
      context.clearRect(0, 0, width, height);
      const { left, top, width: part, height: tall } = this.window;
      for (const [radius, colour] of [[5.5, "#000"], [4, "#ffe600"]]) {
        context.fillStyle = colour;
        for (const [x, y] of points) {
          context.beginPath();
          context.arc((left + x * part) * width, (top + y * tall) * height, radius, 0, 2 * Math.PI);
          context.fill();
        }
      }
    }

    showPlanes(image) {
      this.planes.hidden = !image;
      if (!image) return;
      this.resize(this.planes, image.width, image.height);
      this.planes.getContext("2d").putImageData(image, 0, 0);
    }

    /** Outlines one cell of an h × w grid, or nothing. */
    mark(cell) {
      this.outline.hidden = !cell;
      if (!cell) return;
      const { style } = this.outline;
      const { left, top, width, height } = this.window;
      style.left = `${100 * (left + (width * cell.column) / cell.width)}%`;
      style.top = `${100 * (top + (height * cell.row) / cell.height)}%`;
      style.width = `${(100 * width) / cell.width}%`;
      style.height = `${(100 * height) / cell.height}%`;
    }

    setLabel(text) {
      rlvis.setText(this.caption, text);
      this.surface.setAttribute("aria-label", text);
    }

    /** Draws the picture into another canvas, for export. */
    drawTo(context, x, y, width, height, linear) {
      context.imageSmoothingEnabled = this.base.width > width;
      context.drawImage(this.base, x, y, width, height);
      if (!this.planes.hidden) {
        const part = this.window;
        context.imageSmoothingEnabled = linear;
        context.drawImage(this.planes, x + part.left * width, y + part.top * height, part.width * width, part.height * height);
      }
      context.imageSmoothingEnabled = true;
      if (!this.fixations.hidden) context.drawImage(this.fixations, x, y, width, height);
    }
  }

  rlvis.Picture = Picture;
}
