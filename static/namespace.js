"use strict";

// Everything the page's scripts share hangs on this one object. Chunk files call rlvis.chunk.
const rlvis = {};
