{
  const COLUMNS = 2;
  const TILE = 4096;

  /** For each trajectory a narrow picture with a few columns of every frame, cut from its sheets. */
  class Strips {
    constructor(app) {
      this.app = app;
      this.strips = new Map();
      const { scrub_range: range = [42 / 64, 44 / 64] } = app.content.defaults || {};
      const { width, height } = app.content.observation;
      const first = Math.min(width - 1, Math.max(0, Math.round(range[0] * width)));
      this.source = [first, 0, Math.max(1, Math.round(range[1] * width) - first), height];
      this.height = height;
    }

    /** The finished strip, or null; `start` says whether to begin cutting it. */
    get(trajectory, start = true) {
      const strip = this.strips.get(trajectory);
      if (strip) return strip.done ? strip : null;
      if (start) this.cut(trajectory);
      return null;
    }

    async cut(trajectory) {
      const { content, frames } = this.app;
      const length = content.length(trajectory);
      const strip = { done: false, error: null, tiles: [], perTile: TILE / COLUMNS, length };
      this.strips.set(trajectory, strip);
      try {
        const sheets = frames.source(trajectory, "frames");
        for (let frame = 0; frame < length; frame++) {
          const tile = Math.floor(frame / strip.perTile);
          if (!strip.tiles[tile]) {
            const width = COLUMNS * Math.min(strip.perTile, length - tile * strip.perTile);
            strip.tiles[tile] = rlvis.element("canvas", { width, height: this.height }).getContext("2d");
          }
          const target = [COLUMNS * (frame % strip.perTile), 0, COLUMNS, this.height];
          while (!sheets.draw(strip.tiles[tile], frame, target, this.source)) await sheets.ready(frame);
        }
        strip.done = true;
      } catch (error) {
        strip.error = error;
      }
      this.app.invalidate("strips");
    }

    /** Forgets a failed attempt, so that the strip is cut when its data has arrived after all. */
    forgetErrors() {
      for (const [trajectory, strip] of this.strips) if (strip.error) this.strips.delete(trajectory);
    }

    /** Draws frames [first, last) of a strip into a box. */
    draw(context, strip, first, last, [x, y, width, height]) {
      const perFrame = width / (last - first);
      context.imageSmoothingEnabled = perFrame < COLUMNS;
      strip.tiles.forEach((tile, i) => {
        const from = Math.max(first, i * strip.perTile);
        const to = Math.min(last, (i + 1) * strip.perTile, strip.length);
        if (to <= from) return;
        context.drawImage(tile.canvas, COLUMNS * (from - i * strip.perTile), 0, COLUMNS * (to - from), this.height,
          x + (from - first) * perFrame, y, (to - from) * perFrame, height);
      });
    }
  }

  rlvis.Strips = Strips;
}
