{
  /** The episodes of the current trajectory with their returns. */
  class Episodes extends rlvis.Panel {
    constructor(app) {
      super(app, "episodes", ["trajectory", "frame"]);
      this.table = rlvis.element("tbody", {});
      this.body.append(rlvis.element("table", { className: "episode-table" },
        rlvis.element("thead", {}, rlvis.element("tr", {}, ["#", "frames", "return"].map((name) => rlvis.element("th", { scope: "col" }, name)))),
        this.table));
      this.trajectory = -1;
    }

    update(state) {
      if (this.trajectory !== state.trajectory) this.build(state.trajectory);
      const current = this.app.content.episodeAt(state.trajectory, state.frame);
      this.rows.forEach((row, i) => {
        const here = Boolean(current) && current.number === i;
        if (row.here !== here) {
          row.here = here;
          row.toggleAttribute("aria-current", here);
        }
      });
    }

    build(trajectory) {
      this.trajectory = trajectory;
      const { episodes = [] } = this.app.content.trajectories[trajectory];
      this.rows = episodes.map(({ start, end, return: total, begun, ended }, i) => {
        const cut = begun === false || ended === false;
        const go = rlvis.button(`${start}–${end - 1}`, () => this.app.visit(trajectory, start), { className: "link-button", title: "Go to the first frame" });
        return rlvis.element("tr", {}, rlvis.element("td", {}, String(i + 1)), rlvis.element("td", {}, go),
          rlvis.element("td", { className: "value", title: cut ? "Cut by the ends of the trajectory" : "" }, rlvis.format.plain(total) + (cut ? " …" : "")));
      });
      this.table.replaceChildren(...this.rows);
    }
  }

  rlvis.Episodes = Episodes;
}
