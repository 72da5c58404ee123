{
  const KIND_NAMES = { value: "Value function", logit: "Logits", group: "Sums of logits", gaze: "Person" };

  /** The line over a row: what is attributed, by which method, at which layer, and how it is scaled. */
  class RowBar {
    constructor(app, onchange, onremove) {
      this.app = app;
      const { content } = app;
      this.output = rlvis.select("Output that is attributed", [], (output) => onchange({ output }));
      this.method = rlvis.select("Attribution method", content.methods, (method) => onchange({ method }));
      this.layer = rlvis.select("Layer of this row", [], (layer) => onchange({ layer: layer || null }));
      this.remove = rlvis.button("Remove this row", onremove, { icon: "close" });
      this.facts = rlvis.element("p", { className: "row-facts" });
      [this.scale, this.saturated, this.completeness, this.memory] = ["row-scale", "row-saturated", "row-completeness", "row-memory"].map((name) =>
        this.facts.appendChild(rlvis.element("span", { className: name })));
      this.element = rlvis.element("header", { className: "row-bar" },
        this.output.element, this.method.element, this.layer.element, this.remove);
      this.filled = "";
    }

    update(state, row, map) {
      const { content } = this.app;
      const key = `${row.method}/${row.layer}/${state.layer}/${map && map.id}`;
      if (key !== this.filled) {
        this.filled = key;
        const available = map ? map.outputs : [];
        this.output.fill(content.outputs.filter(({ id }) => available.includes(id)).map(
          ({ id, label, kind }) => ({ id, label, group: KIND_NAMES[kind] || kind })));
        const layers = content.maps.filter((each) => each.method === row.method && each.layer).map((each) => each.layer);
        this.layer.fill([{ id: "", label: `selected layer (${state.layer})` },
          ...layers.map((id) => ({ id, label: `layer ${content.layer(id) ? content.layer(id).label : id}` }))]);
        this.layer.element.hidden = layers.length === 0;
        this.method.element.hidden = content.methods.length < 2;
        this.method.element.title = this.describe(map);
      }
      this.output.select(row.output);
      this.method.select(map ? map.method : row.method);
      this.layer.select(row.layer || "");
      this.remove.hidden = state.rows.length < 2;
    }

    describe(map) {
      if (!map) return "Attribution method";
      const details = Object.entries(map.details || {}).map(([name, value]) => `${name}: ${value}`);
      return [map.label, ...details].join(", ");
    }

    /** Says in words what the colours mean in this frame. */
    state(state, attribution, saturated) {
      const { format } = rlvis;
      if (!attribution) {
        for (const node of [this.scale, this.saturated, this.completeness, this.memory]) rlvis.setText(node, "");
        return;
      }
      const scale = attribution.scale(state.scale, state.frame) / state.gain;
      const origin = {
        frame: "largest in this frame", trajectory: "scale of this trajectory", all: "scale of all trajectories",
      }[state.scale];
      const gain = state.gain === 1 ? "" : ` ÷ ${format.number(state.gain)}`;
      rlvis.setText(this.scale, `full colour = ${format.number(scale)} (${origin}${gain})`);
      rlvis.setText(this.saturated, saturated > 0 ? `${format.percent(saturated)} of cells beyond it` : "");
      const error = attribution.completeness ? attribution.completeness[state.frame] : null;
      rlvis.setText(this.completeness, error === null ? "" : `completeness error ${format.percent(error)}`);
      rlvis.setText(this.memory, this.past(attribution, state.frame));
    }

    /** The same in one line. */
    factsText() {
      return [...this.facts.children].map(({ textContent }) => textContent).filter(Boolean).join(", ");
    }

    /** What came from before this frame, in words. */
    past(attribution, frame) {
      const { signed, percent } = rlvis.format;
      if (attribution.memory) {
        return `memory ${signed(attribution.memory[frame])}, this frame ${signed(attribution.frameTotal(frame))}: memory's share ${percent(attribution.memoryShare(frame))}`;
      }
      if (!attribution.lags) return "";
      const count = attribution.map.lags;
      const each = Array.from(attribution.lags.subarray(frame * count, (frame + 1) * count));
      const earlier = each.slice(1).reduce((sum, value) => sum + value, 0);
      return `this frame ${signed(each[0])}, the ${rlvis.format.plural(count - 1, "frame")} before ${signed(earlier)}; the picture is their sum`;
    }
  }

  rlvis.RowBar = RowBar;
}
