{
  const table = (pairs) => report.element("dl", {}, ...pairs.flatMap(([name, value]) => [report.element("dt", {}, name), report.element("dd", {}, value)]));

  /** What is known of a run: what it reached, and how it was trained. */
  report.describeRun = (run, number, single) => report.element("article", { class: "run panel" },
    report.element("h2", { class: single ? null : `key color-${number % 8}` }, run.label),
    table(run.facts),
    report.element("details", {}, report.element("summary", {}, "Options"), table(run.options)));
}
