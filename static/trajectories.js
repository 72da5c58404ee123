{
  const STRIP = { width: 360, height: 36 };

  /** The trajectories, each a radio button over a strip of its compressed frames. */
  class Trajectories extends rlvis.Panel {
    constructor(app) {
      super(app, "trajectories", ["trajectory", "strips"]);
      this.items = app.content.trajectories.map((trajectory, number) => this.buildItem(trajectory, number));
      this.body.append(rlvis.element("div", { className: "trajectory-list", role: "radiogroup", "aria-label": "Trajectory" },
        this.items.map(({ element }) => element)));
      this.watch();
    }

    buildItem(trajectory, number) {
      const { episodes = [], length, label } = trajectory;
      const total = episodes.reduce((sum, episode) => sum + episode.return, 0);
      const input = rlvis.element("input", {
        type: "radio", name: "trajectory", value: number, onchange: () => this.app.goTo({ trajectory: number }),
        "aria-label": `trajectory ${label}, ${rlvis.format.plural(length, "frame")}`,
      });
      const canvas = rlvis.element("canvas", { ...STRIP, className: "trajectory-strip" });
      const text = rlvis.element("span", { className: "trajectory-text" }, rlvis.element("b", {}, label),
        rlvis.element("span", {}, `${rlvis.format.plural(episodes.length, "episode")}, Σ ${rlvis.format.plain(total)}`));
      const element = rlvis.element("label", { className: "trajectory", title: `Trajectory ${label}: ${length} frames, seed ${trajectory.seed}` }, input, canvas, text);
      return { element, input, canvas, number, drawn: false, visible: false };
    }

    /** Strips are cut only for trajectories that have come into view, and after the first picture. */
    watch() {
      const observer = new IntersectionObserver((entries) => {
        for (const entry of entries) {
          const item = this.items.find(({ element }) => element === entry.target);
          item.visible = item.visible || entry.isIntersecting;
        }
        this.app.invalidate("strips");
      });
      for (const { element } of this.items) observer.observe(element);
    }

    update(state) {
      for (const item of this.items) {
        item.input.checked = item.number === state.trajectory;
        if (item.drawn) continue;
        const strip = this.app.strips.get(item.number, this.mayCut(item, state));
        if (strip) this.drawItem(item, strip);
      }
    }

    /** One strip at a time beyond the current one, so that loading them never gets in the way. */
    mayCut(item, state) {
      if (item.number === state.trajectory) return true;
      return this.app.started && item.visible && ![...this.app.strips.strips.values()].some(({ done, error }) => !done && !error);
    }

    drawItem(item, strip) {
      const context = item.canvas.getContext("2d");
      this.app.strips.draw(context, strip, 0, strip.length, [0, 0, STRIP.width, STRIP.height]);
      item.drawn = true;
    }
  }

  rlvis.Trajectories = Trajectories;
}
