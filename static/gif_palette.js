{
  const BITS = 5;
  const BINS = 1 << (3 * BITS);
  const MOST = 256;

  const binOf = (red, green, blue) => ((red >> 3) << (2 * BITS)) | ((green >> 3) << BITS) | (blue >> 3);

  /** How often each of 32 × 32 × 32 bins of colours occurs in RGBA bytes, and the sums of the colours in it. */
  const histogram = (pixels) => {
    const counts = new Uint32Array(BINS);
    const sums = new Float64Array(3 * BINS);
    for (let i = 0; i < pixels.length; i += 4) {
      const bin = binOf(pixels[i], pixels[i + 1], pixels[i + 2]);
      counts[bin] += 1;
      for (let channel = 0; channel < 3; channel++) sums[3 * bin + channel] += pixels[i + channel];
    }
    return { counts, sums };
  };

  /** A box of bins with the channel in which its colours differ most. */
  const measure = (bins, { counts, sums }) => {
    let count = 0;
    for (const bin of bins) count += counts[bin];
    let [widest, range] = [0, -1];
    for (let channel = 0; channel < 3; channel++) {
      let [low, high] = [255, 0];
      for (const bin of bins) {
        const mean = sums[3 * bin + channel] / counts[bin];
        low = Math.min(low, mean);
        high = Math.max(high, mean);
      }
      if (high - low > range) [widest, range] = [channel, high - low];
    }
    return { bins, count, widest, weight: bins.length > 1 ? range * range * Math.sqrt(count) : 0 };
  };

  /** Two boxes with about as many pixels each. */
  const split = ({ bins, count, widest }, found) => {
    const mean = (bin) => found.sums[3 * bin + widest] / found.counts[bin];
    const ordered = [...bins].sort((first, second) => mean(first) - mean(second));
    let before = 0;
    let at = 0;
    while (at < ordered.length - 1 && before + found.counts[ordered[at]] <= count / 2) before += found.counts[ordered[at++]];
    at = Math.max(1, at);
    return [measure(ordered.slice(0, at), found), measure(ordered.slice(at), found)];
  };

  /**
   * At most 256 colours for a picture (RGBA bytes), by median cut (Heckbert 1982): {colours, indices}, the colours' RGB
   * bytes one after the other, and for each pixel the number of its colour.
   */
  rlvis.gifPalette = (pixels) => {
    const found = histogram(pixels);
    const boxes = [measure([...found.counts.keys()].filter((bin) => found.counts[bin] > 0), found)];
    while (boxes.length < MOST) {
      let largest = 0;
      boxes.forEach(({ weight }, i) => { if (weight > boxes[largest].weight) largest = i; });
      if (boxes[largest].weight === 0) break;
      boxes.splice(largest, 1, ...split(boxes[largest], found));
    }
    const colours = new Uint8Array(3 * MOST);
    const numbers = new Uint8Array(BINS);
    boxes.forEach(({ bins, count }, number) => {
      for (let channel = 0; channel < 3; channel++) {
        colours[3 * number + channel] = Math.round(bins.reduce((sum, bin) => sum + found.sums[3 * bin + channel], 0) / count);
      }
      for (const bin of bins) numbers[bin] = number;
    });
    const indices = new Uint8Array(pixels.length / 4);
    for (let i = 0; i < indices.length; i++) indices[i] = numbers[binOf(pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2])];
    return { colours, indices };
  };
}
