{
  const model = JSON.parse(document.getElementById("model").textContent);
  const single = model.runs.length === 1;
  const settings = document.getElementById("settings");
  const charts = model.charts.map((chart) => new report.Chart(chart, single));

  const draw = () => {
    const smoothing = Number(settings.smoothing.value);
    settings.amount.value = smoothing === 0 ? "none" : `over about ${Math.round(1 / (1 - smoothing))} points`;
    for (const chart of charts) chart.draw(settings.axis.value, smoothing);
  };

  document.getElementById("charts").append(...charts.map((chart) => chart.element));
  document.getElementById("runs").append(...model.runs.map((run, number) => report.describeRun(run, number, single)));
  settings.addEventListener("input", draw);
  settings.addEventListener("submit", (event) => event.preventDefault());
  draw();
}
