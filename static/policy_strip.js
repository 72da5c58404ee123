{
  /** Probabilities as one segment per action, as wide as its probability; one of them can be marked. */
  class PolicyStrip {
    constructor(app, className) {
      this.app = app;
      this.segments = app.content.actions.map((action, i) => {
        const label = rlvis.element("span", {}, rlvis.actionLabel(action));
        const segment = rlvis.element("span", { className: "policy-segment", dataset: { shade: i % 2 } }, label);
        segment.letters = rlvis.actionLabel(action).length;
        return segment;
      });
      this.element = rlvis.element("div", { className, role: "img" }, this.segments);
    }

    /** Without probabilities, all actions are as wide. */
    draw(probabilities, chosen) {
      const width = this.app.widthOf(this.element);
      this.segments.forEach((segment, i) => {
        const probability = probabilities ? probabilities[i] : 1 / this.segments.length;
        segment.style.flexGrow = probability.toFixed(5);
        const fits = probability * width > segment.letters * 7.5 + 5;
        if (segment.fits !== fits) {
          segment.fits = fits;
          segment.classList.toggle("narrow", !fits);
        }
        if (segment.chosen !== (i === chosen)) {
          segment.chosen = i === chosen;
          segment.classList.toggle("chosen", segment.chosen);
        }
      });
    }
  }

  rlvis.PolicyStrip = PolicyStrip;
}
