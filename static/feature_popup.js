{
  const KEYS = ["popup", "layer", "names", "data", "size", "theme"];
  const MOST_PIXELS = 1040;

  /** The dialog about one feature: its dataset examples by position, the strongest ones, its optimized picture. */
  class FeaturePopup extends rlvis.Panel {
    constructor(app) {
      super(app, "feature", KEYS);
      this.dialog = this.root;
      this.view = new rlvis.FeatureView(app, (patch) => this.change(patch));
      this.side = new rlvis.FeatureSide(app, (index, centre, expand, strength) => this.view.showExample(index, centre, expand, strength));
      this.title = rlvis.element("h2", { id: "feature-title", tabIndex: -1, autofocus: true });
      this.disc = rlvis.element("span", { className: "disc" });
      this.dialog.setAttribute("aria-labelledby", "feature-title");
      this.body.append(
        rlvis.element("header", { className: "feature-header" }, this.disc, this.title,
          rlvis.helpButton(app, "feature"),
          rlvis.button("Previous feature (←)", () => this.move(-1), { icon: "previous" }),
          rlvis.button("Next feature (→)", () => this.move(1), { icon: "next" }),
          rlvis.button("Close (Escape)", () => this.close(), { icon: "close" })),
        rlvis.element("div", { className: "feature-columns" }, this.view.element, this.side.element));
      this.listen();
    }

    listen() {
      // The event comes a moment late: one that update() itself caused must not close what was opened since.
      this.dialog.addEventListener("close", () => {
        if (this.closing) this.closing = false;
        else this.close();
      });
      this.dialog.addEventListener("cancel", (event) => {
        if (!this.view.hideExample()) return;
        event.preventDefault();
      });
      this.dialog.addEventListener("pointerdown", (event) => {
        const box = this.dialog.getBoundingClientRect();
        const inside = event.clientX >= box.left && event.clientX < box.right && event.clientY >= box.top && event.clientY < box.bottom;
        if (event.target === this.dialog && !inside) this.close();
      });
      this.dialog.addEventListener("keydown", (event) => {
        if (rlvis.isField(event.target) || this.view.surface.contains(event.target)) return;
        if (event.key === "ArrowLeft") this.move(-1);
        if (event.key === "ArrowRight") this.move(1);
      });
    }

    change(patch) {
      const { popup } = this.app.state;
      if (popup) this.app.store.set({ popup: { ...popup, ...patch } });
    }

    move(step) {
      const { popup, layer } = this.app.state;
      const count = this.app.content.layer(layer).features;
      this.change({ feature: (popup.feature + step + count) % count, example: null });
    }

    close() {
      this.app.store.set({ popup: null });
    }

    update(state, changed) {
      const { popup } = state;
      const layer = this.app.content.layer(state.layer);
      if (!popup || !layer) {
        if (this.dialog.open) {
          this.closing = true;
          this.dialog.close();
        }
        return;
      }
      if (!this.dialog.open) {
        this.app.playback.pause();
        this.dialog.showModal();
      }
      this.writeTitle(state, layer, popup.feature);
      this.side.update(state, layer, popup.feature, changed.has("data"));
      this.view.update(layer, popup, changed, MOST_PIXELS);
    }

    writeTitle(state, layer, feature) {
      rlvis.setText(this.title, `Layer ${layer.label}, feature ${feature + 1}`);
      rlvis.setText(this.disc, String(feature + 1));
      this.disc.style.backgroundColor = layer.colors[feature];
      this.disc.style.color = rlvis.readableOn(layer.colors[feature]);
    }
  }

  rlvis.FeaturePopup = FeaturePopup;
}
