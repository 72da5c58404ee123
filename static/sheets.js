{
  const EXACT = { premultiplyAlpha: "none", colorSpaceConversion: "none" };

  /** Decoded sheets, the least recently drawn dropped first beyond a number of bytes. */
  class BitmapCache {
    constructor(onchange, budget = 256 * 2 ** 20) {
      Object.assign(this, { onchange, budget, bitmaps: new Map(), pending: new Map(), failed: new Map() });
    }

    get(key) {
      const bitmap = this.bitmaps.get(key);
      if (!bitmap) return null;
      this.bitmaps.delete(key);
      this.bitmaps.set(key, bitmap);
      return bitmap;
    }

    /** Starts decoding; resolves with the picture. A picture that cannot be decoded stays an error. */
    decode(key, blob, chunk) {
      if (this.bitmaps.has(key)) return Promise.resolve(this.get(key));
      if (this.failed.has(key)) return Promise.reject(this.failed.get(key));
      if (!this.pending.has(key)) {
        const work = createImageBitmap(blob, EXACT).then(
          (bitmap) => this.keep(key, bitmap),
          () => this.refuse(key, chunk),
        );
        work.catch(() => {});
        this.pending.set(key, work);
      }
      return this.pending.get(key);
    }

    keep(key, bitmap) {
      this.pending.delete(key);
      this.bitmaps.set(key, bitmap);
      let total = 0;
      for (const each of this.bitmaps.values()) total += 4 * each.width * each.height;
      for (const [old, each] of this.bitmaps) {
        if (total <= this.budget || this.bitmaps.size <= 2) break;
        total -= 4 * each.width * each.height;
        each.close();
        this.bitmaps.delete(old);
      }
      this.onchange();
      return bitmap;
    }

    refuse(key, chunk) {
      this.pending.delete(key);
      const error = new rlvis.ChunkError(chunk, null, "is damaged: its pictures cannot be decoded");
      this.failed.set(key, error);
      this.onchange();
      throw error;
    }
  }

  /** Numbered pictures of one size, spread over the sheets of one or more chunks. */
  class Sheets {
    constructor(chunks, bitmaps, names, height, width) {
      Object.assign(this, { chunks, bitmaps, names, height, width });
    }

    /** The sheet that holds picture `index` and its corner there; null while its chunk loads. */
    locate(index) {
      let complete = true;
      for (const name of this.names) {
        const chunk = this.chunks.get(name);
        if (!chunk) {
          complete = false;
          continue;
        }
        for (const sheet of chunk.entries.values()) {
          if (index < sheet.first || index >= sheet.first + sheet.count) continue;
          const place = index - sheet.first;
          return {
            key: `${name}/${sheet.key}`, chunk: name, sheet,
            x: (place % sheet.columns) * this.width, y: Math.floor(place / sheet.columns) * this.height,
          };
        }
      }
      if (complete) throw new rlvis.ChunkError(this.names[0], null, `has no picture ${index}`);
      return null;
    }

    /** Draws picture `index` (or a part of it, in its pixels); false while it is not decoded yet. */
    draw(context, index, [dx, dy, dw, dh], [sx, sy, sw, sh] = [0, 0, this.width, this.height]) {
      const place = this.locate(index);
      if (!place) return false;
      const bitmap = this.bitmaps.get(place.key);
      if (!bitmap) {
        if (this.bitmaps.failed.has(place.key)) throw this.bitmaps.failed.get(place.key);
        this.bitmaps.decode(place.key, place.sheet.blob, place.chunk);
        return false;
      }
      context.drawImage(bitmap, place.x + sx, place.y + sy, sw, sh, dx, dy, dw, dh);
      return true;
    }

    /** Resolves when picture `index` can be drawn. */
    async ready(index) {
      await Promise.all(this.names.map((name) => this.chunks.load(name)));
      const place = this.locate(index);
      await this.bitmaps.decode(place.key, place.sheet.blob, place.chunk);
    }
  }

  Object.assign(rlvis, { BitmapCache, Sheets });
}
