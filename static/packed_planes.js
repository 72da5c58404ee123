{
  /**
   * Attribution planes as stored: two neighbours' numbers in a byte (4 bits each, 8 for zero, 0 for a number listed
   * among the escapes), bytes ordered by plane, column pair, frame and row. `coding.levels` says what a number from 0 on
   * stands for. Gives signed 16-bit values ordered by plane, frame, row and column, linear with the entry's scale.
   */
  rlvis.unpackPairs = (stored, escapes, { shape: [planes, frames, height, width], levels }) => {
    const values = new Int16Array(planes * frames * height * width);
    const signed = (number) => (number < 0 ? -levels[-number] : levels[number]) || 0;
    const table = Int16Array.from({ length: 16 }, (_, code) => signed(code - 8));
    const column = Math.ceil(width / 2);
    let next = 0;
    let escape = 0;
    const value = (code) => (code === 0 ? signed(escapes[escape++]) : table[code]);
    for (let plane = 0; plane < planes; plane++) {
      for (let pair = 0; pair < column; pair++) {
        const both = 2 * pair + 1 < width;
        let place = plane * frames * height * width + 2 * pair;
        for (let line = frames * height; line > 0; line--, place += width) {
          const byte = stored[next++];
          values[place] = value(byte >> 4);
          if (both) values[place + 1] = value(byte & 15);
        }
      }
    }
    return values;
  };

  /** Replaces what a coded entry stores by what it means. */
  rlvis.decodeEntry = (entry, entries) => {
    if (entry.coding.kind !== "pairs") throw new Error(`has an entry of the unknown coding ${entry.coding.kind}`);
    entry.data = rlvis.unpackPairs(entry.data, entries.get(entry.coding.escapes).data, entry.coding);
    entry.shape = entry.coding.shape;
    return entry.data.byteLength;
  };
}
