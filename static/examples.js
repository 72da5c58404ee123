{
  const SUBDIVISIONS = ["0.25", "0.5", "1", "2"];

  /** Dataset examples of features: the example observations, and which part of which one shows a feature best. */
  class Examples {
    constructor(app) {
      this.app = app;
      const { examples } = app.content;
      this.sheets = examples ? new rlvis.Sheets(app.chunks, app.bitmaps, examples.chunks, examples.height, examples.width) : null;
    }

    has(layer) {
      return Boolean(this.sheets && layer && layer.examples);
    }

    /** The layer's tables; null while they load. */
    tables(layer) {
      return this.app.chunks.get(layer.examples);
    }

    subdivisions(layer, feature) {
      const chunk = this.tables(layer);
      return chunk ? SUBDIVISIONS.filter((each) => chunk.has(`${feature}/${each}/observation`)) : [];
    }

    /** The spatially aware mosaic of a feature as a grid for Mosaic.draw. */
    mosaic(layer, feature, subdivision) {
      const chunk = this.tables(layer);
      if (!chunk) return null;
      const [rows, columns] = chunk.entry(`${feature}/${subdivision}/observation`).shape;
      const centreRows = chunk.values(`${subdivision}/centre_rows`);
      const centreColumns = chunk.values(`${subdivision}/centre_columns`);
      return {
        rows, columns,
        observation: chunk.values(`${feature}/${subdivision}/observation`),
        strength: chunk.values(`${feature}/${subdivision}/strength`),
        centre: (i) => ({ row: centreRows[Math.floor(i / columns)], column: centreColumns[i % columns] }),
      };
    }

    thumbnail(layer, feature) {
      return this.list(layer, feature, "thumbnail");
    }

    strongest(layer, feature) {
      return this.list(layer, feature, "strongest");
    }

    list(layer, feature, table) {
      const chunk = this.tables(layer);
      const key = `${feature}/${table}`;
      if (!chunk || !chunk.has(`${key}/observation`)) return null;
      const { shape } = chunk.entry(`${key}/observation`);
      const row = chunk.values(`${key}/row`);
      const column = chunk.values(`${key}/column`);
      return {
        rows: shape[0], columns: shape[1] || 1,
        observation: chunk.values(`${key}/observation`),
        strength: chunk.values(`${key}/strength`),
        centre: (i) => ({ row: row[i], column: column[i] }),
      };
    }
  }

  rlvis.Examples = Examples;
}
