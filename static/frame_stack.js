{
  /** The earlier frames that the network saw together with the current one, oldest first. */
  class FrameStack {
    constructor(app) {
      this.app = app;
      this.element = rlvis.element("div", { className: "stack", hidden: true });
      this.canvases = [];
    }

    update(state) {
      const { stack, height, width } = this.app.content.observation;
      this.element.hidden = !(state.stack && stack > 1);
      if (this.element.hidden) return;
      while (this.canvases.length < stack - 1) {
        const canvas = rlvis.element("canvas", { width, height, className: "stack-frame", role: "img" });
        this.canvases.push(canvas);
        this.element.append(canvas);
      }
      const episode = this.app.content.episodeAt(state.trajectory, state.frame);
      const source = this.app.frames.source(state.trajectory, "frames");
      this.canvases.forEach((canvas, i) => {
        const back = stack - 1 - i;
        const frame = state.frame - back;
        const known = frame >= (episode ? episode.start : 0);
        canvas.classList.toggle("unknown", !known);
        const label = known ? `${back} before` : `${back} before: not in this episode's recording`;
        if (canvas.title !== label) {
          canvas.title = label;
          canvas.setAttribute("aria-label", label);
        }
        if (known) source.draw(canvas.getContext("2d"), frame, [0, 0, width, height]);
        else canvas.getContext("2d").clearRect(0, 0, width, height);
      });
    }
  }

  rlvis.FrameStack = FrameStack;
}
