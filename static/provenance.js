{
  const plain = (value) => {
    if (Array.isArray(value)) return value.map(plain).join(", ");
    if (value === null || typeof value !== "object") return String(value);
    return Object.entries(value).map(([name, each]) => `${name}: ${plain(each)}`).join(", ");
  };

  const rows = (entries) => entries.filter(([, value]) => value !== "" && value !== null && value !== undefined).map(([name, value]) =>
    rlvis.element("tr", {}, rlvis.element("th", { scope: "row" }, name), rlvis.element("td", {}, plain(value))));

  const table = (title, entries) => [
    rlvis.element("h3", {}, title),
    rlvis.element("table", { className: "provenance" }, rlvis.element("tbody", {}, rows(entries))),
  ];

  const agentRows = (checkpoint, network) => [
    ["checkpoint", checkpoint.file], ["SHA-256", checkpoint.sha256], ["format", checkpoint.format],
    ["network", network.name], ["kind", network.kind], ["parameters", network.parameters && network.parameters.toLocaleString("en")],
    ["recurrent", network.recurrent ? "yes" : "no"],
  ];

  /** Where everything on the page comes from: checkpoint, command, options, versions, data files. */
  class Provenance {
    constructor(content) {
      const { provenance = {}, environment = {}, network = {}, chunks = {}, beside } = content;
      const checkpoint = provenance.checkpoint || {};
      const files = Object.values(chunks);
      const size = files.reduce((sum, file) => sum + (file.bytes || 0), 0);
      this.dialog = rlvis.dialog("Where this comes from", [
        ...table("Agent", [
          ...agentRows(checkpoint, network), ["environment", environment.name], ["discount γ", content.gamma], ["GAE λ", content.gae_lambda],
        ]),
        ...(beside ? table(`The agent beside it, ${beside.name}`, agentRows(beside.checkpoint || {}, beside.network)) : []),
        ...table("Run", [["command", provenance.command], ["seed", provenance.seed], ["date", provenance.date],
          ["data", `${rlvis.format.plural(files.length, "block")}, ${rlvis.format.bytes(size)}`]]),
        ...table("Options", Object.entries(provenance.options || {})),
        ...table("Environment options", Object.entries(environment.options || {})),
        ...table("Attribution methods", content.maps.filter((map) => Object.keys(map.details || {}).length).map((map) => [map.id, map.details])),
        ...table("Versions", Object.entries(provenance.versions || {})),
      ].filter(Boolean), "provenance-dialog");
      for (const heading of this.dialog.querySelectorAll("h3")) {
        if (!heading.nextElementSibling.rows.length) {
          heading.nextElementSibling.remove();
          heading.remove();
        }
      }
    }

    open() {
      this.dialog.showModal();
    }
  }

  rlvis.Provenance = Provenance;
}
