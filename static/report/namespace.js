"use strict";

// Everything the page's scripts share hangs on this one object.
const report = {};
