{
  // Thirteen bits in two of 91 characters: visible ASCII without the double quote, the backslash and the less-than sign.
  const DIGITS = new Int16Array(128).fill(-1);
  for (let code = 33, digit = 0; code < 127; code++) if (code !== 34 && code !== 60 && code !== 92) DIGITS[code] = digit++;

  /** The `length` bytes that a text stands for: numbers of two digits, lower digit first, lowest bits first. */
  rlvis.decodeBase91 = (text, length) => {
    if (text.length !== 2 * Math.ceil((8 * length) / 13)) throw new Error("is shorter or longer than its header says");
    const bytes = new Uint8Array(length);
    let bits = 0;
    let count = 0;
    let place = 0;
    for (let i = 0; i < text.length; i += 2) {
      const low = DIGITS[text.charCodeAt(i)];
      const high = DIGITS[text.charCodeAt(i + 1)];
      if (!(low >= 0 && high >= 0)) throw new Error("is damaged: its data cannot be decoded");
      bits |= (low + 91 * high) << count;
      for (count += 13; count >= 8; count -= 8, bits >>>= 8) bytes[place++] = bits & 255;
    }
    return bytes;
  };
}
