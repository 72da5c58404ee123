{
  /** The planes of one map, output and trajectory, ready to be drawn and read. */
  class Attribution {
    constructor(content, map, output, trajectory, chunk) {
      Object.assign(this, { content, map, output, trajectory, chunk });
      const planes = chunk.entry("planes");
      const count = planes.shape[0];
      const scales = Array.isArray(planes.scale) ? planes.scale : Array(count).fill(planes.scale ?? 1);
      this.planes = { data: planes.data, shape: planes.shape, scales };
      this.features = map.features;
      this.residual = map.residual && count > map.features;
      this.sums = chunk.values("sums");
      this.maxima = chunk.has("maxima") ? chunk.values("maxima") : null;
      this.completeness = chunk.has("completeness") ? chunk.values("completeness") : null;
      this.medianError = this.completeness ? median(this.completeness) : null;
      this.memory = chunk.has("memory") ? chunk.values("memory") : null;
      this.lags = chunk.has("lags") ? chunk.values("lags") : null;
      this.planeCount = count;
      this.hexColours = content.mapColours(map, output);
      this.colours = rlvis.unitColours(this.hexColours);
      this.largestSum = this.sums.reduce((largest, sum) => Math.max(largest, Math.abs(sum)), 0) || 1;
    }

    /** What is drawn at full colour: the scale s of the chosen kind, before the gain. */
    scale(kind, frame) {
      const recorded = (this.map.scales || {})[this.output];
      if (kind === "frame" && this.maxima) return this.maxima[frame] || 1;
      if (!recorded) return this.maxima ? median(this.maxima) || 1 : 1;
      return (kind === "all" ? recorded.all : recorded.trajectories[this.trajectory]) || 1;
    }

    /** What the bars of sums reach to: the largest sum in the frame, in this trajectory, or in all. */
    sumScale(kind, frame) {
      if (kind === "frame") return this.frameSums(frame).reduce((largest, sum) => Math.max(largest, Math.abs(sum)), 0) || 1;
      const recorded = (this.map.scales || {})[this.output];
      return kind === "all" && recorded && recorded.sums ? Math.max(...recorded.sums) || 1 : this.largestSum;
    }

    /** Planes to draw for the chosen features (empty: all of them) and the residual. */
    chosen(isolated, residual) {
      const all = this.colours.map((colour, plane) => ({ plane, colour }));
      const rest = this.residual ? [{ plane: this.features, colour: rlvis.RESIDUAL_COLOUR }] : [];
      if (isolated.length === 0) return residual ? all.concat(rest) : all;
      return all.filter(({ plane }) => isolated.includes(plane)).concat(isolated.includes("residual") ? rest : []);
    }

    /** Attribution of every feature at one cell, in the units of the output. */
    at(frame, row, column) {
      const [count, frames, height, width] = this.planes.shape;
      const offset = (frame * height + row) * width + column;
      return Array.from({ length: count }, (_, k) => this.planes.data[k * frames * height * width + offset] * this.planes.scales[k]);
    }

    frameSums(frame) {
      return Array.from(this.sums.subarray(frame * this.planeCount, (frame + 1) * this.planeCount));
    }

    /** What the activations of this frame contributed, all features and positions and the residual together. */
    frameTotal(frame) {
      return this.frameSums(frame).reduce((total, sum) => total + sum, 0);
    }

    /** |memory| / (|memory| + |frame|), between 0 and 1. */
    memoryShare(frame) {
      const [memory, rest] = [Math.abs(this.memory[frame]), Math.abs(this.frameTotal(frame))];
      return memory + rest > 0 ? memory / (memory + rest) : 0;
    }

    /** Names and colours for a list of numbers by feature, the residual last. */
    describe(numbers, names) {
      return numbers.map((value, k) => {
        const isResidual = k >= this.features;
        const name = isResidual ? "residual" : this.featureLabel(k, names);
        return { feature: isResidual ? "residual" : k, name, colour: isResidual ? null : this.hexColours[k], value };
      });
    }

    featureLabel(k, names) {
      if (!this.map.layer) return this.map.label;
      const name = this.content.featureName(this.map.layer, k, names);
      return name ? `${k + 1} ${name}` : `feature ${k + 1}`;
    }
  }

  const median = (values) => {
    const sorted = Array.from(values).sort((first, second) => first - second);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  };

  rlvis.Attribution = Attribution;
}
