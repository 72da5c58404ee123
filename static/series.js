{
  const softmax = (logits) => {
    const largest = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };

  const entropy = (probabilities) =>
    probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);

  /** The numbers of one trajectory, frame by frame, read from its chunk. */
  class Series {
    constructor(content, trajectory, chunk) {
      Object.assign(this, { content, chunk, trajectory, length: content.length(trajectory), kept: new Map() });
      this.rewards = chunk.values("rewards");
      this.values = chunk.values("values");
      this.advantages = chunk.values("advantages");
      this.logits = chunk.values("logits");
      this.actions = chunk.values("actions");
      this.firsts = chunk.values("firsts");
      this.actionCount = this.logits.length / this.length;
      this.extra = [...chunk.entries.values()].filter((entry) => entry.key.startsWith("row:"));
    }

    /** What is known of the memory fed with every frame: [{id, label, shown}]. */
    memory() {
      return this.content.memory.flatMap(({ id, label, units, size, share, shown }) => [
        { id: `memory:${id}:change`, label: `change, ${label}`, about: "how far the memory fed moved since the frame before; 0 where an episode starts", shown },
        { id: `memory:${id}:units`, label: `units, ${label}`, about: `${units.length} of ${size} units, which explain ${rlvis.format.percent(share)} of what all of them do`, shown },
        { id: `memory:${id}:norm`, label: `size, ${label}`, about: "the length of the memory fed with each frame, as a vector", shown: false },
      ]);
    }

    /** The numbers of a row that has several a frame; null for other rows. */
    heat(id) {
      const part = this.content.memory.find((each) => id === `memory:${each.id}:units`);
      if (!part) return null;
      if (!this.kept.has(id)) {
        this.kept.set(id, new rlvis.HeatRow(part.units.map((unit) => `unit ${unit}`), this.chunk.values(id), this.length));
      }
      return this.kept.get(id);
    }

    /** Where the person looked in a frame: [[x, y]] as fractions of the observation; null where that was not recorded. */
    fixations(frame) {
      if (!this.chunk.has("gaze/starts")) return null;
      const [starts, rows, columns] = ["starts", "rows", "columns"].map((name) => this.chunk.values(`gaze/${name}`));
      return Array.from({ length: starts[frame + 1] - starts[frame] }, (_, i) => [columns[starts[frame] + i], rows[starts[frame] + i]]);
    }

    frameLogits(frame) {
      return Array.from(this.logits.subarray(frame * this.actionCount, (frame + 1) * this.actionCount));
    }

    probabilities(frame) {
      return softmax(this.frameLogits(frame));
    }

    /** What the second agent thinks of a frame: {value, logits, probabilities}; null where there is none. */
    beside(frame) {
      if (!this.chunk.has("beside/logits")) return null;
      const logits = Array.from(this.chunk.values("beside/logits").subarray(frame * this.actionCount, (frame + 1) * this.actionCount));
      return { value: this.chunk.values("beside/values")[frame], logits, probabilities: softmax(logits) };
    }

    entropy(frame) {
      return entropy(this.probabilities(frame));
    }

    /** Reward of the step that led to this frame; none leads to the first one. */
    lastReward(frame) {
      return frame > 0 ? this.rewards[frame - 1] : NaN;
    }

    /** Sum of rewards from the episode's first recorded frame up to, not including, this frame's step. */
    returnSoFar(frame) {
      const episode = this.content.episodeAt(this.trajectory, frame);
      let sum = 0;
      for (let i = episode ? episode.start : 0; i < frame; i++) sum += this.rewards[i];
      return sum;
    }

    /** A timeline row's numbers by its id; computed once. */
    row(id) {
      if (!this.kept.has(id)) this.kept.set(id, this.compute(id));
      return this.kept.get(id);
    }

    compute(id) {
      if (id === "advantage") return this.advantages;
      if (id === "value") return this.values;
      if (id === "reward") return this.rewards;
      const each = (value) => Float32Array.from({ length: this.length }, (_, frame) => value(frame));
      if (id === "entropy") return each((frame) => this.entropy(frame));
      if (id === "return") return each((frame) => this.returnSoFar(frame));
      if (id.startsWith("row:") || id.startsWith("memory:")) return this.chunk.values(id);
      const output = this.content.outputById.get(id);
      if (!output) return null;
      return each((frame) => output.actions.reduce((sum, action) => sum + this.logits[frame * this.actionCount + action], 0));
    }
  }

  Object.assign(rlvis, { Series, softmax, entropy });
}
