{
  const UNKNOWN = -128; // how the chunk writes that a map was constant
  const ID = "agreement";

  /** The timeline row that says how alike maps by different methods are in every frame: the mean of their rank correlations. */
  class AgreementRow {
    constructor(app) {
      this.app = app;
      this.kept = new WeakMap();
      const { trust, maps } = app.content;
      const methods = new Map(maps.map(({ id, method }) => [id, method]));
      /** Outputs that several methods explain, each with the pairs of their maps and where those stand in the chunks. */
      this.compared = (trust ? trust.agreement : []).map(({ output, pairs }) => ({
        output, pairs: pairs.map((names, number) => ({ names, number })).filter(({ names: [first, second] }) => methods.get(first) !== methods.get(second)),
      })).filter(({ pairs }) => pairs.length > 0);
    }

    available() {
      return this.compared.length ? [{ id: ID, label: "agreement" }] : [];
    }

    /** The row's numbers, for the output of the first attribution where that was compared; null while they load. */
    describe(known, state) {
      const output = this.app.content.resolveRow(state.rows[0], state.layer).output;
      const chosen = this.compared.find((each) => each.output === output) || this.compared[0];
      const chunk = this.chunk(state);
      if (!chunk || !chosen) return null;
      const entry = chunk.entry(chosen.output);
      if (!this.kept.has(entry)) this.kept.set(entry, this.means(entry, chosen.pairs));
      const about = `rank correlation between maps of the ${this.app.content.outputLabel(chosen.output)} by different methods, the mean of all pairs`;
      return { ...known, ...this.kept.get(entry), about, colour: "--extra-3", written: rlvis.format.fixed, parts: (frame) => this.parts(entry, chosen.pairs, state, frame) };
    }

    chunk({ trajectory }) {
      try {
        return this.app.chunks.get(this.app.content.trust.chunks[trajectory]);
      } catch {
        return null; // The panel that judges maps says what is wrong with this data.
      }
    }

    means(entry, pairs) {
      const frames = entry.shape[1];
      const values = Float32Array.from({ length: frames }, (_, frame) => {
        const found = pairs.map(({ number }) => this.correlation(entry, number, frame)).filter(Number.isFinite);
        return found.length ? found.reduce((sum, value) => sum + value, 0) / found.length : NaN;
      });
      return { values, range: [values.reduce((low, value) => Math.min(low, value || 0), 0), 1] };
    }

    correlation(entry, number, frame) {
      const stored = entry.data[number * entry.shape[1] + frame];
      return stored === UNKNOWN ? NaN : stored / 100;
    }

    /** What the mean is made of; of many pairs, those with the map on the screen. */
    parts(entry, pairs, state, frame) {
      const { content } = this.app;
      const { map } = content.resolveRow(state.rows[0], state.layer);
      const here = pairs.filter(({ names }) => map && names.includes(map.id));
      return (here.length ? here : pairs).map(({ names, number }) => ({
        name: here.length ? `with ${content.mapLabel(names.find((name) => name !== map.id))}` : names.map((name) => content.mapLabel(name)).join(", "),
        value: this.correlation(entry, number, frame),
      }));
    }
  }

  rlvis.AgreementRow = AgreementRow;
}
