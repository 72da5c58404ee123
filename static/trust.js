{
  const KEYS = ["trajectory", "frame", "layer", "rows", "data"];
  const UNKNOWN = -128;
  const HEADS = { action: "action's probability", value: "distance to the value" };
  const KINDS = { deletion: "delete", insertion: "insert" };
  // Whether a good map has a small or a large area under the curve.
  const BETTER = { action: { deletion: "↓", insertion: "↑" }, value: { deletion: "↑", insertion: "↓" } };

  /** Whether to believe the rows on the screen: completeness, agreement, deletion and insertion, randomization. */
  class Trust extends rlvis.Panel {
    constructor(app) {
      super(app, "trust", KEYS);
      this.trust = app.content.trust || { agreement: [], chunks: [], judgements: [], baselines: [], frames: 0 };
      this.list = rlvis.element("div", { className: "trust-list" });
      this.body.append(this.list);
      this.items = [];
      this.shown = "";
    }

    update(state) {
      const rows = this.rows(state);
      this.root.hidden = rows.length === 0;
      const key = rows.map(({ map, output }) => `${map.id} ${output}`).join("|");
      if (key !== this.shown) {
        this.shown = key;
        this.items = rows.map((row) => this.build(row));
        this.list.replaceChildren(...this.items.map(({ element }) => element));
      }
      const chunk = this.trust.chunks.length ? this.app.chunks.get(this.trust.chunks[state.trajectory]) : null;
      for (const item of this.items) this.write(item, state, chunk);
    }

    /** The maps on the screen, each once. */
    rows(state) {
      const { content } = this.app;
      const found = new Map();
      for (const row of state.rows) {
        const { map, output } = content.resolveRow(row, state.layer);
        if (map && !content.isGaze(map)) found.set(`${map.id} ${output}`, { map, output });
      }
      return [...found.values()];
    }

    build({ map, output }) {
      const { content } = this.app;
      const item = { map, output, completeness: null, pairs: [] };
      const lines = [];
      const line = (name, title = "") => {
        const value = rlvis.element("td", { className: "value" });
        const mean = rlvis.element("td", { className: "value" });
        lines.push(rlvis.element("tr", { title }, rlvis.element("th", { scope: "row" }, name), value, mean));
        return { value, mean };
      };
      if (map.completeness) item.completeness = line("completeness error", "How far the attribution is from adding up to what it explains, as a share of that; all: the median of this trajectory's frames");
      for (const pair of this.pairs(map, output)) {
        const name = this.shortLabel(pair.other, map);
        item.pairs.push({ ...pair, ...line(`ρ with ${name}`, `Rank correlation with ${content.mapLabel(pair.other)}, of sizes; all: the mean of all trajectories' frames`) });
      }
      const table = lines.length ? rlvis.element("table", { className: "trust-table" },
        rlvis.element("thead", {}, rlvis.element("tr", {}, ["", "here", "all"].map((name) => rlvis.element("th", { scope: "col" }, name)))),
        rlvis.element("tbody", {}, lines)) : null;
      item.element = rlvis.element("section", { className: "trust-item" },
        rlvis.element("h3", {}, content.mapLabel(map.id), " ", rlvis.element("small", {}, content.outputLabel(output))),
        table, ...this.judgement(map.id), table || this.judged(map.id) ? null : rlvis.element("p", { className: "hint" }, "Nothing was computed to judge this map by."));
      return item;
    }

    /** Another map in few words: its layer where the method is the same, else its method without what is in brackets. */
    shortLabel(id, { method }) {
      const map = this.app.content.maps.find((each) => each.id === id);
      const layer = this.app.content.layer(map.layer);
      const name = map.label.replace(/ \(.*\)$/, "");
      if (!layer) return name;
      return map.method === method ? layer.label : `${name}, ${layer.label}`;
    }

    /** Everything that a map was compared with, for one output. */
    pairs(map, output) {
      const { content } = this.app;
      const agreement = this.trust.agreement.find((each) => each.output === output);
      if (!agreement) return [];
      // Of the other agent's maps, only those that correspond.
      const counterparts = new Set(content.counterparts(agreement.pairs.map((names) => ({ names }))).map(({ names }) => names));
      const own = (id) => content.isBeside(content.maps.find((each) => each.id === id));
      return agreement.pairs.flatMap((pair, number) => {
        if (!pair.includes(map.id) || (own(pair[0]) !== own(pair[1]) && !counterparts.has(pair))) return [];
        return [{ number, other: pair[0] === map.id ? pair[1] : pair[0], overall: agreement.means[number] }];
      });
    }

    judged(id) {
      return this.trust.judgements.find(({ source }) => source === id);
    }

    /** Areas beside those of the baselines, and what randomizing the network leaves of the map. */
    judgement(id) {
      const judged = this.judged(id);
      if (!judged) return [];
      const tables = Object.keys(judged.heads).map((head) => this.areas(judged, head));
      return [...tables, judged.randomization.length ? this.randomization(judged) : null,
        rlvis.element("p", { className: "hint" }, `from ${rlvis.format.plural(this.trust.frames, "frame")}`)];
    }

    areas(judged, head) {
      const { number } = rlvis.format;
      const cell = (source, kind) => rlvis.element("td", {
        className: "value", title: `95 % interval ${source.heads[head][`${kind}_interval`].map(number).join(" to ")}`,
      }, number(source.heads[head][kind]));
      const rows = [{ ...judged, label: "this map" }, ...this.trust.baselines.filter((each) => each.heads[head])].map((source) =>
        rlvis.element("tr", {}, rlvis.element("th", { scope: "row" }, source.label), cell(source, "deletion"), cell(source, "insertion")));
      return rlvis.element("table", { className: "trust-table trust-areas" },
        rlvis.element("caption", {}, `Area, ${HEADS[head] || head}`),
        rlvis.element("thead", {}, rlvis.element("tr", {}, rlvis.element("th", { scope: "col" }, ""),
          ...Object.keys(KINDS).map((kind) => rlvis.element("th", { scope: "col" }, `${KINDS[kind]} ${BETTER[head][kind]}`)))),
        rlvis.element("tbody", {}, rows));
    }

    randomization({ randomized, randomization }) {
      const rows = randomization.map(({ layers, correlation }) => rlvis.element("tr", {},
        rlvis.element("th", { scope: "row" }, layers), rlvis.element("td", { className: "value" }, rlvis.format.number(correlation))));
      return rlvis.element("details", { className: "trust-randomization" },
        rlvis.element("summary", {}, `Randomized: ρ ${rlvis.format.number(randomization[0].correlation)} … ${rlvis.format.number(randomization[randomization.length - 1].correlation)}`),
        rlvis.element("table", { className: "trust-table" },
          rlvis.element("caption", {}, `ρ with the true map of the ${randomized} after also randomizing`), rlvis.element("tbody", {}, rows)));
    }

    write(item, state, chunk) {
      if (item.completeness) this.writeCompleteness(item, state);
      if (item.pairs.length === 0) return;
      const entry = chunk ? chunk.entry(item.output) : null;
      for (const { number, overall, value, mean } of item.pairs) {
        const stored = entry ? entry.data[number * entry.shape[1] + state.frame] : UNKNOWN;
        rlvis.setText(value, stored === UNKNOWN ? "–" : rlvis.format.fixed(stored / 100));
        rlvis.setText(mean, rlvis.format.fixed(overall));
      }
    }

    writeCompleteness({ map, output, completeness: { value, mean } }, state) {
      const attribution = this.attribution(map, output, state.trajectory);
      const errors = attribution && attribution.completeness;
      rlvis.setText(value, errors ? rlvis.format.percent(errors[state.frame]) : "–");
      rlvis.setText(mean, errors ? rlvis.format.percent(attribution.medianError) : "–");
    }

    /** A map whose data is lost is named in its own row; here it is only unknown. */
    attribution(map, output, trajectory) {
      try {
        return this.app.attribution(map, output, trajectory);
      } catch (error) {
        if (error instanceof rlvis.ChunkError) return null;
        throw error;
      }
    }
  }

  rlvis.Trust = Trust;
}
