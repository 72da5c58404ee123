{
  /** Advances the frame in time; at an end it stops, or starts over where looping was chosen. */
  class Playback {
    constructor(app) {
      this.app = app;
      this.started = 0;
      this.tick = this.tick.bind(this);
    }

    play(direction) {
      const { frame, atEnd, trajectory } = this.app.state;
      const last = this.app.content.length(trajectory) - 1;
      const patch = { playing: direction };
      if (atEnd === "stop" && frame === (direction > 0 ? last : 0)) patch.frame = direction > 0 ? 0 : last;
      this.app.store.set(patch);
      this.started = performance.now();
      this.done = 0;
      if (!this.running) {
        this.running = true;
        requestAnimationFrame(this.tick);
      }
    }

    pause() {
      this.app.store.set({ playing: 0 });
    }

    toggle() {
      if (this.app.state.playing) this.pause();
      else this.play(1);
    }

    tick(now) {
      const { playing, fps } = this.app.state;
      if (!playing) {
        this.running = false;
        return;
      }
      const due = Math.floor(((now - this.started) / 1000) * fps);
      // After a pause of the whole page (a hidden tab) go on from here instead of jumping.
      const steps = Math.min(due - this.done, Math.max(1, Math.ceil(fps / 4)));
      this.done = due;
      if (steps > 0) this.advance(steps * playing);
      requestAnimationFrame(this.tick);
    }

    advance(steps) {
      const { frame, atEnd, trajectory } = this.app.state;
      const [first, last] = this.range(atEnd, trajectory, frame);
      let next = frame + steps;
      const patch = {};
      if (next > last || next < first) {
        if (atEnd === "stop") {
          next = Math.max(first, Math.min(last, next));
          patch.playing = 0;
        } else {
          next = next > last ? first : last;
        }
      } else if (atEnd === "stop" && (next === last || next === first) && next === (steps > 0 ? last : first)) {
        patch.playing = 0;
      }
      this.app.store.set({ ...patch, frame: next });
    }

    range(atEnd, trajectory, frame) {
      const episode = atEnd === "episode" && this.app.content.episodeAt(trajectory, frame);
      return episode ? [episode.start, episode.end - 1] : [0, this.app.content.length(trajectory) - 1];
    }

    /** One step by hand; while playing it only sets the direction. */
    step(direction) {
      if (this.app.state.playing) this.play(direction);
      else this.app.goTo({ frame: this.app.state.frame + direction });
    }

    setSpeed(fps) {
      this.started = performance.now();
      this.done = 0;
      this.app.store.set({ fps: Math.max(0.1, Math.min(100, fps)) });
    }
  }

  rlvis.Playback = Playback;
}
