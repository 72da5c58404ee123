{
  // Heights below are for a line 18 high; it is scaled with the text.
  const HEIGHT = 18;

  /** The whole trajectory as one line: its episodes, its bookmarks and the part that the scrubber shows. */
  class Overview {
    constructor(app) {
      this.app = app;
      this.canvas = rlvis.element("canvas", { className: "overview", "aria-hidden": "true", title: "The whole trajectory; click or drag to go there" });
      const jump = (event) => {
        const box = this.canvas.getBoundingClientRect();
        const fraction = (event.clientX - box.left) / box.width;
        app.goTo({ frame: Math.floor(fraction * app.content.length(app.state.trajectory)) });
      };
      this.canvas.addEventListener("pointerdown", (event) => {
        this.canvas.setPointerCapture(event.pointerId);
        jump(event);
      });
      this.canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1) jump(event); });
    }

    draw(state) {
      const { app, canvas } = this;
      const width = app.widthOf(canvas);
      const ratio = window.devicePixelRatio || 1;
      const pixels = [Math.max(1, Math.round(width * ratio)), Math.round(1.3 * app.textSize() * ratio)];
      if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, pixels[1] / HEIGHT, 0, 0);
      context.clearRect(0, 0, width, HEIGHT);
      const length = app.content.length(state.trajectory);
      const x = (frame) => (frame / length) * width;
      (app.content.trajectories[state.trajectory].episodes || []).forEach(({ start, end }, i) => {
        context.fillStyle = app.colour(i % 2 ? "--episode-odd" : "--episode-even");
        context.fillRect(x(start), 6, Math.max(1, x(end) - x(start) - 1), 6);
      });
      this.drawWindow(context, state, x);
      this.drawTicks(context, state, x);
      context.fillStyle = app.colour("--accent");
      context.fillRect(Math.round(x(state.frame + 0.5)) - 1, 2, 2, 14);
    }

    drawWindow(context, state, x) {
      const left = Math.max(0, x(state.frame + 0.5 - state.visible / 2));
      const right = x(Math.min(this.app.content.length(state.trajectory), state.frame + 0.5 + state.visible / 2));
      context.strokeStyle = this.app.colour("--muted");
      context.lineWidth = 1;
      context.strokeRect(left + 0.5, 3.5, Math.max(1, right - left - 1), 11);
    }

    drawTicks(context, state, x) {
      const { low = [], high = [] } = this.app.content.bookmarks;
      for (const [marks, colour] of [[low, "--logit"], [high, "--value"], [state.bookmarks, "--accent"]]) {
        context.fillStyle = this.app.colour(colour);
        for (const { trajectory, frame } of marks) {
          if (trajectory === state.trajectory) context.fillRect(Math.round(x(frame + 0.5)) - 1, 0, 2, 4);
        }
      }
    }
  }

  rlvis.Overview = Overview;
}
