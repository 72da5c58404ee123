{
  // Chunks are text because a page opened from disk may run scripts but may not fetch files.

  const ARRAYS = {
    int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
    int32: Int32Array, uint32: Uint32Array, float32: Float32Array,
  };
  const arrivals = new Map();

  /** Called by every chunk file: keeps what arrived until the store that asked for it takes it. */
  rlvis.chunk = (name, header, text) => arrivals.set(name, { header, text });

  /** A data file that is missing or damaged; the message names it. */
  class ChunkError extends Error {
    constructor(name, file, reason) {
      super(`The data ${file ? `file ${file}` : `block “${name}”`} ${reason}.`);
      this.name = "ChunkError";
      this.chunk = name;
    }
  }

  const inflate = async (bytes) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  const view = (bytes, entry) => {
    const Kind = ARRAYS[entry.dtype];
    if (!Kind) throw new Error(`has an entry of the unknown type ${entry.dtype}`);
    const count = entry.shape.reduce((product, size) => product * size, 1);
    const start = bytes.byteOffset + entry.offset;
    if (entry.offset + count * Kind.BYTES_PER_ELEMENT > bytes.length) throw new Error("is shorter than its header says");
    if (start % Kind.BYTES_PER_ELEMENT === 0) return new Kind(bytes.buffer, start, count);
    return new Kind(bytes.slice(entry.offset, entry.offset + count * Kind.BYTES_PER_ELEMENT).buffer);
  };

  /** One decoded chunk: entries by key, each with `data` (as stored), `shape` and `scale`, or with a `blob`. */
  class Chunk {
    constructor(name, header, bytes) {
      this.name = name;
      this.size = bytes.length;
      this.entries = new Map();
      for (const entry of header.entries) {
        const content = entry.media
          ? { blob: new Blob([bytes.subarray(entry.offset, entry.offset + entry.length)], { type: entry.media }) }
          : { data: view(bytes, entry) };
        this.entries.set(entry.key, { ...entry, ...content });
      }
      for (const entry of this.entries.values()) if (entry.coding) this.size += rlvis.decodeEntry(entry, this.entries);
    }

    has(key) {
      return this.entries.has(key);
    }

    entry(key) {
      const entry = this.entries.get(key);
      if (!entry) throw new ChunkError(this.name, null, `has no entry “${key}”`);
      return entry;
    }

    /** Values of an entry with its scale applied (one number, or one per leading index). */
    values(key) {
      const entry = this.entry(key);
      if (entry.scale === undefined || entry.scale === null) return entry.data;
      if (!entry.values) {
        const each = entry.data.length / (Array.isArray(entry.scale) ? entry.scale.length : 1);
        entry.values = Float32Array.from(entry.data, (stored, i) =>
          stored * (Array.isArray(entry.scale) ? entry.scale[Math.floor(i / each)] : entry.scale));
      }
      return entry.values;
    }
  }

  /** Loads chunks when they are asked for and keeps the recently used ones, up to a number of bytes. */
  class ChunkStore {
    constructor(catalogue, onchange, budget = 256 * 2 ** 20) {
      Object.assign(this, { catalogue, onchange, budget, loaded: new Map(), pending: new Map(), failed: new Map() });
      this.generation = 0;
    }

    /** The chunk if it is there, null while it loads (this call starts that); throws what went wrong. */
    get(name) {
      const chunk = this.loaded.get(name);
      if (chunk) {
        this.loaded.delete(name);
        this.loaded.set(name, chunk);
        chunk.used = this.generation;
        return chunk;
      }
      if (this.failed.has(name)) throw this.failed.get(name);
      this.load(name).catch(() => {});
      return null;
    }

    load(name) {
      if (this.loaded.has(name)) return Promise.resolve(this.loaded.get(name));
      if (!this.pending.has(name)) this.pending.set(name, this.fetch(name));
      return this.pending.get(name);
    }

    retry(name) {
      this.failed.delete(name);
      this.onchange();
    }

    async fetch(name) {
      try {
        const { header, text } = await this.receive(name);
        const chunk = await this.decode(name, header, text);
        chunk.used = this.generation;
        this.loaded.set(name, chunk);
        this.trim();
        return chunk;
      } catch (error) {
        this.failed.set(name, error);
        throw error;
      } finally {
        this.pending.delete(name);
        this.onchange();
      }
    }

    async receive(name) {
      const description = this.catalogue[name];
      if (!description) throw new ChunkError(name, null, "is not listed in the index");
      const block = document.querySelector(`script[data-chunk="${CSS.escape(name)}"]`);
      if (block) {
        const text = block.textContent;
        const end = text.indexOf("\n", text.search(/\S/));
        return { header: this.parseHeader(name, text.slice(0, end)), text: text.slice(end + 1).trim() };
      }
      if (!description.file) throw new ChunkError(name, null, "is missing from this page");
      await this.runScript(name, description.file);
      const arrival = arrivals.get(name);
      arrivals.delete(name);
      if (!arrival) throw new ChunkError(name, description.file, "is damaged: it did not hand over its data");
      return arrival;
    }

    parseHeader(name, text) {
      try {
        return JSON.parse(text);
      } catch {
        throw new ChunkError(name, null, "is damaged: its header cannot be read");
      }
    }

    runScript(name, file) {
      return new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.onload = () => { script.remove(); resolve(); };
        script.onerror = () => { script.remove(); reject(new ChunkError(name, file, "could not be loaded; is it missing?")); };
        script.src = file.split("/").map(encodeURIComponent).join("/");
        document.head.append(script);
      });
    }

    async decode(name, header, text) {
      const file = (this.catalogue[name] || {}).file;
      try {
        let bytes = rlvis.decodeBase91(text, header.stored);
        if (header.deflate) bytes = await inflate(bytes);
        if (bytes.length !== header.bytes) throw new Error("is shorter or longer than its header says");
        return new Chunk(name, header, bytes);
      } catch (error) {
        const known = /^(is|has) /.test(error.message);
        throw new ChunkError(name, file, known ? error.message : "is damaged: its data cannot be decoded");
      }
    }

    /** Drops the least recently used chunks beyond the budget; those drawn a moment ago stay. */
    trim() {
      let total = 0;
      for (const chunk of this.loaded.values()) total += chunk.size;
      for (const [name, chunk] of this.loaded) {
        if (total <= this.budget) break;
        if (chunk.used >= this.generation - 1) continue;
        this.loaded.delete(name);
        total -= chunk.size;
      }
    }
  }

  Object.assign(rlvis, { Chunk, ChunkError, ChunkStore });
}
