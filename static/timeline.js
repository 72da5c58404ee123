{
  const KEYS = [
    "trajectory", "frame", "layer", "rows", "playing", "fps", "atEnd", "visible", "series", "bookmarks", "data", "strips", "theme", "size",
  ];

  /** Status, policy, transport and the scrubber with its labels. */
  class Timeline extends rlvis.Panel {
    constructor(app) {
      super(app, "timeline", KEYS);
      this.rows = new rlvis.TimelineRows(app);
      this.status = new rlvis.Status(app);
      this.policy = new rlvis.PolicyBar(app);
      this.transport = new rlvis.Transport(app);
      this.scrubber = new rlvis.Scrubber(app);
      this.overview = new rlvis.Overview(app);
      this.labels = rlvis.element("div", { className: "row-labels" });
      this.chooserList = rlvis.element("div", { className: "fields" });
      this.transport.element.append(rlvis.menu("Rows", this.chooserList, "menu-rows"));
      this.root.querySelector("h2").after(this.transport.element);
      this.body.append(this.status.element, this.policy.element,
        rlvis.element("div", { className: "scrubber" }, this.labels, this.scrubber.canvas), this.overview.canvas);
      this.shownLabels = "";
    }

    update(state) {
      this.transport.update(state);
      const series = this.app.series(state.trajectory);
      this.status.update(state, series);
      this.policy.update(state, series);
      const rows = series ? this.rows.shown(state, series) : [];
      this.updateLabels(state, rows, series);
      this.scrubber.draw(state, rows, this.app.strips.get(state.trajectory));
      this.overview.draw(state);
      this.announce(state);
    }

    announce(state) {
      const { canvas } = this.scrubber;
      const last = this.app.content.length(state.trajectory) - 1;
      canvas.setAttribute("aria-valuemax", last);
      canvas.setAttribute("aria-valuenow", state.frame);
      if (!state.playing) canvas.setAttribute("aria-valuetext", `frame ${state.frame} of ${last}, trajectory ${state.trajectory + 1}`);
    }

    updateLabels(state, rows, series) {
      const key = `${rows.map(({ id, range }) => `${id} ${range}`).join("|")}/${Boolean(series)}`;
      if (key !== this.shownLabels) {
        this.shownLabels = key;
        this.buildLabels(rows);
        if (series) this.buildChooser(state, rows, series);
      }
      rows.forEach((row, i) => rlvis.setText(this.valueNodes[i], this.valueText(row, state.frame)));
    }

    valueText({ values, heat, written = rlvis.format.number }, frame) {
      if (!heat) return written(values[frame]);
      const { name, value } = heat.strongest(frame);
      return `${name.replace(/^unit /, "").replace("this frame", "0").replace(/ frames? back$/, "")}: ${rlvis.format.signed(value)}`;
    }

    buildLabels(rows) {
      this.valueNodes = rows.map(() => rlvis.element("b", {}));
      this.labels.replaceChildren(
        rlvis.element("div", { className: "row-label row-label-strip" }, rlvis.element("span", {}, "frames")),
        ...rows.map((row, i) => {
          const { label, colour, own, range, about, heat } = row;
          const [low, high] = range.map(rlvis.format.number);
          const scale = heat ? `full colour is ${high} in this trajectory` : `from ${low} to ${high} in this trajectory`;
          const node = rlvis.element("div", { className: heat ? "row-label row-label-heat" : "row-label", title: `${label}: ${about ? `${about}; ` : ""}${scale}` },
            rlvis.element("span", {}, label), this.valueNodes[i]);
          node.style.height = `${this.scrubber.rowHeight(row)}rem`;
          node.style.borderColor = own || `var(${colour})`;
          return node;
        }));
    }

    buildChooser(state, rows, series) {
      const fixed = new Set(state.rows.map(({ output }) => output));
      this.chooserList.replaceChildren(...this.rows.available(series).map(({ id, label }) => {
        const check = rlvis.checkbox(label, (on) => this.rows.toggle(id, on, series));
        check.select(rows.some((row) => row.id === id));
        check.input.disabled = fixed.has(id);
        if (fixed.has(id)) check.element.title = "Shown because a row of attribution explains it";
        return check.element;
      }));
    }
  }

  rlvis.Timeline = Timeline;
}
