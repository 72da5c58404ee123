{
  const COLOURS = { advantage: "--advantage", value: "--value", logit: "--logit", group: "--group" };
  const EXTRA_COLOURS = ["--extra-1", "--extra-2", "--extra-3"];

  /** Which rows the timeline shows and where their numbers come from. */
  class TimelineRows {
    constructor(app) {
      this.app = app;
      this.kept = new WeakMap();
      this.memory = new rlvis.MemoryRows(app);
      this.derived = [this.memory, new rlvis.AgreementRow(app)];
    }

    /** Every row that can be shown: [{id, label}]. */
    available(series) {
      const { content } = this.app;
      const fixed = [{ id: "advantage", label: "advantage" }, { id: "value", label: "value function" }, { id: "reward", label: "reward" },
        { id: "return", label: "return so far" }];
      if (content.network.kind !== "q") fixed.push({ id: "entropy", label: "entropy of the policy" });
      // The whole policy is no single number; its entropy has a row of its own. Gaze is no output at all.
      const outputs = content.outputs.filter(({ kind }) => !["value", "policy", "gaze"].includes(kind)).map(({ id, label }) => ({ id, label }));
      const extra = series ? series.extra.map(({ key, label }) => ({ id: key, label: label || key.slice(4) })) : [];
      return [...fixed, ...extra, ...(series ? series.memory() : []), ...this.derived.flatMap((each) => each.available()), ...outputs];
    }

    /** The rows to draw now: the chosen ones, then the outputs that attribution rows show. */
    shown(state, series) {
      const ids = state.series.flatMap((id) => this.expand(id, series));
      for (const { output } of state.rows) ids.push(output);
      return [...new Set(ids)].map((id) => this.describe(id, series, state)).filter((row) => row && (row.values || row.heat));
    }

    /** The rows that one word of the state stands for: all further rows, the memory's usual ones, or itself. */
    expand(id, series) {
      if (id === "extra") return series.extra.map(({ key }) => key);
      if (id === "memory") return [...series.memory().filter(({ shown }) => shown), ...this.memory.available()].map((row) => row.id);
      return [id];
    }

    describe(id, series, state) {
      const known = this.available(series).find((row) => row.id === id);
      if (!known) return null;
      const source = this.derived.find((each) => each.available().some((row) => row.id === id));
      if (source) return source.describe(known, state);
      const heat = series.heat(id);
      if (heat) return { ...known, heat, colour: "--muted", range: [-heat.largest, heat.largest] };
      const values = series.row(id);
      const output = this.app.content.outputById.get(id);
      const extraNumber = series.extra.findIndex(({ key }) => key === id);
      const colour = COLOURS[id] || (output && COLOURS[output.kind]) || (id.startsWith("memory:") && "--extra-2") || EXTRA_COLOURS[Math.max(0, extraNumber) % 3];
      return { ...known, values, colour, own: extraNumber >= 0 ? series.extra[extraNumber].color : null, range: this.range(values) };
    }

    range(values) {
      if (!this.kept.has(values)) {
        let [low, high] = [Infinity, -Infinity];
        for (const value of values) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
        if (!(high > low)) [low, high] = [Math.min(low, 0) - 0.5, Math.max(high, 0) + 0.5];
        this.kept.set(values, Number.isFinite(low) ? [low, high] : [0, 1]);
      }
      return this.kept.get(values);
    }

    toggle(id, on, series) {
      const { state, store } = this.app;
      const chosen = state.series.flatMap((each) => this.expand(each, series));
      const rest = chosen.filter((each) => each !== id);
      store.set({ series: on ? [...rest, id] : rest });
    }
  }

  rlvis.TimelineRows = TimelineRows;
}
