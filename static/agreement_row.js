{
  const UNKNOWN = -128; // how the chunk writes that a map was constant
  const ID = "agreement";

  /**
   * The timeline rows that say how alike maps are in every frame: the mean of rank correlations between maps by different methods, and, where there
   * is a second agent, between its maps and the first one's.
   */
  class AgreementRow {
    constructor(app) {
      this.app = app;
      this.kept = new Map();
      const { content } = app;
      const maps = new Map(content.maps.map((map) => [map.id, map]));
      const differ = ({ names: [first, second] }) => maps.get(first).method !== maps.get(second).method;
      const own = ({ names }) => !names.some((name) => content.isBeside(maps.get(name)));
      this.kinds = [
        { id: ID, label: ID, between: "by different methods", compared: this.choose((pairs) => pairs.filter((pair) => differ(pair) && own(pair))) },
        { id: `${ID}:beside`, label: `${content.beside ? content.beside.name : ""}: ${ID}`, between: "of both agents by the same method", compared: this.choose((pairs) => content.counterparts(pairs)) },
      ];
    }

    /** Outputs for which there is something to compare, each with the pairs of their maps and where those stand in the chunks. */
    choose(chosen) {
      const { trust } = this.app.content;
      return (trust ? trust.agreement : []).map(({ output, pairs }) => ({
        output, pairs: chosen(pairs.map((names, number) => ({ names, number }))),
      })).filter(({ pairs }) => pairs.length > 0);
    }

    available() {
      return this.kinds.filter(({ compared }) => compared.length).map(({ id, label }) => ({ id, label }));
    }

    /** The row's numbers, for the output of the first attribution where that was compared; null while they load. */
    describe(known, state) {
      const output = this.app.content.resolveRow(state.rows[0], state.layer).output;
      const { compared, between } = this.kinds.find(({ id }) => id === known.id);
      const chosen = compared.find((each) => each.output === output) || compared[0];
      const chunk = this.chunk(state);
      if (!chunk || !chosen) return null;
      const entry = chunk.entry(chosen.output);
      const about = `rank correlation between maps of the ${this.app.content.outputLabel(chosen.output)} ${between}, the mean of all pairs`;
      return { ...known, ...this.numbers(known.id, entry, chosen.pairs), about, colour: "--extra-3", written: rlvis.format.fixed, parts: (frame) => this.parts(entry, chosen.pairs, state, frame) };
    }

    numbers(id, entry, pairs) {
      if (!this.kept.has(id)) this.kept.set(id, new WeakMap());
      const kept = this.kept.get(id);
      if (!kept.has(entry)) kept.set(entry, this.means(entry, pairs));
      return kept.get(entry);
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
