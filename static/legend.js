{
  const KEYS = ["layer", "pinned", "hover", "residual", "names", "data", "frame", "trajectory", "rows", "theme"];
  const THUMBNAIL = 144;
  const THUMBNAIL_EXPAND = 4;

  /** The features of the selected layer: colour, number, name, dataset examples and this frame's sum. */
  class Legend extends rlvis.Panel {
    constructor(app) {
      super(app, "legend", KEYS);
      this.hint = rlvis.element("p", { className: "hint" });
      this.list = rlvis.element("ol", { className: "legend-list" });
      this.all = rlvis.button("Show all features", () => app.store.set({ pinned: [] }), { className: "legend-all" });
      this.body.append(this.hint, this.list, this.all);
      this.layer = undefined;
      this.items = [];
    }

    update(state) {
      const layer = this.app.content.layer(state.layer);
      this.root.hidden = !layer;
      if (!layer) return;
      if (this.layer !== layer.id) this.build(layer);
      this.all.hidden = state.pinned.length === 0;
      const sums = this.sums(state, layer);
      for (const item of this.items) this.updateItem(item, state, sums);
      this.drawThumbnails(layer);
    }

    build(layer) {
      this.layer = layer.id;
      const features = [...Array(layer.features).keys()];
      const hasResidual = this.app.content.maps.some((map) => map.layer === layer.id && map.residual);
      this.items = [...features, ...(hasResidual ? ["residual"] : [])].map((feature) => this.buildItem(layer, feature));
      this.list.replaceChildren(...this.items.map(({ element }) => element));
      const examples = this.app.examples.has(layer) ? "the picture for examples" : "no examples for this layer";
      rlvis.setText(this.hint, layer.input ? "Gradients in the input's own colours. Hover to isolate." : `Hover to isolate, click the disc to pin, ${examples}.`);
      this.drawn = false;
    }

    buildItem(layer, feature) {
      const residual = feature === "residual";
      const disc = rlvis.element("button", {
        type: "button", className: `disc${residual ? " disc-residual" : ""}`, onclick: () => this.app.togglePinned(feature),
      }, residual ? "±" : String(feature + 1));
      if (!residual) {
        disc.style.backgroundColor = layer.colors[feature];
        disc.style.color = rlvis.readableOn(layer.colors[feature]);
      }
      const name = rlvis.element("span", { className: "legend-name" });
      const sum = rlvis.element("span", { className: "legend-sum", title: "Sum over positions in this frame, first row" });
      const item = { feature, disc, name, sum, mosaic: null };
      item.element = rlvis.element("li", { className: "legend-item" }, disc, this.buildPicture(layer, item),
        rlvis.element("span", { className: "legend-text" }, name, sum));
      item.element.addEventListener("pointerenter", (event) => {
        if (event.pointerType !== "touch") this.app.store.set({ hover: feature });
      });
      item.element.addEventListener("pointerleave", () => this.app.store.set({ hover: null }));
      return item;
    }

    buildPicture(layer, item) {
      if (!this.app.examples.has(layer)) return null;
      item.boxed = item.feature === "residual";
      if (item.boxed) return rlvis.element("span", { className: "thumbnail-none" }, "residual (the rest)");
      item.mosaic = new rlvis.Mosaic("thumbnail");
      item.opener = rlvis.element("button", {
        type: "button", className: "thumbnail-button", "aria-haspopup": "dialog",
        onclick: () => this.app.store.set({ popup: { feature: item.feature, expand: 4, patches: "1", example: null } }),
      }, item.mosaic.element);
      const { height, width } = this.app.content.observation;
      item.mosaic.element.style.aspectRatio = `${width} / ${height}`;
      return item.opener;
    }

    updateItem(item, state, sums) {
      const pinned = state.pinned.includes(item.feature);
      const residual = item.feature === "residual";
      const given = residual ? "" : this.app.content.featureName(state.layer, item.feature, state.names);
      const name = residual ? "residual" : given || `feature ${item.feature + 1}`;
      rlvis.setText(item.name, residual && !item.boxed ? name : given);
      rlvis.setText(item.sum, sums ? rlvis.format.short(sums[residual ? sums.length - 1 : item.feature]) : "");
      if (item.label !== `${name}/${pinned}`) {
        item.label = `${name}/${pinned}`;
        item.disc.setAttribute("aria-pressed", pinned);
        item.disc.setAttribute("aria-label", `Isolate ${name}`);
        item.disc.title = pinned ? `${name} is isolated; click to release it` : `Isolate ${name}`;
        if (item.opener) item.opener.setAttribute("aria-label", `Dataset examples of ${name}`);
      }
      const isolated = state.hover !== null ? [state.hover] : state.pinned;
      const shown = isolated.length ? isolated.includes(item.feature) : !residual || state.residual;
      item.element.classList.toggle("away", !shown);
      item.element.classList.toggle("pinned", pinned);
    }

    /** This frame's sums of the first row that shows the selected layer. */
    sums(state, layer) {
      for (const row of state.rows) {
        const { map, output } = this.app.content.resolveRow(row, state.layer);
        if (!map || map.layer !== layer.id) continue;
        try {
          const attribution = this.app.attribution(map, output, state.trajectory);
          return attribution && attribution.frameSums(state.frame);
        } catch {
          return null; // The row itself says what is wrong with its data.
        }
      }
      return null;
    }

    drawThumbnails(layer) {
      if (this.drawn || !this.app.examples.has(layer)) return;
      const { height, width } = this.app.content.observation;
      const size = [THUMBNAIL, Math.round((THUMBNAIL * height) / width)];
      let complete = true;
      for (const { feature, mosaic } of this.items) {
        if (!mosaic) continue;
        const grid = this.app.examples.thumbnail(layer, feature);
        complete = Boolean(grid) && mosaic.draw(this.app.examples.sheets, layer, grid, THUMBNAIL_EXPAND, ...size) && complete;
      }
      this.drawn = complete;
    }
  }

  /** Black or white, whichever can be read on a colour. */
  rlvis.readableOn = (hex) => {
    const [red, green, blue] = [1, 3, 5].map((start) => {
      const part = parseInt(hex.slice(start, start + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
  };

  rlvis.Legend = Legend;
}
