{
  const EMPTY = 500; // bytes of a video without pictures, and some
  const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

  /** The dialog that goes through a range of frames once and records it as a video or a GIF. */
  class Clip {
    constructor(app) {
      this.app = app;
      const number = (label, properties) => rlvis.element("input", { type: "number", "aria-label": label, ...properties });
      this.from = number("First frame", { min: 0, step: 1 });
      this.to = number("Last frame", { min: 0, step: 1 });
      this.fps = number("Frames per second", { min: 1, max: 60, step: "any" });
      this.format = rlvis.select("Format", [], () => {});
      this.progress = rlvis.element("progress", { max: 1, value: 0, hidden: true, "aria-label": "Recording" });
      this.preview = rlvis.element("div", { className: "clip-preview" });
      this.text = rlvis.element("p", { className: "hint", role: "status" });
      this.start = rlvis.button("Record", () => this.record());
      this.dialog = rlvis.dialog("Save a clip", [
        rlvis.element("p", {}, "Records the attribution rows as they are drawn now: a video in real time, a GIF as fast as it can be drawn. GIFs have 256 colours a frame, are larger, and open anywhere."),
        rlvis.element("div", { className: "fields" }, rlvis.field("from frame", this.from), rlvis.field("to frame", this.to), rlvis.field("frames per second", this.fps), rlvis.field("format", this.format.element)),
        this.preview, this.progress, this.text, this.start,
      ]);
      this.dialog.addEventListener("close", () => { this.stopped = true; });
    }

    type() {
      if (!window.MediaRecorder || !HTMLCanvasElement.prototype.captureStream) return null;
      return TYPES.find((type) => MediaRecorder.isTypeSupported(type)) || null;
    }

    open() {
      const { state, content } = this.app;
      this.app.playback.pause();
      const episode = content.episodeAt(state.trajectory, state.frame);
      this.from.value = state.frame;
      this.to.value = episode ? episode.end - 1 : content.length(state.trajectory) - 1;
      this.from.max = this.to.max = content.length(state.trajectory) - 1;
      this.fps.value = Math.min(60, state.fps);
      const type = this.type();
      this.format.fill([...(type ? [{ id: "video", label: `video (${type.includes("mp4") ? "MP4" : "WebM"})` }] : []), { id: "gif", label: "GIF" }]);
      rlvis.setText(this.text, type ? "" : "This browser cannot record a canvas as video.");
      this.dialog.showModal();
    }

    async record() {
      const last = this.app.content.length(this.app.state.trajectory) - 1;
      const limit = (input, low, high) => Math.max(low, Math.min(high, Number(input.value) || low));
      const from = Math.round(limit(this.from, 0, last));
      const to = Math.round(limit(this.to, from, last));
      const before = this.app.state.frame;
      this.start.disabled = true;
      this.stopped = false;
      this.progress.hidden = false;
      try {
        const isGif = this.format.element.value === "gif";
        const blob = await (isGif ? this.draw : this.play).call(this, from, to, limit(this.fps, 1, 60));
        if (!this.stopped) rlvis.download(blob, this.app.exporter.fileName(`-frames${from}-${to}.${/gif|mp4|webm/.exec(blob.type)[0]}`));
        rlvis.setText(this.text, this.stopped ? "Stopped." : `Saved, ${rlvis.format.bytes(blob.size)}.`);
      } catch (error) {
        rlvis.setText(this.text, `The clip could not be recorded: ${error.message}.`);
      }
      this.progress.hidden = true;
      this.preview.replaceChildren();
      this.start.disabled = false;
      this.app.goTo({ frame: before });
    }

    /** The last frames are still on their way when they have been drawn, on a slow machine for long. */
    async drain(recorder, parts, view) {
      for (let tries = 0; tries < 60; tries++) {
        await pause(100);
        recorder.requestData();
        if (parts.reduce((sum, { size }) => sum + size, 0) > EMPTY) return;
        view.draw();
      }
    }

    /** The frames as a GIF. */
    async draw(from, to, fps) {
      const view = new rlvis.ViewCanvas(this.app);
      const { width, height } = view.canvas;
      const gif = new rlvis.Gif(width, height, fps);
      this.preview.replaceChildren(view.canvas);
      for (let frame = from; frame <= to && !this.stopped; frame++) {
        await this.app.showFrame(frame);
        gif.add(view.draw().getContext("2d").getImageData(0, 0, width, height).data);
        this.progress.value = (frame - from + 1) / (to - from + 1);
        await pause(0);
      }
      return gif.blob();
    }

    async play(from, to, fps) {
      const view = new rlvis.ViewCanvas(this.app);
      this.preview.replaceChildren(view.canvas); // recorders drop frames of a canvas that is not on the page
      const stream = view.canvas.captureStream(60);
      const recorder = new MediaRecorder(stream, { mimeType: this.type(), videoBitsPerSecond: 8e6 });
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const finished = new Promise((resolve, reject) => {
        recorder.onstop = resolve;
        recorder.onerror = (event) => reject(event.error || new Error("the recorder failed"));
      });
      recorder.start();
      const started = performance.now();
      for (let frame = from; frame <= to && !this.stopped; frame++) {
        await this.app.showFrame(frame);
        view.draw();
        this.progress.value = (frame - from + 1) / (to - from + 1);
        const due = started + ((frame - from + 1) * 1000) / fps;
        await pause(Math.max(0, due - performance.now()));
      }
      await this.drain(recorder, parts, view);
      recorder.stop();
      await finished;
      for (const track of stream.getTracks()) track.stop();
      const blob = new Blob(parts, { type: recorder.mimeType });
      if (blob.size <= EMPTY) throw new Error("the browser's recorder gave no pictures");
      return blob;
    }
  }

  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

  rlvis.Clip = Clip;
}
