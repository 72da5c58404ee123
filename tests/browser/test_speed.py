"""How fast the page draws; measured and reported, never a reason to fail."""

STEPS = """async () => {
  const { app } = rlvis;
  const times = [];
  for (let frame = 0; frame < 90; frame++) {
    app.store.set({ frame });
    const begun = performance.now();
    app.render();
    times.push(performance.now() - begun);
    if (frame % 10 === 9) await new Promise(requestAnimationFrame);
  }
  return times.sort((first, second) => first - second);
}"""


def test_first_picture_and_frames(visits, procgen, record_property):
    visit = visits(procgen)
    first = visit.page.evaluate("rlvis.app.firstPicture")
    times = visit.page.evaluate(STEPS)
    record_property("first picture, ms", round(first))
    record_property("drawing a frame, ms, median", round(times[45], 2))
    record_property("drawing a frame, ms, 95th percentile", round(times[85], 2))
    assert len(times) == 90


def test_memory_stays_within_its_bound(visits, procgen):
    visit = visits(procgen)
    visit.page.evaluate("rlvis.app.chunks.budget = 3e6")
    for trajectory in (0, 1):
        for layer in ("1a", "2a", "2b", "3a"):
            visit.page.evaluate("([trajectory, layer]) => { rlvis.app.goTo({ trajectory }); rlvis.app.selectLayer(layer); }", [trajectory, layer])
            visit.page.wait_for_function("() => rlvis.app.panels.attribution.rows[0].attribution")
            visit.settle()
    total = "() => [...rlvis.app.chunks.loaded.values()].reduce((sum, chunk) => sum + chunk.size, 0)"
    used = visit.page.evaluate("() => [...rlvis.app.chunks.loaded.values()].filter((chunk) => chunk.used >= rlvis.app.chunks.generation - 1).reduce((sum, chunk) => sum + chunk.size, 0)")
    everything = visit.page.evaluate("() => Object.keys(rlvis.app.content.chunks).length")
    assert visit.page.evaluate(total) <= max(3e6, used + 3e6)
    assert visit.page.evaluate("rlvis.app.chunks.loaded.size") < everything
