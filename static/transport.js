{
  /** Buttons that step and play, the speed, what happens at the end, and the width of the time axis. */
  class Transport {
    constructor(app) {
      this.app = app;
      const { playback } = app;
      const button = (icon, label, action) => rlvis.button(label, action, { icon });
      this.backward = button("play-backward", "Play backward", () => this.toggle(-1));
      this.forward = button("play-forward", "Play forward (space)", () => this.toggle(1));
      this.speed = rlvis.element("input", {
        type: "number", min: 0.1, max: 100, step: "any", className: "speed", "aria-label": "Frames per second",
        onchange: () => this.changeSpeed(),
      });
      this.atEnd = rlvis.select("What playing does at the end", [
        { id: "stop", label: "stop at end" }, { id: "loop", label: "loop trajectory" }, { id: "episode", label: "loop episode" },
      ], (atEnd) => app.store.set({ atEnd }));
      this.visible = rlvis.element("span", { className: "visible-count" });
      this.bookmark = button("bookmark", "Bookmark this frame (B)", () => app.addBookmark());
      const group = (name, ...children) => rlvis.element("div", { className: "button-group", role: "group", "aria-label": name }, children);
      this.element = rlvis.element("div", { className: "transport heading-tools" },
        group("Step", button("step-back", "Step back (←)", () => playback.step(-1)), button("step-forward", "Step forward (→)", () => playback.step(1))),
        group("Play", button("to-start", "To the start (Home)", () => app.goTo({ frame: 0 })), this.backward, this.forward,
          button("to-end", "To the end (End)", () => app.goTo({ frame: Infinity }))),
        rlvis.element("label", { className: "inline-field" }, this.speed, " fps"), this.atEnd.element, this.bookmark,
        group("Time axis", button("minus", "Show more frames (−)", () => app.zoomTime(1)), this.visible,
          button("plus", "Show fewer frames (+)", () => app.zoomTime(-1))));
    }

    toggle(direction) {
      const { state, playback } = this.app;
      if (state.playing === direction) playback.pause();
      else playback.play(direction);
    }

    changeSpeed() {
      const fps = Number(this.speed.value);
      if (fps > 0) this.app.playback.setSpeed(fps);
      this.speed.value = this.app.state.fps;
    }

    update(state) {
      rlvis.setIcon(this.forward, state.playing > 0 ? "pause" : "play-forward", state.playing > 0 ? "Pause (space)" : "Play forward (space)");
      rlvis.setIcon(this.backward, state.playing < 0 ? "pause" : "play-backward", state.playing < 0 ? "Pause (space)" : "Play backward");
      if (document.activeElement !== this.speed) this.speed.value = state.fps;
      this.atEnd.select(state.atEnd);
      rlvis.setText(this.visible, `${Math.round(state.visible)} frames`);
    }
  }

  rlvis.Transport = Transport;
}
