{
  const minus = (text) => text.replaceAll("-", "−");

  /** Three significant digits, a true minus sign, no exponent between 0.0001 and 100 000. */
  const number = (value) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e5 || size < 1e-4) return minus(value.toExponential(2));
    if (size >= 1000) return minus(value.toFixed(0));
    return minus(value.toPrecision(3));
  };

  /** Like number, but without trailing zeros: for rewards and returns, which are often whole. */
  const plain = (value) => (Number.isInteger(value) && Math.abs(value) < 1e9 ? minus(String(value)) : number(value));

  const signed = (value) => (value > 0 ? "+" : "") + number(value);

  /** Two significant digits with a sign, for narrow places. */
  const short = (value) => {
    if (!Number.isFinite(value) || value === 0) return number(value);
    const size = Math.abs(value);
    const digits = size >= 1e4 || size < 1e-3 ? size.toExponential(1) : size >= 100 ? size.toFixed(0) : size.toPrecision(2);
    return (value > 0 ? "+" : "−") + minus(digits);
  };

  const percent = (fraction) => {
    if (!Number.isFinite(fraction)) return "–";
    const size = Math.abs(fraction);
    if (size > 0 && size < 0.001) return "<0.1 %";
    return `${minus((100 * fraction).toFixed(size < 0.0995 ? 1 : 0))} %`;
  };

  /** Two decimals: for correlations. */
  const fixed = (value) => (Number.isFinite(value) ? minus(value.toFixed(2)) : "–");

  const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

  /** A count in at most three digits: 626 000, 1.69 million. */
  const count = (value) => (value < 1e6 ? Number(value.toPrecision(3)).toLocaleString("en").replaceAll(",", "\u202f") : `${Number((value / 1e6).toPrecision(3))} million`);

  const bytes = (count) => {
    if (count < 1024) return `${count} B`;
    return count < 1 << 20 ? `${(count / 1024).toFixed(0)} kB` : `${(count / (1 << 20)).toFixed(1)} MB`;
  };

  rlvis.format = { number, plain, signed, short, percent, fixed, plural, count, bytes };
}
