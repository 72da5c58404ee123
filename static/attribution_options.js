{
  const DIRECTIONS = [
    { id: "split", label: "both", title: "Two pictures: what raises the output, what lowers it" },
    { id: "combined", label: "combined", title: "One picture of the size of attribution, whatever its sign" },
    { id: "positive", label: "+", name: "positive only", title: "Only what raises the output" },
    { id: "negative", label: "−", name: "negative only", title: "Only what lowers the output" },
  ];
  const SCALES = [
    { id: "frame", label: "this frame" }, { id: "trajectory", label: "this trajectory" }, { id: "all", label: "all trajectories" },
  ];

  /** How attribution is drawn: direction, residual, overlay, smoothing; scale and colour in a menu. */
  class AttributionOptions {
    constructor(app) {
      const set = (key) => (value) => app.store.set({ [key]: value });
      this.app = app;
      const { content } = app;
      this.controls = {
        direction: rlvis.segmented("Direction of attribution", DIRECTIONS, set("direction")),
        overlay: rlvis.checkbox("overlay", set("overlay"), "Attribution over the observation; off: over black, at full weight (O)"),
        smooth: rlvis.checkbox("smooth", set("smooth"), "Blur on the layer's grid with a 15 × 15 kernel exp(−r), as in the article (S)"),
        residual: rlvis.checkbox("residual", set("residual"), "Add what the features do not explain, in white (R)"),
        scale: rlvis.select("Colour scale", SCALES, set("scale")),
        gain: rlvis.slider("Multiplier of the colour scale", {
          min: -4, max: 4, step: 0.25, text: (value) => `× ${rlvis.format.number(2 ** value)}`,
        }, (value) => app.store.set({ gain: 2 ** value })),
        opacity: rlvis.slider("Opacity of attribution", {
          min: 0, max: 1, step: 0.05, text: (value) => `${Math.round(100 * value)} %`,
        }, set("opacity")),
        saturation: rlvis.select("Colour beyond full strength", [
          { id: "hue", label: "keep the hue" }, { id: "white", label: "turn white (as in the article)" },
        ], set("saturation")),
        tone: rlvis.select("Observation below attribution", [
          { id: "grey", label: "grey" }, { id: "pale", label: "pale grey" }, { id: "colour", label: "in colour" },
        ], set("tone")),
        enlarge: rlvis.select("Enlargement of attribution", [
          { id: "nearest", label: "cells as they are" }, { id: "linear", label: "interpolated" },
        ], set("enlarge")),
        stack: rlvis.checkbox("whole frame stack", set("stack"), "Show the earlier frames that the network sees too"),
        gaze: rlvis.checkbox("fixations", set("gaze"), "Mark where the person looked while the frame was on the screen (G)"),
        human: rlvis.checkbox("human resolution", set("human"), "Frames as a person would see them; the network saw the small ones"),
      };
      this.controls.stack.element.hidden = !(content.observation.stack > 1);
      this.controls.gaze.element.hidden = !content.hasGaze;
      this.controls.human.element.hidden = !content.human;
      this.element = this.layOut();
    }

    layOut() {
      const { controls } = this;
      const field = (label, name) => rlvis.field(label, controls[name].element);
      const display = rlvis.menu("Display", rlvis.element("div", { className: "fields" },
        field("multiplier", "gain"), field("opacity", "opacity"), field("beyond full colour", "saturation"),
        field("observation", "tone"), field("enlargement", "enlarge"), controls.stack.element, controls.human.element));
      return rlvis.element("div", { className: "options heading-tools" },
        controls.direction.element, controls.residual.element, controls.overlay.element, controls.smooth.element, controls.gaze.element,
        rlvis.element("label", { className: "inline-field" }, "scale ", controls.scale.element), display);
    }

    update(state) {
      for (const [name, control] of Object.entries(this.controls)) {
        control.select(name === "gain" ? Math.log2(state.gain) : state[name]);
      }
    }
  }

  rlvis.AttributionOptions = AttributionOptions;
}
