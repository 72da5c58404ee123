{
  const SHARE = "memory-share";
  const LAGS = "lags";

  /** Timeline rows of what came before a frame: read from the attribution that the first row shows. */
  class MemoryRows {
    constructor(app) {
      this.app = app;
      this.kept = new WeakMap();
    }

    /** Those that some map of this interface has numbers for: [{id, label, about}]. */
    available() {
      const { maps } = this.app.content;
      const share = { id: SHARE, label: "memory share", about: "of the first attribution: what the memory contributed, as a share of memory and frame, whatever their signs" };
      const lags = { id: LAGS, label: "frames back", about: "of the first attribution: what each of the last frames contributed to the output now" };
      return [...(maps.some(({ memory }) => memory) ? [share] : []), ...(maps.some((map) => map.lags) ? [lags] : [])];
    }

    /** A row's numbers, or null while they load and where the first attribution has none. */
    describe(known, state) {
      const attribution = this.attribution(state);
      if (!attribution || !(known.id === SHARE ? attribution.memory : attribution.lags)) return null;
      if (!this.kept.has(attribution)) this.kept.set(attribution, known.id === SHARE ? this.share(attribution) : this.lags(attribution));
      return { ...known, ...this.kept.get(attribution) };
    }

    attribution(state) {
      const { map, output } = this.app.content.resolveRow(state.rows[0], state.layer);
      if (!map || !(map.memory || map.lags)) return null;
      try {
        return this.app.attribution(map, output, state.trajectory);
      } catch {
        return null; // The row itself says what is wrong with its data.
      }
    }

    share(attribution) {
      const values = Float32Array.from(attribution.memory, (_, frame) => attribution.memoryShare(frame));
      return { values, colour: "--extra-1", range: [0, 1] };
    }

    lags(attribution) {
      const count = attribution.map.lags;
      const frames = attribution.lags.length / count;
      const values = Float32Array.from({ length: count * frames }, (_, i) => attribution.lags[(i % frames) * count + Math.floor(i / frames)]);
      const names = Array.from({ length: count }, (_, lag) => (lag === 0 ? "this frame" : `${rlvis.format.plural(lag, "frame")} back`));
      const heat = new rlvis.HeatRow(names, values, frames);
      return { heat, colour: "--extra-1", range: [-heat.largest, heat.largest] };
    }
  }

  rlvis.MemoryRows = MemoryRows;
}
