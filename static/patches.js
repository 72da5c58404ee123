{
  // Patches are cut out of the sheets of example observations when they are shown, so any zoom is possible.

  const roundHalfEven = (value) => {
    const rounded = Math.round(value);
    return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
  };

  /** First and last pixel (excluded) of a patch around a centre: both in units of layer cells, bounds rounded. */
  const patchBounds = (centre, expand, cells, pixels) => {
    const first = roundHalfEven(((centre - expand / 2) * pixels) / cells);
    return [first, Math.max(first + 1, roundHalfEven(((centre + expand / 2) * pixels) / cells))];
  };

  let checkerboard = null;

  /** What lies outside an observation: 0.75 and 1 in turn, pixel by pixel. */
  const checkers = () => {
    if (checkerboard) return checkerboard;
    checkerboard = rlvis.element("canvas", { width: 512, height: 512 });
    const context = checkerboard.getContext("2d");
    const tile = new ImageData(2, 2);
    [191, 255, 255, 191].forEach((level, i) => tile.data.set([level, level, level, 255], 4 * i));
    const small = rlvis.element("canvas", { width: 2, height: 2 });
    small.getContext("2d").putImageData(tile, 0, 0);
    context.fillStyle = context.createPattern(small, "repeat");
    context.fillRect(0, 0, 512, 512);
    return checkerboard;
  };

  /** Draws the patch around (row, column) of an example observation into a box; false while it is not decoded. */
  const drawPatch = (context, examples, observation, { row, column }, expand, layer, [dx, dy, dw, dh]) => {
    const [top, bottom] = patchBounds(row, expand, layer.height, examples.height);
    const [left, right] = patchBounds(column, expand, layer.width, examples.width);
    const inside = [Math.max(0, left), Math.max(0, top), Math.min(examples.width, right), Math.min(examples.height, bottom)];
    const [x0, y0, x1, y1] = inside;
    if (x0 > left || y0 > top || x1 < right || y1 < bottom) {
      context.drawImage(checkers(), 0, 0, Math.min(512, right - left), Math.min(512, bottom - top), dx, dy, dw, dh);
    }
    if (x1 <= x0 || y1 <= y0) return true;
    const scaleX = dw / (right - left);
    const scaleY = dh / (bottom - top);
    return examples.draw(context, observation,
      [dx + (x0 - left) * scaleX, dy + (y0 - top) * scaleY, (x1 - x0) * scaleX, (y1 - y0) * scaleY],
      [x0, y0, x1 - x0, y1 - y0]);
  };

  /** Patches side by side, each as opaque as its feature is strong there; all opaque under the pointer. */
  class Mosaic {
    constructor(className) {
      this.opaque = rlvis.element("canvas", { className: "mosaic-opaque" });
      this.faded = rlvis.element("canvas", { className: "mosaic-faded" });
      this.element = rlvis.element("span", { className: `mosaic ${className}` }, this.faded, this.opaque);
    }

    /** grid: {rows, columns, observation, strength, centre(i)}; returns false while pictures are missing. */
    draw(examples, layer, grid, expand, width, height) {
      const { rows, columns } = grid;
      for (const canvas of [this.opaque, this.faded]) Object.assign(canvas, { width, height });
      const context = this.opaque.getContext("2d");
      context.imageSmoothingEnabled = false;
      let complete = true;
      for (let i = 0; i < rows * columns; i++) {
        const box = this.box(i, rows, columns, width, height);
        complete = drawPatch(context, examples, grid.observation[i], grid.centre(i), expand, layer, box) && complete;
      }
      this.fade(grid, width, height);
      return complete;
    }

    /** Whole pixels, so that neighbouring patches leave no seam. */
    box(i, rows, columns, width, height) {
      const row = Math.floor(i / columns);
      const column = i % columns;
      const [left, right] = [column, column + 1].map((edge) => Math.round((edge * width) / columns));
      const [top, bottom] = [row, row + 1].map((edge) => Math.round((edge * height) / rows));
      return [left, top, right - left, bottom - top];
    }

    fade({ rows, columns, strength }, width, height) {
      const mask = rlvis.element("canvas", { width, height });
      const pen = mask.getContext("2d");
      for (let i = 0; i < rows * columns; i++) {
        pen.globalAlpha = Math.max(0, Math.min(1, strength[i]));
        pen.fillRect(...this.box(i, rows, columns, width, height));
      }
      const context = this.faded.getContext("2d");
      context.drawImage(this.opaque, 0, 0);
      context.globalCompositeOperation = "destination-in";
      context.drawImage(mask, 0, 0);
      context.globalCompositeOperation = "source-over";
    }
  }

  Object.assign(rlvis, { Mosaic, drawPatch, patchBounds });
}
