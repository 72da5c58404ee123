{
  /** Radio buttons for the layers, from the input to the output. */
  class Layers extends rlvis.Panel {
    constructor(app) {
      super(app, "layers", ["layer"]);
      const { layers } = app.content;
      this.root.hidden = layers.length === 0;
      const options = layers.map((layer) => ({
        id: layer.id, label: layer.label,
        title: `${layer.id}: ${layer.height} × ${layer.width} positions, ${layer.channels} channels, ${rlvis.format.plural(layer.features, layer.input ? "colour" : "feature")}`,
      }));
      this.control = rlvis.segmented("Layer", options, (layer) => app.selectLayer(layer));
      this.facts = rlvis.element("span", { className: "layer-facts" });
      this.root.querySelector("h2").after(rlvis.element("div", { className: "heading-tools layer-tools" }, this.control.element, this.facts));
    }

    update(state) {
      const layer = this.app.content.layer(state.layer);
      if (!layer) return;
      this.control.select(layer.id);
      rlvis.setText(this.facts, `${layer.kind}, ${layer.height} × ${layer.width} × ${layer.channels}`);
    }
  }

  rlvis.Layers = Layers;
}
