{
  /** Round numbers that divide [low, high] into about `count` parts. */
  report.ticks = (low, high, count) => {
    const rough = (high - low) / count;
    if (!(rough > 0)) return [low];
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
    const found = [];
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) found.push(index * step);
    return found;
  };

  /** The smallest and largest of some numbers, a little apart if they are equal. */
  report.extent = (numbers) => {
    let low = Infinity;
    let high = -Infinity;
    for (const number of numbers) {
      if (number < low) low = number;
      if (number > high) high = number;
    }
    if (low > high) return [0, 1];
    if (low === high) return [low - (Math.abs(low) / 10 || 0.5), high + (Math.abs(high) / 10 || 0.5)];
    return [low, high];
  };

  /** A number with about four digits, as people write it. */
  report.number = (value) => {
    const size = Math.abs(value);
    if (size >= 1e6) return `${trim((value / 1e6).toPrecision(4))} M`;
    if (size >= 1e4) return `${trim((value / 1e3).toPrecision(4))} k`;
    if (size !== 0 && size < 1e-3) return trim(value.toExponential(2));
    return trim(value.toPrecision(4));
  };

  /** Without zeros at the end of a fraction, and with a true minus sign. */
  const trim = (text) => text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "").replaceAll("-", "−");
}
