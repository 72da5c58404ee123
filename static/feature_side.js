{
  const EXPAND = 4;
  const PATCH = 64;

  /** Beside the mosaic: the feature's name, its optimized picture and its strongest examples, ranked. */
  class FeatureSide {
    constructor(app, onexample) {
      Object.assign(this, { app, onexample, drawnKey: "" });
      this.name = rlvis.element("input", {
        type: "text", maxLength: 80, placeholder: "name this feature", "aria-label": "Name of this feature",
        oninput: () => app.nameFeature(app.state.popup.feature, this.name.value),
      });
      this.optimized = rlvis.element("canvas", { className: "optimized", role: "img", "aria-label": "Input optimized to excite this feature" });
      this.optimizedBox = rlvis.element("section", {}, rlvis.element("h3", {}, "By optimization"), this.optimized,
        rlvis.element("p", { className: "hint" }, "An input made to excite the feature at the centre. Usually only the first layer's can be read."));
      this.list = rlvis.element("ol", { className: "strongest" });
      this.listBox = rlvis.element("section", {}, rlvis.element("h3", {}, "Strongest examples"), this.list);
      this.nothing = rlvis.element("p", { className: "hint" }, "No dataset examples were recorded for this layer.");
      this.element = rlvis.element("div", { className: "feature-side" },
        rlvis.element("label", { className: "name-field" }, "name", this.name),
        rlvis.button("Export all names", () => app.exporter.names(), { title: "A JSON file that the next run can read" }),
        this.nothing, this.optimizedBox, this.listBox);
    }

    update(state, layer, feature, dataArrived) {
      if (document.activeElement !== this.name) this.name.value = this.app.content.featureName(layer.id, feature, state.names);
      this.nothing.hidden = this.app.examples.has(layer);
      const key = `${layer.id}/${feature}`;
      if (key === this.drawnKey && !dataArrived) return;
      const strongest = this.drawStrongest(layer, feature, key);
      const optimized = this.drawOptimized(layer, feature);
      this.drawnKey = strongest && optimized ? key : "";
    }

    drawStrongest(layer, feature, key) {
      const table = this.app.examples.has(layer) ? this.app.examples.strongest(layer, feature) : null;
      this.listBox.hidden = !table;
      if (!table) return true;
      if (this.listKey === key && this.listComplete) return true;
      this.listKey = key;
      this.listComplete = true;
      this.list.replaceChildren(...[...table.observation].map((observation, i) => this.buildExample(layer, table, observation, i)));
      return this.listComplete;
    }

    buildExample(layer, table, observation, i) {
      const { sheets } = this.app.examples;
      const centre = table.centre(i);
      const canvas = rlvis.element("canvas", { width: PATCH, height: Math.round((PATCH * sheets.height * layer.width) / (sheets.width * layer.height)) });
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      const drawn = rlvis.drawPatch(context, sheets, observation, centre, EXPAND, layer, [0, 0, canvas.width, canvas.height]);
      this.listComplete = this.listComplete && drawn;
      const strength = rlvis.format.percent(table.strength[i]);
      const button = rlvis.element("button", {
        type: "button", onclick: () => this.onexample(observation, centre, EXPAND, table.strength[i]),
        "aria-label": `Rank ${i + 1}: example ${observation}, strength ${strength}`,
        title: `Example ${observation}; strength ${strength} of the largest`,
      }, canvas, rlvis.element("small", {}, strength));
      return rlvis.element("li", {}, button);
    }

    drawOptimized(layer, feature) {
      const { chunks, bitmaps } = this.app;
      this.optimizedBox.hidden = true;
      if (!layer.optimized) return true;
      const chunk = chunks.get(layer.optimized);
      if (!chunk) return false;
      if (!chunk.has(`feature-${feature}`)) return true;
      const key = `${layer.optimized}/feature-${feature}`;
      const bitmap = bitmaps.get(key);
      if (!bitmap) {
        bitmaps.decode(key, chunk.entry(`feature-${feature}`).blob, layer.optimized).catch(() => {});
        return false;
      }
      Object.assign(this.optimized, { width: bitmap.width, height: bitmap.height });
      this.optimized.getContext("2d").drawImage(bitmap, 0, 0);
      this.optimizedBox.hidden = false;
      return true;
    }
  }

  rlvis.FeatureSide = FeatureSide;
}
