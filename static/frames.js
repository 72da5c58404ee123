{
  const surface = (height, width) => {
    const canvas = rlvis.element("canvas", { width, height });
    return { canvas, context: canvas.getContext("2d", { willReadFrequently: true }), key: "" };
  };

  /** Observations and human-resolution frames of the trajectories, and grey versions of the current one. */
  class Frames {
    constructor(content, chunks, bitmaps) {
      Object.assign(this, { content, chunks, bitmaps, sheets: new Map(), surfaces: new Map() });
    }

    /** The sheets of a trajectory; kind is "frames" or "human" (null where none were recorded). */
    source(trajectory, kind) {
      const name = this.content.trajectories[trajectory][kind];
      if (!name) return null;
      if (!this.sheets.has(name)) {
        const { height, width } = kind === "human" ? this.content.human : this.content.observation;
        this.sheets.set(name, new rlvis.Sheets(this.chunks, this.bitmaps, [name], height, width));
      }
      return this.sheets.get(name);
    }

    kind(state) {
      return state.human && this.content.human && this.content.trajectories[state.trajectory].human ? "human" : "frames";
    }

    /** A canvas with one frame in one tone ("colour", "grey", "pale"); null while it is not decoded. */
    picture(trajectory, frame, kind, tone) {
      const source = this.source(trajectory, kind);
      const name = `${kind}/${tone}`;
      if (!this.surfaces.has(name)) this.surfaces.set(name, surface(source.height, source.width));
      const target = this.surfaces.get(name);
      const key = `${trajectory}/${frame}`;
      if (target.key === key) return target.canvas;
      const whole = [0, 0, source.width, source.height];
      if (tone === "colour") {
        if (!source.draw(target.context, frame, whole)) return null;
        this.warmNext(source, frame, trajectory);
      } else {
        const colour = this.picture(trajectory, frame, kind, "colour");
        if (!colour) return null;
        const pixels = this.surfaces.get(`${kind}/colour`).context.getImageData(...whole);
        rlvis.greyscale(pixels.data, tone);
        target.context.putImageData(pixels, 0, 0);
      }
      target.key = key;
      return target.canvas;
    }

    /** Decodes the neighbouring sheets ahead of time, so that playing across a border does not stall. */
    warmNext(source, frame, trajectory) {
      for (const near of [frame + 24, frame - 24]) {
        if (near < 0 || near >= this.content.length(trajectory)) continue;
        const place = source.locate(near);
        if (place && !this.bitmaps.bitmaps.has(place.key)) {
          this.bitmaps.decode(place.key, place.sheet.blob, place.chunk).catch(() => {});
        }
      }
    }
  }

  rlvis.Frames = Frames;
}
