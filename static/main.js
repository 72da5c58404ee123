{
  const PANELS = [
    ["header", "Header"], ["layers", "Layers"], ["attribution", "AttributionRows"], ["timeline", "Timeline"], ["legend", "Legend"], ["trust", "Trust"],
    ["trajectories", "Trajectories"], ["bookmarks", "Bookmarks"], ["episodes", "Episodes"], ["notes", "Notes"], ["feature", "FeaturePopup"],
  ];

  const watchLayout = (app) => {
    new ResizeObserver(() => app.invalidate("size")).observe(document.querySelector("main"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      app.forgetColours();
      app.invalidate("theme");
    });
  };

  const addHelpButtons = (app) => {
    for (const heading of document.querySelectorAll("[data-help]")) heading.append(rlvis.helpButton(app, heading.dataset.help));
  };

  const start = () => {
    const app = new rlvis.App(JSON.parse(document.getElementById("index").textContent));
    rlvis.app = app;
    addHelpButtons(app);
    for (const [name, Panel] of PANELS) app.add(name, rlvis[Panel]);
    app.keyboard = new rlvis.Keyboard(app);
    app.openAddress();
    watchLayout(app);
    app.invalidate(...Object.keys(app.state), "data", "strips", "size");
    app.render();
  };

  try {
    start();
  } catch (error) {
    console.error(error);
    const fatal = document.getElementById("fatal");
    fatal.hidden = false;
    fatal.append(` ${error.message}.`);
  }
}
