{
  /**
   * One line of a chart: points (x, y), smoothed if asked for.
   * Smoothing is a mean whose weights fall by `smoothing` with every earlier point, and is exact from the first on.
   */
  class Curve {
    constructor(model) {
      this.model = model;
      this.visible = true;
    }

    arrange(axis, smoothing) {
      this.x = this.model[axis];
      this.raw = this.model.values;
      this.y = this.model.points || smoothing === 0 ? this.raw : smooth(this.raw, smoothing);
    }

    /** The number of the point nearest to x. */
    nearest(x) {
      let low = 0;
      let high = this.x.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (this.x[middle] < x) low = middle;
        else high = middle;
      }
      return Math.abs(this.x[low] - x) <= Math.abs(this.x[high] - x) ? low : high;
    }

    /** Numbers that the vertical axis has to hold. */
    * heights() {
      for (let index = 0; index < this.raw.length; index += 1) {
        const error = this.model.errors ? this.model.errors[index] : 0;
        yield this.raw[index] - error;
        yield this.raw[index] + error;
      }
    }

    /** What to read at a point. */
    text(index) {
      const error = this.model.errors ? ` ± ${report.number(this.model.errors[index])}` : "";
      return `${report.number(this.y[index])}${error}`;
    }
  }

  const smooth = (values, weight) => {
    let sum = 0;
    let total = 0;
    return values.map((value) => {
      sum = sum * weight + value;
      total = total * weight + 1;
      return sum / total;
    });
  };

  report.Curve = Curve;
}
