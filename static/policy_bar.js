{
  /** One segment per action, as wide as its probability; the sampled action is marked. */
  class PolicyBar {
    constructor(app) {
      this.app = app;
      this.isPolicy = app.content.network.kind !== "q";
      this.segments = app.content.actions.map((action, i) => {
        const label = rlvis.element("span", {}, rlvis.actionLabel(action));
        const segment = rlvis.element("span", { className: "policy-segment", dataset: { shade: i % 2 } }, label);
        segment.letters = rlvis.actionLabel(action).length;
        return segment;
      });
      this.bar = rlvis.element("div", { className: "policy-bar", role: "img" }, this.segments);
      this.title = rlvis.element("span", { className: "policy-title" }, this.isPolicy ? "policy" : "softmax of Q");
      this.element = rlvis.element("div", { className: "policy" }, this.title, this.bar);
      this.bar.addEventListener("pointermove", (event) => this.showNumbers(event));
      this.bar.addEventListener("pointerdown", (event) => this.showNumbers(event));
      this.bar.addEventListener("pointerleave", () => app.readout.hide());
    }

    update(state, series) {
      this.probabilities = series ? series.probabilities(state.frame) : null;
      this.logits = series ? series.frameLogits(state.frame) : null;
      this.chosen = series ? series.actions[state.frame] : -1;
      const width = this.app.widthOf(this.bar);
      this.segments.forEach((segment, i) => {
        const probability = this.probabilities ? this.probabilities[i] : 1 / this.segments.length;
        segment.style.flexGrow = probability.toFixed(5);
        const fits = probability * width > segment.letters * 7.5 + 5;
        if (segment.fits !== fits) {
          segment.fits = fits;
          segment.classList.toggle("narrow", !fits);
        }
        if (segment.chosen !== (i === this.chosen)) {
          segment.chosen = i === this.chosen;
          segment.classList.toggle("chosen", segment.chosen);
        }
      });
      if (!state.playing) this.bar.setAttribute("aria-label", this.summary());
    }

    ranked() {
      return this.app.content.actions
        .map((action, i) => ({ action, i, probability: this.probabilities[i], logit: this.logits[i] }))
        .sort((first, second) => second.probability - first.probability);
    }

    summary() {
      if (!this.probabilities) return "Policy not loaded yet";
      const most = this.ranked().slice(0, 4).map(({ action, probability }) => `${action.name} ${rlvis.format.percent(probability)}`);
      return `${this.isPolicy ? "Policy" : "Softmax of Q values"}: ${most.join(", ")}`;
    }

    showNumbers(event) {
      if (!this.probabilities) return;
      const { format, element } = rlvis;
      const rows = this.ranked().slice(0, 18).map(({ action, i, probability, logit }) =>
        element("tr", { className: i === this.chosen ? "chosen" : "" }, element("td", {}, action.glyph || ""), element("td", {}, action.name),
          element("td", { className: "value" }, format.percent(probability)), element("td", { className: "value" }, format.signed(logit))));
      this.app.readout.show([
        element("p", {}, this.isPolicy ? "probability, logit" : "softmax, Q value"),
        element("table", { className: "numbers" }, element("tbody", {}, rows)),
      ], event.clientX, event.clientY);
    }
  }

  rlvis.PolicyBar = PolicyBar;
}
