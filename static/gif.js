{
  const CLEAR = 256;
  const END = 257;
  const MOST_CODES = 4096;

  /** Numbers of 9 to 12 bits, lowest bit first, in blocks of at most 255 bytes. */
  class Bits {
    constructor() {
      Object.assign(this, { bytes: [], block: 0, held: 0, count: 0 });
      this.begin();
    }

    begin() {
      this.block = this.bytes.push(0) - 1;
    }

    byte(value) {
      this.bytes.push(value);
      if (++this.bytes[this.block] === 255) this.begin();
    }

    write(value, size) {
      this.held |= value << this.count;
      for (this.count += size; this.count >= 8; this.count -= 8, this.held >>>= 8) this.byte(this.held & 255);
    }

    /** All of it, with the empty block that ends it. */
    finish() {
      if (this.count > 0) this.byte(this.held & 255);
      if (this.bytes[this.block] > 0) this.begin();
      return Uint8Array.from(this.bytes);
    }
  }

  /** Lempel–Ziv–Welch coding of bytes, as GIF89a (appendix F) has it. */
  const compress = (indices) => {
    const bits = new Bits();
    const codes = new Uint16Array(MOST_CODES * 256); // of a known string and one more byte
    let [next, size] = [END + 1, 9];
    bits.write(CLEAR, size);
    let prefix = indices[0];
    for (let i = 1; i < indices.length; i++) {
      const longer = (prefix << 8) | indices[i];
      if (codes[longer]) {
        prefix = codes[longer];
        continue;
      }
      bits.write(prefix, size);
      prefix = indices[i];
      codes[longer] = next++;
      // Readers know a string one code later than writers.
      if (next > 1 << size && size < 12) size += 1;
      if (next < MOST_CODES) continue;
      bits.write(CLEAR, size);
      codes.fill(0);
      [next, size] = [END + 1, 9];
    }
    bits.write(prefix, size);
    // Whoever has read this code has made another, which may have needed one bit more.
    if (next + 1 > 1 << size && size < 12) size += 1;
    bits.write(END, size);
    return bits.finish();
  };

  const word = (value) => [value & 255, value >> 8];

  /** An animated GIF that repeats for ever; each frame has colours of its own. */
  class Gif {
    constructor(width, height, fps) {
      Object.assign(this, { width, height });
      this.delay = Math.max(2, Math.round(100 / fps)); // in hundredths of a second; readers slow down what is faster
      const repeat = [0x21, 0xff, 11, ...new TextEncoder().encode("NETSCAPE2.0"), 3, 1, 0, 0, 0];
      this.parts = [new TextEncoder().encode("GIF89a"), Uint8Array.from([...word(width), ...word(height), 0x70, 0, 0, ...repeat])];
    }

    /** pixels: RGBA bytes; what is behind transparent ones is not seen. */
    add(pixels) {
      const { colours, indices } = rlvis.gifPalette(pixels);
      const control = [0x21, 0xf9, 4, 0, ...word(this.delay), 0, 0];
      const place = [0x2c, 0, 0, 0, 0, ...word(this.width), ...word(this.height), 0x87];
      this.parts.push(Uint8Array.from([...control, ...place]), colours, Uint8Array.of(8), compress(indices));
    }

    blob() {
      return new Blob([...this.parts, Uint8Array.of(0x3b)], { type: "image/gif" });
    }
  }

  rlvis.Gif = Gif;
}
