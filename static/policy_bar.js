{
  const titleOf = (network) => (network.kind === "q" ? "softmax of Q" : "policy");

  /** The policy, and below it, in the same order of actions, the second agent's if there is one; the sampled action is marked. */
  class PolicyBar {
    constructor(app) {
      this.app = app;
      const { network, beside } = app.content;
      this.isPolicy = network.kind !== "q";
      this.strip = new rlvis.PolicyStrip(app, "policy-bar");
      this.bar = this.strip.element;
      this.title = rlvis.element("span", { className: "policy-title" }, titleOf(network));
      this.element = rlvis.element("div", { className: "policy" }, this.title, this.bar);
      this.other = beside ? new rlvis.PolicyStrip(app, "policy-bar policy-beside") : null;
      if (beside) {
        this.otherTitle = `${beside.name}: ${titleOf(beside.network)}`;
        this.element.append(rlvis.element("span", { className: "policy-title" }, this.otherTitle), this.other.element);
      }
      for (const { element } of [this.strip, this.other].filter(Boolean)) {
        element.addEventListener("pointermove", (event) => this.showNumbers(event));
        element.addEventListener("pointerdown", (event) => this.showNumbers(event));
        element.addEventListener("pointerleave", () => app.readout.hide());
      }
    }

    update(state, series) {
      this.probabilities = series ? series.probabilities(state.frame) : null;
      this.logits = series ? series.frameLogits(state.frame) : null;
      this.chosen = series ? series.actions[state.frame] : -1;
      this.beside = series && this.other ? series.beside(state.frame) : null;
      this.strip.draw(this.probabilities, this.chosen);
      if (this.other) this.other.draw(this.beside && this.beside.probabilities, this.chosen);
      if (state.playing) return;
      this.bar.setAttribute("aria-label", this.summary(this.isPolicy ? "Policy" : "Softmax of Q values", this.probabilities));
      if (this.other) this.other.element.setAttribute("aria-label", this.summary(this.otherTitle, this.beside && this.beside.probabilities));
    }

    ranked(probabilities) {
      return this.app.content.actions
        .map((action, i) => ({ action, i, probability: probabilities[i] }))
        .sort((first, second) => second.probability - first.probability);
    }

    summary(title, probabilities) {
      if (!probabilities) return "Policy not loaded yet";
      const most = this.ranked(probabilities).slice(0, 4).map(({ action, probability }) => `${action.name} ${rlvis.format.percent(probability)}`);
      return `${title}: ${most.join(", ")}`;
    }

    showNumbers(event) {
      if (!this.probabilities) return;
      const { format, element } = rlvis;
      const cell = (text) => element("td", { className: "value" }, text);
      const numbers = (thoughts, i) => (thoughts ? [cell(format.percent(thoughts.probabilities[i])), cell(format.signed(thoughts.logits[i]))] : []);
      const own = { probabilities: this.probabilities, logits: this.logits };
      const rows = this.ranked(this.probabilities).slice(0, 18).map(({ action, i }) =>
        element("tr", { className: i === this.chosen ? "chosen" : "" }, element("td", {}, action.glyph || ""), element("td", {}, action.name),
          ...numbers(own, i), ...numbers(this.beside, i)));
      const meaning = this.isPolicy ? "probability, logit" : "softmax, Q value";
      this.app.readout.show([
        element("p", {}, this.other ? `${meaning}; then those of ${this.app.content.beside.name}` : meaning),
        element("table", { className: "numbers" }, element("tbody", {}, rows)),
      ], event.clientX, event.clientY);
    }
  }

  rlvis.PolicyBar = PolicyBar;
}
