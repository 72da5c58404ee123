{
  // The mathematics of an attribution picture: combination, smoothing, colouring. Nothing here touches the page.

  const RADIUS = 7;
  const WIDTH = 2 * RADIUS + 1;

  /** The 15 × 15 kernel exp(−r) for r ≤ 7, zero beyond, row by row. */
  const smoothingKernel = () => {
    const kernel = new Float64Array(WIDTH * WIDTH);
    for (let y = -RADIUS; y <= RADIUS; y++) {
      for (let x = -RADIUS; x <= RADIUS; x++) {
        const distance = Math.hypot(x, y);
        if (distance <= RADIUS) kernel[(y + RADIUS) * WIDTH + x + RADIUS] = Math.exp(-distance);
      }
    }
    return kernel;
  };

  const KERNEL = smoothingKernel();

  /** The kernel's non-zero taps as offsets into rows of `stride` colours. */
  const kernelTaps = (stride) => {
    const offsets = [];
    const weights = [];
    KERNEL.forEach((weight, i) => {
      if (weight === 0) return;
      offsets.push(3 * ((Math.floor(i / WIDTH) - RADIUS) * stride + (i % WIDTH) - RADIUS));
      weights.push(weight);
    });
    return { offsets: Int32Array.from(offsets), weights: Float64Array.from(weights) };
  };

  /** Hex colours as unit vectors: the page's colours are these divided by their largest component. */
  const unitColours = (colours) =>
    colours.map((hex) => {
      const parts = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16) / 255);
      const norm = Math.hypot(...parts) || 1;
      return parts.map((part) => part / norm);
    });

  const RESIDUAL_COLOUR = [1, 1, 1];

  /**
   * Σ_k x_k · colour_k for one frame, with x the stored plane times its scale and `factor`.
   * planes: {data, shape: [K', T, h, w], scales: [K']}; chosen: [{plane, colour}];
   * direction: "positive" max(x, 0), "negative" max(−x, 0), "absolute" |x|. Writes `out` (h · w · 3).
   */
  const combinePlanes = (planes, frame, chosen, direction, factor, out) => {
    const [, frames, height, width] = planes.shape;
    const area = height * width;
    const { data } = planes;
    out.fill(0);
    for (const { plane, colour } of chosen) {
      const [red, green, blue] = colour;
      const start = (plane * frames + frame) * area;
      const scale = planes.scales[plane] * factor;
      for (let i = 0; i < area; i++) {
        let x = data[start + i] * scale;
        if (x < 0 && direction !== "positive") x = -x;
        else if (direction === "negative") continue;
        if (!(x > 0)) continue;
        out[3 * i] += x * red;
        out[3 * i + 1] += x * green;
        out[3 * i + 2] += x * blue;
      }
    }
    return out;
  };

  /** Smooths h × w colours on their own grid with zero padding; the kernel is not normalised. */
  class Smoother {
    constructor(height, width) {
      Object.assign(this, { height, width, stride: width + 2 * RADIUS });
      this.padded = new Float32Array(3 * this.stride * (height + 2 * RADIUS));
      this.taps = kernelTaps(this.stride);
    }

    smooth(colours, out) {
      const { height, width, stride, padded } = this;
      const { offsets, weights } = this.taps;
      const count = offsets.length;
      padded.fill(0);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const i = 3 * (y * width + x);
          const red = colours[i], green = colours[i + 1], blue = colours[i + 2];
          if (red === 0 && green === 0 && blue === 0) continue;
          const centre = 3 * ((y + RADIUS) * stride + x + RADIUS);
          for (let tap = 0; tap < count; tap++) {
            const at = centre + offsets[tap];
            const weight = weights[tap];
            padded[at] += weight * red;
            padded[at + 1] += weight * green;
            padded[at + 2] += weight * blue;
          }
        }
      }
      for (let y = 0; y < height; y++) {
        const start = 3 * ((y + RADIUS) * stride + RADIUS);
        out.set(padded.subarray(start, start + 3 * width), 3 * y * width);
      }
      return out;
    }
  }

  /**
   * Brightness min(1, ‖rgb‖) times `weight` becomes the opacity, rgb over brightness the colour, in RGBA bytes.
   * Beyond full brightness "white" clips every component at 1 (strong mixtures turn white), while "hue" divides by
   * the norm, which keeps the colour that the cell had at full brightness. Returns the share of cells beyond it.
   */
  const paintColours = (colours, pixels, weight, saturation) => {
    const area = pixels.length / 4;
    let saturated = 0;
    for (let i = 0; i < area; i++) {
      const red = colours[3 * i], green = colours[3 * i + 1], blue = colours[3 * i + 2];
      const norm = Math.sqrt(red * red + green * green + blue * blue);
      const beyond = norm > 1;
      if (beyond) saturated += 1;
      const gain = norm === 0 ? 0 : 255 / (beyond && saturation === "white" ? 1 : norm);
      pixels[4 * i] = red * gain;
      pixels[4 * i + 1] = green * gain;
      pixels[4 * i + 2] = blue * gain;
      pixels[4 * i + 3] = 255 * weight * (beyond ? 1 : norm);
    }
    return saturated / area;
  };

  const TONES = { grey: [0, 1], pale: [0.55, 0.45] };

  /** Replaces RGBA bytes by their luma (Rec. 601); "pale" lifts it to between 0.55 and 1. */
  const greyscale = (pixels, tone) => {
    const [base, range] = TONES[tone];
    for (let i = 0; i < pixels.length; i += 4) {
      const luma = 0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2];
      pixels[i] = pixels[i + 1] = pixels[i + 2] = 255 * base + range * luma;
    }
    return pixels;
  };

  Object.assign(rlvis, {
    smoothingKernel, unitColours, RESIDUAL_COLOUR, combinePlanes, Smoother, paintColours, greyscale,
  });
}
